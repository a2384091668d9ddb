"""What pydantic found wrong with a file, in the words of whoever wrote the file."""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError

from functions.shared.domain.client_checks import Path

_PATTERNS = {
    r"^[a-z][a-z0-9_-]{1,39}$": "a name of 2 to 40 lower-case letters, digits, - and _ that begins with a letter",
    r"^[a-z][a-z0-9_]{0,39}$": "a name of at most 40 lower-case letters, digits and _ that begins with a letter",
    r"^[a-z]{2}(-[A-Z]{2})?$": "a language such as nl or nl-BE",
    r"^#[0-9a-fA-F]{6}$": 'a colour such as "#0b4f6c", in quotes',
    r"^[A-Z]{2}$": "a country such as NL",
}
_SHAPES = {
    "string_type": "a text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "a group of keys",
    "model_type": "a group of keys",
    "model_attributes_type": "a group of keys",
    "date_type": "a date such as 2026-12-24",
    "date_parsing": "a date such as 2026-12-24",
    "date_from_datetime_parsing": "a date such as 2026-12-24",
    "date_from_datetime_inexact": "a date such as 2026-12-24",
    "time_type": "a time such as 09:00",
    "time_parsing": "a time such as 09:00",
}
_BOUNDS = {
    "greater_than_equal": ("ge", "at least"),
    "greater_than": ("gt", "more than"),
    "less_than_equal": ("le", "at most"),
    "less_than": ("lt", "less than"),
}


def plain_mistakes(model: type[BaseModel], error: ValidationError) -> Iterator[tuple[Path, str]]:
    """Yield (place, sentence) for each error of a model."""
    schema = model.model_json_schema(by_alias=True)
    for one in error.errors(include_url=False):
        path = tuple(part for part in one["loc"] if part != "[key]")
        yield _in_file(schema, path), _sentence(schema, path, dict(one), is_key="[key]" in one["loc"])


def _sentence(schema: dict[str, Any], path: Path, error: dict[str, Any], is_key: bool) -> str:
    kind, context, given = error["type"], error.get("ctx", {}), error.get("input")
    name = _name(schema, path)
    if kind == "extra_forbidden":
        return f"{path[-1]} is not a key here{_did_you_mean(str(path[-1]), _keys(schema, path[:-1]))}"
    if kind == "missing":
        return f"{name} is missing; add it"
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        types = [word.strip(" '") for word in str(context.get("expected_tags", "nps, scale, choice, text")).split(",")]
        wrong = (
            f"{context['tag']} is no type of question" if "tag" in context else "the type of the question is missing"
        )
        return f"{wrong}; the types are {', '.join(types)}"
    if kind == "value_error":
        return f"{name}: {_reason(error['msg'])}" if name else _reason(error["msg"])
    if is_key:
        return f"{path[-1]} is not {_PATTERNS.get(context.get('pattern', ''), 'a key that can be used here')}"
    return f"{name} {_must(kind, context, given)}{_but(kind, given)}"


def _must(kind: str, context: dict[str, Any], given: object) -> str:
    if kind in _SHAPES:
        return f"must be {_SHAPES[kind]}"
    if kind == "string_pattern_mismatch":
        return f"must be {_PATTERNS.get(context['pattern'], 'of another form')}"
    if kind in _BOUNDS:
        key, words = _BOUNDS[kind]
        return f"must be {words} {context[key]}"
    if kind == "literal_error":
        allowed = [word.strip(" '") for word in str(context["expected"]).replace(" or ", ", ").split(",")]
        return f"must be one of {', '.join(allowed)}"
    if kind == "too_short":
        return f"must have at least {context['min_length']}"
    if kind == "too_long":
        return f"may have at most {context['max_length']}"
    return "cannot be used"


def _but(kind: str, given: object) -> str:
    """Say what stands there instead, and how to mend it where that is known."""
    if given is None:
        return ", but is empty (in YAML a # begins a comment: put a text that begins with it in quotes)"
    if kind == "string_type":
        if isinstance(given, dict | list):
            return "; a text that begins with { or [ needs quotes"
        return f"; put {str(given).lower() if isinstance(given, bool) else given} in quotes"
    if isinstance(given, str | int | float) and kind not in ("too_short", "too_long"):
        return f", and not {str(given)[:60]}"
    return ""


def _reason(message: str) -> str:
    reason = message.removeprefix("Value error, ")
    return reason.replace("value is not a valid email address:", "this is no address that can be mailed:")


def _did_you_mean(name: str, keys: list[str]) -> str:
    close = get_close_matches(name.casefold(), keys, n=1, cutoff=0.6)
    if close:
        return f"; did you mean {close[0]}?"
    return f"; the keys here are {', '.join(keys)}" if keys else ""


def _name(schema: dict[str, Any], path: Path) -> str:
    """Return a place as a person says it: send_window.opens, questions[2].text; items are counted from 1."""
    name = ""
    for part in _in_file(schema, path):
        if isinstance(part, int):
            name += f"[{part + 1}]"
        else:
            name += f".{part}" if name else part
    return name


def _in_file(schema: dict[str, Any], path: Path) -> Path:
    """Return a place without the steps that only the model has: the type of a question."""
    shown: list[str | int] = []
    node = schema
    for part in path:
        node, is_shown = _below(schema, node, part)
        if is_shown:
            shown.append(part)
    return tuple(shown)


def _keys(schema: dict[str, Any], path: Path) -> list[str]:
    """Return the keys that may stand in a place."""
    node = schema
    for part in path:
        node, _ = _below(schema, node, part)
    return list(_resolved(schema, node).get("properties", {}))


def _below(schema: dict[str, Any], node: dict[str, Any], part: str | int) -> tuple[dict[str, Any], bool]:
    """Return the schema one step down a path, and whether the step is in the file (a type of question is not)."""
    for option in _options(schema, node):
        if isinstance(part, int) and isinstance(option.get("items"), dict):
            return option["items"], True
        if isinstance(part, str):
            if part in option.get("properties", {}):
                return option["properties"][part], True
            tagged = option.get("discriminator", {}).get("mapping", {})
            if part in tagged:
                return {"$ref": tagged[part]}, False
            if isinstance(option.get("additionalProperties"), dict):
                return option["additionalProperties"], True
            if option.get("patternProperties"):
                return next(iter(option["patternProperties"].values())), True
    return {}, True


def _options(schema: dict[str, Any], node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    node = _resolved(schema, node)
    yield node
    for option in node.get("anyOf", ()):
        yield _resolved(schema, option)


def _resolved(schema: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        node = schema["$defs"][node["$ref"].rpartition("/")[2]]
    if "anyOf" in node and not node.get("properties"):
        groups = [option for option in node["anyOf"] if option.get("type") != "null"]
        if len(groups) == 1:
            return _resolved(schema, groups[0])
    return node
