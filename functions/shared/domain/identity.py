"""Who is who, without saying who: keys, deterministic ids and the tokens in links."""

import base64
import hashlib
import hmac
import re
import unicodedata
import uuid
from binascii import b2a_base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import idna

Purpose = Literal["answer", "opt-out", "reply"]

INVITATIONS = uuid.UUID("6f1d0f3e-6a0c-5a55-9a44-5b1c4a3a0d10")
"""The namespace of invitation ids (UUIDv5)."""

_INTERACTIONS = uuid.UUID("b3b2f1fc-6f2c-5f0e-8a53-0a7d2a4f1c36")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{44}", re.ASCII)
"""33 bytes in base64url: no padding, and no bit that does not count."""
_MAC_BYTES = 16
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}
"""The two highest bits of a UUID's ninth byte are its variant (RFC 9562)."""


@dataclass(frozen=True)
class LinkKeys:
    """The secrets behind the tokens in links: the key by version (1..255).

    The highest version signs, all of them are read, so that a rotation leaves the links that are out alone.
    """

    tokens: Mapping[int, bytes] = field(repr=False)


def normalise_address(address: str) -> str:
    """Return a mail address as it is compared: trimmed, NFC, lower case, the domain as DNS has it.

    That is IDNA 2008, by UTS 46 non-transitional: `faß.example` is a domain of its own and never `fass.example`.
    Raises ValueError where there is no `@` between two parts or the domain is no domain.
    """
    text = unicodedata.normalize("NFC", address.strip()).lower()
    local, at, domain = text.rpartition("@")
    if not (at and local and domain):
        raise ValueError("no address")
    if not domain.isascii():
        domain = idna.encode(domain, uts46=True, transitional=False).decode("ascii")
    return f"{local}@{domain}"


def person_key(pepper: bytes, client: str, identity: str) -> str:
    """Return the key of a person in every table: base64url HMAC-SHA256 over client and identity (43 characters).

    `identity` is a normalised address (`normalise_address`) or `customer:<number>`.
    """
    return _b64(hmac.digest(pepper, f"{client}\x1f{identity}".encode(), hashlib.sha256))


def invitation_id(client: str, touchpoint: str, interaction_id: str) -> str:
    """Return the one id that the invitation for this interaction can have, so that a retry finds its own claim."""
    return str(uuid.uuid5(INVITATIONS, f"{client}\x1f{touchpoint}\x1f{interaction_id}"))


def person_keys(pepper: bytes, client: str) -> Callable[[str], str]:
    """Return what `person_key` is for the identities of one client: keyed once for many, with half the time for each.

    HMAC as RFC 2104 defines it, over two digests that have taken in the key.
    """
    block = (hashlib.sha256(pepper).digest() if len(pepper) > 64 else pepper).ljust(64, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block) + f"{client}\x1f".encode())
    outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in block))

    def key(identity: str) -> str:
        message, mac = inner.copy(), outer.copy()
        message.update(identity.encode())
        mac.update(message.digest())
        return _b64(mac.digest())

    return key


def invitation_ids(client: str, touchpoint: str) -> Callable[[str], str]:
    """Return what `invitation_id` is for the interactions of one touchpoint, for many of them."""
    return ids_under(INVITATIONS, f"{client}\x1f{touchpoint}\x1f")


def interaction_ids(client: str) -> Callable[[str], str]:
    """Return what gives an interaction of a client an opaque id, of a text that may tell who it was with."""
    return ids_under(_INTERACTIONS, f"{client}\x1f")


def ids_under(namespace: uuid.UUID, prefix: str) -> Callable[[str], str]:
    """Return what gives a name its UUIDv5 as text, of names that begin alike: a quarter of the time of `uuid.uuid5`."""
    begun = hashlib.sha1(namespace.bytes + prefix.encode(), usedforsecurity=False)

    def name_based(name: str) -> str:
        digest = begun.copy()
        digest.update(name.encode())
        bits = digest.hexdigest()
        return f"{bits[:8]}-{bits[8:12]}-5{bits[13:16]}-{_VARIANT[bits[16]]}{bits[17:20]}-{bits[20:32]}"

    return name_based


def sign_token(keys: LinkKeys, purpose: Purpose, invitation: str) -> str:
    """Return the link token (44 characters of base64url) of an invitation for one purpose.

    Version, invitation id and 128 bits of HMAC: the same link can be sent again by a reminder, and no table holds
    anything that opens it.
    """
    version = max(keys.tokens)
    body = bytes([version]) + uuid.UUID(invitation).bytes
    return _b64(body + _mac(keys.tokens[version], purpose, body))


def read_token(keys: LinkKeys, purpose: Purpose, token: str) -> str | None:
    """Return the invitation id that a token was signed for, or None for any other text, one with more in it included.

    Constant time for every text of a token's form.
    """
    if not _TOKEN.fullmatch(token):
        return None  # the decoder passes over characters that it does not know
    raw = base64.urlsafe_b64decode(token)
    body, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
    key = keys.tokens.get(body[0])
    known = key is not None
    if not hmac.compare_digest(_mac(key or b"unknown version", purpose, body), mac) or not known:
        return None
    return str(uuid.UUID(bytes=body[1:]))


def _mac(key: bytes, purpose: Purpose, body: bytes) -> bytes:
    return hmac.digest(key, purpose.encode() + b"\x1f" + body, hashlib.sha256)[:_MAC_BYTES]


def _b64(raw: bytes) -> str:
    # As base64.urlsafe_b64encode, without its two calls: two keys are made of every row of a file.
    return b2a_base64(raw, newline=False).translate(_URL_SAFE).rstrip(b"=").decode("ascii")
