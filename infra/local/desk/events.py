"""What SES would report about a mail, in the shape in which EventBridge delivers it, on its way to the queue.

Shapes: Amazon SES developer guide, "Monitoring SES events using Amazon EventBridge" and "Contents of event data that
Amazon SES publishes to Amazon SNS". Simulator: "Using the mailbox simulator manually".
"""

import itertools
import json
import re
import sys
import threading
import uuid
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from infra.local.desk.account import SIMULATOR, Settings
from infra.local.desk.mail import Mail
from infra.local.desk.outbox import moment

Event = dict[str, Any]
ACCOUNT = "000000000000"
REGION = "eu-west-1"
_BATCH = 10
"""The most messages of one SendMessageBatch."""
_GATHER_SECONDS = 0.05
_BATCH_BYTES = 200 * 1024
_SIMULATED = re.compile(
    rf"^(success|bounce|complaint|ooto|suppressionlist)(\+[^@]*)?@{re.escape(SIMULATOR)}$", re.IGNORECASE
)
_ON_ACCOUNT_LIST = "OnAccountSuppressionList"
_HARD = {"bounce": "General", "suppressionlist": "Suppressed"}
"""bounceSubType of the simulator's addresses that bounce for good; `Suppressed` is SES's own, global list."""
_DETAIL_TYPES = {
    "Send": "Email Sent",
    "Delivery": "Email Delivered",
    "Bounce": "Email Bounced",
    "Complaint": "Email Complaint Received",
    "Reject": "Email Rejected",
}


def events_of(
    message_id: str, mail: Mail, at: datetime, suppressed: Callable[[str], str | None] = lambda _: None
) -> list[Event]:
    """Return all events of an accepted mail, in the order in which they happen.

    `suppressed` tells why an address is on the account's suppression list (BOUNCE or COMPLAINT), if it is.
    """
    described = _mail(message_id, mail, at)
    events = [_event("Send", described, at, mail, send={})]
    for address in mail.recipients:
        simulated = _SIMULATED.match(address)
        fate = simulated[1].lower() if simulated else "success"
        reason = suppressed(address)
        if reason == "COMPLAINT":
            complaint = {**_complaint(address, at), "complaintSubType": _ON_ACCOUNT_LIST}
            events.append(_event("Complaint", described, at, mail, complaint=complaint))
            continue
        if reason or fate in _HARD:
            sub_kind = _ON_ACCOUNT_LIST if reason else _HARD[fate]
            events.append(_bounce(described, at, mail, address, "Permanent", sub_kind))
            continue
        events.append(_event("Delivery", described, at, mail, delivery=_delivery(address, at)))
        if fate == "ooto":
            events.append(_bounce(described, at, mail, address, "Transient", "General"))
        elif fate == "complaint":
            events.append(_event("Complaint", described, at, mail, complaint=_complaint(address, at)))
    return events


def _event(kind: str, described: Event, at: datetime, mail: Mail, **about: Event) -> Event:
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": _DETAIL_TYPES[kind],
        "source": "aws.ses",
        "account": ACCOUNT,
        "time": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": REGION,
        "resources": [f"arn:aws:ses:{REGION}:{ACCOUNT}:configuration-set/{mail.configuration_set}"],
        "detail": {"eventType": kind, "mail": described, **about},
    }


def _mail(message_id: str, mail: Mail, at: datetime) -> Event:
    addresses = {name.lower(): value for name, value in mail.headers}
    common = {
        "from": [mail.sender],
        "to": [addresses.get("to", ", ".join(mail.recipients))],
        "messageId": message_id,
        "subject": mail.subject,
    }
    own = {
        "ses:source-tls-version": "TLSv1.3",
        "ses:operation": "SendEmail",
        "ses:configuration-set": mail.configuration_set,
        "ses:source-ip": "127.0.0.1",
        "ses:from-domain": mail.sender_address.rpartition("@")[2],
        "ses:caller-identity": "local",
    }
    return {
        "timestamp": moment(at),
        "source": mail.sender,
        "sourceArn": f"arn:aws:ses:{REGION}:{ACCOUNT}:identity/{mail.sender_address}",
        "sendingAccountId": ACCOUNT,
        "messageId": message_id,
        "destination": list(mail.recipients),
        "headersTruncated": False,
        "headers": [{"name": name, "value": value} for name, value in mail.headers],
        "commonHeaders": common,
        "tags": {name: [value] for name, value in {**own, **mail.tags}.items()},
    }


