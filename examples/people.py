"""The customers of the example clients: fictional people with reserved addresses, the same ones for the same seed."""

import hashlib
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from random import Random

import yaml

_MAILBOXES = ("example.com", "example.org", "example.net", "mail.example", "post.example", "provider.example")
_NAMES = yaml.safe_load((Path(__file__).parent / "names.yaml").read_text(encoding="utf-8"))
_WOMEN, _MEN, _BRITISH = (_NAMES[key].split() for key in ("dutch women", "dutch men", "british"))
_BRITISH_NAMES = _NAMES["british last names"].split()
_DUTCH_NAMES: list[tuple[str, ...]] = [("", name) for name in _NAMES["dutch last names"].split()]
_DUTCH_NAMES += [tuple(name.rsplit(" ", 1)) for name in _NAMES["dutch last names with infixes"]]
_NOT_DECOMPOSED = str.maketrans("ıłŁøß", "ilLos")


@dataclass(frozen=True)
class Person:
    """A customer. `infix` is the Dutch tussenvoegsel, empty where there is none."""

    number: int
    woman: bool
    first_name: str
    infix: str
    last_name: str
    address: str
    language: str
    phone: str

    @property
    def name(self) -> str:
        """Return the whole name as it is said."""
        return " ".join(part for part in (self.first_name, self.infix, self.last_name) if part)


def person(client: str, index: int, seed: int) -> Person:
    """Return the customer of a client at a place in its pool."""
    rng = Random(f"{seed}:{client}:person:{index}")
    dutch = client == "vaart" or rng.random() < 0.12
    woman = rng.random() < 0.52
    if dutch:
        first = rng.choice(_WOMEN if woman else _MEN)
        infix, last = rng.choice(_DUTCH_NAMES)
        if client == "vaart":  # its systems know Windows-1252 only
            last = last.translate(str.maketrans("ışğŞİ", "isgSI"))
    else:
        first, infix, last = rng.choice(_BRITISH), "", rng.choice(_BRITISH_NAMES)
    language = ("nl" if rng.random() < 0.93 else "en") if client == "vaart" else ("nl" if dutch else "en")
    number = 100_000 + index * 7 + (0 if client == "vaart" else 400_000)
    mailbox = ".".join(filter(None, (_plain(first), _plain(infix), _plain(last))))
    address = f"{mailbox}.{number}@{rng.choice(_MAILBOXES)}"
    if rng.random() < 0.04:
        address = address.replace("@", "+post@")
    phone = f"06-000{rng.randrange(10**5):05}" if dutch else f"07700 900{rng.randrange(1000):03}"
    return Person(number, woman, first, infix, last, address, language, phone)


def fraction(*parts: object) -> float:
    """Return a number from 0 up to 1 that is always the same for the same parts."""
    digest = hashlib.sha256("\x1f".join(map(str, parts)).encode()).digest()
    return int.from_bytes(digest[:7], "big") / 2**56


def _plain(name: str) -> str:
    letters = name.translate(_NOT_DECOMPOSED)
    letters = unicodedata.normalize("NFKD", letters).encode("ascii", "ignore").decode().lower()
    return "".join(character for character in letters if character.isalnum())
