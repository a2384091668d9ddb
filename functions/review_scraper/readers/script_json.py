"""JSON as the scripts of pages have it: in an envelope, with a semicolon behind it, several values in a row.

Sites paste their data by hand and through templates. What a person would still read as JSON is read; what is not says
where it breaks off.
"""

import html
import json
import re
from collections.abc import Iterator
from typing import Any

_BEFORE = re.compile(r"(?:\s|;|//|/\*|\*/|<!--|-->|>|<!\[CDATA\[)+")
_AFTER = ("//", "/*", "*/", "-->", "<!", "]]>", *" \t\r\n;")
"""HTML comments and CDATA sections, that once hid scripts from old browsers, with the comments around those."""
_STRING = r'("(?:[^"\\]|\\.?)*+(?:"|\Z))'
_COMMENT = re.compile(rf"{_STRING}|//[^\n]*+|/\*.*?(?:\*/|\Z)", re.DOTALL)
_LAST_COMMA = re.compile(rf"{_STRING}|,(?=\s*+[\]}}])", re.DOTALL)
"""Outside of strings, which are matched first. What is not closed reaches to the end: no text is gone over twice."""
_BETWEEN = re.compile(r"[\s;,]*")
_DECODER = json.JSONDecoder(strict=False)


class NotJson(ValueError):
    """A script that is no JSON: where it breaks off."""

    def __init__(self, line: int, column: int) -> None:
        super().__init__(f"line {line}, column {column}")


def read_script(text: str) -> list[Any]:
    """Return the values of a script, one after the other. Raises NotJson; RecursionError for endless nesting."""
    before = _BEFORE.match(text)
    start = before.end() if before else 0
    end = len(text)
    while tail := next((tail for tail in _AFTER if text.endswith(tail, start, end)), ""):
        end -= len(tail)
    bare = text[start:end]
    if '"' not in bare and "&quot;" in bare:
        bare = html.unescape(bare)
    try:
        return list(_values(bare))
    except json.JSONDecodeError as error:
        try:
            return list(_values(_LAST_COMMA.sub(_string, _COMMENT.sub(_string, bare))))
        except json.JSONDecodeError:
            before_it = text[: start + error.pos]
            line = before_it.count("\n") + 1
            raise NotJson(line, len(before_it) - before_it.rfind("\n")) from error


def _values(text: str) -> Iterator[Any]:
    at = 0
    while at < len(text):
        value, at = _DECODER.raw_decode(text, at)
        yield value
        match = _BETWEEN.match(text, at)
        at = match.end() if match else at


def _string(match: re.Match[str]) -> str:
    return match[1] or ""
