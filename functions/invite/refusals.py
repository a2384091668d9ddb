"""Mails that are not sent, such as they came out: too large, too long, or with nothing in them.

The same is asked when a client is published, of every mail as made-up people would get it; here it is the last look.
"""

import unicodedata
from collections.abc import Mapping, Sequence

from functions.shared.domain.errors import BadConfiguration

MAX_HTML_BYTES = 30_000
"""Bytes; Gmail cuts a mail at 102 kB."""
MAX_LENGTHS: Mapping[str, int] = {
    "subject": 150,
    "preheader": 250,
    "heading": 200,
    "greeting": 300,
    "body": 1500,
    "button": 80,
    "signature": 200,
    "opt_out": 250,
}
"""Characters of each text as it comes out; of a list, of each of its lines."""
MAX_LINES: Mapping[str, int] = {"body": 8, "signature": 8}
_NEEDED = ("subject", "heading", "body", "button", "opt_out")
_INK = frozenset("LNPS")


class RefusedMail(BadConfiguration):
    """A mail that is not to be sent. `place` is the key of its texts that is to blame, such as reminder.subject."""

    def __init__(self, place: str, sentence: str) -> None:
        super().__init__([f"{place}: {sentence}"])
        self.place = place
        self.sentence = sentence


def refuse_words(mail: str, view: Mapping[str, object]) -> None:
    """Raise RefusedMail where the words of a mail come out too long, or as nothing. `mail` is its key in the texts."""
    for part, most in MAX_LENGTHS.items():
        said = view[part]
        lines: Sequence[str] = [said] if isinstance(said, str) else list(said)  # type: ignore[call-overload]
        place = part if part in ("button", "signature", "opt_out") else f"{mail}.{part}"
        if part in _NEEDED and not any(map(_has_ink, lines)):
            raise RefusedMail(place, "nothing of this text can be seen.")
        if len(lines) > MAX_LINES.get(part, 1):
            raise RefusedMail(place, f"{len(lines)} pieces are too many; use at most {MAX_LINES[part]}.")
        longest = max(map(len, lines), default=0)
        if longest > most:
            raise RefusedMail(place, f"this text can come out {longest} characters long; keep it under {most}.")


def refuse_parts(mail: str, html: str, text: str, links: Sequence[str]) -> None:
    """Raise RefusedMail where a mail's HTML is too large, or one of its links stands in only one of its two parts."""
    size = len(html.encode())
    if size > MAX_HTML_BYTES:
        raise RefusedMail(f"{mail}.body", f"the mail has {size:,} bytes of HTML; shorten it to {MAX_HTML_BYTES:,}.")
    for link in links:
        if link not in html or link not in text:
            raise RefusedMail(mail, "a link is missing in the HTML or in the text of this mail.")


def _has_ink(text: str) -> bool:
    return any(unicodedata.category(character)[0] in _INK for character in text)
