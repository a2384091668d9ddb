"""`answers_daily`: how often each answer to a closed question was given: counts that add up over any days."""

from functions.aggregate.datasets.spec import Dataset, KeptRows, columns

_SQL = """
WITH counted AS (
    SELECT a.touchpoint, a.questionnaire, a.question, a.type, a.value AS answer, a.dt, r.channel, r.product, r.team,
           r.dimensions,
           j.employee_key AS employee
    FROM answers a
    JOIN responses r ON r.response_id = a.response_id
    JOIN journeys j ON j.invitation_id = a.response_id
    WHERE a.state = 'complete' AND a.value IS NOT NULL AND a.type IS NOT NULL
),
by_dimension AS (
    SELECT *, 'all' AS dimension, '' AS value FROM counted
    UNION ALL SELECT *, 'channel', channel FROM counted WHERE channel IS NOT NULL
    UNION ALL SELECT *, 'product', product FROM counted WHERE product IS NOT NULL
    UNION ALL SELECT *, 'team', team FROM counted WHERE team IS NOT NULL
    UNION ALL SELECT *, 'employee', employee FROM counted WHERE getvariable('per_employee') AND employee IS NOT NULL
    UNION ALL SELECT counted.*, d.key, d.value ->> '$' FROM counted, json_each(counted.dimensions) d
)
SELECT touchpoint, questionnaire, question, type, answer, dimension, value, dt, count(*) AS n
FROM by_dimension
GROUP BY ALL
"""

ANSWERS_DAILY = Dataset(
    name="answers_daily",
    made_of=KeptRows.ANSWERS,
    row="An answer to a closed question at a touchpoint, and a value of a dimension, on a day.",
    columns=(
        *columns(
            "string",
            touchpoint="The moment of contact.",
            questionnaire="What was asked.",
            question="The question's id; the same in every version.",
            type="nps, scale or choice.",
            answer="The number, or the option's value: an option that was renamed is the same answer.",
            dimension="all, channel, product, team, employee, or one of the client's. Sum over one only: each counts"
            " everything once.",
            value="Of the dimension; empty for all.",
        ),
        *columns("bigint", n="How often, in complete responses."),
    ),
    order=("touchpoint", "questionnaire", "question", "answer", "dimension", "value"),
    reported=False,
    sql=_SQL,
)
