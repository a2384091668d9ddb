"""`responses`: every answer, a row each."""

from functions.aggregate.datasets.spec import Dataset, KeptRows, columns

_SQL = """
WITH scored AS (
    SELECT *, CASE WHEN score BETWEEN 0 AND 10 AND score = floor(score) THEN CAST(score AS BIGINT) END AS given
    FROM journeys
)
SELECT j.invitation_id AS response_id,
       CASE WHEN j.wave IS NOT NULL THEN j.invitation_id END AS invitation_id,
       j.touchpoint, j.questionnaire, j.questionnaire_version, coalesce(j.channel, j.door) AS channel,
       j.product, j.team, CASE WHEN getvariable('per_employee') THEN j.employee_key END AS employee_key,
       j.language, j.state, j.given AS score,
       CASE WHEN j.given <= 6 THEN 'detractor' WHEN j.given <= 8 THEN 'passive' WHEN j.given <= 10 THEN 'promoter' END
           AS bucket,
       a.csat, a.ces, j.contact_reason, CAST(j.dimensions AS VARCHAR) AS dimensions, j.wave,
       -- From the mail that was answered to the answer.
       CASE WHEN j.answered_at >= mailed_at THEN (j.answered_at - mailed_at) / 60.0 END::DOUBLE AS minutes_to_answer,
       make_timestamp(j.answered_at * 1000000) AS answered_at, a.comment,
       CASE WHEN j.wave IS NOT NULL THEN j.imported_on END AS imported_on, j.answered_on AS dt
FROM (
    SELECT *, CASE WHEN wave = 'reminder' THEN coalesce(reminded_at, accepted_at) ELSE accepted_at END AS mailed_at
    FROM scored
) j LEFT JOIN answered a USING (invitation_id)
"""

RESPONSES = Dataset(
    name="responses",
    made_of=KeptRows.ANSWERS,
    row="A response. dt: the day of the answer.",
    columns=(
        *columns(
            "string",
            response_id="Its id; the one of its invitation, where it has one.",
            invitation_id="The invitation that it answers; empty without one.",
            touchpoint="The moment of contact that it is about.",
            questionnaire="What was asked.",
        ),
        *columns("bigint", questionnaire_version="The version of the questionnaire that was answered."),
        *columns(
            "string",
            channel="By which the questions reached the customer.",
            product="As the upload said.",
            team="As the upload said.",
            employee_key="Keyed hash of the employee; empty unless the client chose results per employee.",
            language="Of the page that was answered.",
            state="complete, partial or suspect; only complete ones are in the scores.",
        ),
        *columns("bigint", score="The answer to the NPS question, 0 to 10."),
        *columns("string", bucket="promoter (9, 10), passive (7, 8) or detractor (0 to 6)."),
        *columns(
            "bigint",
            csat="The first answer on the satisfaction scale, 1 to 5.",
            ces="The first answer on the effort scale, 1 to 7.",
        ),
        *columns(
            "string",
            contact_reason="Why the customer was in contact, as the upload said, masked.",
            dimensions="The value of each of the client's dimensions at the moment of the contact, as JSON such as"
            ' {"region":"north"}.',
            wave="first or reminder: after which message it was given; empty without an invitation.",
        ),
        *columns("double", minutes_to_answer="From the message that was answered to the answer."),
        *columns("timestamp", answered_at="The first submit, in UTC."),
        *columns(
            "string",
            comment="The answers in the customer's own words, masked, a line each.",
            imported_on="The day on which the file with the invitation came; empty without one.",
        ),
    ),
    order=("response_id",),
    masked=("comment", "contact_reason", "product"),
    sql=_SQL,
)
