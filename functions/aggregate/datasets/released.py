"""`released_*`: what of the answers may be shown. Each is of whole batches of at least the client's threshold
(functions.shared.domain.release_batches), so that no filter and no subtraction leads to fewer people."""

from functions.aggregate.datasets.spec import Dataset, KeptRows, columns

_SCORES = """
SELECT touchpoint, team, wave,
       CAST(sum(n) AS BIGINT) AS n,
       CAST(coalesce(sum(n) FILTER (answer = 'promoter'), 0) AS BIGINT) AS promoters,
       CAST(coalesce(sum(n) FILTER (answer = 'passive'), 0) AS BIGINT) AS passives,
       CAST(coalesce(sum(n) FILTER (answer = 'detractor'), 0) AS BIGINT) AS detractors,
       dt
FROM released_counts WHERE question = '' AND dimension IS NULL GROUP BY ALL
"""

RELEASED_SCORES = Dataset(
    name="released_scores",
    made_of=KeptRows.RELEASED_COUNTS,
    row="Batches of answers of a team at a touchpoint. dt: the day of the last answer of a batch.",
    columns=(
        *columns(
            "string",
            touchpoint="The moment of contact; empty of answers that waited too long for others of it.",
            team="As the upload said; empty without one, and of answers that waited too long for others of it.",
            wave="first or reminder, where each alone has enough answers; else empty.",
        ),
        *columns(
            "bigint",
            n="Answers to the NPS question that are released.",
            promoters="Of them, 9 or 10; a correction of what was released earlier can make a number negative.",
            passives="Of them, 7 or 8.",
            detractors="Of them, 0 to 6.",
        ),
    ),
    order=("touchpoint", "team", "wave"),
    sql=_SCORES,
)

_DIMENSIONS = """
SELECT touchpoint, dimension, value,
       CAST(sum(n) AS BIGINT) AS n,
       CAST(coalesce(sum(n) FILTER (answer = 'promoter'), 0) AS BIGINT) AS promoters,
       CAST(coalesce(sum(n) FILTER (answer = 'passive'), 0) AS BIGINT) AS passives,
       CAST(coalesce(sum(n) FILTER (answer = 'detractor'), 0) AS BIGINT) AS detractors,
       dt
FROM released_counts WHERE dimension IS NOT NULL GROUP BY ALL
"""

RELEASED_DIMENSIONS = Dataset(
    name="released_dimensions",
    made_of=KeptRows.RELEASED_COUNTS,
    row="A value of one of the client's dimensions at a touchpoint, of batches that were divided together. dt: the last"
    " day of these batches.",
    columns=(
        *columns(
            "string",
            touchpoint="As in released_scores.",
            dimension="As the client calls it. Sum over one only: each counts everything once.",
            value="Its value: one of the client's, other (on no list, or of too few to be told) or unknown (missing).",
        ),
        *columns(
            "bigint",
            n="Answers to the NPS question; the client's batches are divided when there are enough of them.",
            promoters="Of them, 9 or 10; as in released_scores.",
            passives="Of them, 7 or 8.",
            detractors="Of them, 0 to 6.",
        ),
    ),
    order=("touchpoint", "dimension", "value"),
    sql=_DIMENSIONS,
)

_ANSWERS = """
WITH measures AS (
    SELECT questionnaire, arg_min(question, position) AS question, kind AS measure
    FROM questions WHERE kind IN ('csat', 'ces') GROUP BY questionnaire, kind
)
SELECT touchpoint, questionnaire, question, type, measure, answer, CAST(sum(n) AS BIGINT) AS n, dt
FROM released_counts LEFT JOIN measures USING (questionnaire, question) WHERE question <> '' GROUP BY ALL
"""

RELEASED_ANSWERS = Dataset(
    name="released_answers",
    made_of=KeptRows.RELEASED_COUNTS,
    row="An answer to a closed question at a touchpoint, in batches of people who answered it. dt: as in"
    " released_scores.",
    columns=(
        *columns(
            "string",
            touchpoint="The moment of contact; empty of answers that waited too long for others of it.",
            questionnaire="What was asked.",
            question="The question's id; the same in every version.",
            type="nps, scale or choice.",
            measure="csat or ces, where it is the questionnaire's first question of that; else empty.",
            answer="The number, or the option's value.",
        ),
        *columns("bigint", n="How often, of what is released."),
    ),
    order=("touchpoint", "questionnaire", "question", "answer"),
    sql=_ANSWERS,
)

_RESPONSES = """
SELECT response_id, in_touchpoint AS touchpoint, in_team AS team, in_wave AS wave, released_on,
       CASE WHEN beside THEN score END AS comment_score, answered_on AS dt
FROM released
"""

RELEASED_RESPONSES = Dataset(
    name="released_responses",
    made_of=KeptRows.RELEASED,
    row="A response that is released. dt: the day of the answer.",
    columns=(
        *columns(
            "string",
            response_id="As in responses.",
            touchpoint="Where released_scores counts it.",
            team="Likewise.",
            wave="Likewise.",
            released_on="The dt of its batch in released_scores.",
        ),
        *columns(
            "bigint",
            comment_score="The score that may be shown beside its comment: the others of its batch are as many as the"
            " threshold; else empty.",
        ),
    ),
    order=("response_id",),
    sql=_RESPONSES,
)
