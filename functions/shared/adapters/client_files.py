"""A client's folder of YAML, read and checked: all mistakes at once, a sentence for each, with file and line."""

import hashlib
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from functions.shared.adapters.clock import now
from functions.shared.adapters.default_texts import with_defaults
from functions.shared.adapters.located_yaml import Located, read_yaml
from functions.shared.adapters.logo_files import logo_mistakes
from functions.shared.adapters.plain_mistakes import plain_mistakes
from functions.shared.domain.client import Client, ClientBundle, Touchpoint
from functions.shared.domain.client_checks import BRAND_FILE, CLIENT_FILE, Draft, check
from functions.shared.domain.column_mapping import ColumnMapping
from functions.shared.domain.errors import BadConfiguration
from functions.shared.domain.questionnaire import Questionnaire
from functions.shared.domain.texts import check_texts
from functions.shared.domain.voice import Brand, Texts

LARGEST = 400_000
"""Bytes of a file."""

Check = Callable[[ClientBundle], list[str]]
"""Returns a sentence for each mistake, as `<file>: <place>: <sentence>`."""

_KINDS: dict[str, tuple[str, type[BaseModel]]] = {
    "touchpoints": ("a touchpoint", Touchpoint),
    "mappings": ("a mapping", ColumnMapping),
    "questionnaires": ("a questionnaire", Questionnaire),
    "texts": ("a language", Texts),
}
_NAME = {
    **dict.fromkeys(("touchpoints", "mappings", "questionnaires"), re.compile(r"[a-z][a-z0-9_-]{1,39}")),
    "texts": re.compile(r"[a-z]{2}(-[A-Z]{2})?"),
}
_PLACES = "client.yaml, touchpoints/, mappings/, questionnaires/, texts/ and brand/"


def read_folder(path: Path, further: Sequence[Check] = ()) -> ClientBundle:
    """Return the client that a folder describes.

    `further` are the checks of whoever shows its texts. Raises BadConfiguration with every mistake that was found,
    each a sentence that begins with the file and the line.
    """
    reading = _Reading(path.resolve())
    bundle = reading.bundle(further)
    if reading.mistakes:
        raise BadConfiguration(
            [f"{file}, line {line}: {_sentence(said)}" for file, line, said in sorted(set(reading.mistakes))]
        )
    return bundle


def is_client_folder(path: Path) -> bool:
    """Say whether a folder is a client's own, rather than one with clients in it."""
    return (path / CLIENT_FILE).exists()


def folder_files(path: Path) -> dict[str, bytes]:
    """Return the contents of a client's folder by path in it, in order, without hidden files and Markdown."""
    contents = {}
    for file in sorted(path.rglob("*")):
        inside = file.relative_to(path)
        if file.is_file() and not any(part.startswith(".") for part in inside.parts) and file.suffix != ".md":
            contents[inside.as_posix()] = file.read_bytes()
    return contents


