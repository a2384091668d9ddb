"""The schedule's event in, nothing out: reads the review sources of every published client."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.review_scraper.crawl import CrawledSource
from functions.review_scraper.readers.registry import READERS
from functions.review_scraper.service import Scraper, ScrapeReport
from functions.review_scraper.source_states import DynamoSourceStates
from functions.shared.adapters import aws, clock
from functions.shared.adapters.binding import bind
from functions.shared.adapters.client_store import ClientStore
from functions.shared.adapters.environment import Settings
from functions.shared.adapters.observability import logger, metrics, tracer
from functions.shared.adapters.polite_web import PoliteWeb
from functions.shared.adapters.reviews import DynamoReviews
from functions.shared.adapters.tables import Review, ReviewSourceState
from functions.shared.adapters.web import Web
from functions.shared.domain.reviews import Change

Handler = Callable[[dict[str, Any], LambdaContext], None]

_RESERVE_MILLISECONDS = 60_000
"""So long before the end of the function's time no page is fetched any more."""


@dataclass(frozen=True)
class ScraperSettings(Settings):
    """The environment of the function."""

    config_bucket: str
    user_agent_contact: str


def make_handler(settings: ScraperSettings) -> Handler:
    """Return the handler that reads review sources."""
    clients = ClientStore(aws.client("s3"), settings.config_bucket)
    web = Web()

    @metrics.log_metrics
    @tracer.capture_lambda_handler(capture_response=False)
    @logger.inject_lambda_context
    def scrape(event: dict[str, Any], context: LambdaContext) -> None:
        """Read every source; what surprised is raised at the end, when all the others are done."""
        errors: list[Exception] = []
        scraper = Scraper(
            readers=READERS,
            pages=PoliteWeb(web, settings.user_agent_contact, clock.now),
            reviews=DynamoReviews(),
            states=DynamoSourceStates(),
            now=clock.now(),
            out_of_time=lambda: context.get_remaining_time_in_millis() < _RESERVE_MILLISECONDS,
        )
        for report in scraper.scrape(_sources(clients, errors)):
            _tell(report)
            if report.error:
                errors.append(report.error)
        if errors:
            raise ExceptionGroup("Not every review source could be read.", errors)

    handler: Handler = scrape
    return handler


def _sources(clients: ClientStore, errors: list[Exception]) -> list[CrawledSource]:
    """Return the sources of every client that can be read; what kept one from being read is added to the errors."""
    sources: list[CrawledSource] = []
    for slug in clients.slugs():
        try:
            client = clients.load(slug).client
        except Exception as error:  # noqa: BLE001 - raised at the end
            logger.exception("client_not_readable", client=slug)
            errors.append(error)
        else:
            sources += [CrawledSource(slug, entry, client.zone) for entry in client.review_sources]
    return sources


def _tell(report: ScrapeReport) -> None:
    for change in Change:
        metrics.add_metric(f"Reviews{change.title()}", MetricUnit.Count, report.changes[change])
    metrics.add_metric("ReviewProblems", MetricUnit.Count, report.problems)
    if report.error:
        logger.error("review_source_failed", source=report.source, exc_info=report.error)
        return
    logger.info(
        "review_source_waits" if report.waiting else "review_source_read",
        source=report.source,
        pages=report.pages,
        reviews=report.reviews,
        problems=report.problems,
        complete=report.complete,
        changes=dict(report.changes),
    )


bind(Review, ReviewSourceState)
scrape = make_handler(ScraperSettings.from_env())
