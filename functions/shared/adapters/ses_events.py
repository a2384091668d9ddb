"""What SES tells through EventBridge, as reports of the domain."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from functions.shared.domain.deliveries import DeliveryReport, ReportKind, mail_number

_OTHERS = {
    "Send": ReportKind.SENT,
    "Complaint": ReportKind.COMPLAINED,
    "Delivery": ReportKind.DELIVERED,
    "Reject": ReportKind.REJECTED,
}
_ON_ACCOUNT_LIST = "OnAccountSuppressionList"
_MOMENT_IN = {"Delivery": "delivery", "Bounce": "bounce", "Complaint": "complaint", "DeliveryDelay": "deliveryDelay"}


def read_event(body: str) -> DeliveryReport | None:
    """Return the report in an EventBridge event of SES, or None where it is not about one of our mails, or is of a
    kind that says nothing here (an open, a subscription).

    Raises ValueError or KeyError for a body that is no such event.
    """
    detail = json.loads(body)["detail"]
    kind, mail = str(detail["eventType"]), detail["mail"]
    tags = mail.get("tags", {})
    report = _report(kind, detail)
    if report is None or not tags.get("invitation") or not tags.get("mail"):
        return None
    accepted_at = _moment(mail["timestamp"])
    happened = detail.get(_MOMENT_IN.get(kind, ""), {}).get("timestamp")
    return DeliveryReport(
        kind=report,
        invitation_id=str(tags["invitation"][0]),
        number=mail_number(tags["mail"][0]),
        accepted_at=accepted_at,
        at=_moment(happened) if happened else accepted_at,
        costs=not _is_kept_back(kind, detail),
    )


def _report(kind: str, detail: Mapping[str, Any]) -> ReportKind | None:
    if _is_kept_back(kind, detail):
        return ReportKind.BOUNCED  # whatever brought the address on that list, this mail did not reach it
    if kind == "Complaint" and detail["complaint"].get("complaintFeedbackType") == "not-spam":
        return ReportKind.UNDERWAY
    if kind == "Bounce":
        return ReportKind.BOUNCED if detail["bounce"]["bounceType"] == "Permanent" else ReportKind.UNDERWAY
    if kind == "DeliveryDelay":
        return ReportKind.UNDERWAY
    if kind.replace(" ", "") == "RenderingFailure":
        return ReportKind.REJECTED
    return _OTHERS.get(kind)


def _is_kept_back(kind: str, detail: Mapping[str, Any]) -> bool:
    """Say whether SES took the mail and did not send it: the address is on the account's suppression list."""
    name = kind.lower()
    return name in ("bounce", "complaint") and detail[name].get(f"{name}SubType") == _ON_ACCOUNT_LIST


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC).replace(microsecond=0)
