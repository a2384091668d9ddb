"""Every number that a function counts of itself and that is an alarm: the one list of them."""

from dataclasses import dataclass, field
from functools import partial

from aws_cdk import Duration

from infra.alarms import RunbookPage
from infra.functions import (
    AGGREGATE_FIND,
    AGGREGATE_REFRESH,
    AGGREGATE_RUN,
    CRM_IMPORT_ADMIT,
    CRM_IMPORT_CUSTOMERS,
    CRM_IMPORT_OPT_OUTS,
    CRM_IMPORT_READ,
    INVITE_DISPATCH,
    INVITE_SEND,
    INVITE_SMS,
    INVITE_TRACK,
    REVIEW_SCRAPE,
    SURVEY,
    FunctionSpec,
)

OVERDUE_HOURS = 12
"""A mail that is due so long was not just waiting for its turn: a backlog of half a day at the account's rate."""
SUSPECTS = 50
"""In an hour: a mail server that tries the links of a whole import makes more, people who are odd make fewer."""


@dataclass(frozen=True)
class WatchedCount:
    """What a function counts of itself, and when that is an alarm: more than `above` in each of `periods` in a row."""

    metric: str
    service: FunctionSpec
    page: RunbookPage
    says: str
    above: float = 0
    period: Duration = field(default_factory=lambda: Duration.minutes(5))
    periods: int = 1
    statistic: str = "Sum"
    id: str = ""
    """Of the alarm, where that is not the metric's name."""
    only_with: FunctionSpec | None = None
    """Watched only where this function is deployed, too."""


_REFUSED_FILE = "A client's file could not be used; its receipt says why."
_REFUSED_MAIL = (
    "Invitations, or reminders, were refused when their message was made or handed over. Of invitations the client's "
    "contact gets a mail with the rows: nobody was asked."
)
_NOT_TAKEN = (
    "Messages were not taken, for a reason that is of no message: a right, a setting or an identity is missing, or the "
    "service could not be reached. They wait, and are tried every hour."
)
_CLOSED = "The account takes no messages at all: all of them wait."
_DAY_IS_FULL = "The account's quota of 24 hours is used up: the rest waits."
_OVERDUE = f"A message that is due has waited more than {OVERDUE_HOURS} hours for its turn."
_HOUR = Duration.hours(1)


def _waiting(messages: str, name: str, channel: FunctionSpec) -> tuple[WatchedCount, ...]:
    """Return what is watched of the messages of a channel that wait, where its function is there."""
    page = RunbookPage
    lasting = partial(WatchedCount, service=INVITE_DISPATCH, periods=3, statistic="Maximum", only_with=channel)
    return (
        lasting(f"{messages}Closed", page=page.ACCOUNT_CLOSED, says=f"{name}: {_CLOSED}"),
        lasting(f"{messages}DayIsFull", page=page.ACCOUNT_CLOSED, says=f"{name}: {_DAY_IS_FULL}"),
        lasting(
            f"{messages}OverdueMinutes", page=page.MAIL_OVERDUE, says=f"{name}: {_OVERDUE}", above=OVERDUE_HOURS * 60
        ),
    )


