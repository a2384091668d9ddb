"""Spontaneous reviews, fetched on a schedule."""

from aws_cdk import Duration
from constructs import Construct

from infra.functions import REVIEW_SCRAPE
from infra.service_function import Platform, ServiceFunction


class ReviewScraper(Construct):
    """One function, four times a day."""

    def __init__(self, scope: Construct, construct_id: str, *, platform: Platform) -> None:
        super().__init__(scope, construct_id)
        self.scrape = ServiceFunction(self, "Scrape", spec=REVIEW_SCRAPE, platform=platform)
        self.scrape.has("USER_AGENT_CONTACT", platform.deployment.contact)
        self.scrape.runs_every(Duration.hours(6))
