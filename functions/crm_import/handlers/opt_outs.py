"""AWS in, AWS out: the lists of opt-outs that arrive in the upload bucket."""

import uuid
from dataclasses import dataclass
from functools import cache
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit

from functions.crm_import.handlers.lists import ListHandler, make_list_handler
from functions.crm_import.lists.reading import ListResult
from functions.crm_import.opt_outs.service import COMPARED, ListStores, report_opt_out_fault, take_list
from functions.crm_import.time_budget import TimeBudget
from functions.shared.adapters import aws, clock
from functions.shared.adapters.binding import bind
from functions.shared.adapters.client_store import ClientStore
from functions.shared.adapters.direct_dynamodb import direct_dynamodb
from functions.shared.adapters.environment import Settings
from functions.shared.adapters.keys import load_pepper
from functions.shared.adapters.notice_queue import SqsNotices
from functions.shared.adapters.observability import metrics
from functions.shared.adapters.opt_outs import DynamoOptOutBatches
from functions.shared.adapters.reading_queue import Arrival
from functions.shared.adapters.tables import OptOut
from functions.shared.adapters.upload_files import S3Files
from functions.shared.domain.opt_outs import NEED_A_PERSON


@dataclass(frozen=True)
class OptOutListSettings(Settings):
    """What the deployment says."""

    upload_bucket: str
    config_bucket: str
    pepper_secret: str
    opt_out_queue_url: str
    notice_queue_url: str


def make_handler(settings: OptOutListSettings) -> ListHandler:
    """Return the handler that takes lists of opt-outs."""
    stores = cache(lambda: _stores(settings))

    def take_one(arrival: Arrival, budget: TimeBudget[Any]) -> ListResult:
        attempt = uuid.uuid4().hex
        return take_list(arrival.key, arrival.version, clock.now(), attempt, stores(), budget, arrival.checkpoint)

    return make_list_handler(
        "opt_outs", settings.opt_out_queue_url, take_one, lambda key: report_opt_out_fault(key, stores()), _count
    )


def _stores(settings: OptOutListSettings) -> ListStores:
    s3, sqs = aws.client("s3"), aws.client("sqs")
    return ListStores(
        files=S3Files(s3, settings.upload_bucket, settings.upload_bucket),
        clients=ClientStore(s3, settings.config_bucket),
        opt_outs=DynamoOptOutBatches(direct_dynamodb()),
        pepper=load_pepper(settings.pepper_secret),
        notices=SqsNotices(sqs, settings.notice_queue_url),
    )


def _count(taken: ListResult) -> None:
    listed = taken.outcomes.get("opted_out", 0) + taken.outcomes.get("partly", 0)
    metrics.add_metric("OptOutsListed", MetricUnit.Count, listed)
    unclear = 0 if taken.kind == COMPARED.name else sum(taken.outcomes.get(outcome, 0) for outcome in NEED_A_PERSON)
    metrics.add_metric("OptOutsNotUnderstood", MetricUnit.Count, unclear)


bind(OptOut)
take = make_handler(OptOutListSettings.from_env())
