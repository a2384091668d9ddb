"""`reviews`: what people wrote on other sites."""

from functions.aggregate.datasets.spec import Dataset, KeptRows, columns

_SQL = """
SELECT source || '/' || native_id AS review_id,
       -- The key of the table begins with the client; the source is what the client's folder calls it.
       CASE WHEN starts_with(source, client || '/') THEN substr(source, length(client) + 2) ELSE source END AS source,
       native_id, rating_raw, rating_best, rating_worst,
       CASE WHEN rating_best > rating_worst AND rating_raw BETWEEN rating_worst AND rating_best
            THEN (rating_raw - rating_worst) / (rating_best - rating_worst) END AS rating,
       language, title, text, make_timestamp(written_at * 1000000) AS written_at, version,
       coalesce(removed, false) AS removed, written_on AS dt
FROM kept_reviews
"""

REVIEWS = Dataset(
    name="reviews",
    made_of=KeptRows.REVIEWS,
    row="The newest version of a review. dt: the day on which it was written.",
    columns=(
        *columns(
            "string",
            review_id="Source and native id.",
            source="As the client's folder calls it.",
            native_id="The site's own id, or one derived from the review.",
        ),
        *columns(
            "double",
            rating_raw="As the site shows it.",
            rating_best="The best that the site gives.",
            rating_worst="The worst.",
            rating="Normalised to 0..1.",
        ),
        *columns("string", language="Two letters.", title="Masked.", text="Masked."),
        *columns("timestamp", written_at="In UTC."),
        *columns("bigint", version="1, and one more with each edit."),
        *columns("boolean", removed="It is no longer on the site; its words are gone."),
    ),
    order=("review_id",),
    masked=("title", "text"),
    whole_history=True,
    sql=_SQL,
)
