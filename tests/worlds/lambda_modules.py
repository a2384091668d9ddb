"""The modules of Lambda functions, which read their environment and bind their tables when they are loaded."""

import importlib
import sys
from types import ModuleType


def start(module: str) -> ModuleType:
    """Return a function's module as it is when a worker starts: loaded anew, in the environment of this moment."""
    loaded = sys.modules.get(module)
    return importlib.reload(loaded) if loaded else importlib.import_module(module)
