"""What End User Messaging would report about an SMS, in the shape in which its topic hands it on.

Shapes: AWS End User Messaging SMS user guide, "Example event data" and "Event types for SMS, MMS, and voice".
Simulator: "Simulator phone numbers"; those of ten countries.
"""

from datetime import datetime, timedelta

from functions.shared.domain.sms import foreign_letters, parts
from infra.local.fake_aws.events import Event

SUCCESS = frozenset(
    (
        *("+61455944038", "+43676800442031", "+32460213922", "+56229140630", "+420790542286", "+4525919410"),
        *("+37282720792", "+3584573979110", "+33755512501", "+85257048426"),
    )
)
FAILURE = frozenset(
    (
        *("+61455944039", "+43676800442032", "+32460213923", "+56229140631", "+420790542287", "+4525919215"),
        *("+37282720793", "+3584573979111", "+33755512502", "+85257048854"),
    )
)
_KINDS = (
    *("delivered", "successful", "invalid", "invalid_message", "unreachable", "carrier_unreachable", "blocked"),
    *("carrier_blocked", "spam", "unknown", "ttl_expired", "protect_blocked"),
)
FATES = frozenset(_KINDS)
"""What can become of an SMS, as `POST /control` names it."""


def events_of(message_id: str, call: Event, at: datetime, fate: str | None) -> list[Event]:
    """Return the events of an SMS that was taken: it is queued, then its last one."""
    to = call["DestinationPhoneNumber"]
    last = fate or ("unknown" if to in FAILURE else "delivered")
    kinds = (("TEXT_QUEUED", False), (f"TEXT_{last.upper()}", True))
    return [
        {
            "eventType": kind,
            "eventVersion": "1.0",
            "eventTimestamp": _milliseconds(at + timedelta(milliseconds=300 * number)),
            "isFinal": final,
            "originationPhoneNumber": call["OriginationIdentity"],
            "destinationPhoneNumber": to,
            "isInternationalSend": False,
            "messageId": message_id,
            "messageRequestTimestamp": _milliseconds(at),
            "messageEncoding": "UNICODE" if foreign_letters(call["MessageBody"]) else "GSM",
            "messageType": call.get("MessageType", "TRANSACTIONAL"),
            "messageStatus": kind.removeprefix("TEXT_"),
            "messageStatusDescription": "Played by the fake AWS",
            "context": call.get("Context", {}),
            "totalMessageParts": parts(call["MessageBody"]),
            "totalMessagePrice": 0.0,
            "totalCarrierFee": 0.0,
        }
        for number, (kind, final) in enumerate(kinds)
    ]


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
