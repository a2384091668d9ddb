"""The one way to make a function: Python 3.13 on arm64, own log group, own role, tracing, settings, alarm."""

from collections.abc import Iterable
from dataclasses import dataclass

from aws_cdk import Aws, CfnOutput, Duration, RemovalPolicy, Size
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_destinations as destinations
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sqs as sqs
from constructs import Construct
from pynamodb.models import Model

from functions.shared.adapters.binding import Names
from functions.shared.domain import object_keys
from infra.accepted import accept, objects_under
from infra.alarms import RunbookPage, add_alarm
from infra.deployment import Deployment
from infra.functions import FunctionSpec, output_name
from infra.storage import StorageStack, arn_of
from infra.work_queue import DeadLetters, WorkQueue

LOG_RETENTION = logs.RetentionDays.THREE_MONTHS
_TABLE_KEY = ("Decrypt", "DescribeKey", "Encrypt", "GenerateDataKey", "ReEncryptFrom", "ReEncryptTo")
"""What DynamoDB asks of its caller where a table has a key of the customer."""


@dataclass(frozen=True)
class Platform:
    """What every capability stands on."""

    deployment: Deployment
    storage: StorageStack
    code: lambda_.Code

    @property
    def metrics_namespace(self) -> str:
        """Of what the functions count: each deployment has its own, as they share an account's metrics."""
        return self.deployment.name


