"""By which channel an invitation reaches a person. Mail is what goes without saying, and is written down nowhere."""

from typing import Literal

Channel = Literal["mail", "sms"]

SMS = "sms"


def sent_by(address: str) -> str | None:
    """Return how what goes to an address is sent: a mail address (None) has an @, a phone number in E.164 has none."""
    return None if "@" in address else SMS
