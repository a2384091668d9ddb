"""QuickSight as code: a source, the data sets with who may see which rows, a theme, the sheets.

Only where deployment.yaml names who owns it: an account without QuickSight deploys the rest.
Written as plain resources: CloudFormation's shapes are the API's, and there is no other
construct for them. infra.dashboards keeps the copies fresh.
"""

from typing import Any

from aws_cdk import Aws, CfnResource, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from functions.shared.adapters.spice import data_set_id
from functions.shared.domain import object_keys
from infra.accepted import accept, objects_under
from infra.datasets import RULE_TABLE
from infra.deployment import Deployment
from infra.deployment_file import QuickSightChoice
from infra.quicksight_data_sets import RULES, SOURCES, AthenaSource, RuleSource
from infra.quicksight_scores import CalculatedField
from infra.quicksight_sheets import definition
from infra.storage import StorageStack

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
_READ_DASHBOARD = ("DescribeDashboard", "ListDashboardVersions", "QueryDashboard")
_OWN_THEME = (
    *("DescribeTheme", "DescribeThemeAlias", "ListThemeAliases", "ListThemeVersions", "UpdateTheme", "DeleteTheme"),
    *("CreateThemeAlias", "UpdateThemeAlias", "DeleteThemeAlias", "UpdateThemePermissions", "DescribeThemePermissions"),
)
_READ_THEME = ("DescribeTheme", "DescribeThemeAlias", "ListThemeAliases", "ListThemeVersions")
THEME_COLORS = ("#1F5F8B", "#B3401F", "#1B7F4D", "#7A5195", "#8A6D1F", "#4F6272", "#00788A", "#A03A6A")
"""Each has a contrast of at least 4.5 with white: charts are drawn with them, in this order."""