class ServiceFunction(Construct):
    """A function that may do nothing but what its `reads_...`, `uses_...` and `listens_...` calls say.

    Each of those sets the environment variable that the handler reads and grants the actions that it needs.
    """

    def __init__(self, scope: Construct, construct_id: str, *, spec: FunctionSpec, platform: Platform) -> None:
        super().__init__(scope, construct_id)
        self.spec = spec
        self._platform = platform
        self.dead_letters: DeadLetters | None = None
        self._sends_to: list[sqs.Queue] = []
        self._listens_to: list[sqs.Queue] = []
        log_group = logs.LogGroup(self, "Logs", retention=LOG_RETENTION, removal_policy=RemovalPolicy.DESTROY)
        self.role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            description=f"What {spec.name} may do",
        )
        log_group.grant_write(self.role)
        self.function = lambda_.Function(
            self,
            "Function",
            description=f"Klankbord {spec.name}",
            code=platform.code,
            handler=spec.handler,
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=lambda_.Architecture.ARM_64,
            memory_size=spec.memory,
            ephemeral_storage_size=Size.mebibytes(spec.disk),
            timeout=Duration.seconds(spec.timeout),
            role=self.role,
            log_group=log_group,
            tracing=lambda_.Tracing.ACTIVE,
            environment={
                "POWERTOOLS_SERVICE_NAME": spec.name,
                "POWERTOOLS_METRICS_NAMESPACE": platform.metrics_namespace,
                "POWERTOOLS_LOG_LEVEL": "INFO",
                # Customers' answers and addresses pass through; a trace keeps no answers of functions.
                "POWERTOOLS_TRACER_CAPTURE_RESPONSE": "false",
                "POWERTOOLS_TRACER_CAPTURE_ERROR": "false",
            },
        )
        accept(self, "AwsSolutions-L1", "Python 3.13 everywhere: the asset's byte code and wheels are of one version.")
        accept(
            self,
            "AwsSolutions-IAM5[Resource::*]",
            "X-Ray's PutTraceSegments, DynamoDB's ListStreams and SES's account calls know no resource; a test holds "
            "the list.",
        )
        add_alarm(
            self,
            "Errors",
            topic=platform.storage.alarms,
            metric=self.function.metric_errors(period=Duration.minutes(5), statistic="Sum"),
            page=RunbookPage.FUNCTION_ERRORS,
            says=f"{spec.name} keeps failing; its log group says why.",
            above=2,
        )
        CfnOutput(self, "Name", value=self.function.function_name).override_logical_id(
            output_name("Function", spec.name)
        )

    def has(self, variable: str, value: str) -> None:
        """Set an environment variable."""
        self.function.add_environment(variable, value)

    def may(self, actions: Iterable[str], resources: Iterable[str]) -> None:
        """Allow actions on resources."""
        self.role.add_to_policy(iam.PolicyStatement(actions=sorted(actions), resources=list(resources)))

    def uses_table(self, model: type[Model], *operations: str, index: str | None = None) -> None:
        """Name a model's table in the environment and allow operations such as GetItem; `index` may be queried."""
        table = self._platform.storage.tables[model]
        self.has(Names.variable(model), table.table_name)
        if operations:
            self.may([f"dynamodb:{operation}" for operation in operations], [table.table_arn])
        if index:
            self.may(["dynamodb:Query"], [f"{table.table_arn}/index/{index}"])
        if table.encryption_key:
            self._uses_key(table.encryption_key, "dynamodb", *_TABLE_KEY)

    def _uses_key(self, key: kms.IKey, service: str, *operations: str) -> None:
        """Allow operations of a key in what a service does for the function, and nowhere else."""
        via = {"StringEquals": {"kms:ViaService": f"{service}.{Aws.REGION}.{Aws.URL_SUFFIX}"}}
        actions = [f"kms:{operation}" for operation in operations]
        self.role.add_to_policy(iam.PolicyStatement(actions=actions, resources=[key.key_arn], conditions=via))

    def uses_bucket(self, variable: str, bucket: s3.Bucket, *, lists: bool = False) -> None:
        """Name a bucket in the environment.

        `lists` lets the function see which keys there are; without it S3 answers 403 for a key that is not there.
        """
        self.has(variable, bucket.bucket_name)
        if lists:
            self.may(["s3:ListBucket"], [bucket.bucket_arn])

    def reads_clients(self) -> None:
        """Name the bucket of the clients' settings in the environment and allow reading it."""
        bucket = self._platform.storage.config_bucket
        self.uses_bucket("CONFIG_BUCKET", bucket, lists=True)
        self.reads_objects(bucket, object_keys.CLIENTS)

    def reads_objects(self, bucket: s3.Bucket, *prefixes: str, versions: bool = False) -> None:
        """Allow reading objects under prefixes, with `versions` by their version too."""
        actions = ["s3:GetObject", *(["s3:GetObjectVersion"] if versions else [])]
        self.may(actions, [objects_under(self, bucket, prefix) for prefix in prefixes])
        if bucket.encryption_key:
            self._uses_key(bucket.encryption_key, "s3", "Decrypt")

    def writes_objects(self, bucket: s3.Bucket, *prefixes: str, deletes: bool = False) -> None:
        """Allow writing (and deleting) objects under prefixes."""
        actions = ["s3:PutObject", "s3:AbortMultipartUpload", *(["s3:DeleteObject"] if deletes else [])]
        self.may(actions, [objects_under(self, bucket, prefix) for prefix in prefixes])
        if bucket.encryption_key:
            # Decrypt belongs to the parts of a multipart upload.
            self._uses_key(bucket.encryption_key, "s3", "GenerateDataKey", "Decrypt")

    def follows(self, model: type[Model], *, batch: int, lost: s3.Bucket) -> None:
        """Feed the function from a table's stream; what fails for good is put whole into the bucket `lost`."""
        table = self._platform.storage.tables[model]
        if table.encryption_key:
            self._uses_key(table.encryption_key, "dynamodb", "Decrypt")
        if table.table_stream_arn is None:
            raise ValueError(f"{model.__name__} has no stream.")
        operations = ("DescribeStream", "GetRecords", "GetShardIterator")
        self.may([f"dynamodb:{operation}" for operation in operations], [table.table_stream_arn])
        self.may(["dynamodb:ListStreams"], ["*"])
        # Not the CDK's event source: that one opens the table's key for every use.
        mapping = lambda_.EventSourceMapping(
            self,
            f"{model.__name__}Stream",
            target=self.function,
            event_source_arn=table.table_stream_arn,
            starting_position=lambda_.StartingPosition.TRIM_HORIZON,
            batch_size=batch,
            max_batching_window=Duration.seconds(5),
            bisect_batch_on_error=True,
            retry_attempts=10,
            max_record_age=Duration.hours(20),
            report_batch_item_failures=True,
        )
        mapping.node.add_dependency(self.role)
        native = mapping.node.default_child
        if not isinstance(native, lambda_.CfnEventSourceMapping):
            raise TypeError(f"{mapping.node.path} is not a mapping of this app")
        # A bucket gets the records themselves, where a queue would only be told where they stood in the stream. Not the
        # CDK's destination: that one opens the whole bucket to the function.
        native.destination_config = lambda_.CfnEventSourceMapping.DestinationConfigProperty(
            on_failure=lambda_.CfnEventSourceMapping.OnFailureProperty(destination=lost.bucket_arn)
        )

    def reads_secret(self, variable: str, secret: secretsmanager.Secret) -> None:
        """Name a secret in the environment and allow reading it."""
        self.has(variable, arn_of(secret))
        self.may(["secretsmanager:GetSecretValue"], [arn_of(secret)])

    def sends_to(self, variable: str, queue: sqs.Queue) -> None:
        """Name a queue's URL in the environment and allow sending to it."""
        self.has(variable, queue.queue_url)
        self.may(["sqs:SendMessage"], [queue.queue_arn])
        self._sends_to.append(queue)
        self._may_loop()

    def listens_to(self, work: WorkQueue, *, batch: int, at_once: int, wait: int = 0) -> None:
        """Feed the function from a queue: `batch` messages at a time, at most `at_once` workers, `wait` seconds to
        fill a batch. Messages that the answer names as failed come back alone.

        Whatever piles up on a queue leaves the survey its part of the account's functions.
        """
        self.function.add_event_source(
            sources.SqsEventSource(
                work.queue,
                batch_size=batch,
                max_concurrency=at_once,
                max_batching_window=Duration.seconds(wait) if wait else None,
                report_batch_item_failures=True,
            )
        )
        self._listens_to.append(work.queue)
        self._may_loop()

    def _may_loop(self) -> None:
        """Let a function go on that hands over to itself: Lambda would end the chain after 16 calls."""
        function = self.function.node.default_child
        if isinstance(function, lambda_.CfnFunction) and any(queue in self._listens_to for queue in self._sends_to):
            function.recursive_loop = "Allow"

    def runs_every(self, period: Duration) -> None:
        """Call the function on a schedule. A run that failed is tried once more, then kept as a dead letter.

        Three periods without a call are an alarm: nothing else would tell of a schedule that stopped.
        """
        add_alarm(
            self,
            "Heartbeat",
            topic=self._platform.storage.alarms,
            metric=self.function.metric_invocations(period=period, statistic="Sum"),
            page=RunbookPage.NO_HEARTBEAT,
            says=f"{self.spec.name} was not called for three times {_words(period)}.",
            periods=3,
            silence=True,
        )
        self.dead_letters = letters = DeadLetters(
            self, "DeadLetters", alarms=self._platform.storage.alarms, subject=f"Runs of {self.spec.name}"
        )
        CfnOutput(self, "LettersUrl", value=letters.queue.queue_url).override_logical_id(
            output_name("DeadLetters", self.spec.name)
        )
        self.function.configure_async_invoke(
            on_failure=destinations.SqsDestination(letters.queue),
            retry_attempts=1,
            max_event_age=Duration.minutes(30),
        )
        rule = events.Rule(
            self,
            "Schedule",
            description=f"Klankbord {self.spec.name}",
            schedule=events.Schedule.rate(period),
        )
        rule.add_target(
            targets.LambdaFunction(
                self.function,
                dead_letter_queue=letters.queue,
                retry_attempts=2,
                max_event_age=Duration.minutes(30),
            )
        )


def _words(period: Duration) -> str:
    minutes = round(period.to_minutes())
    return f"{minutes // 60} h" if minutes % 60 == 0 else f"{minutes} min"
