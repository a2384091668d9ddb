"""Which of the encodings of one byte a letter a text is in, by what its letters would be in each.

Bytes that an encoding cannot have rule it out. Of the others the one is taken in which letters stand where letters do:
inside of words, in the case of their neighbours. A detector for any language guesses by its letters' frequencies, which
a file of names and codes does not have.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

CANDIDATES = ("cp1252", "iso8859-15", "cp850", "cp437", "mac_roman")
"""The likeliest first: what Windows writes, old Unix, DOS in Europe and America, old Macs."""
SPOKEN_NAMES = {
    "cp1252": "Windows-1252",
    "iso8859-15": "ISO 8859-15",
    "cp850": "DOS (code page 850)",
    "cp437": "DOS (code page 437)",
    "mac_roman": "Mac OS Roman",
}
_MORE_THAN_ASCII = re.compile("[^\x00-\x7f]")
_USUAL = frozenset("áäçéèêëíïñóöüÁÄÇÉÈÊËÍÏÑÓÖÜ")
_LESS_USUAL = frozenset("àâãåæìîòôõøœùúûýÿšžÀÂÃÅÆÎÔØŒÚÛŠŽ")
_QUOTES = frozenset("\u2018\u2019\u201a\u201c\u201d\u201e«»…–—¡¿")
_WINDOWS = dict(enumerate(bytes(range(256)).decode("cp1252", "replace")))
_MEANT = {
    "\u00c3" + second: meant
    for byte in range(0x80, 0xC0)
    if (meant := bytes((0xC3, byte)).decode()) in _USUAL | _LESS_USUAL | {"ß"}
    for second in {chr(byte), _WINDOWS[byte], bytes((byte,)).decode("iso8859-15")} - {"\ufffd"}
} | {quote.encode().decode("cp1252", "replace"): quote for quote in "\u2018\u2019\u201c\u2013\u2014"}
"""Letters that were taken for UTF-8 once too often, as it came out: `Ã¼` for `ü`."""
_DOUBLED = re.compile("|".join(map(re.escape, _MEANT)))
_TOGETHER, _PLACES = 20, 3
_CLEARLY = 6.0
"""As much as three letters."""
_UTF_8 = re.compile(rb"\xc3[\x80-\xbf]|\xe2\x80[\x80-\xbf]")
_VOWELS = frozenset("aeiouäöü")
_LOOKED_AT = 20_000
"""Letters of a block."""


@dataclass(frozen=True)
class EncodingEvidence:
    """The encoding that fits best, and another that would fit as well and reads other letters, if there is one."""

    encoding: str | None
    rival: str | None = None


def single_byte_encoding(data: bytes) -> EncodingEvidence:
    """Return what speaks for which encoding; no encoding where none of them can have these bytes."""
    readings = _readings(data)
    if not readings:
        return EncodingEvidence(None)
    best = max(readings, key=lambda encoding: (readings[encoding][0], -CANDIDATES.index(encoding)))
    score, text = readings[best]
    rivals = [
        one
        for one, (other, other_text) in readings.items()
        if other >= score and _reads_other_letters(other_text, text)
    ]
    return EncodingEvidence(best, rivals[0] if rivals else None)


def speaks_against(data: bytes, encoding: str) -> bool:
    """Say whether some lines of a text are clearly in another encoding than the one that it is read in.

    Looked at are some lines together, here and there: none of what they say fits, and in another encoding it does.
    """
    lines = [line for line in data.splitlines() if not line.isascii()]
    for start in range(0, len(lines), max(_TOGETHER, len(lines) // _PLACES)):
        readings = _readings(b"\n".join(lines[start : start + _TOGETHER]))
        best = max((score for score, _ in readings.values()), default=0.0)
        if encoding in readings and readings[encoding][0] <= -_CLEARLY and best >= _CLEARLY:
            return True
    return False


def _readings(data: bytes) -> dict[str, tuple[float, str]]:
    """Return the text in each encoding that can have these bytes, with how well its letters fit."""
    data = _UTF_8.sub(b"", data)  # lines of another encoding say nothing of this one
    readings: dict[str, tuple[float, str]] = {}
    for encoding in CANDIDATES:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        readings[encoding] = _score(text), text
    return readings


def _reads_other_letters(other_text: str, text: str) -> bool:
    return any(one != other and one.isalpha() for one, other in zip(other_text, text, strict=True))


def letters_beyond_ascii(text: str) -> Mapping[str, None]:
    """Return the letters of a text that depend on its encoding, in their order."""
    return dict.fromkeys(letter for letter in _MORE_THAN_ASCII.findall(text) if letter.isalpha())


def _score(text: str) -> float:
    total = 0.0
    for number, match in enumerate(_MORE_THAN_ASCII.finditer(text)):
        if number == _LOOKED_AT:
            break
        at = match.start()
        total += _of_letter(text[at - 1 : at], match[0], text[at + 1 : at + 2])
    return total


def _of_letter(before: str, letter: str, after: str) -> float:
    """Return how well a letter fits between its neighbours, from -3 to 2.5."""
    beside = before.isalpha() or after.isalpha()
    if letter in _QUOTES:
        if letter == "\u2019" and before.isalpha() and after.isalpha():
            return 2.5 if after in "sS" or before in "ODLdl" else 1.5  # foto’s, O’Brien, d’Arc
        return 0.5
    if not letter.isalpha():
        return -3.0 if before.isalpha() and after.isalpha() else -1.5 if beside else 0.0
    if not beside:
        return -1.0
    if letter.isupper() and before.isalpha() and (before.islower() or after.islower()):
        return -2.0
    if letter.islower() and after.isupper():
        return -2.0
    if letter == "ß":
        return 2.0 if before.lower() in _VOWELS else 0.0
    if letter == "á" and before == "a":
        return 0.0
    return 2.0 if letter in _USUAL else 1.5 if letter in _LESS_USUAL else -1.0


def undoubled(text: str) -> str | None:
    """Return a text that was turned into UTF-8 twice as it was meant; None where that is not what happened.

    All of its letters beyond ASCII must be pieces of UTF-8, and make letters: `MÃ¼ller` is `Müller`.
    """
    try:
        meant = text.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return None
    letters = _MORE_THAN_ASCII.findall(meant)
    return (
        meant
        if letters and all(letter in _USUAL | _LESS_USUAL | {"ß"} or not letter.isalpha() for letter in letters)
        else None
    )


def undoubled_parts(text: str) -> str:
    """Return a text in which what was turned into UTF-8 twice is as it was meant, and all else as it is.

    Nobody writes `Ã¼`: where it stands among letters that are right, one record was damaged on an earlier way, or a
    file of one encoding has lines of another.
    """
    return _DOUBLED.sub(lambda match: _MEANT[match[0]], text) if "\u00c3" in text or "\u00e2\u20ac" in text else text
