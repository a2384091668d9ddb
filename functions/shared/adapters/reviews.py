"""Reviews in DynamoDB."""

from datetime import datetime

from pynamodb.expressions.update import Action

from functions.shared.adapters.conditional_write import conditional
from functions.shared.adapters.tables import Review
from functions.shared.domain.reviews import FoundReview, KnownReview


class DynamoReviews:
    """The reviews that are kept. A write is conditional on what it was decided from; False: another run was first."""

    def known(self, source: str) -> dict[str, KnownReview]:
        """Return what is kept of a source (`<client>/<source>`), by native id."""
        items = Review.query(
            source, attributes_to_get=["native_id", "digest", "version", "removed"], consistent_read=True
        )
        return {item.native_id: KnownReview(item.digest, int(item.version), bool(item.removed)) for item in items}

    def keep(self, source: str, review: FoundReview, known: KnownReview | None, now: datetime) -> bool:
        """Write a new review, or the next version of a known one."""
        rating = review.rating
        item = Review(
            source,
            review.native_id,
            client=source.partition("/")[0],
            digest=review.digest,
            version=known.version + 1 if known else 1,
            rating_raw=rating.value if rating else None,
            rating_best=rating.best if rating else None,
            rating_worst=rating.worst if rating else None,
            language=review.language,
            title=review.title,
            text=review.text,
            written_at=review.written_at,
            seen_at=now,
            removed=False,
        )
        condition = Review.version == known.version if known else Review.native_id.does_not_exist()
        with conditional() as write:
            item.save(condition=condition)
        return write.held

    def remove(self, source: str, native_id: str, known: KnownReview, now: datetime) -> bool:
        """Write the tombstone of a review: rating and dates stay, its words go."""
        actions: list[Action] = [
            Review.removed.set(True),
            Review.version.set(known.version + 1),
            Review.seen_at.set(now),
            Review.title.remove(),
            Review.text.remove(),
        ]
        with conditional() as write:
            Review(source, native_id).update(actions=actions, condition=Review.version == known.version)
        return write.held
