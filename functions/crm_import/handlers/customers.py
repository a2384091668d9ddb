"""AWS in, AWS out: the customer files that arrive in the upload bucket."""

import uuid
from dataclasses import dataclass
from functools import cache
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit

from functions.crm_import.customers.service import CustomerStores, report_customers_fault, take_customers
from functions.crm_import.handlers.lists import ListHandler, make_list_handler
from functions.crm_import.lists.reading import ListResult
from functions.crm_import.time_budget import TimeBudget
from functions.shared.adapters import aws, clock
from functions.shared.adapters.binding import bind
from functions.shared.adapters.client_store import ClientStore
from functions.shared.adapters.customer_attributes import DynamoCustomers
from functions.shared.adapters.direct_dynamodb import direct_dynamodb
from functions.shared.adapters.environment import Settings
from functions.shared.adapters.keys import load_pepper
from functions.shared.adapters.notice_queue import SqsNotices
from functions.shared.adapters.observability import metrics
from functions.shared.adapters.reading_queue import Arrival
from functions.shared.adapters.tables import Customer
from functions.shared.adapters.upload_files import S3Files
from functions.shared.domain.customer_attributes import CustomerRowOutcome


@dataclass(frozen=True)
class CustomerFileSettings(Settings):
    """What the deployment says."""

    upload_bucket: str
    config_bucket: str
    pepper_secret: str
    customer_queue_url: str
    notice_queue_url: str


def make_handler(settings: CustomerFileSettings) -> ListHandler:
    """Return the handler that takes customer files."""
    stores = cache(lambda: _stores(settings))

    def take_one(arrival: Arrival, budget: TimeBudget[Any]) -> ListResult:
        attempt = uuid.uuid4().hex
        return take_customers(arrival.key, arrival.version, clock.now(), attempt, stores(), budget, arrival.checkpoint)

    return make_list_handler(
        "customers",
        settings.customer_queue_url,
        take_one,
        lambda key: report_customers_fault(key, stores()),
        lambda taken: metrics.add_metric(
            "CustomersKept", MetricUnit.Count, taken.outcomes.get(CustomerRowOutcome.KEPT, 0)
        ),
    )


def _stores(settings: CustomerFileSettings) -> CustomerStores:
    s3, sqs = aws.client("s3"), aws.client("sqs")
    return CustomerStores(
        files=S3Files(s3, settings.upload_bucket, settings.upload_bucket),
        clients=ClientStore(s3, settings.config_bucket),
        customers=DynamoCustomers(direct_dynamodb()),
        pepper=load_pepper(settings.pepper_secret),
        notices=SqsNotices(sqs, settings.notice_queue_url),
    )


bind(Customer)
take = make_handler(CustomerFileSettings.from_env())
