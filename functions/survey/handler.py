"""The Lambda function of the page: the environment read once, the stores bound to it, and the Chalice app."""

import secrets
from dataclasses import dataclass
from functools import cache

from functions.shared.adapters import aws, clock
from functions.shared.adapters.answer_patterns import DynamoAnswerPatterns
from functions.shared.adapters.binding import bind
from functions.shared.adapters.client_store import ClientStore
from functions.shared.adapters.data_bucket import DataBucket
from functions.shared.adapters.environment import Settings
from functions.shared.adapters.feedback_blocks import DynamoFeedbackBlocks
from functions.shared.adapters.keys import load_link_keys
from functions.shared.adapters.opt_outs import DynamoOptOuts
from functions.shared.adapters.responses import DynamoResponses
from functions.shared.adapters.tables import AnswerPattern, FeedbackBlock, Invitation, OptOut, Response
from functions.shared.services.feedback_blocks import FeedbackBlocks
from functions.shared.services.opt_outs import OptOuts
from functions.survey import routes
from functions.survey.public_scores import PublicScores
from functions.survey.reports import Reports
from functions.survey.routes import app
from functions.survey.service import Survey
from functions.survey.site import Site

__all__ = ["app"]


@dataclass(frozen=True)
class SurveySettings(Settings):
    """What the deployment says."""

    config_bucket: str
    data_bucket: str
    token_keys_secret: str
    survey_url: str


def make_site(settings: SurveySettings) -> Site:
    """Return the site over the stores of this deployment."""
    keys, s3 = load_link_keys(settings.token_keys_secret), aws.client("s3")
    clients, objects = ClientStore(s3, settings.config_bucket), DataBucket(s3, settings.data_bucket)
    survey = Survey(
        keys=keys,
        clients=clients,
        responses=DynamoResponses(),
        opt_outs=OptOuts(DynamoOptOuts()),
        blocks=FeedbackBlocks(DynamoFeedbackBlocks()),
        patterns=DynamoAnswerPatterns(),
    )
    reports = Reports(keys, clients, objects, clock.now)
    return Site(
        survey,
        PublicScores(clients, objects),
        reports,
        settings.survey_url,
        clock.now,
        lambda: secrets.token_urlsafe(16),
    )


MODELS = (Invitation, Response, OptOut, FeedbackBlock, AnswerPattern)
bind(*MODELS)
settings = SurveySettings.from_env()
routes.bind(cache(lambda: make_site(settings)))
