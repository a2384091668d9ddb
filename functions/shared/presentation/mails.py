"""What the mails have in common: how their templates are read, and a client's house style in them."""

import base64
import struct
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from jinja2 import FileSystemLoader, StrictUndefined, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment

from functions.shared.domain.client import ClientBundle
from functions.shared.domain.mail import InlineImage

_RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})


def mail_templates(folder: Path, name: str) -> tuple[Template, Template]:
    """Return the compiled templates of a mail: its HTML, escaped, and its text. Sandboxed; what is missing raises."""
    loader = FileSystemLoader(folder)
    html = ImmutableSandboxedEnvironment(loader=loader, autoescape=True, undefined=StrictUndefined)
    text = ImmutableSandboxedEnvironment(loader=loader, autoescape=False, undefined=StrictUndefined)
    return html.get_template(f"{name}.html"), text.get_template(f"{name}.txt")


def house_style(bundle: ClientBundle, language: str) -> Mapping[str, object]:
    """Return what every template shows of a brand, in a mail in this language."""
    brand, shown = bundle.brand, {image.cid: image for image in logos(bundle)}
    palettes = (("light", brand.light), ("dark", brand.dark))
    to_left = language[:2] in _RIGHT_TO_LEFT
    return {
        "language": language,
        "direction": "rtl" if to_left else "ltr",
        "start": "right" if to_left else "left",
        "client": bundle.client.name,
        "logo": shown.get("logo"),
        "dark_logo": shown.get("logo-dark"),
        "logo_alt": brand.logo_alt,
        "font": brand.font.replace('"', "'"),
        "radius": brand.radius,
        "card_radius": min(brand.radius, 12),
        **{f"{shade}_{role}": colour for shade, palette in palettes for role, colour in palette},
    }


def logos(bundle: ClientBundle) -> tuple[InlineImage, ...]:
    """Return the logos that travel in the mail; none where none were drawn."""
    pairs = (("logo", bundle.logo_png), ("logo-dark", bundle.logo_dark_png if bundle.logo_png else None))
    return tuple(_logo(cid, encoded) for cid, encoded in pairs if encoded)


@lru_cache(maxsize=64)
def _logo(cid: str, encoded: str) -> InlineImage:
    png = base64.b64decode(encoded)
    width, height = struct.unpack(">II", png[16:24])
    return InlineImage(cid, png, width // 2, height // 2)