class QuickSightStack(Stack):
    """The dashboards. They hold copies of counts, and nothing that cannot be made again."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        deployment: Deployment,
        storage: StorageStack,
        choice: QuickSightChoice,
    ) -> None:
        super().__init__(scope, construct_id, description="Klankbord: QuickSight data sets and dashboard.")
        accept(
            self,
            "W9009",
            "LogicalTableMap is the older of two ways to prepare data; the one that every account has.",
            by="CloudFormation-Validate",
        )
        self._prefix = deployment.name.lower()
        self._owner = choice.owner
        self._readers = choice.readers
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
        source_arn = source.get_att("Arn").to_string()
        rules = {rule.name: self._rules(rule, source_arn).get_att("Arn").to_string() for rule in RULES}
        arns = {
            entry.dataset.name: self._data_set(entry, source_arn, rules).get_att("Arn").to_string() for entry in SOURCES
        }
        theme = self._theme(deployment.name)
        body = {
            "Definition": definition(arns, {entry.dataset.name: entry.scores for entry in SOURCES}),
            "ThemeArn": theme.get_att("Arn").to_string(),
        }
        self._resource(
            "Analysis",
            {"AnalysisId": self._prefix, "Name": deployment.name, "Permissions": self._grant(_OWN_ANALYSIS), **body},
        )
        self._resource(
            "Dashboard",
            {
                "DashboardId": self._prefix,
                "Name": deployment.name,
                "Permissions": self._grant(_OWN_DASHBOARD) + self._read(_READ_DASHBOARD),
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

    def _read(self, operations: tuple[str, ...]) -> list[dict[str, Any]]:
        """Grant operations to the readers, where a group of them is named."""
        if not self._readers:
            return []
        return [{"Principal": self._readers, "Actions": [f"quicksight:{operation}" for operation in operations]}]

    def _rules(self, rule: RuleSource, source: str) -> CfnResource:
        """Make a data set of rules: who sees which values of its columns."""
        renamed = {"user_name": "UserName", "group_name": "GroupName"}
        transforms = [
            {"RenameColumnOperation": {"ColumnName": name, "NewColumnName": new}} for name, new in renamed.items()
        ]
        shown = [*renamed.values(), *rule.columns]
        return self._resource(
            "DataSet",
            {
                **self._of_sql(rule.name, rule.sql(self._prefix), dict.fromkeys(rule.all_columns, "STRING"), source),
                "UseAs": "RLS_RULES",
                "LogicalTableMap": _logical(
                    rule.name, [*transforms, {"ProjectOperation": {"ProjectedColumns": shown}}]
                ),
            },
            _title(rule.name),
        )

    def _data_set(self, entry: AthenaSource, source: str, rules: dict[str, str]) -> CfnResource:
        columns = entry.columns
        transforms: list[dict[str, Any]] = [
            {"CastColumnTypeOperation": {"ColumnName": "dt", "NewColumnType": "DATETIME", "Format": "yyyy-MM-dd"}}
        ]
        if entry.fields:
            transforms.append({"CreateColumnsOperation": {"Columns": _calculated(entry.fields)}})
        shown = [*columns, *(field.name for field in entry.fields)]
        transforms.append({"ProjectOperation": {"ProjectedColumns": shown}})
        name = entry.dataset.name
        return self._resource(
            "DataSet",
            {
                **self._of_sql(name, entry.sql(self._prefix), columns, source),
                "LogicalTableMap": _logical(name, transforms),
                "RowLevelPermissionDataSet": {
                    "Arn": rules[entry.rules],
                    "Namespace": self._owner.split("/")[1],
                    "PermissionPolicy": "GRANT_ACCESS",
                    "FormatVersion": "VERSION_1",
                    "Status": "ENABLED",
                },
            },
            _title(name),
        )

    def _of_sql(self, name: str, sql: str, columns: dict[str, str], source: str) -> dict[str, Any]:
        """Return what every data set has: a query, copied into QuickSight's own memory."""
        return {
            "DataSetId": data_set_id(self._prefix, name),
            "Name": f"{self._prefix} {name}",
            "ImportMode": "SPICE",
            "PhysicalTableMap": {
                "table": {
                    "CustomSql": {
                        "DataSourceArn": source,
                        "Name": name,
                        "SqlQuery": sql,
                        "Columns": [{"Name": column, "Type": kind} for column, kind in columns.items()],
                    }
                }
            },
            "Permissions": self._grant(_OWN_DATA_SET),
        }

    def _theme(self, name: str) -> CfnResource:
        """Make the theme: the report's neutral colours, which are the same for every client."""
        return self._resource(
            "Theme",
            {
                "ThemeId": self._prefix,
                "Name": name,
                "BaseThemeId": "CLASSIC",
                "Permissions": self._grant(_OWN_THEME) + self._read(_READ_THEME),
                "Configuration": {
                    "DataColorPalette": {"Colors": list(THEME_COLORS), "EmptyFillColor": "#DDE3E8"},
                    "UIColorPalette": {
                        "PrimaryForeground": "#16232E",
                        "PrimaryBackground": "#FFFFFF",
                        "SecondaryForeground": "#16232E",
                        "SecondaryBackground": "#F4F6F8",
                        "Accent": THEME_COLORS[0],
                        "AccentForeground": "#FFFFFF",
                        "Measure": THEME_COLORS[0],
                        "MeasureForeground": "#FFFFFF",
                    },
                },
            },
        )

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
        names = [*(entry.dataset.name for entry in SOURCES), RULE_TABLE]
        tables = [f"{catalog}table/{self._prefix}/{name}" for name in names]
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
            (
                ["s3:GetObject"],
                [
                    objects_under(role, data, prefix)
                    for prefix in (object_keys.DATASETS, object_keys.DASHBOARD_RULE_FOLDER)
                ],
            ),
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


def _calculated(fields: tuple[CalculatedField, ...]) -> list[dict[str, str]]:
    return [
        {"ColumnName": one.name, "ColumnId": one.name.lower().replace(" ", "-"), "Expression": one.formula}
        for one in fields
    ]


def _logical(alias: str, transforms: list[dict[str, Any]]) -> dict[str, Any]:
    return {"rows": {"Alias": alias, "Source": {"PhysicalTableId": "table"}, "DataTransforms": transforms}}


def _title(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))
