"""From a due invitation to a mail, and what SES says became of it."""

from aws_cdk import Aws, CfnOutput, Duration, Fn
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_ses as ses
from constructs import Construct

from functions.shared.adapters.tables import Contact, FeedbackBlock, Invitation, OptOut, Suppression
from infra.accepted import accept
from infra.functions import INVITE_DISPATCH, INVITE_SEND, INVITE_TRACK
from infra.service_function import Platform, ServiceFunction
from infra.work_queue import WorkQueue

SENDERS_AT_ONCE = 2
MAILS_A_BATCH = 10
EVENT_TYPES = ["SEND", "DELIVERY", "BOUNCE", "COMPLAINT", "REJECT", "DELIVERY_DELAY", "RENDERING_FAILURE"]
"""No OPEN, no CLICK: nobody is followed."""


class Invite(Construct):
    """Dispatch every minute, send from a queue, track what SES reports through the event bus."""

    def __init__(self, scope: Construct, construct_id: str, *, platform: Platform, survey_url: str) -> None:
        super().__init__(scope, construct_id)
        storage = platform.storage
        self.mails = WorkQueue(
            self, "Mails", work_seconds=INVITE_SEND.timeout, alarms=storage.alarms, subject="Mails to send"
        )
        self.events = WorkQueue(
            self, "SesEvents", work_seconds=INVITE_TRACK.timeout, alarms=storage.alarms, subject="Reports of SES"
        )
        self.configuration_set = self._configuration_set()
        self._identities(platform.deployment.mail_domains)

        self.dispatch = ServiceFunction(self, "Dispatch", spec=INVITE_DISPATCH, platform=platform)
        self.dispatch.uses_table(Invitation, index="due")
        self.dispatch.sends_to("SEND_QUEUE_URL", self.mails.queue)
        self.dispatch.may(["sqs:GetQueueAttributes"], [self.mails.queue.queue_arn])
        self.dispatch.may(["ses:GetAccount"], ["*"])
        self.dispatch.runs_every(Duration.minutes(1))

        self.send = ServiceFunction(self, "Send", spec=INVITE_SEND, platform=platform)
        self.send.reads_clients()
        self.send.reads_secret("PEPPER_SECRET", storage.pepper)
        self.send.reads_secret("TOKEN_KEYS_SECRET", storage.token_keys)
        self.send.has("SURVEY_URL", survey_url)
        self.send.has("SES_CONFIGURATION_SET", self.configuration_set.ref)
        self.send.uses_table(Invitation, "BatchGetItem", "UpdateItem")
        self.send.uses_table(Contact, "BatchGetItem", "UpdateItem")
        self.send.uses_table(FeedbackBlock, "BatchGetItem", "UpdateItem", "DeleteItem")
        self.send.uses_table(OptOut, "BatchGetItem")
        self.send.uses_table(Suppression, "BatchGetItem")
        self.send.may(
            ["ses:SendEmail", "ses:SendRawEmail"],
            [
                f"arn:{Aws.PARTITION}:ses:{Aws.REGION}:{Aws.ACCOUNT_ID}:{kind}"
                for kind in ("identity/*", f"configuration-set/{self.configuration_set.ref}")
            ],
        )
        accept(
            self.send,
            "AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ses:<AWS::Region>:<AWS::AccountId>:identity/*]",
            "A client's sender domain is verified when the client comes, without a deploy.",
        )
        self.send.may(["ses:GetAccount"], ["*"])
        self.send.listens_to(self.mails, batch=MAILS_A_BATCH, at_once=SENDERS_AT_ONCE)

        self.track = ServiceFunction(self, "Track", spec=INVITE_TRACK, platform=platform)
        self.track.reads_clients()
        self.track.uses_table(Invitation, "BatchGetItem", "UpdateItem")
        self.track.uses_table(FeedbackBlock, "UpdateItem", "DeleteItem")
        self.track.uses_table(OptOut, "PutItem")
        self.track.uses_table(Suppression, "PutItem")
        self.track.listens_to(self.events, batch=10)

    def _configuration_set(self) -> ses.CfnConfigurationSet:
        configuration_set = ses.CfnConfigurationSet(
            self,
            "ConfigurationSet",
            delivery_options=ses.CfnConfigurationSet.DeliveryOptionsProperty(tls_policy="REQUIRE"),
            reputation_options=ses.CfnConfigurationSet.ReputationOptionsProperty(reputation_metrics_enabled=True),
            sending_options=ses.CfnConfigurationSet.SendingOptionsProperty(sending_enabled=True),
            suppression_options=ses.CfnConfigurationSet.SuppressionOptionsProperty(
                suppressed_reasons=["BOUNCE", "COMPLAINT"]
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
                    event_bus_arn=f"arn:{Aws.PARTITION}:events:{Aws.REGION}:{Aws.ACCOUNT_ID}:event-bus/default"
                ),
            ),
        )
        rule = events.Rule(
            self,
            "Reports",
            description="What SES reports about Klankbord's mails",
            event_pattern=events.EventPattern(
                source=["aws.ses"],
                detail={"mail": {"tags": {"ses:configuration-set": [configuration_set.ref]}}},
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
        return configuration_set

    def _identities(self, domains: tuple[str, ...]) -> None:
        """Let SES verify sender domains; the outputs are the DKIM records to put in their DNS."""
        for domain in domains:
            name = "".join(part.capitalize() for part in domain.replace("-", ".").split("."))
            identity = ses.EmailIdentity(self, name, identity=ses.Identity.domain(domain))
            records = [f"{record.name} CNAME {record.value}" for record in identity.dkim_records]
            CfnOutput(self, f"Dkim{name}", value=Fn.join(" ; ", records))
