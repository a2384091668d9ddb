"""The address that a reply goes to: it tells, signed, which mail is answered, so that no From has to be believed."""

import base64

from functions.shared.domain.base64url import decoded, encoded
from functions.shared.domain.identity import LinkKeys, read_token, sign_token

_MARK = "r"


def reply_address(keys: LinkKeys, invitation: str, domain: str) -> str:
    """Return the address for replies to an invitation's mails.

    Its local part (54 characters) is in base32: whatever writes an address in lower case leaves it whole.
    """
    token = sign_token(keys, "reply", invitation)
    raw = decoded(token)
    return f"{_MARK}{base64.b32encode(raw).decode('ascii').rstrip('=').lower()}@{domain}"


def answered_invitation(keys: LinkKeys, address: str, domain: str) -> str | None:
    """Return the invitation whose mail an address answers, or None for any other address."""
    local = _local_part(address, domain)
    if not local or not local.startswith(_MARK):
        return None
    text = local[len(_MARK) :].upper()
    try:
        raw = base64.b32decode(text + "=" * (-len(text) % 8))
    except ValueError:
        return None
    if base64.b32encode(raw).decode("ascii").rstrip("=") != text:
        return None  # its last character holds a bit that does not count
    return read_token(keys, "reply", encoded(raw))


def addressed_client(address: str, domain: str) -> str | None:
    """Return the client of <client>@<domain>, where its customers opt out without answering a mail; None elsewhere.

    Whether there is such a client is not looked up.
    """
    return _local_part(address, domain)


def _local_part(address: str, domain: str) -> str | None:
    local, _, host = address.strip().lower().rpartition("@")
    return local if local and host == domain.lower() else None
