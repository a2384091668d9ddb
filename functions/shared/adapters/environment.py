"""The environment, read once at the start of a function: what is missing stops it there, by name."""

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, Field, dataclass, fields
from typing import Any, Self


class MissingVariables(RuntimeError):
    """The environment lacks variables that a function cannot do without."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = tuple(names)
        one = len(self.names) == 1
        super().__init__(
            f"The environment variable{'' if one else 's'} {', '.join(self.names)} {'is' if one else 'are'} not set."
        )


@dataclass(frozen=True)
class Settings:
    """What the deployment says to a function: a field each, read from the variable of its name in capitals.

    A field is a `str`, a `float`, a `bool` (true where the variable is set and not empty) or a `str | None` (None where
    it is not). A field with a default is not the environment's.
    """

    @classmethod
    def from_env(cls) -> Self:
        """Read the environment. Raises MissingVariables with all that are missing, RuntimeError for no number."""
        read = [each for each in fields(cls) if each.default is MISSING and each.default_factory is MISSING]
        present = required_all(each.name.upper() for each in read if each.type in _REQUIRED)
        return cls(**{each.name: _value(each, present) for each in read})


def required(name: str) -> str:
    """Return a variable of the environment. Raises MissingVariables."""
    return required_all((name,))[name]


def required_all(names: Iterable[str]) -> dict[str, str]:
    """Return variables of the environment by name. Raises MissingVariables with all that are not set."""
    values = {name: os.environ.get(name) for name in names}
    present = {name: value for name, value in values.items() if value is not None}
    if len(present) < len(values):
        raise MissingVariables(name for name, value in values.items() if value is None)
    return present


def optional(name: str) -> str | None:
    """Return a variable of the environment, or None where it is not set or empty."""
    return os.environ.get(name) or None


def seconds(name: str, otherwise: int) -> int:
    """Return a number of seconds from the environment, or `otherwise` where it is not set. Stops at no number."""
    text = os.environ.get(name, str(otherwise))
    if not text.isdigit():
        raise RuntimeError(f"The environment variable {name} is not a whole number of seconds: {text}.")
    return int(text)


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise RuntimeError(f"The environment variable {name} is not a number: {text}.") from None


_REQUIRED: Mapping[Any, Callable[[str, str], object]] = {str: lambda _, text: text, float: _number}


def _value(of: Field[Any], present: Mapping[str, str]) -> object:
    name = of.name.upper()
    if of.type in _REQUIRED:
        return _REQUIRED[of.type](name, present[name])
    if of.type is bool:
        return optional(name) is not None
    if of.type == str | None:
        return optional(name)
    raise TypeError(f"A setting is a str, a float, a bool or a str | None: {of.name} is none of these.")
