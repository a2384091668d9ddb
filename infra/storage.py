"""What must outlive every deployment: tables, buckets, keys, secrets, the queue of uploads, who gets the alarms."""

from collections.abc import Mapping
from dataclasses import dataclass

from aws_cdk import CfnOutput, Duration, RemovalPolicy, Stack, StackSynthesizer
from aws_cdk import aws_budgets as budgets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from functions.shared.adapters.tables import MODELS
from functions.shared.domain import object_keys
from infra.accepted import accept, native_bucket
from infra.deployment import Deployment
from infra.functions import (
    CRM_IMPORT_CUSTOMERS,
    CRM_IMPORT_OPT_OUTS,
    CRM_IMPORT_READ,
    INVITE_REPLY,
    INVITE_SMS_REPLY,
    output_name,
)
from infra.stack_names import CHOSEN
from infra.table import make_table
from infra.upload_access import UploadAccess
from infra.work_queue import DeadLetters, WorkQueue

WORK_DAYS = 14
UPLOAD_DAYS = 90
RECEIPT_DAYS = 730
REPLY_DAYS = 30
"""Longer than a dead letter lives, which only names the mail."""
RESULT_DAYS = 7


@dataclass(frozen=True)
class ReplyStorage:
    """Where the mails that come in are kept, and the queue that tells of them."""

    bucket: s3.Bucket
    work: WorkQueue


@dataclass(frozen=True)
class LostFacts:
    """Where records of the tables' streams are put that could not be collected, and the letters that tell of them."""

    bucket: s3.Bucket
    letters: DeadLetters


@dataclass(frozen=True)
class SmsAnswers:
    """Where End User Messaging puts the SMS that come in, and the queue behind it."""

    topic: sns.Topic
    work: WorkQueue


