"""An SMS: what it is handed over as, how many parts it has, and what it costs for that.

A part holds 160 letters of the GSM alphabet (3GPP TS 23.038), or 70 in UCS-2 where one letter is not in that alphabet;
of several parts each holds 153 or 67. Every part is paid for.
"""

from dataclasses import dataclass, field

MAX_PARTS = 3
"""Of an SMS of ours."""

_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_TWICE = frozenset("\f^{}\\[~]|€")
"""In its extension: each takes the place of two."""


@dataclass(frozen=True)
class Sms:
    """An SMS, ready to be handed over: from the client's number, to a number in E.164, and what its reports carry."""

    number: str
    to: str = field(repr=False)
    body: str = field(repr=False)
    context: tuple[tuple[str, str], ...]
    """Opaque ids: invitation, mail, client."""


def parts(text: str) -> int:
    """Return how many parts a text has; a letter is never cut in two."""
    if foreign_letters(text):
        sizes, alone, each = [len(letter.encode("utf-16-le")) // 2 for letter in text], 70, 67
    else:
        sizes, alone, each = [2 if letter in _GSM_TWICE else 1 for letter in text], 160, 153
    if sum(sizes) <= alone:
        return 1
    count, room = 1, each
    for size in sizes:
        if size > room:
            count, room = count + 1, each
        room -= size
    return count


def foreign_letters(text: str) -> str:
    """Return the letters, each once, for which a text needs UCS-2."""
    return "".join(dict.fromkeys(letter for letter in text if letter not in _GSM and letter not in _GSM_TWICE))
