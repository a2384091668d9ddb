"""Import handlers as a cold start does, and again without each of their variables. Run by tests/infra/test_settings.py.

Reads {function: [handler, {variable: value}]}; writes {function: {"asked": [...], "complaints": {variable: text}}}.
"""

import importlib
import json
import os
import sys
import types
from collections.abc import Mapping
from typing import Any

from functions.shared.adapters import binding, environment


class Asked(dict[str, str]):
    """An environment that notes which variables it was asked for."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        super().__init__(
            {name: value for name, value in os.environ.items() if name.startswith("AWS_")} | dict(variables)
        )
        self.names: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.names.add(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        """Return a variable or the default."""
        self.names.add(name)
        return super().get(name, default)


def load(handler: str, variables: Mapping[str, str]) -> list[str]:
    """Import a handler's module anew in an environment; return the variables that it asked for."""
    asked = Asked(variables)
    environment.os = binding.os = types.SimpleNamespace(environ=asked)  # type: ignore[assignment]
    name = handler.rpartition(".")[0]
    if name in sys.modules:
        importlib.reload(sys.modules[name])
    else:
        importlib.import_module(name)
    return sorted(asked.names)


def examine(handler: str, variables: Mapping[str, str]) -> dict[str, Any]:
    """Import a handler with its variables, and without each of them."""
    asked, complaints = load(handler, variables), {}
    for missing in variables:
        try:
            load(handler, {name: value for name, value in variables.items() if name != missing})
        except Exception as error:  # noqa: BLE001 - whatever it is, the test reads what it says
            complaints[missing] = str(error)
    return {"asked": asked, "complaints": complaints}


if __name__ == "__main__":
    functions = json.load(sys.stdin)
    json.dump({function: examine(*about) for function, about in functions.items()}, sys.stdout)
