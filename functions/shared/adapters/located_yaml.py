"""YAML that knows the line of everything in it, and reads less than YAML can say.

Plain YAML of keys, lists and values: `true` and `false` are the only words that are not text (`no` and `off` are
words), a time such as 09:00 and a date are text, and a key is text. Anchors, tags and repeated keys are mistakes.
"""

import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from functions.shared.domain.client_checks import Path

LARGEST = 200_000
"""Characters of a file."""


@dataclass(frozen=True)
class Located:
    """What a YAML file says: `data` is None where it cannot be read at all."""

    data: Any
    lines: dict[Path, int] = field(default_factory=dict)
    mistakes: tuple[tuple[int, str], ...] = ()
    """(line, sentence) of what is wrong with the YAML itself."""

    def line(self, path: Path) -> int:
        """Return the line of a place, or of the nearest place above it that is in the file."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.lines:
                return self.lines[path[:length]]
        return 1


class _Loader(yaml.SafeLoader):
    """Resolves numbers, booleans and null only."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """Refuse aliases, with which a short file can say a very long thing."""
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, "anchors and aliases are not read; write the text out", mark)
        return super().compose_node(parent, index)


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("bool", r"^(?:true|True|false|False)$", "tTfF"),
    ("int", r"^[-+]?(?:0|[1-9][0-9]*)$", "-+0123456789"),
    ("float", r"^[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?$", "-+.0123456789"),
    ("null", r"^(?:~|null|Null|)$", ["~", "n", "N", ""]),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), list(_first))


def read_yaml(text: str) -> Located:
    """Read one YAML document whose root is a group of keys."""
    if len(text) > LARGEST:
        return Located(None, mistakes=((1, f"the file is longer than {LARGEST:,} characters"),))
    try:
        loader = _Loader(text)
        root = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return Located(None, mistakes=((mark.line + 1 if mark else 1, _plainly(error)),))
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        return Located(None, mistakes=((line, "a character in this line cannot stand in a text file; remove it"),))
    except RecursionError:
        return Located(
            None, mistakes=((1, "the file has groups in groups without an end; write it as the examples do"),)
        )
    if root is None:
        return Located(None, mistakes=((1, "the file is empty"),))
    reading = _Reading(loader)
    data = reading.value(root, ())
    if not isinstance(data, dict) and not reading.mistakes:
        reading.mistakes.append((root.start_mark.line + 1, "the file holds no keys; write each as `key: value`"))
    return Located(data if isinstance(data, dict) else None, reading.lines, tuple(reading.mistakes))


class _Reading:
    def __init__(self, loader: _Loader) -> None:
        self.lines: dict[Path, int] = {}
        self.mistakes: list[tuple[int, str]] = []
        self._loader = loader

    def value(self, node: yaml.Node, path: Path) -> Any:
        """Return what a node says, and note the line of everything in it."""
        if isinstance(node, yaml.MappingNode) and node.tag == "tag:yaml.org,2002:map":
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode) and node.tag == "tag:yaml.org,2002:seq":
            items = []
            for index, item in enumerate(node.value):
                self.lines[(*path, index)] = item.start_mark.line + 1
                items.append(self.value(item, (*path, index)))
            return items
        try:
            if isinstance(node, yaml.ScalarNode) and node.tag.rpartition(":")[2] in (
                "str",
                "bool",
                "int",
                "float",
                "null",
            ):
                return self._loader.construct_object(node)
        except (ValueError, yaml.YAMLError):
            pass
        self.mistakes.append((node.start_mark.line + 1, f"the tag {node.tag} is not read; write a plain value"))
        return None

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self.mistakes.append((line, "a key is a word, not a list or a group; a text with { or [ needs quotes"))
                continue
            key = str(key_node.value)
            if key in values:
                self.mistakes.append(
                    (line, f"{key} stands here twice (first in line {self.lines[(*path, key)]}); keep one")
                )
                continue
            self.lines[(*path, key)] = line
            values[key] = self.value(value_node, (*path, key))
        return values


_PLAINLY = (
    (
        "mapping values are not allowed here",
        "there is a colon where none is expected; put a text that holds a colon in quotes, and see to the indentation",
    ),
    ("found character '\\t'", "there is a tab; indent with spaces"),
    ("could not find expected ':'", "a colon is missing after a key"),
    ("while scanning a quoted scalar", "a quote is opened and not closed"),
    ("expected the node content, but found ','", "there is a comma too many"),
    ("expected ',' or ']'", "a list opened with [ is not closed, or a text in it needs quotes (for a ? { [ or comma)"),
    ("expected ',' or '}'", "a group opened with { is not closed, or a text in it needs quotes (for a ? { [ or comma)"),
    ("expected <block end>", "the indentation does not fit that of the lines above, or a text needs quotes"),
    ("found character '@'", "a text that begins with @ needs quotes"),
    ("found character '`'", "a text that begins with ` needs quotes"),
    ("found character '%'", "a text that begins with % needs quotes"),
    ("expected a single document", "there is a second document (a line with ---); keep one a file"),
    ("anchors and aliases", "anchors (&) and aliases (*) are not read; write the text out, or put it in quotes"),
    ("expected alphabetic or numeric character", "a text that begins with * or & needs quotes"),
)


def _plainly(error: yaml.MarkedYAMLError) -> str:
    said = f"{error.context or ''} {error.problem or ''}"
    for technical, plain in _PLAINLY:
        if technical in said:
            return plain
    return f"this is no YAML ({error.problem or error.context})"
