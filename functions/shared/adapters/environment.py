"""The environment, read once at the start of a function."""

import os


def required(name: str) -> str:
    """Return a variable of the environment; a missing one stops the function at its start, by name."""
    try:
        return os.environ[name]
    except KeyError:
        raise RuntimeError(f"The environment variable {name} is not set.") from None


def optional(name: str) -> str | None:
    """Return a variable of the environment, or None where it is not set or empty."""
    return os.environ.get(name) or None


def seconds(name: str, otherwise: int) -> int:
    """Return a number of seconds from the environment, or `otherwise` where it is not set. Stops at no number."""
    text = os.environ.get(name, str(otherwise))
    if not text.isdigit():
        raise RuntimeError(f"The environment variable {name} is not a whole number of seconds: {text}.")
    return int(text)
