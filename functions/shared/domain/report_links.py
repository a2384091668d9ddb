"""Links that open a client's report: for one reader, until a day, signed. No table holds anything that opens one."""

import hashlib
import hmac
import re
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from functions.shared.domain.base64url import decoded, encoded
from functions.shared.domain.client import Client
from functions.shared.domain.identity import LinkKeys

OPENS_FOR = timedelta(days=15)
"""Until the mail of two weeks later is there."""
_TOKEN = re.compile(r"[A-Za-z0-9_-]{40,200}", re.ASCII)
_PURPOSE = b"report\x1f"
_MAC_BYTES = 16
_READER_BYTES = 8
_HEAD = struct.Struct(">BI")
"""The number of the key, and the moment until which it opens in epoch seconds."""


@dataclass(frozen=True)
class ReportLinks:
    """What makes links: the keys of all links, and where the survey's site is reached."""

    keys: LinkKeys
    url: str

    def to(self, client: str, reader: str, now: datetime) -> tuple[str, datetime]:
        """Return the address that opens a client's report for a reader (a mail address), and until when it does."""
        until = now + OPENS_FOR
        return f"{self.url}/r/{sign_report_token(self.keys, client, reader, until)}", until


@dataclass(frozen=True)
class ReportToken:
    """What a token was signed for: `reader` stands for the address."""

    client: str
    reader: bytes
    until: datetime

    def is_of_a_reader(self, client: Client) -> bool:
        """Say whether the reader is still one of the client's: who is taken out of its folder has lost the report."""
        return any(hmac.compare_digest(_reader(client.client, one), self.reader) for one in client.readers)


def sign_report_token(keys: LinkKeys, client: str, reader: str, until: datetime) -> str:
    """Return the token of a reader's link."""
    version = max(keys.tokens)
    body = _HEAD.pack(version, int(until.timestamp())) + _reader(client, reader) + client.encode("ascii")
    return encoded(body + _mac(keys.tokens[version], body))


def read_report_token(keys: LinkKeys, token: str) -> ReportToken | None:
    """Return what a token was signed for, whether or not it still opens; None for any other text."""
    if not _TOKEN.fullmatch(token) or len(token) % 4 == 1:
        return None
    raw = decoded(token)
    if encoded(raw) != token:
        return None  # bits that do not count
    body, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
    key = keys.tokens.get(body[0])
    if not hmac.compare_digest(_mac(key or b"unknown version", body), mac) or key is None:
        return None
    _, until = _HEAD.unpack(body[: _HEAD.size])
    named = body[_HEAD.size :]
    client = named[_READER_BYTES:].decode("ascii")
    return ReportToken(client, named[:_READER_BYTES], datetime.fromtimestamp(until, UTC))


def _reader(client: str, address: str) -> bytes:
    return hashlib.sha256(f"{client}\x1f{address.casefold()}".encode()).digest()[:_READER_BYTES]


def _mac(key: bytes, body: bytes) -> bytes:
    return hmac.digest(key, _PURPOSE + body, hashlib.sha256)[:_MAC_BYTES]
