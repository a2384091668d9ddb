"""Draw a client's SVG logos as PNG when it is published: mail programs do not show SVG."""

import base64
import struct

from resvg_py import svg_to_bytes

from functions.shared.domain.client import ClientBundle

WIDEST, HIGHEST = 240, 56
"""CSS pixels in a mail; the PNG has twice as many."""


def with_logos(bundle: ClientBundle) -> ClientBundle:
    """Return the bundle with its logos as PNG, each on the surface it stands on.

    They are opaque: a mail program that darkens a mail in its own way leaves images alone, and a dark logo without
    its surface would vanish. Raises ValueError for an SVG that cannot be drawn.
    """
    brand = bundle.brand
    return bundle.model_copy(
        update={
            "logo_png": _png(bundle.logo_svg, brand.light.surface),
            "logo_dark_png": _png(bundle.logo_dark_svg, brand.dark.surface) if bundle.logo_dark_svg else None,
        }
    )


def _png(svg: str, surface: str) -> str:
    natural = svg_to_bytes(svg_string=svg, background=surface)
    width, height = struct.unpack(">II", natural[16:24])
    scale = 2 * min(WIDEST / width, HIGHEST / height, 1)
    # Even numbers, so that the CSS size is whole.
    drawn = svg_to_bytes(svg_string=svg, background=surface, width=2 * round(width * scale / 2))
    return base64.b64encode(drawn).decode("ascii")
