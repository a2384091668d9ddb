"""SMS as a second channel, where a deployment asks for it: due, sent from clients' numbers, reported, answered."""

from aws_cdk import Aws, CfnOutput
from aws_cdk import aws_iam as iam
from aws_cdk import aws_smsvoice as smsvoice
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from infra.accepted import accept
from infra.deployment_file import SmsChoice
from infra.functions import INVITE_SMS, INVITE_SMS_REPLY
from infra.service_function import Platform, ServiceFunction
from infra.work_queue import WorkQueue

AT_ONCE = 2
"""Workers of ten SMS each: far more than a number may send in a second."""
LOCAL_CONFIGURATION_SET = "sms"
"""The emulator knows none: the fake AWS takes any name."""


class SmsChannel(Construct):
    """Two functions and their queues. The numbers are made by hand, one for each client, and named in client.yaml."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        platform: Platform,
        choice: SmsChoice,
        reports: WorkQueue,
        survey_url: str,
    ) -> None:
        super().__init__(scope, construct_id)
        alarms = platform.storage.alarms
        self._rate = f"{choice.rate:g}"
        self.due = WorkQueue(self, "Due", work_seconds=INVITE_SMS.timeout, alarms=alarms, subject="SMS to send")
        configuration_set = (
            LOCAL_CONFIGURATION_SET if platform.deployment.local else self._configuration_set(platform, reports)
        )
        self.send = ServiceFunction(self, "Send", spec=INVITE_SMS, platform=platform)
        self.send.has("SURVEY_URL", survey_url)
        self.send.has("SMS_CONFIGURATION_SET", configuration_set)
        self.send.has("SMS_RATE", self._rate)
        self.send.has("SMS_MAX_PRICE", f"{choice.max_price:.5f}")
        self.send.listens_to(self.due, batch=10, at_once=AT_ONCE)
        self._may_send(configuration_set)

        self.take = ServiceFunction(self, "Take", spec=INVITE_SMS_REPLY, platform=platform)

    def accepts_from(self, dispatch: ServiceFunction) -> None:
        """Let a function put SMS that are due on the queue, as many as may leave."""
        dispatch.sends_to("SMS_QUEUE_URL", self.due.queue)
        dispatch.may(["sqs:GetQueueAttributes"], [self.due.queue.queue_arn])
        dispatch.has("SMS_RATE", self._rate)

    def _may_send(self, configuration_set: str) -> None:
        here = f"arn:{Aws.PARTITION}:sms-voice:{Aws.REGION}:{Aws.ACCOUNT_ID}"
        self.send.may(
            ["sms-voice:SendTextMessage"], [f"{here}:phone-number/*", f"{here}:configuration-set/{configuration_set}"]
        )
        accept(
            self.send,
            "AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:sms-voice:<AWS::Region>:<AWS::AccountId>:phone-number/*]",
            "A client's number is made when the client comes, without a deploy.",
        )

    def _configuration_set(self, platform: Platform, reports: WorkQueue) -> str:
        """Let what becomes of each SMS be told to the queue `reports`; return the configuration set's name."""
        topic = sns.Topic(self, "Reports", master_key=platform.storage.key, enforce_ssl=True)
        here = f"arn:{Aws.PARTITION}:sms-voice:{Aws.REGION}:{Aws.ACCOUNT_ID}"
        written = topic.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("sms-voice.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[topic.topic_arn],
                conditions={
                    "StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID},
                    "ArnLike": {"aws:SourceArn": f"{here}:configuration-set/*"},
                },
            )
        )
        topic.add_subscription(
            subscriptions.SqsSubscription(
                reports.queue, raw_message_delivery=True, dead_letter_queue=reports.dead_letters.queue
            )
        )
        configuration_set = smsvoice.CfnConfigurationSet(
            self,
            "ConfigurationSet",
            event_destinations=[
                smsvoice.CfnConfigurationSet.EventDestinationProperty(
                    event_destination_name="reports",
                    enabled=True,
                    matching_event_types=["TEXT_ALL"],
                    sns_destination=smsvoice.CfnConfigurationSet.SnsDestinationProperty(topic_arn=topic.topic_arn),
                )
            ],
        )
        if written.policy_dependable:
            configuration_set.node.add_dependency(written.policy_dependable)
        CfnOutput(self, "Set", value=configuration_set.ref).override_logical_id("SmsConfigurationSetName")
        return configuration_set.ref
