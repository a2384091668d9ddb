"""Signatures of published scores: Ed25519, as JWS (RFC 7515) with keys as JWK (RFC 8037)."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from functions.shared.adapters.keys import load_versions
from functions.shared.domain.base64url import decoded, encoded
from functions.shared.domain.public_score import SignedScore

ALGORITHM = "EdDSA"


class BadSignature(Exception):
    """A file that is no signed score, or that none of the keys signed."""


class ScoreKeys:
    """The keys that scores are signed with, by number: the highest signs, the others are still known."""

    def __init__(self, secrets: Mapping[int, bytes]) -> None:
        """Take the secrets: the key is made of the SHA-256 of each."""
        self._keys = {
            number: Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"klankbord score " + secret).digest())
            for number, secret in secrets.items()
        }

    def sign(self, payload: bytes) -> SignedScore:
        """Return the payload, signed with the newest key."""
        key = self._keys[max(self._keys)]
        header = {"alg": ALGORITHM, "kid": thumbprint(_x(key.public_key()))}
        protected = encoded(json.dumps(header, sort_keys=True, separators=(",", ":")).encode())
        body = encoded(payload)
        signature = encoded(key.sign(f"{protected}.{body}".encode("ascii")))
        return SignedScore(protected, body, signature, json.loads(payload))

    def key_set(self) -> bytes:
        """Return the public keys as a JWK set, the newest first."""
        newest_first = sorted(self._keys, reverse=True)
        keys = [jwk(_x(self._keys[number].public_key())) for number in newest_first]
        return json.dumps({"keys": keys}, indent=2).encode()


def load_score_keys(secret: str) -> ScoreKeys:
    """Return the keys of a secret in Secrets Manager: a call, so that a worker keeps them. Raises as load_versions."""
    return ScoreKeys(load_versions(secret))


def jwk(x: str) -> dict[str, str]:
    """Return a public key as a JWK; `x` is the key, base64url."""
    return {"kty": "OKP", "crv": "Ed25519", "x": x, "kid": thumbprint(x), "use": "sig", "alg": ALGORITHM}


def thumbprint(x: str) -> str:
    """Return the name of a key: its JWK thumbprint (RFC 7638)."""
    told = json.dumps({"crv": "Ed25519", "kty": "OKP", "x": x}, sort_keys=True, separators=(",", ":"))
    return encoded(hashlib.sha256(told.encode()).digest())


def verified(file: bytes, keys: Mapping[str, str]) -> bytes:
    """Return the payload of a signed score; `keys` are public keys (x) by thumbprint.

    Raises BadSignature where it is none, where its key is not among them, where it was changed, or where what stands
    beside the signature says something else.
    """
    try:
        told: Any = json.loads(file)
        header = json.loads(decoded(told["protected"]))
        payload, signature = decoded(told["payload"]), decoded(told["signature"])
        beside = told["score"]
        if header["alg"] != ALGORITHM or "crit" in header:
            raise BadSignature("It is not signed as a score is (Ed25519).")
        x = keys.get(str(header["kid"]))
    except (ValueError, KeyError, TypeError):
        raise BadSignature("It is no signed score.") from None
    if x is None:
        raise BadSignature(f"It names the key {header['kid']}, which is not among those that are trusted.")
    try:
        key = Ed25519PublicKey.from_public_bytes(decoded(x))
        key.verify(signature, f"{told['protected']}.{told['payload']}".encode("ascii"))
    except (InvalidSignature, ValueError):
        raise BadSignature("The signature does not fit: the score was changed, or signed by somebody else.") from None
    if json.loads(payload) != beside:
        raise BadSignature("What stands beside the signature is not what was signed.")
    return payload


def _x(key: Ed25519PublicKey) -> str:
    return encoded(key.public_bytes_raw())
