"""The words that a client need not write: ours, by language and tone, put in when its folder is read."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from functions.shared.adapters.located_yaml import read_yaml

FOLDER = Path(__file__).parents[3] / "frontend" / "texts"


def with_defaults(own: Mapping[str, Any], language: str, tone: str) -> dict[str, Any]:
    """Return a client's texts with ours for each key that it leaves out, in a mail too.

    `nl-BE` has the words of `nl`; in a language that we have no words for nothing is put in.
    """
    ours = _defaults(language[:2]).get(tone, {})
    whole = {**ours, **own}
    for key, words in ours.items():
        if isinstance(words, dict) and isinstance(own.get(key), dict):
            whole[key] = words | own[key]
    return whole


@lru_cache(maxsize=8)
def _defaults(language: str) -> dict[str, Any]:
    path = FOLDER / f"{language}.yaml"
    return dict(read_yaml(path.read_text("utf-8")).data) if path.is_file() else {}
