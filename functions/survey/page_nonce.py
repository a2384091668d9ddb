"""The nonce of a page: that we rendered it, for this link, and when. Stateless: showing a page writes nothing."""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from functions.shared.domain.identity import LinkKeys, Purpose

LIFE = timedelta(hours=24)
"""So long a page may lie open before it is sent; after that it comes back with everything that was typed."""


@dataclass(frozen=True)
class PageNonce:
    """A nonce of ours: when its page was rendered, and whether it may still be sent."""

    rendered_at: datetime
    fresh: bool


def sign_page(keys: LinkKeys, purpose: Purpose, link: str, rendered_at: datetime) -> str:
    """Return the nonce for the page of a link (the id in its token) that is rendered at a moment."""
    version = max(keys.tokens)
    body = f"{version}.{int(rendered_at.timestamp() * 1000)}"
    return f"{body}.{_mac(keys.tokens[version], purpose, link, body).decode()}"


def read_page(keys: LinkKeys, purpose: Purpose, link: str, nonce: str, now: datetime) -> PageNonce | None:
    """Return what a nonce says, or None where it was not signed by us for this link and purpose."""
    body, _, mac = nonce.rpartition(".")
    version, _, milliseconds = body.partition(".")
    if not (version.isascii() and version.isdigit() and milliseconds.isascii() and milliseconds.isdigit()):
        return None
    key = keys.tokens.get(int(version[:3]))
    if key is None or not hmac.compare_digest(_mac(key, purpose, link, body), mac.encode("ascii", "replace")):
        return None
    rendered_at = datetime.fromtimestamp(int(milliseconds) / 1000, UTC)
    return PageNonce(rendered_at, fresh=timedelta(0) <= now - rendered_at < LIFE)


def _mac(key: bytes, purpose: Purpose, link: str, body: str) -> bytes:
    text = f"page\x1f{purpose}\x1f{link}\x1f{body}"
    return base64.urlsafe_b64encode(hmac.digest(key, text.encode(), hashlib.sha256)[:16]).rstrip(b"=")