def _delivery(address: str, at: datetime) -> Event:
    return {
        "timestamp": moment(at + timedelta(milliseconds=780)),
        "processingTimeMillis": 780,
        "recipients": [address],
        "smtpResponse": "250 2.6.0 Message received",
        "remoteMtaIp": "127.0.0.2",
        "reportingMTA": "a8-53.smtp-out.eu-west-1.amazonses.com",
    }


def _bounce(described: Event, at: datetime, mail: Mail, address: str, kind: str, sub_kind: str) -> Event:
    recipient: Event = {"emailAddress": address}
    if kind == "Permanent":
        recipient |= {
            "action": "failed",
            "status": "5.1.1",
            "diagnosticCode": "smtp; 550 5.1.1 user unknown"
            if sub_kind == "General"
            else "Amazon SES did not send the message to this address because it is on the suppression list.",
        }
    bounce = {
        "feedbackId": _feedback_id(),
        "bounceType": kind,
        "bounceSubType": sub_kind,
        "bouncedRecipients": [recipient],
        "timestamp": moment(at + timedelta(milliseconds=900)),
        "reportingMTA": "dsn; a8-53.smtp-out.eu-west-1.amazonses.com",
    }
    return _event("Bounce", described, at, mail, bounce=bounce)


def _complaint(address: str, at: datetime) -> Event:
    return {
        "feedbackId": _feedback_id(),
        "complaintSubType": None,
        "complainedRecipients": [{"emailAddress": address}],
        "timestamp": moment(at + timedelta(milliseconds=1500)),
        "userAgent": "Amazon SES Mailbox Simulator",
        "complaintFeedbackType": "abuse",
        "arrivalDate": moment(at),
    }


def _feedback_id() -> str:
    return f"0102{uuid.uuid4().hex[:12]}-{uuid.uuid4()}-000000"


class Post:
    """Carries events to the queue from a thread of its own, in order, in batches, until it succeeds.

    `deliver` puts a batch of at most ten message bodies on the queue; it raises as long as the queue is not there.
    """

    def __init__(self, deliver: Callable[[list[str]], None], settings: Settings) -> None:
        self._deliver = deliver
        self._settings = settings
        self._waiting: deque[str] = deque()
        self._changed = threading.Condition()
        self._under_way = 0
        self._open = True
        self._thread = threading.Thread(target=self._carry, name="ses events", daemon=True)
        self._thread.start()

    def put(self, events: Iterable[Event]) -> None:
        """Add events to what waits."""
        bodies = [json.dumps(event, separators=(",", ":"), ensure_ascii=False) for event in events]
        with self._changed:
            for body in bodies:
                self._waiting.extend(itertools.repeat(body, self._settings.repeat_events))
            self._changed.notify_all()

    def waiting(self) -> int:
        """Return how many events are not on the queue yet."""
        with self._changed:
            return len(self._waiting) + self._under_way

    def settled(self, seconds: float) -> bool:
        """Wait until every event is on the queue, at most so long; False where some are not."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._waiting and not self._under_way, seconds)

    def wake(self) -> None:
        """Look at the settings again."""
        with self._changed:
            self._changed.notify_all()

    def close(self) -> None:
        """Stop; what waits is dropped with the outbox."""
        with self._changed:
            self._open = False
            self._changed.notify_all()
        self._thread.join(timeout=5)

    def _carry(self) -> None:
        pause = 0.1
        while batch := self._next():
            try:
                self._deliver(batch)
            except Exception as error:  # noqa: BLE001 - whatever it is, the events wait and it is tried again
                print(f"SES events wait: {type(error).__name__}", file=sys.stderr)
                with self._changed:
                    self._waiting.extendleft(reversed(batch))
                    self._under_way = 0
                    self._changed.wait_for(lambda: not self._open, pause)
                pause = min(2.0, pause * 2)
            else:
                pause = 0.1
                with self._changed:
                    self._under_way = 0
                    self._changed.notify_all()

    def _next(self) -> list[str]:
        with self._changed:
            while self._open and (not self._waiting or self._settings.hold_events):
                self._changed.wait()
                # A batch costs what one event does: the mails of a wave follow each other closely.
                self._changed.wait_for(lambda: not self._open or len(self._waiting) >= _BATCH, _GATHER_SECONDS)
            batch = list(self._take()) if self._open else []
            self._under_way = len(batch)
            return batch

    def _take(self) -> Iterator[str]:
        size = 0
        for _ in range(_BATCH):
            if not self._waiting:
                return
            size += len(self._waiting[0].encode())
            if size > _BATCH_BYTES and size != len(self._waiting[0].encode()):
                return
            yield self._waiting.popleft()
