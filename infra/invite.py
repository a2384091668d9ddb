"""From a due invitation to a mail, and what SES says became of it."""

from aws_cdk import Aws, CfnOutput, Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_ses as ses
from constructs import Construct

from functions.shared.domain.mail_stream import stream_prefix
from infra.accepted import accept
from infra.functions import INVITE_DISPATCH, INVITE_SEND, INVITE_TRACK
from infra.service_function import Platform, ServiceFunction
from infra.stream_settings import EVENT_TYPES, SUPPRESSED_REASONS, TLS_POLICY, event_bus
from infra.work_queue import WorkQueue

MAILS_A_BATCH = 10
REPORTS_AT_ONCE = 50
"""Of ten reports each: 500 mails a second are reported on twice."""


class Invite(Construct):
    """Dispatch every minute, send from a queue, track what SES reports through the event bus."""

    def __init__(self, scope: Construct, construct_id: str, *, platform: Platform, survey_url: str) -> None:
        super().__init__(scope, construct_id)
        alarms = platform.storage.alarms
        self.mails = WorkQueue(self, "Mails", work_seconds=INVITE_SEND.timeout, alarms=alarms, subject="Mails to send")
        self.events = WorkQueue(
            self, "SesEvents", work_seconds=INVITE_TRACK.timeout, alarms=alarms, subject="Reports of SES"
        )
        self.streams = f"{stream_prefix(platform.deployment.name)}*"
        self.configuration_set = self._shared_configuration_set()
        self._takes_reports(stream_prefix(platform.deployment.name))

        self.dispatch = ServiceFunction(self, "Dispatch", spec=INVITE_DISPATCH, platform=platform)
        self.dispatch.sends_to("SEND_QUEUE_URL", self.mails.queue)
        self.dispatch.may(["sqs:GetQueueAttributes"], [self.mails.queue.queue_arn])
        self.dispatch.may(["ses:GetAccount"], ["*"])
        share = f"{platform.deployment.choices.mail_rate_share / 100:g}"
        self.dispatch.has("SES_RATE_SHARE", share)
        self.dispatch.runs_every(Duration.minutes(1))

        self.send = ServiceFunction(self, "Send", spec=INVITE_SEND, platform=platform)
        self.send.has("SURVEY_URL", survey_url)
        if platform.deployment.choices.replies:
            self.send.has("REPLY_DOMAIN", platform.deployment.choices.replies)
        self.send.has("SES_CONFIGURATION_SET", self.configuration_set.ref)
        self.send.has("SES_RATE_SHARE", share)
        self.may_send(self.send)
        self.send.may(["ses:GetAccount"], ["*"])
        self.send.listens_to(self.mails, batch=MAILS_A_BATCH, at_once=platform.deployment.choices.senders)

        self.track = ServiceFunction(self, "Track", spec=INVITE_TRACK, platform=platform)
        self.track.listens_to(self.events, batch=10, at_once=REPORTS_AT_ONCE)

    def may_send(self, function: ServiceFunction) -> None:
        """Allow sending from any verified domain, in the streams of this deployment only."""
        kinds = ("identity/*", f"configuration-set/{self.configuration_set.ref}", f"configuration-set/{self.streams}")
        here = f"arn:{Aws.PARTITION}:ses:{Aws.REGION}:{Aws.ACCOUNT_ID}"
        function.role.add_to_policy(
            iam.PolicyStatement(
                actions=["ses:SendEmail", "ses:SendRawEmail"],
                resources=[f"{here}:{kind}" for kind in kinds],
                # A tenant is no resource of sending, but a condition; a client need not have one.
                conditions={"StringLikeIfExists": {"ses:TenantName": self.streams}},
            )
        )
        for kind in ("identity/*", f"configuration-set/{self.streams}"):
            accept(
                function,
                f"AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ses:<AWS::Region>:<AWS::AccountId>:{kind}]",
                "A client's sender domain and configuration set are made when the client comes, without a deploy.",
            )

    def _shared_configuration_set(self) -> ses.CfnConfigurationSet:
        """Make the set of mails whose client is not onboarded: the same as operations/onboarding makes for one."""
        configuration_set = ses.CfnConfigurationSet(
            self,
            "ConfigurationSet",
            delivery_options=ses.CfnConfigurationSet.DeliveryOptionsProperty(tls_policy=TLS_POLICY),
            reputation_options=ses.CfnConfigurationSet.ReputationOptionsProperty(reputation_metrics_enabled=True),
            sending_options=ses.CfnConfigurationSet.SendingOptionsProperty(sending_enabled=True),
            suppression_options=ses.CfnConfigurationSet.SuppressionOptionsProperty(
                suppressed_reasons=SUPPRESSED_REASONS
            ),
        )
        ses.CfnConfigurationSetEventDestination(
            self,
            "ToEventBus",
            configuration_set_name=configuration_set.ref,
            event_destination=ses.CfnConfigurationSetEventDestination.EventDestinationProperty(
                enabled=True,
                matching_event_types=EVENT_TYPES,
                event_bridge_destination=ses.CfnConfigurationSetEventDestination.EventBridgeDestinationProperty(
                    event_bus_arn=event_bus(Aws.PARTITION, Aws.REGION, Aws.ACCOUNT_ID)
                ),
            ),
        )
        CfnOutput(self, "Shared", value=configuration_set.ref).override_logical_id("SharedConfigurationSetName")
        return configuration_set

    def _takes_reports(self, prefix: str) -> None:
        rule = events.Rule(
            self,
            "Reports",
            description="What SES reports about Klankbord's mails",
            event_pattern=events.EventPattern(
                source=["aws.ses"],
                detail={"mail": {"tags": {"ses:configuration-set": [self.configuration_set.ref, {"prefix": prefix}]}}},
            ),
        )
        rule.add_target(
            targets.SqsQueue(
                self.events.queue,
                dead_letter_queue=self.events.dead_letters.queue,
                retry_attempts=10,
                max_event_age=Duration.hours(24),
            )
        )
