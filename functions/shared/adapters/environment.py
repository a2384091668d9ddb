"""The environment, read once at the start of a function."""

import os


def required(name: str) -> str:
    """Return a variable of the environment; a missing one stops the function at its start, by name."""
    try:
        return os.environ[name]
    except KeyError:
        raise RuntimeError(f"The environment variable {name} is not set.") from None
