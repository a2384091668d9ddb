"""Mails to a client's own contact: the queue of notices and the function that sends them."""

from aws_cdk import aws_ses as ses
from constructs import Construct

from infra.functions import INVITE_NOTIFY
from infra.service_function import Platform, ServiceFunction
from infra.work_queue import WorkQueue

VARIABLE = "NOTICE_QUEUE_URL"

NOTICES_AT_ONCE = 5


class ContactNotices(Construct):
    """Whoever has something to tell a client's contact puts it on the queue: `accepts_from`.

    The stack lets `notify` send, in the same streams as the sender.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        platform: Platform,
        configuration_set: ses.CfnConfigurationSet,
        survey_url: str,
    ) -> None:
        super().__init__(scope, construct_id)
        self.work = WorkQueue(
            self,
            "Work",
            work_seconds=INVITE_NOTIFY.timeout,
            alarms=platform.storage.alarms,
            subject="Notices to clients",
        )
        self.notify = ServiceFunction(self, "Notify", spec=INVITE_NOTIFY, platform=platform)
        self.notify.has("SES_CONFIGURATION_SET", configuration_set.ref)
        self.notify.has("SURVEY_URL", survey_url)
        self.notify.listens_to(self.work, batch=1, at_once=NOTICES_AT_ONCE)

    def accepts_from(self, *functions: ServiceFunction) -> None:
        """Let functions put notices on the queue."""
        for function in functions:
            function.sends_to(VARIABLE, self.work.queue)
