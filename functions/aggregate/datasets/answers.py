"""`answers`: what was answered to each question, a row each."""

from functions.aggregate.datasets.spec import Dataset, KeptRows, columns

# What is neither a number nor an option is somebody's own words, and so is what was answered to a question that the
# questionnaire has no longer, unless it is a number: masked when it was collected, and kept apart from the values.
_SQL = """
WITH given AS (
    SELECT j.invitation_id, j.touchpoint, j.questionnaire, j.questionnaire_version, j.language, j.state, j.answered_on,
           a.key AS question, a.value ->> '$' AS answer
    FROM journeys j, json_each(j.answers) a
), told AS (
    SELECT g.*, q.type,
           regexp_full_match(answer, '[0-9]{1,2}') AND coalesce(q.type, 'scale') IN ('nps', 'scale')
           OR regexp_full_match(answer, '[a-z][a-z0-9_]{0,39}') AND coalesce(q.type, '') = 'choice' AS is_value
    FROM given g LEFT JOIN questions q USING (questionnaire, question)
)
SELECT t.invitation_id AS response_id, t.touchpoint, t.questionnaire, t.questionnaire_version, t.state, t.language,
       t.question, t.type, CASE WHEN is_value THEN answer END AS value, o.text AS option_text,
       CASE WHEN NOT is_value THEN answer END AS comment, t.answered_on AS dt
FROM told t
LEFT JOIN options o ON o.questionnaire = t.questionnaire AND o.question = t.question AND o.value = t.answer
                   AND o.language = t.language
WHERE answer IS NOT NULL
"""

ANSWERS = Dataset(
    name="answers",
    made_of=KeptRows.ANSWERS,
    row="An answer to one question of a response. dt: the day of the answer.",
    columns=(
        *columns(
            "string",
            response_id="The response that it belongs to.",
            touchpoint="The moment of contact that it is about.",
            questionnaire="What was asked.",
        ),
        *columns("bigint", questionnaire_version="The version of the questionnaire that was answered."),
        *columns(
            "string",
            state="Of the response: complete, partial or suspect; only complete ones are counted.",
            language="Of the page that was answered.",
            question="The question's id; the same in every version.",
            type="nps, scale, choice or text; empty where the questionnaire has the question no longer.",
            value="The number, or the option's value, by which versions are joined; empty of own words.",
            option_text="The option's text in the language of the page, as the questionnaire has it now.",
            comment="The customer's own words, masked; empty of a value.",
        ),
    ),
    order=("response_id", "question"),
    masked=("comment",),
    sql=_SQL,
)
