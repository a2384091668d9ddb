"""The secrets behind person keys and link tokens, from Secrets Manager."""

import json

from functions.shared.adapters import aws
from functions.shared.domain.identity import Keys


def load_keys(pepper_secret: str, token_keys_secret: str) -> Keys:
    """Return the keys that two secrets hold: two calls, so that a worker keeps them.

    The pepper's SecretString is a text, taken as UTF-8. The token keys' SecretString is a JSON object of version
    ("1" to "255") to text. Raises ValueError, without the secret, where that is not so.
    """
    client = aws.client("secretsmanager")
    pepper = client.get_secret_value(SecretId=pepper_secret)["SecretString"]
    tokens = client.get_secret_value(SecretId=token_keys_secret)["SecretString"]
    if not pepper:
        raise ValueError(f"The secret {pepper_secret} is empty.")
    return Keys(pepper=pepper.encode(), tokens=_versions(tokens, token_keys_secret))


def _versions(text: str, secret: str) -> dict[int, bytes]:
    try:
        keys = {int(version): str(key).encode() for version, key in json.loads(text).items()}
    except (ValueError, AttributeError):
        keys = {}
    if not keys or not all(1 <= version <= 255 and key for version, key in keys.items()):
        raise ValueError(f'The secret {secret} must hold JSON such as {{"1": "<random text>"}}.') from None
    return keys