class _Reading:
    """One reading of a folder, with the mistakes found so far."""

    def __init__(self, folder: Path) -> None:
        self.mistakes: list[tuple[str, int, str]] = []
        self._folder = folder
        self._contents = folder_files(folder)
        self._located: dict[str, Located] = {}
        self._tone = "formal"

    def bundle(self, further: Sequence[Check]) -> ClientBundle:
        """Return the whole client; it is to be used only where there are no mistakes."""
        self._strangers()
        client = self._read(CLIENT_FILE, Client)
        self._tone = client.tone if client else "formal"
        brand = self._read(BRAND_FILE, Brand)
        parts: dict[str, Any] = {kind: self._read_all(kind, model) for kind, (_, model) in _KINDS.items()}
        draft = Draft(self._folder.name, frozenset(self._contents), client=client, brand=brand, **parts)
        for finding in check(draft, now().year):
            self._found(finding.file, finding.path, finding.sentence)
        logos = {name: self._logo(brand, name) for name in ("logo", "logo_dark")} if brand else {}
        bundle = ClientBundle.model_construct(
            version=self._version(),
            client=client,
            brand=brand,
            logo_svg=logos.get("logo") or "",
            logo_dark_svg=logos.get("logo_dark"),
            **parts,
        )
        for ask in (check_texts, *(further if client else ())):
            self._said(ask(bundle))
        return bundle

    def _strangers(self) -> None:
        for file in (CLIENT_FILE, BRAND_FILE):
            if file not in self._contents:
                self.mistakes.append((file, 1, "this file is missing; add it"))
        for file in self._contents:
            kind, _, name = file.rpartition("/")
            if file in (CLIENT_FILE, BRAND_FILE) or (kind == "brand" and name.endswith(".svg")):
                continue
            if kind not in _KINDS or not name.endswith(".yaml"):
                self.mistakes.append(
                    (file, 1, f"nothing reads this file; the places are {_PLACES}, and names end in .yaml")
                )
            elif not _NAME[kind].fullmatch(name.removesuffix(".yaml")):
                self.mistakes.append(
                    (file, 1, f"this is no name for {_KINDS[kind][0]}; use lower-case letters and digits")
                )

    def _read_all(self, kind: str, model: type[BaseModel]) -> dict[str, Any]:
        documents = {}
        for file in self._contents:
            folder, _, name = file.rpartition("/")
            if folder == kind and name.endswith(".yaml") and (read := self._read(file, model)) is not None:
                documents[name.removesuffix(".yaml")] = read
        return documents

    def _read(self, file: str, model: type[BaseModel]) -> Any:
        """Return a file as its model, or None where it has a mistake of its own."""
        located = self._yaml(file)
        if located is None or located.data is None:
            return None
        data = located.data
        if model is Texts and isinstance(data, dict):
            language = file.removeprefix("texts/").removesuffix(".yaml")
            data = with_defaults(data, language, self._tone)
        try:
            read = model.model_validate(data)
        except ValidationError as error:
            for path, said in plain_mistakes(model, error):
                self._found(file, path, said)
            return None
        return None if located.mistakes else read

    def _yaml(self, file: str) -> Located | None:
        content = self._contents.get(file)
        if content is None:
            return None
        if len(content) > LARGEST:
            self.mistakes.append((file, 1, f"the file has more than {LARGEST:,} bytes; shorten it"))
            return None
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            self.mistakes.append((file, line, "the file is not in UTF-8; save it in that encoding"))
            return None
        located = self._located[file] = read_yaml(text)
        self.mistakes += [(file, line, said) for line, said in located.mistakes]
        return located

    def _logo(self, brand: Brand, key: str) -> str | None:
        name = getattr(brand, key)
        if name is None:
            return None
        file = f"brand/{name}"
        content = self._contents.get(file)
        if content is None or "/" in name or not name.endswith(".svg"):
            self._found(BRAND_FILE, (key,), f"there is no logo {file}; put an SVG there, or name another")
            return None
        mistakes = logo_mistakes(content)
        self.mistakes += [(file, line, said) for line, said in mistakes]
        return None if mistakes else content.decode("utf-8-sig", "replace")

    def _found(self, file: str, path: tuple[str | int, ...], said: str) -> None:
        located = self._located.get(file)
        self.mistakes.append((file, located.line(path) if located else 1, said))

    def _said(self, sentences: Sequence[str]) -> None:
        """Take over sentences that name file and place, such as `texts/nl.yaml: invitation.body: this is empty.`"""
        for sentence in sentences:
            file, place, said = sentence.split(": ", 2)
            self._found(file, tuple(place.split(".")), f"{place}: {said}")

    def _version(self) -> str:
        digest = hashlib.sha256()
        for file, content in self._contents.items():
            digest.update(f"{file}\0{len(content)}\0".encode() + content)
        return digest.hexdigest()[:20]


def _sentence(said: str) -> str:
    return said if said.endswith((".", "?")) else f"{said}."