WATCHED = (
    WatchedCount("UploadsRefused", CRM_IMPORT_READ, RunbookPage.REFUSED_FILES, _REFUSED_FILE),
    WatchedCount("UploadsRefused", CRM_IMPORT_OPT_OUTS, RunbookPage.REFUSED_FILES, _REFUSED_FILE, id="ListsRefused"),
    WatchedCount(
        *("UploadsRefused", CRM_IMPORT_CUSTOMERS, RunbookPage.REFUSED_FILES, _REFUSED_FILE), id="CustomerFilesRefused"
    ),
    WatchedCount(
        *("OptOutsNotUnderstood", CRM_IMPORT_OPT_OUTS, RunbookPage.OPT_OUTS_NOT_UNDERSTOOD),
        "Lines of a list of opt-outs were not understood: nobody is opted out by them. The list's receipt names them, "
        "and the client's contact has a mail.",
    ),
    WatchedCount(
        *("RowsNotStored", CRM_IMPORT_ADMIT, RunbookPage.ROWS_NOT_STORED),
        "DynamoDB refused rows for what they hold; their receipts say invalid. The log of crm-import-admit has the "
        "upload (rows_not_stored).",
    ),
    WatchedCount("InvitationsRefused", INVITE_SEND, RunbookPage.REFUSED_INVITATIONS, _REFUSED_MAIL),
    WatchedCount(
        *("InvitationsRefused", INVITE_TRACK, RunbookPage.REFUSED_INVITATIONS, _REFUSED_MAIL), id="InvitationsRejected"
    ),
    WatchedCount("InvitationsRefused", INVITE_SMS, RunbookPage.REFUSED_INVITATIONS, _REFUSED_MAIL, id="TextsRefused"),
    WatchedCount("MailsNotTaken", INVITE_SEND, RunbookPage.MAIL_NOT_TAKEN, f"Mails: {_NOT_TAKEN}"),
    WatchedCount("SmsNotTaken", INVITE_SMS, RunbookPage.MAIL_NOT_TAKEN, f"SMS: {_NOT_TAKEN}"),
    *_waiting("Mails", "Mails", INVITE_SEND),
    *_waiting("Sms", "SMS", INVITE_SMS),
    WatchedCount(
        *("ClientsPaused", INVITE_DISPATCH, RunbookPage.PAUSED_CLIENTS),
        "The sending of a client is paused: too many of its mails of a day bounced or were reported as spam. The log "
        "of invite-dispatch names it (clients_paused).",
        statistic="Maximum",
    ),
    WatchedCount(
        *("SuspectAnswers", SURVEY, RunbookPage.SUSPECT_ANSWERS),
        f"More than {SUSPECTS} answers of an hour look like a program's and are kept apart. The log of survey has "
        "client and reason (answer_kept_apart).",
        above=SUSPECTS,
        period=_HOUR,
    ),
    WatchedCount(
        *("UnknownDatasets", AGGREGATE_RUN, RunbookPage.UNKNOWN_DATASETS),
        "Days of a dataset that this release does not know wait to be written. The log of aggregate-run names it "
        "(dataset_unknown).",
        period=_HOUR,
    ),
    WatchedCount(
        *("ClientsNotAggregated", AGGREGATE_RUN, RunbookPage.DATASETS_NOT_MADE),
        "The datasets or the report of a client could not be made of its data; the others were. The log of "
        "aggregate-run tells which.",
        period=_HOUR,
    ),
    WatchedCount(
        *("UnreadableFacts", AGGREGATE_RUN, RunbookPage.DATASETS_NOT_MADE),
        "Objects under facts/ are not what facts are, and were left out. The log of aggregate-run tells which.",
        period=_HOUR,
    ),
    WatchedCount(
        *("UnfinishedRuns", AGGREGATE_RUN, RunbookPage.DATASETS_NOT_MADE),
        "A client is not done after many runs in a row; each goes on where the one before stopped. The log of "
        "aggregate-run tells which.",
        period=_HOUR,
    ),
    WatchedCount(
        *("UnreadableFacts", AGGREGATE_FIND, RunbookPage.DATASETS_NOT_MADE),
        "Objects that an earlier release left under facts/ are not what facts are. The log of aggregate-find tells "
        "which.",
        period=_HOUR,
        id="UnreadableFactsFound",
    ),
    WatchedCount(
        *("UnfinishedRuns", AGGREGATE_FIND, RunbookPage.DATASETS_NOT_MADE),
        "The facts of an earlier release are still being divided among the clients.",
        period=_HOUR,
        id="UnfinishedRunsFound",
    ),
    WatchedCount(
        *("DashboardsNotRefreshed", AGGREGATE_REFRESH, RunbookPage.DASHBOARDS_NOT_FRESH),
        "QuickSight could not copy data sets anew for an hour: the dashboards show what was there before. The log of "
        "aggregate-refresh names them (dashboard_not_refreshed).",
        above=1,
        period=_HOUR,
    ),
    WatchedCount(
        *("ReviewProblems", REVIEW_SCRAPE, RunbookPage.REVIEW_SOURCES),
        "Reviews of a source could not be read, or not all of them. The log of review-scrape names it.",
        period=Duration.hours(6),
    ),
)
"""Every number of a function that is an alarm."""
