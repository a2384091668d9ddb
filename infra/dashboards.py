"""What keeps QuickSight's dashboards fresh, where a deployment has them."""

from aws_cdk import Aws, Duration
from constructs import Construct

from functions.aggregate.dashboards import RULE_DATA_SETS, SHOWN_DATASETS
from functions.shared.adapters.spice import data_set_id
from infra.accepted import accept
from infra.functions import AGGREGATE_REFRESH
from infra.service_function import Platform, ServiceFunction

PERIOD = Duration.minutes(15)


class DashboardRefreshes(Construct):
    """A function that looks for what changed, and has QuickSight copy that anew."""

    def __init__(self, scope: Construct, construct_id: str, *, platform: Platform, owner: str) -> None:
        super().__init__(scope, construct_id)
        self.refresh = ServiceFunction(self, "Refresh", spec=AGGREGATE_REFRESH, platform=platform)
        prefix = platform.deployment.name.lower()
        self.refresh.has("DASHBOARD_PREFIX", prefix)
        self.refresh.has("DASHBOARD_OWNER", owner)
        # The data sets are named, not referred to: their stack stands on this one.
        here = f"arn:{Aws.PARTITION}:quicksight:{Aws.REGION}:{Aws.ACCOUNT_ID}:dataset"
        names = [*RULE_DATA_SETS, *(dataset.name for dataset in SHOWN_DATASETS)]
        data_sets = [f"{here}/{data_set_id(prefix, name)}" for name in names]
        self.refresh.may(
            ["quicksight:CreateIngestion", "quicksight:DescribeIngestion"],
            [one for arn in data_sets for one in (arn, f"{arn}/ingestion/*")],
        )
        for name in names:
            accept(
                self.refresh,
                "AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:quicksight:<AWS::Region>:<AWS::AccountId>:"
                f"dataset/{data_set_id(prefix, name)}/ingestion/*]",
                "An ingestion is named when it is begun.",
            )
        self.refresh.runs_every(PERIOD)
