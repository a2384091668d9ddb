"""The datasets as tables for SQL: a Glue database and an Athena workgroup."""

from aws_cdk import Aws, CfnOutput
from aws_cdk import aws_athena as athena
from aws_cdk import aws_glue as glue
from aws_cdk import aws_s3 as s3
from constructs import Construct

from functions.aggregate.datasets.registry import DATASETS
from functions.aggregate.datasets.spec import Dataset
from functions.shared.domain.object_keys import DASHBOARD_RULE_FOLDER
from functions.shared.domain.object_keys import DATASETS as PREFIX
from infra.deployment import Deployment

RULE_TABLE = "dashboard_rules"
"""Who sees which rows of the dashboards (functions.aggregate.dashboards)."""
RULE_COLUMNS = {
    "user_name": "A user of QuickSight, or",
    "group_name": "a group.",
    "client": "The client that may be seen; as everywhere here, empty: all.",
    "touchpoint": "Touchpoints, with commas between them.",
    "team": "Teams, likewise.",
}
QUERY_BYTES = 20 * 1024**3
"""A query that scans more is stopped: about 10 cents."""


class Datasets(Construct):
    """Tables over the Parquet files; no crawler, no partition to register or to reckon out.

    Client and day are columns of the files: Athena lists the prefix of a dataset once, a thousand files a request, and
    passes over files by what their footers say of the two. A client is there with its first file, without a deploy.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        deployment: Deployment,
        data: s3.Bucket,
        results: s3.Bucket,
    ) -> None:
        super().__init__(scope, construct_id)
        self.name = deployment.name.lower()
        database = glue.CfnDatabase(
            self,
            "Database",
            catalog_id=Aws.ACCOUNT_ID,
            database_input=glue.CfnDatabase.DatabaseInputProperty(
                name=self.name, description="Klankbord: answers, scores, the funnel, reviews"
            ),
        )
        for dataset in DATASETS:
            table = glue.CfnTable(
                self,
                "".join(part.capitalize() for part in dataset.name.split("_")),
                catalog_id=Aws.ACCOUNT_ID,
                database_name=self.name,
                table_input=_table(dataset, data),
            )
            table.add_resource_dependency(database)
        if deployment.choices.quicksight:
            rules = glue.CfnTable(
                self,
                "DashboardRules",
                catalog_id=Aws.ACCOUNT_ID,
                database_name=self.name,
                table_input=_rule_table(data),
            )
            rules.add_resource_dependency(database)
        self.workgroup = athena.CfnWorkGroup(
            self,
            "WorkGroup",
            name=self.name,
            description="Queries on Klankbord's datasets",
            recursive_delete_option=True,
            work_group_configuration=athena.CfnWorkGroup.WorkGroupConfigurationProperty(
                enforce_work_group_configuration=True,
                publish_cloud_watch_metrics_enabled=True,
                bytes_scanned_cutoff_per_query=QUERY_BYTES,
                engine_version=athena.CfnWorkGroup.EngineVersionProperty(
                    selected_engine_version="Athena engine version 3"
                ),
                result_configuration=athena.CfnWorkGroup.ResultConfigurationProperty(
                    output_location=f"s3://{results.bucket_name}/",
                    expected_bucket_owner=Aws.ACCOUNT_ID,
                    encryption_configuration=athena.CfnWorkGroup.EncryptionConfigurationProperty(
                        encryption_option="SSE_S3"
                    ),
                ),
            ),
        )
        CfnOutput(self, "Name", value=self.name).override_logical_id("AthenaDatabase")


def _table(dataset: Dataset, data: s3.Bucket) -> glue.CfnTable.TableInputProperty:
    return glue.CfnTable.TableInputProperty(
        name=dataset.name,
        table_type="EXTERNAL_TABLE",
        parameters={"EXTERNAL": "TRUE", "classification": "parquet"},
        storage_descriptor=glue.CfnTable.StorageDescriptorProperty(
            location=f"s3://{data.bucket_name}/{PREFIX}{dataset.name}/",
            columns=[
                glue.CfnTable.ColumnProperty(name=c.name, type=c.type, comment=c.meaning) for c in dataset.all_columns
            ],
            input_format="org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
            output_format="org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
            serde_info=glue.CfnTable.SerdeInfoProperty(
                serialization_library="org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
            ),
        ),
    )


def _rule_table(data: s3.Bucket) -> glue.CfnTable.TableInputProperty:
    return glue.CfnTable.TableInputProperty(
        name=RULE_TABLE,
        table_type="EXTERNAL_TABLE",
        parameters={"EXTERNAL": "TRUE", "classification": "json"},
        storage_descriptor=glue.CfnTable.StorageDescriptorProperty(
            location=f"s3://{data.bucket_name}/{DASHBOARD_RULE_FOLDER}",
            columns=[
                glue.CfnTable.ColumnProperty(name=name, type="string", comment=meaning)
                for name, meaning in RULE_COLUMNS.items()
            ],
            input_format="org.apache.hadoop.mapred.TextInputFormat",
            output_format="org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
            serde_info=glue.CfnTable.SerdeInfoProperty(serialization_library="org.openx.data.jsonserde.JsonSerDe"),
        ),
    )