class StorageStack(Stack):
    """Everything with a memory. Deleting the stack keeps the data."""

    def __init__(
        self, scope: Construct, construct_id: str, *, deployment: Deployment, synthesizer: StackSynthesizer | None
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            synthesizer=synthesizer,
            description="Klankbord: tables, buckets, keys and secrets. Deleting this stack keeps them.",
            termination_protection=not deployment.local,
        )
        self.key = kms.Key(
            self,
            "PersonalData",
            description="Klankbord: contacts, answers and uploaded files",
            enable_key_rotation=True,
            removal_policy=RemovalPolicy.RETAIN,
        )
        self.alarms = sns.Topic(self, "Alarms", display_name="Klankbord alarms", enforce_ssl=True)
        choices = deployment.choices
        # What `make deploy` compares the next choices with.
        self.template_options.metadata = {CHOSEN: choices.named()}
        if choices.alarm_mail:
            self.alarms.add_subscription(subscriptions.EmailSubscription(choices.alarm_mail))
            if choices.monthly_budget:
                self._budget(choices.monthly_budget, choices.alarm_mail)
        self.alarms.grant_publish(iam.ServicePrincipal("cloudwatch.amazonaws.com"))
        self.tables = {model: make_table(self, model, key=self.key) for model in MODELS}
        self.pepper = self._pepper()
        self.token_keys = self._token_keys()
        self.score_keys = self._score_keys()
        self.uploads = WorkQueue(
            self, "Uploads", work_seconds=CRM_IMPORT_READ.timeout, alarms=self.alarms, subject="Uploaded files"
        )
        self.opt_out_lists = WorkQueue(
            self,
            "OptOutLists",
            work_seconds=CRM_IMPORT_OPT_OUTS.timeout,
            alarms=self.alarms,
            subject="Lists of opt-outs",
        )
        self.customer_files = WorkQueue(
            self,
            "CustomerFiles",
            work_seconds=CRM_IMPORT_CUSTOMERS.timeout,
            alarms=self.alarms,
            subject="Customer files",
        )
        self.access_logs = self._access_logs()
        self.upload_bucket = self._bucket(
            "UploadBucket",
            key=self.key,
            lifecycle={object_keys.WORK: WORK_DAYS, object_keys.UPLOADS: UPLOAD_DAYS, object_keys.REHEARSE: UPLOAD_DAYS}
            | {object_keys.RECEIPTS: RECEIPT_DAYS, object_keys.OPT_OUTS: WORK_DAYS, object_keys.CUSTOMERS: WORK_DAYS},
        )
        self.config_bucket = self._bucket("ConfigBucket")
        self.data_bucket = self._bucket("DataBucket")
        self.query_results = self._bucket("QueryResults", lifecycle={"": RESULT_DAYS})
        self._announce(
            self.upload_bucket,
            {
                object_keys.UPLOADS: self.uploads.queue,
                object_keys.REHEARSE: self.uploads.queue,
                object_keys.OPT_OUTS: self.opt_out_lists.queue,
                object_keys.CUSTOMERS: self.customer_files.queue,
            },
        )
        # The last two are there whether or not they are chosen: a choice can be taken back only where nothing that
        # another stack refers to goes with it.
        self.lost_facts = self._lost_facts()
        self.replies = self._replies()
        self.sms_answers = self._sms_answers()
        for client in choices.clients:
            UploadAccess(self, f"Client-{client}", client=client, bucket=self.upload_bucket)
        self._outputs()
        self._exports()

    def _budget(self, dollars: int, address: str) -> None:
        """Tell when the account has used most of a month's money, and when it is about to use more than all."""
        told = [budgets.CfnBudget.SubscriberProperty(address=address, subscription_type="EMAIL")]
        budgets.CfnBudget(
            self,
            "Budget",
            budget=budgets.CfnBudget.BudgetDataProperty(
                budget_type="COST",
                time_unit="MONTHLY",
                budget_limit=budgets.CfnBudget.SpendProperty(amount=dollars, unit="USD"),
            ),
            notifications_with_subscribers=[
                budgets.CfnBudget.NotificationWithSubscribersProperty(
                    notification=budgets.CfnBudget.NotificationProperty(
                        comparison_operator="GREATER_THAN",
                        notification_type=kind,
                        threshold=per_cent,
                        threshold_type="PERCENTAGE",
                    ),
                    subscribers=told,
                )
                for kind, per_cent in (("ACTUAL", 80), ("FORECASTED", 100))
            ],
        )

    def _exports(self) -> None:
        """Export what only some choices refer to, whatever is chosen.

        CloudFormation changes this stack first: what went away while the others still refer to it would stop the
        deploy that takes a choice back.
        """
        for work in (self.replies.work, self.sms_answers.work):
            for value in (work.queue.queue_arn, work.queue.queue_name, work.dead_letters.queue.queue_name):
                self.export_value(value)
        for bucket in (self.replies.bucket, self.query_results):
            self.export_value(bucket.bucket_arn)
            self.export_value(bucket.bucket_name)

    def _pepper(self) -> secretsmanager.Secret:
        pepper = secretsmanager.Secret(
            self,
            "Pepper",
            description="Klankbord: key of the HMAC that stands for a person in every table. Losing it forgets every "
            "feedback block and opt-out.",
            generate_secret_string=secretsmanager.SecretStringGenerator(password_length=64, exclude_punctuation=True),
            removal_policy=RemovalPolicy.RETAIN,
        )
        accept(pepper, "AwsSolutions-SMG4", "Another pepper is another name for everybody: blocks would be forgotten.")
        return pepper

    def _token_keys(self) -> secretsmanager.Secret:
        return self._numbered_keys(
            "TokenKeys",
            "Klankbord: keys of the links in mails, by number. Add a number to rotate; keep the old ones as long as "
            "their links live.",
            "Rotated by adding a number: the links in mails live two years.",
        )

    def _score_keys(self) -> secretsmanager.Secret:
        return self._numbered_keys(
            "ScoreKeys",
            "Klankbord: keys that published scores are signed with, by number. Add a number to rotate; keep the old "
            "ones: they are named by what was published.",
            "Rotated by adding a number: what was published stays signed by the key of its time.",
        )

    def _numbered_keys(self, name: str, description: str, rotation: str) -> secretsmanager.Secret:
        keys = secretsmanager.Secret(
            self,
            name,
            description=description,
            generate_secret_string=secretsmanager.SecretStringGenerator(
                password_length=64,
                exclude_punctuation=True,
                secret_string_template="{}",  # noqa: S106  (no password: the JSON that the key is put into)
                generate_string_key="1",
            ),
            removal_policy=RemovalPolicy.RETAIN,
        )
        accept(keys, "AwsSolutions-SMG4", rotation)
        return keys

    def _access_logs(self) -> s3.Bucket:
        return s3.Bucket(
            self,
            "AccessLogs",
            encryption=s3.BucketEncryption.S3_MANAGED,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            enforce_ssl=True,
            versioned=True,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            lifecycle_rules=[
                s3.LifecycleRule(expiration=Duration.days(90), noncurrent_version_expiration=Duration.days(1))
            ],
            removal_policy=RemovalPolicy.RETAIN,
        )

    def _bucket(
        self, construct_id: str, *, key: kms.IKey | None = None, lifecycle: dict[str, int] | None = None
    ) -> s3.Bucket:
        rules = [
            s3.LifecycleRule(
                abort_incomplete_multipart_upload_after=Duration.days(7),
                noncurrent_version_expiration=Duration.days(WORK_DAYS if key else 30),
            )
        ]
        rules += [
            s3.LifecycleRule(prefix=prefix or None, expiration=Duration.days(days))
            for prefix, days in (lifecycle or {}).items()
        ]
        return s3.Bucket(
            self,
            construct_id,
            encryption=s3.BucketEncryption.KMS if key else s3.BucketEncryption.KMS_MANAGED,
            encryption_key=key,
            bucket_key_enabled=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            versioned=True,
            server_access_logs_bucket=self.access_logs,
            server_access_logs_prefix=f"{construct_id}/",
            lifecycle_rules=rules,
            removal_policy=RemovalPolicy.RETAIN,
        )

    def _lost_facts(self) -> LostFacts:
        bucket = self._bucket("LostFacts", key=self.key, lifecycle={object_keys.LOST_FACTS: WORK_DAYS})
        letters = DeadLetters(self, "LostFactLetters", alarms=self.alarms, subject="Records of table streams")
        self._announce(bucket, {object_keys.LOST_FACTS: letters.queue})
        CfnOutput(self, "LostFactsQueue", value=letters.queue.queue_url)
        return LostFacts(bucket, letters)

    def _replies(self) -> ReplyStorage:
        bucket = self._bucket("ReplyBucket", key=self.key, lifecycle={object_keys.REPLIES: REPLY_DAYS})
        work = WorkQueue(
            self, "Replies", work_seconds=INVITE_REPLY.timeout, alarms=self.alarms, subject="Replies to mails"
        )
        self._announce(bucket, {object_keys.REPLIES: work.queue})
        CfnOutput(self, "ReplyBucketName", value=bucket.bucket_name)
        CfnOutput(self, output_name("Queue", "replies"), value=work.queue.queue_url)
        return ReplyStorage(bucket, work)

    def _sms_answers(self) -> SmsAnswers:
        """Make the topic that clients' numbers name, which outlives a deployment as they do."""
        self.key.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("sms-voice.amazonaws.com")],
                actions=["kms:GenerateDataKey*", "kms:Decrypt"],
                resources=["*"],
                conditions={"StringEquals": {"aws:SourceAccount": self.account}},
            )
        )
        topic = sns.Topic(self, "SmsAnswers", master_key=self.key, enforce_ssl=True)
        topic.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("sms-voice.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": self.account}},
            )
        )
        work = WorkQueue(
            self, "SmsReplies", work_seconds=INVITE_SMS_REPLY.timeout, alarms=self.alarms, subject="SMS that came in"
        )
        topic.add_subscription(
            subscriptions.SqsSubscription(
                work.queue, raw_message_delivery=True, dead_letter_queue=work.dead_letters.queue
            )
        )
        CfnOutput(self, "SmsTopicArn", value=topic.topic_arn)
        CfnOutput(self, output_name("Queue", "sms-replies"), value=work.queue.queue_url)
        return SmsAnswers(topic, work)

    def _announce(self, announcing: s3.Bucket, queues: Mapping[str, sqs.Queue]) -> None:
        """Let a bucket put every object on the queue of its prefix.

        Native properties, not the CDK's notification handler: that is a function of its own with rights on every
        bucket. The queue's policy names the account, not the bucket, so that the two do not wait for each other.
        """
        bucket = native_bucket(announcing)
        for queue in dict.fromkeys(queues.values()):
            queue.add_to_resource_policy(
                iam.PolicyStatement(
                    principals=[iam.ServicePrincipal("s3.amazonaws.com")],
                    actions=["sqs:SendMessage"],
                    resources=[queue.queue_arn],
                    conditions={"StringEquals": {"aws:SourceAccount": self.account}},
                )
            )
            bucket.node.add_dependency(queue.node.find_child("Policy"))
        bucket.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
            queue_configurations=[
                s3.CfnBucket.QueueConfigurationProperty(
                    event="s3:ObjectCreated:*",
                    queue=queue.queue_arn,
                    filter=s3.CfnBucket.NotificationFilterProperty(
                        s3_key=s3.CfnBucket.S3KeyFilterProperty(
                            rules=[s3.CfnBucket.FilterRuleProperty(name="prefix", value=prefix)]
                        )
                    ),
                )
                for prefix, queue in queues.items()
            ]
        )

    def _outputs(self) -> None:
        for bucket in (self.upload_bucket, self.config_bucket, self.data_bucket):
            CfnOutput(self, f"{bucket.node.id}Name", value=bucket.bucket_name)
        for model, table in self.tables.items():
            CfnOutput(self, output_name("Table", model.__name__), value=table.table_name)
        CfnOutput(self, output_name("Queue", "uploads"), value=self.uploads.queue.queue_url)
        CfnOutput(self, output_name("Queue", "opt-outs"), value=self.opt_out_lists.queue.queue_url)
        CfnOutput(self, output_name("Queue", "customers"), value=self.customer_files.queue.queue_url)
        CfnOutput(self, "PepperSecret", value=arn_of(self.pepper))
        CfnOutput(self, "TokenKeysSecret", value=arn_of(self.token_keys))
        CfnOutput(self, "ScoreKeysSecret", value=arn_of(self.score_keys))


def arn_of(secret: secretsmanager.Secret) -> str:
    """Return a secret's ARN. Not by reference, as the CDK does: the emulator refers to a secret by its name."""
    resource = secret.node.default_child
    if not isinstance(resource, secretsmanager.CfnSecret):
        raise TypeError(f"{secret.node.path} is not a secret of this app")
    return resource.attr_id
