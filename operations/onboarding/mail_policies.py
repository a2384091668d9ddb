"""What a domain publishes as text: who may send (SPF, RFC 7208), and what is done with the rest (DMARC, RFC 7489)."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_TERM = re.compile(
    r"[+?~-]?(all|(include|exists):[^\s/]+|(a|mx)(:[^\s/]+)?(/\d+)?(//\d+)?|ptr(:\S+)?|ip4:[\d./]+|ip6:[0-9a-f:./]+)"
    r"|(redirect|exp)=\S+",
    re.IGNORECASE,
)
_AMAZON = "include:amazonses.com"


def spf_mistake(texts: list[str]) -> str | None:
    """Return what is wrong with the SPF record among a name's texts; None where SES may send. An empty list is not
    asked about."""
    policies = [text for text in texts if text.lower() == "v=spf1" or text.lower().startswith("v=spf1 ")]
    if len(policies) != 1:
        return f"there are {len(policies)} texts that begin with v=spf1, and there may be one"
    terms = policies[0].lower().split()[1:]
    for term in terms:
        if not _TERM.fullmatch(term):
            return f"{term} is no term of SPF"
    if not any(term in (_AMAZON, f"+{_AMAZON}") for term in terms):
        return f"{_AMAZON} is not in it"
    ends = [place for place, term in enumerate(terms) if term.endswith("all") and len(term) <= len("+all")]
    if not ends or terms[ends[0]] in ("all", "+all", "?all"):
        return "it does not end with ~all or -all: anybody may send"
    if terms.index(next(t for t in terms if t.endswith(_AMAZON))) > ends[0]:
        return f"{_AMAZON} stands after {terms[ends[0]]}, where nobody reads"
    return None


@dataclass(frozen=True)
class Dmarc:
    """A DMARC record that was found, `at` a domain: the sender's own or one above it."""

    at: str
    text: str
    tags: dict[str, str]

    def policy(self, domain: str) -> str:
        """Return what is asked for mail of a domain that does not pass: none, quarantine, reject."""
        own = self.tags.get("p", "none")
        return self.tags.get("sp", own) if domain != self.at else own

    @property
    def strict_spf(self) -> bool:
        """Whether a MAIL FROM at a subdomain does not count."""
        return self.tags.get("aspf", "r") == "s"


class BadDmarc(ValueError):
    """What stands there is no DMARC record that is followed."""


def read_dmarc(at: str, text: str) -> Dmarc:
    """Read a DMARC record. Raises BadDmarc with what is wrong."""
    tags: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in text.split(";"))):
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals or name.lower() in tags:
            raise BadDmarc(f"{part} is no tag, or stands there twice")
        tags[name.lower()] = value if name.lower() in ("v", "rua", "ruf") else value.lower()
    if next(iter(tags.items()), None) != ("v", "DMARC1"):
        raise BadDmarc("it must begin with v=DMARC1")
    for name, allowed in {
        "p": ("none", "quarantine", "reject"),
        "sp": ("none", "quarantine", "reject"),
        "adkim": ("r", "s"),
        "aspf": ("r", "s"),
    }.items():
        if name in tags and tags[name] not in allowed:
            raise BadDmarc(f"{name}={tags[name]} is none of {', '.join(allowed)}")
    if "p" not in tags:
        raise BadDmarc("there is no policy (p=)")
    for address in filter(None, (part.strip() for part in tags.get("rua", "").split(","))):
        if not re.fullmatch(r"mailto:[^@\s]+@[^@\s]+", address):
            raise BadDmarc(f"rua={address} is no mailto: address")
    return Dmarc(at, text, tags)


def find_dmarc(domain: str, txt: Callable[[str], list[str]]) -> Dmarc | None:
    """Return the DMARC record that holds for a domain: its own, else that of the nearest domain above it.

    Raises BadDmarc, and whatever `txt` raises.
    """
    for at in _upwards(domain):
        records = [text for text in txt(f"_dmarc.{at}") if text.lower().replace(" ", "").startswith("v=dmarc1")]
        if len(records) > 1:
            raise BadDmarc(f"there are {len(records)} records at _dmarc.{at}, and there may be one")
        if records:
            record = read_dmarc(at, records[0])
            if record.tags.get("psd") != "y":
                return record
    return None


def _upwards(domain: str) -> Iterator[str]:
    """Yield a domain and those above it, without the one at the top."""
    labels = domain.split(".")
    for start in range(len(labels) - 1):
        yield ".".join(labels[start:])
