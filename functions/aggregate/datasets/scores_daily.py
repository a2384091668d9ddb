"""`scores_daily`: counts of answers that add up to scores over any days."""

from functions.aggregate.datasets.spec import Dataset, KeptRows, columns

_SQL = """
WITH counted AS (
    SELECT r.*, j.employee_key AS employee FROM responses r JOIN journeys j ON r.response_id = j.invitation_id
    WHERE r.state = 'complete'
),
by_dimension AS (
    SELECT *, 'all' AS dimension, '' AS value FROM counted
    UNION ALL SELECT *, 'channel', channel FROM counted WHERE channel IS NOT NULL
    UNION ALL SELECT *, 'product', product FROM counted WHERE product IS NOT NULL
    UNION ALL SELECT *, 'team', team FROM counted WHERE team IS NOT NULL
    UNION ALL SELECT *, 'employee', employee FROM counted WHERE getvariable('per_employee') AND employee IS NOT NULL
    UNION ALL SELECT counted.*, d.key, d.value ->> '$' FROM counted, json_each(counted.dimensions) d
)
SELECT touchpoint, dimension, value, dt,
       count(score) AS n,
       count(*) FILTER (bucket = 'promoter') AS promoters,
       count(*) FILTER (bucket = 'passive') AS passives,
       count(*) FILTER (bucket = 'detractor') AS detractors,
       count(csat) AS csat_n,
       CAST(coalesce(sum(csat), 0) AS BIGINT) AS csat_sum,
       count(*) FILTER (csat >= 4) AS csat_top,
       count(ces) AS ces_n,
       CAST(coalesce(sum(ces), 0) AS BIGINT) AS ces_sum,
       count(*) FILTER (ces >= 5) AS ces_top
FROM by_dimension
GROUP BY ALL
HAVING count(score) + count(csat) + count(ces) > 0
"""

SCORES_DAILY = Dataset(
    name="scores_daily",
    made_of=KeptRows.ANSWERS,
    row="A touchpoint and a value of a dimension, on a day. dt: the day of the answer.",
    columns=(
        *columns(
            "string",
            touchpoint="The moment of contact.",
            dimension="all, channel, product, team, employee, or one of the client's. Sum over one only: each counts"
            " everything once.",
            value="Of the dimension; empty for all.",
        ),
        *columns(
            "bigint",
            n="Answers to the NPS question.",
            promoters="Of them, 9 or 10.",
            passives="Of them, 7 or 8.",
            detractors="Of them, 0 to 6.",
            csat_n="Answers on the satisfaction scale.",
            csat_sum="Their sum.",
            csat_top="Of them, 4 or 5.",
            ces_n="Answers on the effort scale.",
            ces_sum="Their sum.",
            ces_top="Of them, 5, 6 or 7.",
        ),
    ),
    order=("touchpoint", "dimension", "value"),
    reported=False,
    sql=_SQL,
)
