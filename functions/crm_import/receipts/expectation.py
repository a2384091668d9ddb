"""What a rehearsal assumes of the answers: what the client's own invitations showed, else what is usual.

A rate is trusted from MIN_DELIVERED invitations on: at 25 % it is then known to about 8 points either way. It is of
the weeks whose invitations had their time, so that those who may still answer do not count as silent. The touchpoint's
own comes first, then that of all the client's touchpoints together. The same for the scores, from MIN_ANSWERS on.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from functions.crm_import.messages import translate
from functions.shared.domain.figures import Figures, Measured
from functions.shared.domain.rounding import rounded

Of = Literal["touchpoint", "client", "usual"]

MIN_DELIVERED = 100
MIN_ANSWERS = 30
UNTIL_SENT = timedelta(days=7)
"""So long at most, as a rule, does an invitation wait for its mail: a send window, a week-end, holidays."""


@dataclass(frozen=True)
class Rate:
    """Of `invited` invitations `delivered` arrived, of which `completed` were answered; `of` says whose they were."""

    of: Of
    invited: int
    delivered: int
    completed: int

    @property
    def response(self) -> float:
        """The response rate: completed of those delivered, as on the report."""
        return self.completed / self.delivered

    @property
    def arrival(self) -> float:
        """The share of the invitations that arrives."""
        return min(1.0, self.delivered / self.invited) if self.invited else 1.0


@dataclass(frozen=True)
class Scores:
    """The shares of the scores among `answers` answers; `of` says whose they were."""

    of: Of
    answers: int
    detractors: float
    promoters: float


USUAL_RESPONSE = 0.25
USUAL_SCORES = Scores("usual", 0, detractors=0.2, promoters=0.5)
"""An NPS of +30."""


@dataclass(frozen=True)
class Expectation:
    """A rate (None: the usual one) and scores. `waited`: the client's delivered invitations that had their time."""

    rate: Rate | None = None
    scores: Scores = USUAL_SCORES
    waited: int = 0

    @property
    def response_rate(self) -> float:
        """The share of the delivered invitations that is answered."""
        return self.rate.response if self.rate else USUAL_RESPONSE

    @property
    def answers_per_invitation(self) -> float:
        """The share of all invitations that is answered."""
        return self.rate.response * self.rate.arrival if self.rate else USUAL_RESPONSE

    def as_fields(self) -> dict[str, object]:
        """Return what is assumed, and of how much it was measured."""
        rate = self.rate
        counts = {"invitations": rate.invited, "delivered": rate.delivered, "completed": rate.completed} if rate else {}
        return {
            "response_rate": round(self.response_rate, 4),
            "response_rate_of": {"of": rate.of if rate else "usual", **counts},
            "scores_of": {"of": self.scores.of, "answers": self.scores.answers},
        }

    def in_words(self, language: str) -> str:
        """Return the same as sentences, with the reason."""
        rate, scores = self.rate, self.scores
        shares = {"detractors": _percent(scores.detractors), "promoters": _percent(scores.promoters)}
        values: Mapping[str, object] = {"rate": _percent(self.response_rate), "waited": self.waited}
        if rate:
            arrived = _percent(rate.arrival)
            values = {**values, "invitations": rate.invited or rate.delivered, "arrived": arrived}
        sentences = (
            translate(language, f"rate_of_{rate.of if rate else 'usual'}", least=MIN_DELIVERED, **values),
            translate(language, f"scores_of_{scores.of}", least=MIN_ANSWERS, answers=scores.answers, **shares),
            translate(language, "interval_width"),
        )
        return " ".join(sentences)


def expectation(figures: Figures | None, touchpoint: str | None, today: date, expires_after: timedelta) -> Expectation:
    """Return what to expect of invitations at a touchpoint (None: at several) that are imported `today`.

    `expires_after` is how long an invitation can be answered.
    """
    if figures is None:
        return Expectation()
    own = figures.touchpoints.get(touchpoint or "", Measured())
    candidates: tuple[tuple[Of, Measured], ...] = (("touchpoint", own), ("client", figures.whole))
    rates = [_rate(of, measured, today, expires_after + UNTIL_SENT) for of, measured in candidates]
    trusted = next((rate for rate in rates if rate.delivered >= MIN_DELIVERED), None)
    return Expectation(trusted, _scores(candidates), waited=rates[-1].delivered)


def _rate(of: Of, measured: Measured, today: date, longest: timedelta) -> Rate:
    weeks = measured.settled(today, longest)
    return Rate(
        of,
        sum(one.invited for one in weeks),
        sum(one.delivered for one in weeks),
        sum(one.completed for one in weeks),
    )


def _scores(candidates: Iterable[tuple[Of, Measured]]) -> Scores:
    for of, measured in candidates:
        counts = measured.scores
        if counts and counts.n >= MIN_ANSWERS:
            return Scores(of, counts.n, counts.detractors / counts.n, counts.promoters / counts.n)
    return USUAL_SCORES


def _percent(share: float) -> int:
    return int(rounded(share, times=100))
