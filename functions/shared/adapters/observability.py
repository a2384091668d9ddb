"""Structured logs, traces and metrics, the same for every function.

Log an event name and fields: ids, never persons. Lines go to standard error: Lambda reads both streams, and a
function's standard output stays free.

The tracer and the metrics are made when they are first imported: the X-Ray SDK takes longer to load than all of the
survey's own code, and the survey, where somebody waits for a cold start, needs the logger alone (Lambda traces the
invocation itself).
"""

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.logging import Logger

if TYPE_CHECKING:
    from aws_lambda_powertools.metrics import Metrics
    from aws_lambda_powertools.tracing import Tracer

    tracer: Tracer
    metrics: Metrics

logger = Logger(stream=sys.stderr)


def tell_client_metrics(client: str, numbers: Mapping[str, float]) -> None:
    """Write metrics of one client, under the dimension `client` alone: a slug is no personal data.

    A dashboard finds them by a search; a client that is new needs no deploy.
    """
    from aws_lambda_powertools.metrics import EphemeralMetrics

    own = EphemeralMetrics(service="")
    own.add_dimension("client", client)
    for name, number in numbers.items():
        own.add_metric(name, "Count", number)
    own.flush_metrics()


def tell_metric(name: str, number: float) -> None:
    """Write a metric of this function, where it has no others."""
    from aws_lambda_powertools.metrics import EphemeralMetrics

    own = EphemeralMetrics()
    own.add_metric(name, "Count", number)
    own.flush_metrics()


def __getattr__(name: str) -> Any:
    """Make the tracer or the metrics, once."""
    if name == "tracer":
        from functions.shared.adapters.tracing import make_tracer

        return globals().setdefault(name, make_tracer())
    if name == "metrics":
        from aws_lambda_powertools.metrics import Metrics

        return globals().setdefault(name, Metrics())
    raise AttributeError(f"{__name__} has no {name}")
