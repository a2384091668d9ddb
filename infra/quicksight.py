"""QuickSight as code: a source, three data sets with their scores, an hourly refresh, five sheets.

Only where the context names who owns it (`-c quicksight=<ARN of a QuickSight user or group>`): an account without
QuickSight deploys the rest. Written as plain resources: CloudFormation's shapes are the API's, and there is no other
construct for them.
"""

from dataclasses import dataclass
from typing import Any

from aws_cdk import Aws, CfnResource, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from functions.aggregate.datasets.funnel_daily import FUNNEL_DAILY
from functions.aggregate.datasets.released import RELEASED_ANSWERS, RELEASED_SCORES
from functions.aggregate.datasets.spec import Dataset
from functions.shared.domain import object_keys
from infra.accepted import accept, objects_under
from infra.deployment import Deployment
from infra.quicksight_scores import COUNTS_OF_AN_ANSWER, OF_ANSWERS, OF_FUNNEL, OF_SCORES, TEAM, WEEK, Score
from infra.quicksight_sheets import definition
from infra.storage import StorageStack

_TYPES = {"string": "STRING", "bigint": "INTEGER", "double": "DECIMAL", "boolean": "BOOLEAN", "timestamp": "DATETIME"}

_OWN_SOURCE = (
    *("DescribeDataSource", "DescribeDataSourcePermissions", "PassDataSource"),
    *("UpdateDataSource", "DeleteDataSource", "UpdateDataSourcePermissions"),
)
_OWN_DATA_SET = (
    *("DescribeDataSet", "DescribeDataSetPermissions", "PassDataSet", "DescribeIngestion", "ListIngestions"),
    *("UpdateDataSet", "DeleteDataSet", "CreateIngestion", "CancelIngestion", "UpdateDataSetPermissions"),
)
_OWN_ANALYSIS = (
    *("RestoreAnalysis", "UpdateAnalysisPermissions", "DeleteAnalysis", "DescribeAnalysisPermissions"),
    *("QueryAnalysis", "DescribeAnalysis", "UpdateAnalysis"),
)
_OWN_DASHBOARD = (
    *("DescribeDashboard", "ListDashboardVersions", "UpdateDashboardPermissions", "QueryDashboard"),
    *("UpdateDashboard", "DeleteDashboard", "DescribeDashboardPermissions", "UpdateDashboardPublishedVersion"),
)


@dataclass(frozen=True)
class AthenaSource:
    """A data set: the dataset it shows, what each row counts for, the scores over the sums, what it leaves out."""

    dataset: Dataset
    scores: tuple[Score, ...]
    counts: tuple[Score, ...] = ()
    withheld: tuple[str, ...] = ()
    condition: str | None = None


EACH_ONCE = "{dimension} = 'all'"
"""A row counts one dimension at a time, so that without this an answer would count once for each, whatever sheet shows
it. It leaves out teams and employees: a rate of those could be one customer's."""
_PARTS = ("dimension", "value")
SOURCES = (
    # None is of single answers, or of counts that are not released (docs/decisions/0023-answers-are-released.md).
    AthenaSource(RELEASED_SCORES, OF_SCORES, (WEEK, TEAM)),
    AthenaSource(RELEASED_ANSWERS, OF_ANSWERS, COUNTS_OF_AN_ANSWER),
    AthenaSource(FUNNEL_DAILY, OF_FUNNEL, withheld=_PARTS, condition=EACH_ONCE),
)


