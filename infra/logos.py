"""Draw a client's SVG logos as PNG when it is published: mail programs do not show SVG."""

import base64
import struct

from resvg_py import svg_to_bytes

from functions.shared.domain.client import ClientBundle

WIDEST, HIGHEST = 240, 56
"""CSS pixels in a mail; the PNG has twice as many."""
HEAVIEST = 40_000
"""Bytes of a PNG: it travels in every mail."""


class HeavyLogo(ValueError):
    """A logo that is too heavy to travel; `key` is the one in brand.yaml."""

    def __init__(self, key: str, size: int) -> None:
        super().__init__(
            f"drawn for mail this logo has {size:,} bytes; use plainer colours and shapes, for at most {HEAVIEST:,}."
        )
        self.key = key


def with_logos(bundle: ClientBundle) -> ClientBundle:
    """Return the bundle with its logos as PNG, each on the surface it stands on.

    They are opaque: a mail program that darkens a mail in its own way leaves images alone, and a dark logo without
    its surface would vanish. Raises ValueError for an SVG that cannot be drawn, HeavyLogo for one that is too heavy.
    """
    brand = bundle.brand
    return bundle.model_copy(
        update={
            "logo_png": _png("logo", bundle.logo_svg, brand.light.surface),
            "logo_dark_png": _png("logo_dark", bundle.logo_dark_svg, brand.dark.surface)
            if bundle.logo_dark_svg
            else None,
        }
    )


def _png(key: str, svg: str, surface: str) -> str:
    natural = svg_to_bytes(svg_string=svg, background=surface)
    width, height = struct.unpack(">II", natural[16:24])
    scale = 2 * min(WIDEST / width, HIGHEST / height, 1)
    # Even numbers, so that the CSS size is whole.
    drawn = svg_to_bytes(svg_string=svg, background=surface, width=2 * round(width * scale / 2))
    if len(drawn) > HEAVIEST:
        raise HeavyLogo(key, len(drawn))
    return base64.b64encode(drawn).decode("ascii")
