"""One word for one thing, and one thing for one word."""

import ast
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
MODELS = "functions/shared/adapters/tables.py"
"""A table's model is called what its items are; what the domain makes of an item has a name of its own."""


def public_classes() -> dict[str, list[str]]:
    """Return the files in which a public class of each name stands."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for top in ("functions", "infra", "operations"):
        for path in sorted((ROOT / top).rglob("*.py")):
            for node in ast.parse(path.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    found[node.name].append(path.relative_to(ROOT).as_posix())
    return found


def test_no_two_public_classes_have_one_name() -> None:
    twice = {name: files for name, files in public_classes().items() if len(files) > 1}

    assert twice == {}
    assert MODELS in public_classes()["Invitation"]


@pytest.mark.parametrize("word", ["utils", "helpers", "manager", "common", "misc"])
def test_no_module_is_called_after_nothing(word: str) -> None:
    named = [path for top in ("functions", "infra", "operations") for path in (ROOT / top).rglob(f"*{word}*.py")]

    assert named == []


def test_every_word_of_the_glossary_stands_there_once() -> None:
    rows = [
        line.split("|")[1].strip()
        for line in (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8").splitlines()
        if line.startswith("| ") and not line.startswith("| word")
    ]

    assert len(rows) == len(set(rows)) > 50
