"""The Lambda functions: their names, handlers and sizes. The one list that stacks, tests and the local engine share."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class FunctionSpec:
    """A function: `timeout` in seconds, `memory` and `disk` (/tmp) in MiB."""

    name: str
    handler: str
    timeout: int
    memory: int = 512
    disk: int = 512


CRM_IMPORT_READ = FunctionSpec(
    "crm-import-read", "functions.crm_import.handlers.read.read", 300, memory=1769, disk=2048
)
CRM_IMPORT_ADMIT = FunctionSpec(
    "crm-import-admit", "functions.crm_import.handlers.admit.admit", 120, memory=1769, disk=2048
)
"""A whole core and room for the receipt of the largest file: 5 M lines, some 500 MB, in half of its time."""
CRM_IMPORT_OPT_OUTS = FunctionSpec(
    "crm-import-opt-outs", "functions.crm_import.handlers.opt_outs.take", 300, memory=1769, disk=2048
)
CRM_IMPORT_CUSTOMERS = FunctionSpec(
    "crm-import-customers", "functions.crm_import.handlers.customers.take", 300, memory=1769, disk=2048
)
INVITE_DISPATCH = FunctionSpec("invite-dispatch", "functions.invite.handlers.dispatch.dispatch", 55)
INVITE_SEND = FunctionSpec("invite-send", "functions.invite.handlers.send_mail.send", 120)
INVITE_TRACK = FunctionSpec("invite-track", "functions.invite.handlers.track.track", 60)
INVITE_NOTIFY = FunctionSpec("invite-notify", "functions.invite.notices.handler.notify", 120, memory=1024)
INVITE_REPLY = FunctionSpec("invite-reply", "functions.invite.replies.handler.take", 60, memory=1024)
"""Only where a deployment reads replies."""
INVITE_SMS = FunctionSpec("invite-sms", "functions.invite.handlers.send_sms.send", 120)
INVITE_SMS_REPLY = FunctionSpec("invite-sms-reply", "functions.invite.sms.handler.take", 60)
"""These two only where a deployment sends SMS."""
SURVEY = FunctionSpec("survey", "functions.survey.handler.app", 15, memory=1024)
AGGREGATE_COLLECT = FunctionSpec("aggregate-collect", "functions.aggregate.handlers.collect.collect", 120)
AGGREGATE_FIND = FunctionSpec("aggregate-find", "functions.aggregate.handlers.find.find", 300)
AGGREGATE_RUN = FunctionSpec("aggregate-run", "functions.aggregate.handlers.run.run", 900, memory=1769, disk=4096)
AGGREGATE_REFRESH = FunctionSpec("aggregate-refresh", "functions.aggregate.handlers.refresh.refresh", 120)
"""Only where a deployment has QuickSight."""
REVIEW_SCRAPE = FunctionSpec("review-scrape", "functions.review_scraper.handler.scrape", 900)

FUNCTIONS = (
    CRM_IMPORT_READ,
    CRM_IMPORT_ADMIT,
    CRM_IMPORT_OPT_OUTS,
    CRM_IMPORT_CUSTOMERS,
    INVITE_DISPATCH,
    INVITE_SEND,
    INVITE_TRACK,
    INVITE_NOTIFY,
    INVITE_REPLY,
    INVITE_SMS,
    INVITE_SMS_REPLY,
    SURVEY,
    AGGREGATE_COLLECT,
    AGGREGATE_FIND,
    AGGREGATE_RUN,
    AGGREGATE_REFRESH,
    REVIEW_SCRAPE,
)

QUEUES = (
    *("uploads", "chunks", "opt-outs", "customers", "mails", "ses-events", "notices", "runs"),
    *("replies", "sms", "sms-replies"),
)
"""The queues of work, by their names in outputs; that of SMS only where a deployment sends them."""

STAGE = "v1"
"""The stage of the survey's REST API."""


def output_name(kind: str, name: str) -> str:
    """Return the name of the stack output that tells a resource's deployed name.

    `kind` is Function (function name), Queue or DeadLetters (URL) or Table (name): Function + crm-import-read is
    FunctionCrmImportRead, Table + FeedbackBlock is TableFeedbackBlock.
    """
    return kind + "".join(part[0].upper() + part[1:] for part in name.split("-"))


def told(outputs: Mapping[str, str], kind: str, names: Iterable[str]) -> dict[str, str]:
    """Return what the outputs of a deployment tell of these resources, by name; what is not deployed is not in it."""
    wanted = {name: output_name(kind, name) for name in names}
    return {name: outputs[output] for name, output in wanted.items() if output in outputs}
