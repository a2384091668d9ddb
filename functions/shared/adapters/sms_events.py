"""What End User Messaging tells of an SMS through its topic, as reports of the domain."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from functions.shared.adapters.ses_events import read_event
from functions.shared.domain.deliveries import DeliveryReport, ReportKind, mail_number

_REPORTS = {
    **dict.fromkeys(("TEXT_SENT", "TEXT_PENDING", "TEXT_QUEUED"), ReportKind.SENT),
    "TEXT_DELIVERED": ReportKind.DELIVERED,
    # Nobody has this number, or who has it wants nothing of ours.
    **dict.fromkeys(("TEXT_INVALID", "TEXT_BLOCKED"), ReportKind.BOUNCED),
    # The number is not to blame: the words are, or the country.
    **dict.fromkeys(
        ("TEXT_INVALID_MESSAGE", "TEXT_CARRIER_BLOCKED", "TEXT_SPAM", "TEXT_PROTECT_BLOCKED"), ReportKind.REJECTED
    ),
    **dict.fromkeys(
        ("TEXT_UNREACHABLE", "TEXT_CARRIER_UNREACHABLE", "TEXT_UNKNOWN", "TEXT_TTL_EXPIRED"), ReportKind.UNDERWAY
    ),
}


def read_report(body: str) -> DeliveryReport | None:
    """Return the report in an event of SES or of End User Messaging, or None where it is not about ours.

    Raises ValueError or KeyError for a body that is neither.
    """
    content = json.loads(body)
    return _read_sms_event(content) if str(content.get("eventType", "")).startswith("TEXT_") else read_event(body)


def _read_sms_event(event: Mapping[str, Any]) -> DeliveryReport | None:
    context = event.get("context") or {}
    report = _report(event)
    if report is None or not context.get("invitation") or not context.get("mail"):
        return None
    return DeliveryReport(
        kind=report,
        invitation_id=str(context["invitation"]),
        number=mail_number(context["mail"]),
        accepted_at=_moment(event["messageRequestTimestamp"]),
        at=_moment(event["eventTimestamp"]),
        costs=False,  # a client's reputation at SES
    )


def _report(event: Mapping[str, Any]) -> ReportKind | None:
    kind = event["eventType"]
    if kind == "TEXT_SUCCESSFUL":  # the carrier took it; in many countries that is the last that is heard
        return ReportKind.DELIVERED if event.get("isFinal") else ReportKind.SENT
    return _REPORTS.get(kind)


def _moment(milliseconds: float) -> datetime:
    return datetime.fromtimestamp(int(milliseconds) // 1000, UTC)
