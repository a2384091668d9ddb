"""The customers of the example clients as people: who answers a mail, how they felt, what they write.

Everything follows from the seed, the address and the mail, so that a demo tells the same story each time. How good a
team truly is stands in `examples.companies`; dashboards should find it back within their intervals.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from pathlib import Path
from random import Random
from typing import Any

import yaml

from examples.companies import TEAMS, team_of
from examples.people import fraction

_COMMENTS = yaml.safe_load((Path(__file__).parent / "comments.yaml").read_text(encoding="utf-8"))
_SIMULATOR = "@simulator.amazonses.com"
_NAMES = {
    ("vaart", "schade"): r"Schadeafhandeling|Claim handling",
    ("vaart", "klantenservice"): r"Klantenservice|Customer service",
    ("pebble", "support"): r"Customer support|Klantenservice",
    ("pebble", "install"): r"Home broadband install|Installatie aan huis",
}
_OPTS_OUT = 0.02
_COMMENTS_ON_IT = 0.6
_OPENS_REMINDER = 0.6
"""A reminder is answered this much as often as the invitation."""
_SPREAD = 2.0
"""Standard deviation of the scores of one team's customers."""


@dataclass(frozen=True)
class Feeling:
    """What somebody would answer, whether they do or not."""

    score: int
    chance: float
    """Of answering the invitation."""


@dataclass(frozen=True)
class Reaction:
    """What somebody does with a mail: opts out, or answers (question id to posted value)."""

    opts_out: bool
    answers: Mapping[str, str]


def likely_score(who: str, touchpoint: str, team: str, seed: int) -> Feeling:
    """Return how a customer (address or number) feels about a contact, hidden from everything that measures it.

    The delighted and the angry answer more often than the rest. Raises KeyError for a team that is not there.
    """
    qualities = {(name, one.name): one.quality for (_, name), teams in TEAMS.items() for one in teams}
    chance = Random(f"{seed}:{who.strip().lower()}:{touchpoint}:{team}")
    felt = chance.gauss(qualities[touchpoint, team], _SPREAD)
    score = min(10, max(0, round(felt)))
    return Feeling(score, 0.46 if score >= 9 or score <= 3 else 0.36)


def react(mail: Mapping[str, Any], seed: int) -> Reaction | None:
    """Return what the receiver does with a mail of the outbox, or None where they do nothing."""
    who = parseaddr(str(mail["to"][0] if isinstance(mail["to"], list | tuple) else mail["to"]))[1].lower()
    tags = mail["tags"]
    client, kind, invitation = tags["client"], tags["mail"], tags["invitation"]
    if who.endswith(_SIMULATOR) or all(name != client for name, _ in TEAMS):
        return None
    touchpoint = _touchpoint(client, f"{mail['subject']} {mail['text']} {mail['html']}")
    feeling = likely_score(f"{who}:{invitation}", touchpoint, team_of(client, touchpoint, who).name, seed)
    decided = fraction(seed, who, invitation, kind)
    if decided < _OPTS_OUT:
        return Reaction(opts_out=True, answers={})
    if decided > _OPTS_OUT + feeling.chance * (1 if kind == "invitation" else _OPENS_REMINDER):
        return None
    language = "nl" if re.search(r'<html[^>]*\blang="nl', mail["html"]) else "en"
    return Reaction(
        opts_out=False, answers=_answers(touchpoint, feeling.score, language, Random(f"{seed}:{invitation}"))
    )


def _answers(touchpoint: str, score: int, language: str, chance: Random) -> dict[str, str]:
    bucket = "promoter" if score >= 9 else "passive" if score >= 7 else "detractor"
    about = score + chance.gauss(0, 1.2)
    answers = {
        "nps": str(score),
        "satisfaction": str(_within(about / 2.2 + 0.6, 1, 5)),
        "effort": str(_within(about / 1.55 + 0.5, 1, 7)),
        "resolved": "first_time" if about > 7.5 else "later" if about > 5 else "not_yet",
        "informed": "always" if about > 7.5 else "mostly" if about > 5 else "hardly",
        "on_time": "in_time" if about > 6.5 else "late" if about > 4 else "other_day",
    }
    for name in ("satisfaction", "effort", "resolved", "informed", "on_time"):
        if chance.random() < 0.08:  # not everybody answers everything
            del answers[name]
    if chance.random() < _COMMENTS_ON_IT:
        answers["why"] = chance.choice(_COMMENTS[touchpoint][bucket][language])
    return answers


def _touchpoint(client: str, words: str) -> str:
    for (name, touchpoint), pattern in _NAMES.items():
        if name == client and re.search(pattern, words):
            return touchpoint
    return next(touchpoint for name, touchpoint in TEAMS if name == client)


def _within(value: float, lowest: int, highest: int) -> int:
    return min(highest, max(lowest, round(value)))