class QuickSightStack(Stack):
    """The dashboards. They hold copies of counts, and nothing that cannot be made again."""

    def __init__(
        self, scope: Construct, construct_id: str, *, deployment: Deployment, storage: StorageStack, owner: str
    ) -> None:
        super().__init__(scope, construct_id, description="Klankbord: QuickSight data sets and dashboard.")
        accept(
            self,
            "W9009",
            "LogicalTableMap is the older of two ways to prepare data; the one that every account has.",
            by="CloudFormation-Validate",
        )
        self._prefix = deployment.name.lower()
        self._owner = owner
        role = self._role(storage.data_bucket, storage.query_results)
        source = self._resource(
            "DataSource",
            {
                "DataSourceId": self._prefix,
                "Name": deployment.name,
                "Type": "ATHENA",
                "DataSourceParameters": {"AthenaParameters": {"WorkGroup": self._prefix, "RoleArn": role.role_arn}},
                "Permissions": self._grant(_OWN_SOURCE),
            },
        )
        source.node.add_dependency(role)
        arns = {}
        for entry in SOURCES:
            data_set = self._data_set(entry, source.get_att("Arn").to_string())
            arns[entry.dataset.name] = data_set.get_att("Arn").to_string()
        body = {"Definition": definition(arns)}
        self._resource(
            "Analysis",
            {"AnalysisId": self._prefix, "Name": deployment.name, "Permissions": self._grant(_OWN_ANALYSIS), **body},
        )
        self._resource(
            "Dashboard",
            {
                "DashboardId": self._prefix,
                "Name": deployment.name,
                "Permissions": self._grant(_OWN_DASHBOARD),
                **body,
            },
        )

    def _resource(self, kind: str, properties: dict[str, Any], name: str | None = None) -> CfnResource:
        return CfnResource(
            self,
            name or kind,
            type=f"AWS::QuickSight::{kind}",
            properties={"AwsAccountId": Aws.ACCOUNT_ID, **properties},
        )

    def _grant(self, operations: tuple[str, ...]) -> list[dict[str, Any]]:
        return [{"Principal": self._owner, "Actions": [f"quicksight:{operation}" for operation in operations]}]

    def _data_set(self, entry: AthenaSource, source: str) -> CfnResource:
        dataset = entry.dataset
        columns = {c.name: _TYPES[c.type] for c in dataset.all_columns}
        transforms: list[dict[str, Any]] = [
            {"CastColumnTypeOperation": {"ColumnName": "dt", "NewColumnType": "DATETIME", "Format": "yyyy-MM-dd"}}
        ]
        if entry.condition:
            transforms.append({"FilterOperation": {"ConditionExpression": entry.condition}})
        # One step each: what is made in one step cannot be used in it.
        transforms += [{"CreateColumnsOperation": {"Columns": _calculated(made)}} for made in _steps(entry)]
        shown = [name for name in columns if name not in entry.withheld]
        shown += [score.name for score in (*entry.counts, *entry.scores)]
        transforms.append({"ProjectOperation": {"ProjectedColumns": shown}})
        title = "".join(part.capitalize() for part in dataset.name.split("_"))
        properties: dict[str, Any] = {
            "DataSetId": f"{self._prefix}-{dataset.name.replace('_', '-')}",
            "Name": f"{self._prefix} {dataset.name}",
            "ImportMode": "SPICE",
            "PhysicalTableMap": {
                "table": {
                    "RelationalTable": {
                        "DataSourceArn": source,
                        "Catalog": "AwsDataCatalog",
                        "Schema": self._prefix,
                        "Name": dataset.name,
                        "InputColumns": [{"Name": name, "Type": kind} for name, kind in columns.items()],
                    }
                }
            },
            "LogicalTableMap": {
                "rows": {
                    "Alias": dataset.name,
                    "Source": {"PhysicalTableId": "table"},
                    "DataTransforms": transforms,
                }
            },
            "Permissions": self._grant(_OWN_DATA_SET),
        }
        data_set = self._resource("DataSet", properties, title)
        # No StartAfterDateTime: once it has passed, every later update of the schedule fails.
        schedule = {"ScheduleId": "hourly", "RefreshType": "FULL_REFRESH", "ScheduleFrequency": {"Interval": "HOURLY"}}
        refresh = self._resource(
            "RefreshSchedule", {"DataSetId": properties["DataSetId"], "Schedule": schedule}, f"{title}Refresh"
        )
        refresh.add_resource_dependency(data_set)
        return data_set

    def _role(self, data: s3.Bucket, results: s3.Bucket) -> iam.Role:
        role = iam.Role(
            self,
            "Reader",
            description="What QuickSight may read: the datasets, through Athena",
            assumed_by=iam.ServicePrincipal(
                "quicksight.amazonaws.com", conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}}
            ),
        )
        athena, catalog = (
            f"arn:{Aws.PARTITION}:{service}:{Aws.REGION}:{Aws.ACCOUNT_ID}:" for service in ("athena", "glue")
        )
        queries = ("StartQueryExecution", "StopQueryExecution", "GetQueryExecution", "GetQueryResults")
        tables = [f"{catalog}table/{self._prefix}/{entry.dataset.name}" for entry in SOURCES]
        for actions, resources in (
            (
                [f"athena:{name}" for name in (*queries, "GetQueryResultsStream", "GetWorkGroup")],
                [f"{athena}workgroup/{self._prefix}"],
            ),
            (
                [f"athena:{name}" for name in ("GetDataCatalog", "ListDatabases", "GetDatabase")]
                + [f"athena:{name}" for name in ("ListTableMetadata", "GetTableMetadata")],
                [f"{athena}datacatalog/AwsDataCatalog"],
            ),
            # Partitions as well: Athena asks for one, and for many.
            (
                [f"glue:{name}" for name in ("GetDatabase", "GetTable", "GetTables", "GetPartition", "GetPartitions")],
                [f"{catalog}catalog", f"{catalog}database/{self._prefix}", *tables],
            ),
            (["s3:GetBucketLocation", "s3:ListBucket"], [data.bucket_arn]),
            (["s3:GetObject"], [objects_under(role, data, object_keys.DATASETS)]),
            (
                ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"],
                [results.bucket_arn],
            ),
            (
                ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"],
                [objects_under(role, results, "")],
            ),
        ):
            role.add_to_policy(iam.PolicyStatement(actions=actions, resources=resources))
        return role


def _steps(entry: AthenaSource) -> list[tuple[Score, ...]]:
    return [made for made in (entry.counts, entry.scores) if made]


def _calculated(scores: tuple[Score, ...]) -> list[dict[str, str]]:
    return [
        {
            "ColumnName": s.name,
            "ColumnId": s.name.lower().replace(" ", "-").replace("%", "share"),
            "Expression": s.formula,
        }
        for s in scores
    ]
