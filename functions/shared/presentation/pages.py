"""What the pages have in common: how their templates are read, and a client's brand in them."""

import re
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from functions.shared.presentation.words import FRONTEND


def page_environment(*folders: Path) -> Environment:
    """Return the templates of pages: of these folders, and of the brand that all share. What is missing raises."""
    return Environment(
        loader=FileSystemLoader([*folders, FRONTEND / "brand"]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


@lru_cache(maxsize=64)
def svg_address(svg: str) -> str:
    """Return an SVG as an address for <img>, where nothing in it can run."""
    return "data:image/svg+xml," + quote(re.sub(r"\s+", " ", svg.strip()), safe="=:/;()!*@$?+~")
