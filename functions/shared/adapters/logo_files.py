"""A client's logo: is it an SVG that shows the same everywhere, and does nothing but show?"""

import re
from xml.parsers import expat

LARGEST = 32_768
"""Bytes: the logo travels in every page."""

_SVG = "http://www.w3.org/2000/svg"
_SHAPES = frozenset(
    (
        *("svg", "g", "defs", "symbol", "use", "title", "desc", "metadata", "style", "clipPath", "mask", "pattern"),
        *("path", "rect", "circle", "ellipse", "line", "polyline", "polygon"),
        *("linearGradient", "radialGradient", "stop"),
    )
)
_ADVICE = {
    "text": "turn its letters into paths",
    "tspan": "turn its letters into paths",
    "image": "draw it with shapes instead of a picture",
    "script": "remove the script",
    "foreignObject": "draw it with shapes",
    "a": "remove the link",
}
_OUTSIDE = re.compile(r"@import|url\(\s*['\"]?\s*(?![#'\"\s])|(?:java|vb)script:|expression\(|\\", re.IGNORECASE)


class _DoctypeFound(Exception):
    """The file declares a document type: entities, and with them a small file that is a very large one."""


def logo_mistakes(content: bytes) -> list[tuple[int, str]]:
    """Return (line, sentence) for everything that keeps a file from being a logo."""
    if len(content) > LARGEST:
        return [(1, f"the logo has {len(content):,} bytes; simplify it to at most {LARGEST:,}")]
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    reading = _Reading(parser)
    try:
        parser.Parse(content, True)
    except _DoctypeFound:
        return [(parser.CurrentLineNumber, "the logo has a DOCTYPE; export it without one")]
    except expat.ExpatError as error:
        return [(error.lineno, "the logo is no SVG that can be read; export it anew")]
    return reading.mistakes


class _Reading:
    def __init__(self, parser: expat.XMLParserType) -> None:
        self.mistakes: list[tuple[int, str]] = []
        self._parser = parser
        self._depth = 0
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.ProcessingInstructionHandler = self._instruction
        parser.StartDoctypeDeclHandler = self._doctype

    def _mistake(self, sentence: str) -> None:
        self.mistakes.append((self._parser.CurrentLineNumber, sentence))

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        space, _, local = name.rpartition(" ")
        self._depth += 1
        if self._depth == 1:
            if (space, local) != (_SVG, "svg"):
                self._mistake(f'the root must be <svg xmlns="{_SVG}">')
            elif "viewBox" not in attributes:
                self._mistake('the <svg> needs a viewBox (such as viewBox="0 0 200 48"), or it cannot be scaled')
        if space == _SVG and local not in _SHAPES:
            self._mistake(f"<{local}> does not belong in a logo; {_ADVICE.get(local, 'remove it')}")
        elif space not in (_SVG, "") and local in ("script", "html", "iframe"):
            self._mistake(f"<{local}> does not belong in a logo; remove it")
        for key, text in attributes.items():
            self._attribute(key.rpartition(" ")[2], text)

    def _attribute(self, name: str, text: str) -> None:
        if name.lower().startswith("on"):
            self._mistake(f"{name} would run a script; remove it")
        elif name == "href" and not text.strip().startswith("#"):
            self._mistake("href points outside the logo; everything must be in the file itself")
        elif name == "base" or _OUTSIDE.search(text):
            self._mistake(f"{name} points outside the logo; everything must be in the file itself")

    def _end(self, name: str) -> None:
        self._depth -= 1

    def _text(self, text: str) -> None:
        if _OUTSIDE.search(text):
            self._mistake("a style points outside the logo; everything must be in the file itself")

    def _instruction(self, target: str, data: str) -> None:
        self._mistake(f"the instruction <?{target}?> does not belong in a logo; remove it")

    def _doctype(self, *_: object) -> None:
        raise _DoctypeFound
