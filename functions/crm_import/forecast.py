"""What a rehearsed file would bring: invitations, answers, and how sharp the score of them would be."""

from dataclasses import dataclass

from functions.crm_import.sentences import say
from functions.crm_import.tally import MOST_TEAMS, Tally, invited
from functions.shared.domain.scores import expected_interval


@dataclass(frozen=True)
class Expectation:
    """What is assumed of the answers: the share of the invited that answers, and of those the shares of the scores."""

    response_rate: float
    detractors: float
    promoters: float
    why: str
    """Which sentence says where the assumption comes from."""


USUAL = Expectation(response_rate=0.25, detractors=0.2, promoters=0.5, why="usual_response")
"""An NPS of +30."""


def forecast(tally: Tally, language: str, expected: Expectation = USUAL) -> dict[str, object]:
    """Return the invitations, answers and width of the 95 % interval of the NPS (in points) to expect, per team too.

    The width is None where no answer is to be expected. `assumption` says in words what it stands on.
    """
    by_team = invited(tally)
    told = say(
        language,
        expected.why,
        rate=round(expected.response_rate * 100),
        detractors=round(expected.detractors * 100),
        promoters=round(expected.promoters * 100),
    )
    teams = [{"team": team, **_expected(count, expected)} for team, count in by_team.items() if team][:MOST_TEAMS]
    whole = _expected(sum(by_team.values()), expected)
    return {"assumption": told, "response_rate": expected.response_rate, **whole, "teams": teams}


def _expected(invitations: int, expected: Expectation) -> dict[str, object]:
    answers = invitations * expected.response_rate
    width = None
    if answers >= 1:
        interval = expected_interval(answers, expected.detractors, expected.promoters)
        width = round((interval.high - interval.low) * 100, 1)
    return {"invitations": invitations, "answers": round(answers), "interval_width": width}
