"""The one way to make an alarm: it reaches the topic of operations, and names the page that says what to do."""

from enum import StrEnum

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from constructs import Construct

RUNBOOK = "docs/runbook.md"


class RunbookPage(StrEnum):
    """The pages of docs/runbook.md: the heading of each, as an anchor."""

    DEAD_LETTERS = "dead-letters"
    FUNCTION_ERRORS = "function-errors"
    WAITING_WORK = "waiting-work"
    STREAM_LAG = "stream-lag"
    THROTTLES = "throttles"
    NO_HEARTBEAT = "no-heartbeat"
    SURVEY_ERRORS = "survey-errors"
    MAIL_NOT_TAKEN = "mail-not-taken"
    ACCOUNT_CLOSED = "account-closed"
    MAIL_OVERDUE = "mail-overdue"
    REFUSED_INVITATIONS = "refused-invitations"
    BOUNCES_AND_COMPLAINTS = "bounces-and-complaints"
    PAUSED_CLIENTS = "paused-clients"
    REFUSED_FILES = "refused-files"
    OPT_OUTS_NOT_UNDERSTOOD = "opt-outs-not-understood"
    ROWS_NOT_STORED = "rows-not-stored"
    SUSPECT_ANSWERS = "suspect-answers"
    UNKNOWN_DATASETS = "unknown-datasets"
    DATASETS_NOT_MADE = "datasets-not-made"
    DASHBOARDS_NOT_FRESH = "dashboards-not-fresh"
    REVIEW_SOURCES = "review-sources"


def add_alarm(
    scope: Construct,
    construct_id: str,
    *,
    topic: sns.ITopic,
    metric: cloudwatch.IMetric,
    page: RunbookPage,
    says: str,
    above: float = 0,
    periods: int = 1,
    silence: bool = False,
) -> cloudwatch.Alarm:
    """Add an alarm: it begins when the metric was above a number in so many periods in a row, and tells when it ends.

    With `silence` it begins when the metric was below 1, or was not there at all.
    """
    comparison = cloudwatch.ComparisonOperator
    alarm = cloudwatch.Alarm(
        scope,
        construct_id,
        alarm_description=f"{says} What to do: {RUNBOOK}#{page.value}",
        metric=metric,
        threshold=1 if silence else above,
        comparison_operator=comparison.LESS_THAN_THRESHOLD if silence else comparison.GREATER_THAN_THRESHOLD,
        evaluation_periods=periods,
        treat_missing_data=cloudwatch.TreatMissingData.BREACHING
        if silence
        else cloudwatch.TreatMissingData.NOT_BREACHING,
    )
    action = actions.SnsAction(topic)
    alarm.add_alarm_action(action)
    alarm.add_ok_action(action)
    return alarm
