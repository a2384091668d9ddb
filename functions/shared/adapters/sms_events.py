"""What End User Messaging tells of an SMS through its topic, as reports of the domain."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from functions.shared.adapters.ses_events import read_event
from functions.shared.domain.deliveries import MailReport, Report, mail_number

_REPORTS = {
    **dict.fromkeys(("TEXT_SENT", "TEXT_PENDING", "TEXT_QUEUED"), Report.SENT),
    "TEXT_DELIVERED": Report.DELIVERED,
    # Nobody has this number, or who has it wants nothing of ours.
    **dict.fromkeys(("TEXT_INVALID", "TEXT_BLOCKED"), Report.BOUNCED),
    # The number is not to blame: the words are, or the country.
    **dict.fromkeys(
        ("TEXT_INVALID_MESSAGE", "TEXT_CARRIER_BLOCKED", "TEXT_SPAM", "TEXT_PROTECT_BLOCKED"), Report.REJECTED
    ),
    **dict.fromkeys(
        ("TEXT_UNREACHABLE", "TEXT_CARRIER_UNREACHABLE", "TEXT_UNKNOWN", "TEXT_TTL_EXPIRED"), Report.UNDERWAY
    ),
}


def read_report(body: str) -> MailReport | None:
    """Return the report in an event of SES or of End User Messaging, or None where it is not about ours.

    Raises ValueError or KeyError for a body that is neither.
    """
    content = json.loads(body)
    return _read_sms_event(content) if str(content.get("eventType", "")).startswith("TEXT_") else read_event(body)


def _read_sms_event(event: Mapping[str, Any]) -> MailReport | None:
    context = event.get("context") or {}
    report = _report(event)
    if report is None or not context.get("invitation") or not context.get("mail"):
        return None
    return MailReport(
        report=report,
        invitation_id=str(context["invitation"]),
        number=mail_number(context["mail"]),
        accepted_at=_moment(event["messageRequestTimestamp"]),
        at=_moment(event["eventTimestamp"]),
        costs=False,  # a client's reputation at SES
    )


def _report(event: Mapping[str, Any]) -> Report | None:
    kind = event["eventType"]
    if kind == "TEXT_SUCCESSFUL":  # the carrier took it; in many countries that is the last that is heard
        return Report.DELIVERED if event.get("isFinal") else Report.SENT
    return _REPORTS.get(kind)


def _moment(milliseconds: float) -> datetime:
    return datetime.fromtimestamp(int(milliseconds) // 1000, UTC)
