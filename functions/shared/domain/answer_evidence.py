"""Whether a post of answers came from a person's browser: what speaks for and against it, weighed.

Mail security opens the links of a mail, and some of it fills in the forms that it finds, minutes after and page by
page. What can be seen of that is in the request and in what the page's own script noted. Nothing of it is needed: the
page works without a script, and a browser that leaves something out is only odd. So signs add up, and whoever is taken
for a program gets the page once more, with a button that says that it was a person (`confirmed`).

What cannot be seen: a program that drives a real browser, moves its pointer and presses that button.

One more sign is what a whole mail domain did: where several invitations of one company are answered alike within an
hour, and nothing shows a hand (SAME_ANSWERS), one program was behind all of them.

Sources: Fetch Metadata Request Headers (W3C), which Chrome sends from 76 on, Firefox from 90, Safari from 16.4, and
`Sec-Fetch-User`, which Chrome and Firefox send where somebody did something; RFC 9110 for User-Agent and
Accept-Language.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from functions.shared.domain.questions.question import Answer
from functions.shared.domain.response import Suspicion

THRESHOLD = 3
"""From so much weight on a post is kept apart."""
SAME_ANSWERS = 5
"""So many posts of one company with the same answers within an hour, none with a sign of a hand, are a program's."""
PATTERN_KEPT = timedelta(days=2)


@dataclass(frozen=True)
class Evidence:
    """What a request shows: `seems` weighs against a person; `hand`: the page's script saw somebody do something."""

    seems: Suspicion | None = None
    hand: bool = False


_PROGRAMS = re.compile(
    r"headless|phantomjs|python|curl|wget|libwww-perl|go-http-client|java/|okhttp|apache-httpclient|axios|node-fetch"
    r"|undici|guzzle|ruby|scrapy|postman|powershell|winhttp|(?<!cu)bot\b|crawler|spider|scanner|urlscan|preview|slurp"
    r"|barracuda|mimecast|proofpoint|safelinks|cloudmark|symantec|sophos|trendmicro|fortinet|fireeye|mailguard",
    re.IGNORECASE,
)
"""What programs, and the makers of mail security, call themselves."""
_CHROMIUM = re.compile(r"Chrome/(\d+)")
_FIREFOX = re.compile(r"Firefox/(\d+)")
_SAFARI = re.compile(r"Version/(\d+)\.(\d+)[\d.]* (?:Mobile/\w+ )?Safari/")

NO_SCRIPT, NO_HAND, HAND = None, "0", "1"
"""What the page's script notes: it did not run; nobody touched, typed or clicked; somebody did."""


def evidence(headers: Mapping[str, str], signs: str | None) -> Evidence:
    """Return what a request shows; see `weigh`."""
    return Evidence(weigh(headers, signs), signs == HAND)


def pattern_of(client: str, domain_key: str, answers: Mapping[str, Answer], at: datetime) -> str:
    """Return what the same answers by invitations of one mail domain within the same hour have in common."""
    said = json.dumps(dict(answers), sort_keys=True, ensure_ascii=False)
    return f"{client}/{domain_key}/{at:%Y-%m-%dT%H}/{hashlib.sha256(said.encode()).hexdigest()[:32]}"


def weigh(headers: Mapping[str, str], signs: str | None) -> Suspicion | None:
    """Return the heaviest of what speaks against a person, where all together weighs enough; else None.

    `headers` have lower-case names; `signs` is what the page's script noted (NO_SCRIPT, NO_HAND, HAND).
    """
    against = {
        Suspicion.PROGRAM: 5 * _is_program(headers),  # a hand does not outweigh that
        Suspicion.NO_HAND: 3 * (signs == NO_HAND),
        Suspicion.NOT_A_BROWSER: max(2 * ("accept-language" not in headers), 3 * _lacks_fetch_metadata(headers)),
        Suspicion.NO_CLICK: 2 * _was_not_clicked(headers),
    }
    heaviest = max(against, key=lambda one: against[one])
    return heaviest if sum(against.values()) - 2 * (signs == HAND) >= THRESHOLD else None


def _is_program(headers: Mapping[str, str]) -> bool:
    agent = headers.get("user-agent", "").strip()
    return not agent or _PROGRAMS.search(agent) is not None


def _lacks_fetch_metadata(headers: Mapping[str, str]) -> bool:
    """Say whether a browser that tells how it came to send a form does not, or tells that it was no form."""
    if "sec-fetch-mode" not in headers:
        return _tells(headers.get("user-agent", ""))
    return headers["sec-fetch-mode"] != "navigate" or headers.get("sec-fetch-dest", "document") != "document"


def _was_not_clicked(headers: Mapping[str, str]) -> bool:
    """Say whether a browser that tells that somebody did something did not."""
    agent = headers.get("user-agent", "")
    tells = _CHROMIUM.search(agent) or _FIREFOX.search(agent)
    return bool(tells) and headers.get("sec-fetch-mode") == "navigate" and "sec-fetch-user" not in headers


def _tells(agent: str) -> bool:
    if version := _CHROMIUM.search(agent):
        return int(version[1]) >= 76
    if version := _FIREFOX.search(agent):
        return int(version[1]) >= 90
    if version := _SAFARI.search(agent):
        return (int(version[1]), int(version[2])) >= (16, 4)
    return False
