"""The scores as QuickSight formulas: over sums of counts, so that every roll-up of them is right.

The arithmetic is that of functions/shared/domain/scores.py. What they are of is released in batches, so that no filter
leads to fewer people than the client's threshold; where that was raised, each row tells of it.
"""

from dataclasses import dataclass

Z = "1.959964"


@dataclass(frozen=True)
class CalculatedField:
    """A calculated field: its name, as people read it, and its formula, of sums over rows or of one row."""

    name: str
    formula: str


def _enough(count: str, formula: str) -> str:
    return f"ifelse(sum({{{count}}}) >= max({{threshold}}), {formula}, NULL)"


def _one_dimension(formula: str) -> str:
    """Return a formula that says nothing of rows of several dimensions: each of them counts everybody once."""
    return f"ifelse(distinct_count({{dimension}}) = 1, {formula}, NULL)"


def _bound(sign: str, clamp: str) -> str:
    """Return a bound of the adjusted Wald interval: 3/4 more promoters and detractors, 3/2 more passives."""
    n = "(sum({n}) + 3)"
    nps = f"((sum({{promoters}}) - sum({{detractors}})) / {n})"
    variance = f"((sum({{promoters}}) + sum({{detractors}}) + 1.5) / {n} - {nps} * {nps})"
    bound = f"({nps} {sign} {Z} * sqrt({variance} / {n}))"
    beyond = f"{bound} < -1" if clamp == "-100" else f"{bound} > 1"
    return _enough("n", f"ifelse({beyond}, {clamp}, 100 * {bound})")


NPS = CalculatedField("NPS", _enough("n", "100 * (sum({promoters}) - sum({detractors})) / sum({n})"))
NPS_FROM = CalculatedField("NPS from", _bound("-", "-100"))
NPS_TO = CalculatedField("NPS to", _bound("+", "100"))
CSAT = CalculatedField("CSAT %", _enough("csat_n", "100 * sum({csat_top}) / sum({csat_n})"))
CES = CalculatedField("CES", _enough("ces_n", "1.0 * sum({ces_sum}) / sum({ces_n})"))
CES_TOP = CalculatedField("CES 5-7 %", _enough("ces_n", "100 * sum({ces_top}) / sum({ces_n})"))
RESPONSE_RATE = CalculatedField("Response rate %", _enough("delivered", "100 * sum({completed}) / sum({delivered})"))
COVERAGE = CalculatedField(
    "With address %", "ifelse(sum({interactions}) >= 1, 100 * sum({with_address}) / sum({interactions}), NULL)"
)
"""Of contacts, not of answers: nobody's answer can be told from it, so there is no smallest group."""

REVIEWS_FROM = 5
"""Below so many reviews a mean says nothing; it hides nobody, for each of them is public."""


def _review(formula: str) -> str:
    return f"ifelse(count({{rating}}) >= {REVIEWS_FROM}, {formula}, NULL)"


def _review_bound(sign: str) -> str:
    return _review(f"100 * (avg({{rating}}) {sign} {Z} * stdev({{rating}}) / sqrt(count({{rating}})))")


RATING = CalculatedField("Rating %", _review("100 * avg({rating})"))
"""Of the best that a source gives, so that sources with other scales can stand side by side."""
RATING_FROM = CalculatedField("Rating from", _review_bound("-"))
RATING_TO = CalculatedField("Rating to", _review_bound("+"))
REVIEW_COUNT = CalculatedField("Reviews", "count({rating})")

WEEK = CalculatedField("week", "addDateTime(1, 'DD', truncDate('WK', addDateTime(-1, 'DD', {dt})))")
"""The Monday on or before a day, as in the report: QuickSight's own weeks begin on Sunday."""

TEAM = CalculatedField("Team", "ifelse({team} = '', '(no team)', {team})")
"""A team, or that there is none: answers that waited too long for others of their team, too."""

OF_SCORES = (NPS, NPS_FROM, NPS_TO)
OF_DIMENSIONS = (
    *(CalculatedField(f"{score.name} of a group", _one_dimension(score.formula)) for score in OF_SCORES),
    CalculatedField("Answers of a group", _one_dimension("sum({n})")),
)
OF_REVIEWS = (RATING, RATING_FROM, RATING_TO, REVIEW_COUNT)
OF_ANSWERS = (CSAT, CES, CES_TOP)
OF_FUNNEL = (RESPONSE_RATE, COVERAGE)

COUNTS_OF_AN_ANSWER = (
    CalculatedField("csat_n", "ifelse({measure} = 'csat', {n}, 0)"),
    CalculatedField("csat_top", "ifelse({measure} = 'csat' AND ({answer} = '4' OR {answer} = '5'), {n}, 0)"),
    CalculatedField("ces_n", "ifelse({measure} = 'ces', {n}, 0)"),
    CalculatedField("ces_sum", "ifelse({measure} = 'ces', parseInt({answer}) * {n}, 0)"),
    CalculatedField(
        "ces_top", "ifelse({measure} = 'ces' AND ({answer} = '5' OR {answer} = '6' OR {answer} = '7'), {n}, 0)"
    ),
)
"""What a row counts for, of those who gave one answer."""
