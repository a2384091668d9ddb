"""The review site of the examples: what a site with schema.org reviews in its pages looks like to a crawler."""

from collections.abc import Callable
from datetime import datetime

from infra.local.desk.serving import Answer, Request


class ReviewSite:
    """Answers on the second port."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now

    def __call__(self, request: Request) -> Answer:
        """Return a page of reviews."""
        return Answer(b"There is no such page.", 404, "text/plain; charset=utf-8")
