"""The secrets behind person keys, link tokens and signatures, from Secrets Manager: one each, for a function reads what
it uses."""

import json

from functions.shared.adapters import aws
from functions.shared.domain.identity import LinkKeys


def load_pepper(secret: str) -> bytes:
    """Return what keys the HMAC of identities: a call, so that a worker keeps it.

    The SecretString is a text, taken as UTF-8. Raises ValueError where it is empty.
    """
    pepper = _secret_string(secret)
    if not pepper:
        raise ValueError(f"The secret {secret} is empty.")
    return pepper.encode()


def load_link_keys(secret: str) -> LinkKeys:
    """Return the keys behind link tokens: a call, so that a worker keeps them.

    The SecretString is a JSON object of version ("1" to "255") to text. Raises ValueError, without the secret, where it
    is not.
    """
    return LinkKeys(load_versions(secret))


def load_versions(secret: str) -> dict[int, bytes]:
    """Return the texts of a secret by their number, 1 to 255; it holds them and raises as for link keys."""
    return read_versions(_secret_string(secret), secret)


def _secret_string(secret: str) -> str:
    text: str = aws.client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"]
    return text


def read_versions(text: str, secret: str) -> dict[int, bytes]:
    """Return the texts in the text of a secret, by their number; `secret` is its name, for the complaint."""
    try:
        keys = {int(version): str(key).encode() for version, key in json.loads(text).items()}
    except (ValueError, AttributeError):
        keys = {}
    if not keys or not all(1 <= version <= 255 and key for version, key in keys.items()):
        raise ValueError(f'The secret {secret} must hold JSON such as {{"1": "<random text>"}}.') from None
    return keys
