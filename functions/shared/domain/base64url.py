"""Base64 as it stands in addresses: base64url without padding (RFC 4648, section 5)."""

import base64


def encoded(raw: bytes) -> str:
    """Return bytes as text."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def decoded(text: str) -> bytes:
    """Return the bytes of a text; characters that do not belong there are passed over. Raises ValueError for a text of
    no such length."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
