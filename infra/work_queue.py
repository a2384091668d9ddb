"""A queue, its dead-letter queue and the alarm for what lands there."""

from aws_cdk import Duration
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.accepted import accept
from infra.alarms import RunbookPage, add_alarm

ATTEMPTS = 5


class DeadLetters(Construct):
    """A queue for what failed for good, kept 14 days, with an alarm at the first message."""

    def __init__(self, scope: Construct, construct_id: str, *, alarms: sns.ITopic, subject: str) -> None:
        super().__init__(scope, construct_id)
        self.subject = subject
        self.queue = sqs.Queue(
            self,
            "Queue",
            retention_period=Duration.days(14),
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
        )
        accept(self, "AwsSolutions-SQS3", "It is the dead-letter queue, of a queue, a schedule or a stream.")
        add_alarm(
            self,
            "Alarm",
            topic=alarms,
            metric=self.queue.metric_approximate_number_of_messages_visible(
                period=Duration.minutes(1), statistic="Maximum"
            ),
            page=RunbookPage.DEAD_LETTERS,
            says=f"{subject} failed for good and wait in the dead-letter queue.",
        )


class WorkQueue(Construct):
    """A queue whose messages are tried five times.

    `work_seconds` is the time limit of the function that reads it: a message stays hidden six times as long, as
    Lambda asks. A redrive from the dead-letter queue finishes the work.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, work_seconds: int, alarms: sns.ITopic, subject: str
    ) -> None:
        super().__init__(scope, construct_id)
        self.dead_letters = DeadLetters(self, "DeadLetters", alarms=alarms, subject=subject)
        self.queue = sqs.Queue(
            self,
            "Queue",
            visibility_timeout=Duration.seconds(6 * work_seconds),
            retention_period=Duration.days(14),
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            dead_letter_queue=sqs.DeadLetterQueue(max_receive_count=ATTEMPTS, queue=self.dead_letters.queue),
        )
