"""What a client's own invitations came to: from the aggregate to the forecast of a rehearsal.

Counts only. The invitations are there by the week of their import, because which of them had their time to be answered
depends on when that is asked.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from typing import Any

from functions.shared.domain.scores import Counts

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class InvitationWeek:
    """What became, up to now, of the invitations that were imported in the week that begins on `monday`.

    `delivered` and `completed` are those of the report's response rate.
    """

    monday: date
    invited: int
    delivered: int
    completed: int


@dataclass(frozen=True)
class Measured:
    """The figures of a touchpoint, or of a client.

    Its invitations by week, and its scores where they may be shown (else None).
    """

    weeks: tuple[InvitationWeek, ...] = ()
    scores: Counts | None = None

    def settled(self, today: date, longest: timedelta) -> tuple[InvitationWeek, ...]:
        """Return the weeks of which the last invitation was imported more than `longest` before `today`."""
        return tuple(week for week in self.weeks if week.monday + WEEK + longest <= today)


@dataclass(frozen=True)
class Figures:
    """The figures of a client as a whole, and of its touchpoints."""

    whole: Measured = Measured()
    touchpoints: Mapping[str, Measured] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return what `from_json` reads."""
        return {
            "whole": _told(self.whole),
            "touchpoints": {name: _told(one) for name, one in sorted(self.touchpoints.items())},
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Figures":
        """Read what `to_json` told."""
        return cls(_read(stored["whole"]), {name: _read(one) for name, one in stored["touchpoints"].items()})


def _told(one: Measured) -> dict[str, Any]:
    weeks = [[week.monday.isoformat(), week.invited, week.delivered, week.completed] for week in one.weeks]
    return {"waves": weeks, "scores": asdict(one.scores) if one.scores else None}


def _read(stored: Mapping[str, Any]) -> Measured:
    return Measured(_weeks(stored["waves"]), Counts(**stored["scores"]) if stored["scores"] else None)


def _weeks(stored: Iterable[tuple[str, int, int, int]]) -> tuple[InvitationWeek, ...]:
    return tuple(InvitationWeek(date.fromisoformat(week), *counts) for week, *counts in stored)
