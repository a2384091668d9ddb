"""What a rehearsed file would bring: invitations, answers, and how sharp the score of them would be."""

from functions.crm_import.receipts.expectation import Expectation
from functions.crm_import.receipts.tally import MAX_TEAMS, Tally, invited
from functions.shared.domain.rounding import rounded
from functions.shared.domain.scores import expected_interval


def forecast(tally: Tally, language: str, expected: Expectation) -> dict[str, object]:
    """Return the invitations, answers and width of the 95 % interval of the NPS (in points) to expect, per team too.

    The width is None where no answer is to be expected. `assumption` says in words what it stands on.
    """
    by_team = invited(tally)
    teams = [{"team": team, **_expected(count, expected)} for team, count in by_team.items() if team][:MAX_TEAMS]
    whole = _expected(sum(by_team.values()), expected)
    return {"assumption": expected.in_words(language), **expected.as_fields(), **whole, "teams": teams}


def _expected(invitations: int, expected: Expectation) -> dict[str, object]:
    answers = invitations * expected.answers_per_invitation
    width = None
    if answers >= 1:
        interval = expected_interval(answers, expected.scores.detractors, expected.scores.promoters)
        width = float(rounded(interval.high - interval.low, 1, times=100))
    return {"invitations": invitations, "answers": int(rounded(answers)), "interval_width": width}
