"""What SES would report about a mail, in the shape in which EventBridge delivers it.

Shapes: Amazon SES developer guide, "Monitoring SES events using Amazon EventBridge" and "Contents of event data that
Amazon SES publishes to Amazon SNS". Simulator: "Using the mailbox simulator manually".
"""

import re
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from infra.local.fake_aws.account import SIMULATOR
from infra.local.fake_aws.mail import AcceptedMail
from infra.local.fake_aws.outbox import moment

Event = dict[str, Any]
ACCOUNT = "000000000000"
REGION = "eu-west-1"
_SIMULATED = re.compile(
    rf"^(success|bounce|complaint|ooto|suppressionlist)(\+[^@]*)?@{re.escape(SIMULATOR)}$", re.IGNORECASE
)
_ON_ACCOUNT_LIST = "OnAccountSuppressionList"
_BOUNCES = {
    "bounce": ("Permanent", "General"),
    "suppressionlist": ("Permanent", "Suppressed"),
    "mailbox_full": ("Transient", "MailboxFull"),
    "undetermined": ("Undetermined", "Undetermined"),
}
"""bounceType and bounceSubType of what does not arrive; `Suppressed` is SES's own, global list."""
_STATUSES = {"General": "5.1.1", "Suppressed": "5.1.1", _ON_ACCOUNT_LIST: "5.1.1", "MailboxFull": "4.2.2"}
_DIAGNOSES = {
    "General": "smtp; 550 5.1.1 user unknown",
    "Suppressed": "Amazon SES has suppressed sending to this address because it has a recent history of bouncing.",
    _ON_ACCOUNT_LIST: "Amazon SES did not send the message: the address is on the suppression list of your account.",
    "MailboxFull": "smtp; 452 4.2.2 mailbox full",
}
FATES = frozenset(
    {"success", "ooto", "complaint", "not_spam", "delay", "reject", "rendering_failure", *_BOUNCES},
)
"""What can become of a mail: those of the simulator's addresses, and some for which SES has no address."""
EICAR = r"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
"""What every virus scanner takes for a virus, and SES rejects."""
_DETAIL_TYPES = {
    "Send": "Email Sent",
    "Delivery": "Email Delivered",
    "Bounce": "Email Bounced",
    "Complaint": "Email Complaint Received",
    "Reject": "Email Rejected",
    "Rendering Failure": "Email Rendering Failed",
    "DeliveryDelay": "Email Delivery Delayed",
}


def events_of(
    message_id: str,
    mail: AcceptedMail,
    at: datetime,
    suppressed: Callable[[str], str | None] = lambda _: None,
    fated: Callable[[str], str | None] = lambda _: None,
) -> list[Event]:
    """Return all events of an accepted mail, in the order in which they happen.

    `suppressed` tells why an address is on the account's suppression list (BOUNCE or COMPLAINT), if it is; `fated`
    what becomes of its mail, one of FATES, where a test wants something else than the address says.
    """
    described = _mail(message_id, mail, at)
    fates = {address: fated(address) or _simulated(address) for address in mail.recipients}
    if "rendering_failure" in fates.values():
        failure = {"templateName": "None", "errorMessage": "Attribute 'name' is not present in the rendering data."}
        return [_event("Rendering Failure", described, at, mail, failure=failure)]
    events = [_event("Send", described, at, mail, send={})]
    if "reject" in fates.values() or mail.holds(EICAR):
        return [*events, _event("Reject", described, at, mail, reject={"reason": "Bad content"})]
    for address, fate in fates.items():
        events += _of_one(described, at, mail, address, fate, suppressed(address))
    return events


def _of_one(
    described: Event, at: datetime, mail: AcceptedMail, address: str, fate: str, suppressed: str | None
) -> list[Event]:
    """Return what happens after the sending to one recipient."""
    if suppressed == "COMPLAINT":
        complaint = {**_complaint(address, at), "complaintSubType": _ON_ACCOUNT_LIST}
        return [_event("Complaint", described, at, mail, complaint=complaint)]
    if suppressed:
        return [_bounce(described, at, mail, address, "Permanent", _ON_ACCOUNT_LIST)]
    events = []
    if fate in ("delay", "mailbox_full"):
        events.append(_event("DeliveryDelay", described, at, mail, deliveryDelay=_delay(address, fate, at)))
    if fate in _BOUNCES:
        return [*events, _bounce(described, at, mail, address, *_BOUNCES[fate])]
    events.append(_event("Delivery", described, at, mail, delivery=_delivery(address, at)))
    if fate == "ooto":
        events.append(_bounce(described, at, mail, address, "Transient", "General"))
    elif fate in ("complaint", "not_spam"):
        kind = "abuse" if fate == "complaint" else "not-spam"
        complaint = {**_complaint(address, at), "complaintFeedbackType": kind}
        events.append(_event("Complaint", described, at, mail, complaint=complaint))
    return events


def _simulated(address: str) -> str:
    match = _SIMULATED.match(address)
    return match[1].lower() if match else "success"


def _event(kind: str, described: Event, at: datetime, mail: AcceptedMail, **about: Event) -> Event:
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


def _mail(message_id: str, mail: AcceptedMail, at: datetime) -> Event:
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


def _delay(address: str, fate: str, at: datetime) -> Event:
    full = fate == "mailbox_full"
    return {
        "timestamp": moment(at + timedelta(milliseconds=820)),
        "delayType": "MailboxFull" if full else "TransientCommunicationFailure",
        "expirationTime": moment(at + timedelta(hours=14)),
        "delayedRecipients": [
            {
                "emailAddress": address,
                "status": "4.2.2" if full else "4.4.1",
                "diagnosticCode": f"smtp; {'452 4.2.2 mailbox full' if full else '421 4.4.1 Unable to connect'}",
            }
        ],
        "reportingMTA": "a8-53.smtp-out.eu-west-1.amazonses.com",
    }


def _bounce(described: Event, at: datetime, mail: AcceptedMail, address: str, kind: str, sub_kind: str) -> Event:
    recipient: Event = {"emailAddress": address}
    if (kind, sub_kind) not in (("Transient", "General"), ("Undetermined", "Undetermined")):
        recipient |= {"action": "failed", "status": _STATUSES[sub_kind], "diagnosticCode": _DIAGNOSES[sub_kind]}
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
