"""From table streams to facts, and from facts to datasets that Athena can query."""

from aws_cdk import Duration
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as sources
from constructs import Construct

from functions.shared.adapters.tables import streaming
from functions.shared.domain import layout
from infra.functions import AGGREGATE_COLLECT, AGGREGATE_RUN
from infra.service_function import Platform, ServiceFunction
from infra.work_queue import DeadLetters


class Aggregate(Construct):
    """Collect what changed, all the time; make the datasets and reports every hour."""

    def __init__(self, scope: Construct, construct_id: str, *, platform: Platform) -> None:
        super().__init__(scope, construct_id)
        storage = platform.storage
        self.collect = ServiceFunction(self, "Collect", spec=AGGREGATE_COLLECT, platform=platform)
        self.collect.uses_bucket("DATA_BUCKET", storage.data_bucket)
        self.collect.writes_objects(storage.data_bucket, layout.FACTS)
        self.lost = DeadLetters(self, "Lost", alarms=storage.alarms, subject="Records of table streams")
        for model in streaming():
            table = storage.tables[model]
            if table.encryption_key:
                self.collect.may(["kms:Decrypt"], [table.encryption_key.key_arn])
            self.collect.function.add_event_source(
                sources.DynamoEventSource(
                    table,
                    starting_position=lambda_.StartingPosition.TRIM_HORIZON,
                    batch_size=500,
                    max_batching_window=Duration.seconds(5),
                    bisect_batch_on_error=True,
                    retry_attempts=10,
                    max_record_age=Duration.hours(20),
                    report_batch_item_failures=True,
                    on_failure=sources.SqsDlq(self.lost.queue),
                )
            )
        self.run = ServiceFunction(self, "Run", spec=AGGREGATE_RUN, platform=platform)
        self.run.uses_bucket("DATA_BUCKET", storage.data_bucket, lists=True)
        self.run.uses_bucket("CONFIG_BUCKET", storage.config_bucket, lists=True)
        self.run.reads_objects(storage.config_bucket, layout.CLIENTS)
        self.run.reads_objects(storage.data_bucket, layout.FACTS, layout.DATASETS)
        self.run.writes_objects(storage.data_bucket, layout.DATASETS, layout.REPORTS, deletes=True)
        self.run.runs_every(Duration.hours(1))
