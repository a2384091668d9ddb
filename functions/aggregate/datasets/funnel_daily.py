"""`funnel_daily`: from the rows of files to completed answers."""

from functions.aggregate.datasets.spec import Dataset, DatasetColumn, KeptRows, columns
from functions.shared.domain.interaction import RowOutcome

# Who answered was reached, whether or not the news of the delivery came; who bounced was not. So the stages of a row
# never rise from one to the next.
_SQL = """
WITH invited AS (
    SELECT imported_on AS dt, touchpoint, team, employee_key, dimensions, wave,
           opted_out_at, reminded_at, complained_at, accepted_at,
           state IS NOT NULL AS heard, coalesce(state, '') AS state,
           delivered_at, bounced_at IS NOT NULL AND state IS NULL AS bounced
    FROM journeys WHERE invitation_sequence IS NOT NULL
), stages AS (
    SELECT 'all' AS dimension, '' AS value, * FROM invited
    UNION ALL SELECT 'team', team, * FROM invited WHERE team IS NOT NULL
    UNION ALL SELECT 'employee', employee_key, * FROM invited
    WHERE getvariable('per_employee') AND employee_key IS NOT NULL
    UNION ALL SELECT d.key, d.value ->> '$', invited.* FROM invited, json_each(invited.dimensions) d
), mailed AS (
    SELECT dt, touchpoint, dimension, value,
           count(*) FILTER (accepted_at IS NOT NULL OR delivered_at IS NOT NULL OR heard OR bounced) AS accepted,
           count(*) FILTER (heard OR (delivered_at IS NOT NULL AND NOT bounced)) AS delivered,
           count(*) FILTER (bounced) AS bounced,
           count(*) FILTER (complained_at IS NOT NULL) AS complained,
           count(*) FILTER (opted_out_at IS NOT NULL) AS refused,
           count(*) FILTER (reminded_at IS NOT NULL) AS reminded,
           count(*) FILTER (state IN ('partial', 'complete')) AS started,
           count(*) FILTER (state = 'complete') AS completed,
           count(*) FILTER (state = 'complete' AND wave = 'reminder') AS completed_after_reminder,
           count(*) FILTER (state = 'suspect') AS suspect
    FROM stages GROUP BY ALL
), decided AS (
    -- A row that is not valid may name no touchpoint.
    SELECT imported_on AS dt, 'all' AS dimension, '' AS value, coalesce(touchpoint, '') AS touchpoint, outcome, rows
    FROM outcomes
    UNION ALL SELECT imported_on, 'team', team, coalesce(touchpoint, ''), outcome, rows
    FROM outcomes WHERE team IS NOT NULL
    UNION ALL SELECT imported_on, 'employee', employee_key, coalesce(touchpoint, ''), outcome, rows
    FROM outcomes WHERE getvariable('per_employee') AND employee_key IS NOT NULL
    -- Of rows that were not invited no dimension is kept.
    UNION ALL SELECT dt, dimension, value, touchpoint, 'invited', count(*) FROM stages
    WHERE dimension NOT IN ('all', 'team', 'employee') GROUP BY ALL
), counted AS (
    -- What was taken back, and told anew, leaves nothing behind.
    SELECT dt, dimension, value, touchpoint, outcome, sum(rows) AS rows
    FROM decided GROUP BY ALL HAVING sum(rows) <> 0
), admitted AS (
    SELECT dt, touchpoint, dimension, value, sum(rows) AS imported,
           sum(rows) FILTER (outcome = 'invalid') AS invalid,
           sum(rows) FILTER (outcome = 'no_address') AS no_address,
           sum(rows) FILTER (outcome = 'duplicate') AS duplicate,
           sum(rows) FILTER (outcome = 'stale') AS stale,
           sum(rows) FILTER (outcome = 'opted_out') AS opted_out,
           sum(rows) FILTER (outcome = 'suppressed') AS suppressed,
           sum(rows) FILTER (outcome = 'blocked') AS blocked,
           sum(rows) FILTER (outcome = 'sampled_out') AS sampled_out,
           sum(rows) FILTER (outcome = 'over_quota') AS over_quota,
           sum(rows) FILTER (outcome = 'invited') AS invited
    FROM counted GROUP BY ALL
), known AS (
    SELECT imported_on AS dt, touchpoint, 'all' AS dimension, '' AS value, with_address FROM interactions
    UNION ALL SELECT imported_on, touchpoint, 'team', team, with_address FROM interactions WHERE team IS NOT NULL
    UNION ALL SELECT imported_on, touchpoint, 'employee', employee_key, with_address
    FROM interactions WHERE getvariable('per_employee') AND employee_key IS NOT NULL
), covered AS (
    SELECT dt, touchpoint, dimension, value, count(*) AS interactions,
           count(*) FILTER (with_address) AS with_address
    FROM known GROUP BY ALL
)
SELECT dt, touchpoint, dimension, value,
       CAST(coalesce(COLUMNS(* EXCLUDE (dt, touchpoint, dimension, value)), 0) AS BIGINT) AS '\\0'
FROM admitted FULL JOIN mailed USING (dt, touchpoint, dimension, value)
FULL JOIN covered USING (dt, touchpoint, dimension, value)
"""

FUNNEL_DAILY = Dataset(
    name="funnel_daily",
    made_of=KeptRows.IMPORTS,
    row="A touchpoint and a value of a dimension, on a day. dt: the day of the import, so that all stages are of"
    " the same people.",
    columns=(
        *columns(
            "string",
            touchpoint="The moment of contact; empty for rows of which it could not be read.",
            dimension="all, team, employee, or one of the client's, which has the rows that were invited only. Sum over"
            " one dimension only.",
            value="Of the dimension; empty for all.",
        ),
        *columns("bigint", imported="Rows of files."),
        *(DatasetColumn(outcome.value, "bigint", f"Rows with the outcome {outcome.value}.") for outcome in RowOutcome),
        *columns(
            "bigint",
            accepted="Invitations of which a message left.",
            delivered="Of them, delivered.",
            bounced="Of them, returned.",
            complained="Of them, reported as unwanted.",
            refused="Opted out after the invitation.",
            reminded="Reminded at least once.",
            started="Answered, or began to.",
            completed="Answered.",
            completed_after_reminder="Of them, after a reminder.",
            suspect="Answered in a way that is not counted.",
            with_address="Of the interactions, those with an address.",
            interactions="Contacts that the files told of, each once, on the day it first came"
            " (functions/shared/domain/coverage.py).",
        ),
    ),
    order=("touchpoint", "dimension", "value"),
    sql=_SQL,
)
