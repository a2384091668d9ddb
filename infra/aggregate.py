"""From table streams to facts, and from facts to datasets that Athena can query."""

from aws_cdk import Duration
from constructs import Construct

from functions.shared.adapters.tables import streaming
from functions.shared.domain import object_keys
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
        self.collect.writes_objects(storage.data_bucket, object_keys.FACTS)
        self.lost = DeadLetters(self, "Lost", alarms=storage.alarms, subject="Records of table streams")
        for model in streaming():
            self.collect.follows(model, batch=500, lost=self.lost.queue)
        self.run = ServiceFunction(self, "Run", spec=AGGREGATE_RUN, platform=platform)
        self.run.uses_bucket("DATA_BUCKET", storage.data_bucket, lists=True)
        self.run.reads_clients()
        self.run.reads_objects(storage.data_bucket, object_keys.FACTS, object_keys.CURRENT, object_keys.DATASETS)
        self.run.writes_objects(storage.data_bucket, object_keys.CURRENT, object_keys.DATASETS, deletes=True)
        self.run.writes_objects(storage.data_bucket, object_keys.REPORTS, object_keys.FIGURES)
        self.run.runs_every(Duration.hours(1))
