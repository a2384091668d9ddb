import json
from datetime import UTC, datetime
from typing import Any

import pytest

from functions.shared.adapters.ses_events import read_event
from functions.shared.domain.deliveries import DeliveryReport, ReportKind
from tests.worlds.mail_world import INVITATION

ACCEPTED = datetime(2026, 11, 23, 9, 0, 2, tzinfo=UTC)
LATER = datetime(2026, 11, 23, 9, 0, 7, tzinfo=UTC)


def event(kind: str, tags: dict[str, list[str]] | None = None, **about: Any) -> str:
    """Return an event as EventBridge delivers it (Amazon SES developer guide, event data)."""
    return json.dumps(
        {
            "version": "0",
            "id": "4a1c",
            "detail-type": "Email",
            "source": "aws.ses",
            "time": "2026-11-23T09:00:09Z",
            "detail": {
                "eventType": kind,
                "mail": {
                    "timestamp": "2026-11-23T09:00:02.517Z",
                    "messageId": "0102",
                    "destination": ["anna@example.org"],
                    "tags": {"invitation": [INVITATION], "mail": ["reminder-1"], "ses:operation": ["SendEmail"]}
                    if tags is None
                    else tags,
                },
                **about,
            },
        }
    )


AT = {"timestamp": "2026-11-23T09:00:07.000Z"}


@pytest.mark.parametrize(
    ("body", "report", "at"),
    [
        (event("Send", send={}), ReportKind.SENT, ACCEPTED),
        (event("Delivery", delivery=AT), ReportKind.DELIVERED, LATER),
        (
            event("Bounce", bounce=AT | {"bounceType": "Permanent", "bounceSubType": "General"}),
            ReportKind.BOUNCED,
            LATER,
        ),
        (
            event("Bounce", bounce=AT | {"bounceType": "Transient", "bounceSubType": "General"}),
            ReportKind.UNDERWAY,
            LATER,
        ),
        (event("Bounce", bounce=AT | {"bounceType": "Undetermined"}), ReportKind.UNDERWAY, LATER),
        (event("Complaint", complaint=AT), ReportKind.COMPLAINED, LATER),
        (event("DeliveryDelay", deliveryDelay=AT | {"delayType": "MailboxFull"}), ReportKind.UNDERWAY, LATER),
        (event("Reject", reject={"reason": "Bad content"}), ReportKind.REJECTED, ACCEPTED),
        (event("Rendering Failure", failure={}), ReportKind.REJECTED, ACCEPTED),
    ],
)
def test_an_event_of_ses_is_a_report_about_one_mail(body: str, report: ReportKind, at: datetime) -> None:
    assert read_event(body) == DeliveryReport(report, INVITATION, 1, ACCEPTED, at)


ON_LIST = "OnAccountSuppressionList"


@pytest.mark.parametrize(
    "body",
    [
        event("Bounce", bounce=AT | {"bounceType": "Permanent", "bounceSubType": ON_LIST}),
        event("Complaint", complaint=AT | {"complaintSubType": ON_LIST}),
    ],
)
def test_a_mail_that_ses_kept_back_did_not_arrive_and_costs_no_reputation(body: str) -> None:
    assert read_event(body) == DeliveryReport(ReportKind.BOUNCED, INVITATION, 1, ACCEPTED, LATER, costs=False)


def test_the_global_list_of_ses_counts_as_any_bounce() -> None:
    report = read_event(event("Bounce", bounce=AT | {"bounceType": "Permanent", "bounceSubType": "Suppressed"}))

    assert report
    assert (report.kind, report.costs) == (ReportKind.BOUNCED, True)


def test_who_says_that_a_mail_is_no_spam_does_not_complain() -> None:
    report = read_event(event("Complaint", complaint=AT | {"complaintFeedbackType": "not-spam"}))

    assert report
    assert report.kind is ReportKind.UNDERWAY


@pytest.mark.parametrize("body", [event("Open", open={}), event("Send", tags={}), event("Send", tags={"mail": ["x"]})])
def test_what_is_not_about_a_mail_of_ours_is_let_go(body: str) -> None:
    assert read_event(body) is None


@pytest.mark.parametrize("body", ["", "{}", "[]", '{"detail": {}}'])
def test_what_is_no_event_goes_back_to_the_queue(body: str) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        read_event(body)
