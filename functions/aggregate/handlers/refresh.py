"""A schedule in, fresh dashboards out: only where a deployment has QuickSight. Needs no DuckDB."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.aggregate.dashboards import refresh_dashboards
from functions.shared.adapters import aws, clock
from functions.shared.adapters.client_store import ClientStore
from functions.shared.adapters.data_bucket import DataBucket
from functions.shared.adapters.environment import Settings
from functions.shared.adapters.observability import logger, metrics, tracer
from functions.shared.adapters.spice import SpiceDataSets

Handler = Callable[[Mapping[str, Any], LambdaContext], dict[str, Any]]


@dataclass(frozen=True)
class RefreshSettings(Settings):
    """What the deployment says."""

    data_bucket: str
    config_bucket: str
    dashboard_prefix: str
    dashboard_owner: str


def make_handler(settings: RefreshSettings) -> Handler:
    """Return the handler that keeps QuickSight's copies and its rules of who sees what up to date."""
    objects = cache(lambda: DataBucket(aws.client("s3"), settings.data_bucket))
    clients = cache(lambda: ClientStore(aws.client("s3"), settings.config_bucket))
    quicksight = cache(lambda: aws.client("quicksight"))

    @logger.inject_lambda_context(clear_state=True)
    @tracer.capture_lambda_handler(capture_response=False)
    @metrics.log_metrics
    def refresh(event: Mapping[str, Any], context: LambdaContext) -> dict[str, Any]:
        """Refresh the data sets that changed; return their names."""
        account = context.invoked_function_arn.split(":")[4]
        data_sets = SpiceDataSets(quicksight(), account, settings.dashboard_prefix)
        done = refresh_dashboards(objects(), clients(), data_sets, settings.dashboard_owner, clock.now())
        logger.info("dashboards_refreshed", data_sets=list(done.started))
        metrics.add_metric("DashboardsNotRefreshed", MetricUnit.Count, len(done.failed))
        for name, reason in done.failed.items():
            logger.error("dashboard_not_refreshed", data_set=name, reason=reason)
        return {"started": list(done.started), "failed": dict(done.failed)}

    handler: Handler = refresh
    return handler


refresh = make_handler(RefreshSettings.from_env())
