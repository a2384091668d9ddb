"""From table streams to facts, and from facts to datasets that Athena can query."""

from aws_cdk import Duration
from constructs import Construct

from infra.functions import AGGREGATE_COLLECT, AGGREGATE_FIND, AGGREGATE_RUN
from infra.service_function import Platform, ServiceFunction
from infra.work_queue import WorkQueue

CLIENTS_AT_ONCE = 10
"""Runs that go side by side, each of another client: of the account's 1,000 concurrent functions, and of S3."""


class Aggregation(Construct):
    """Collect what changed, all the time; find the clients with something new every hour, and run each by itself."""

    def __init__(self, scope: Construct, construct_id: str, *, platform: Platform) -> None:
        super().__init__(scope, construct_id)
        alarms = platform.storage.alarms
        self.collect = ServiceFunction(self, "Collect", spec=AGGREGATE_COLLECT, platform=platform)
        self.find = ServiceFunction(self, "Find", spec=AGGREGATE_FIND, platform=platform)
        self.find.runs_every(Duration.hours(1))
        self.runs = WorkQueue(
            self, "Runs", work_seconds=AGGREGATE_RUN.timeout, alarms=alarms, subject="Runs over a client's facts"
        )
        self.run = ServiceFunction(self, "Run", spec=AGGREGATE_RUN, platform=platform)
        for function in (self.find, self.run):
            function.sends_to("RUN_QUEUE_URL", self.runs.queue)
        self.run.listens_to(self.runs, batch=1, at_once=CLIENTS_AT_ONCE)
