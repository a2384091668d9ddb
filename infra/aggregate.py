"""From table streams to facts, and from facts to datasets that Athena can query."""

from aws_cdk import Duration
from constructs import Construct

from infra.functions import AGGREGATE_COLLECT, AGGREGATE_RUN
from infra.service_function import Platform, ServiceFunction
from infra.work_queue import DeadLetters


class Aggregation(Construct):
    """Collect what changed, all the time; make the datasets and reports every hour."""

    def __init__(self, scope: Construct, construct_id: str, *, platform: Platform) -> None:
        super().__init__(scope, construct_id)
        self.collect = ServiceFunction(self, "Collect", spec=AGGREGATE_COLLECT, platform=platform)
        self.lost = DeadLetters(self, "Lost", alarms=platform.storage.alarms, subject="Records of table streams")
        self.run = ServiceFunction(self, "Run", spec=AGGREGATE_RUN, platform=platform)
        self.run.runs_every(Duration.hours(1))
