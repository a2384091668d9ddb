"""What SES tells through EventBridge, as reports of the domain."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from functions.shared.domain.deliveries import MailReport, Report, mail_number

_OTHERS = {"Send": Report.SENT, "Complaint": Report.COMPLAINED, "Delivery": Report.DELIVERED, "Reject": Report.REJECTED}
_MOMENT_IN = {"Delivery": "delivery", "Bounce": "bounce", "Complaint": "complaint", "DeliveryDelay": "deliveryDelay"}


def read_event(body: str) -> MailReport | None:
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
    return MailReport(
        report=report,
        invitation_id=str(tags["invitation"][0]),
        number=mail_number(tags["mail"][0]),
        accepted_at=accepted_at,
        at=_moment(happened) if happened else accepted_at,
    )


def _report(kind: str, detail: Mapping[str, Any]) -> Report | None:
    if kind == "Bounce":
        return Report.BOUNCED if detail["bounce"]["bounceType"] == "Permanent" else Report.UNDERWAY
    if kind == "DeliveryDelay":
        return Report.UNDERWAY
    if kind.replace(" ", "") == "RenderingFailure":
        return Report.REJECTED
    return _OTHERS.get(kind)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC).replace(microsecond=0)
