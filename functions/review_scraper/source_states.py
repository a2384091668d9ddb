"""What a run of a review source leaves for the next one, in DynamoDB."""

import json
from datetime import UTC, datetime

from functions.review_scraper.crawl import recalled, remembered
from functions.review_scraper.page_reading import Aggregate, Problem
from functions.review_scraper.service import SourceState
from functions.shared.adapters.tables import ReviewSourceState
from functions.shared.domain.reviews import Rating

READER = 2
"""Raised when pages are read otherwise: what an older reader remembered of a page is then forgotten."""
_MAX_PROBLEMS = 100
_MAX_BYTES = 300_000
"""An item may hold 400 kB; what is remembered of pages is left out where it does not fit."""


class DynamoSourceStates:
    """The states of review sources."""

    def load(self, source: str) -> SourceState:
        """Return what the last run left; an empty state before the first."""
        try:
            item = ReviewSourceState.get(source, consistent_read=True)
        except ReviewSourceState.DoesNotExist:
            return SourceState()
        kept = item.etags or {}
        said = item.aggregate
        return SourceState(
            pages=recalled(kept["pages"]) if kept.get("reader") == READER else {},
            not_before=item.not_before,
            ran_at=item.ran_at,
            problems=tuple(Problem(**problem) for problem in item.problems or ()),
            aggregate=Aggregate(Rating(said["value"], said["best"], said["worst"]), said["count"]) if said else None,
        )

    def save(self, source: str, state: SourceState) -> None:
        """Keep what this run leaves."""
        pages = remembered(state.pages)
        if len(json.dumps(pages)) > _MAX_BYTES:
            pages = {}
        said = state.aggregate
        ReviewSourceState(
            source,
            etags={"reader": READER, "pages": pages},
            ran_at=state.ran_at or datetime.now(UTC),
            problems=[
                {"page": problem.page[:500], "reason": problem.reason} for problem in state.problems[:_MAX_PROBLEMS]
            ],
            not_before=state.not_before,
            aggregate={
                "value": said.rating.value,
                "best": said.rating.best,
                "worst": said.rating.worst,
                "count": said.count,
            }
            if said
            else None,
        ).save()
