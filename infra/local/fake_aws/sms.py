"""The part of AWS End User Messaging that Klankbord calls, as botocore speaks it, and the SMS that it took."""

import json
import re
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from functions.shared.domain.sms import parts
from infra.local.fake_aws.account import AccountSettings
from infra.local.fake_aws.event_delivery import EventDelivery
from infra.local.fake_aws.outbox import moment
from infra.local.fake_aws.serving import LostResponse, with_body
from infra.local.fake_aws.sms_events import events_of

_SERVICE = "PinpointSMSVoiceV2."
_NUMBER = re.compile(r"\+?[1-9][0-9]{1,18}")
_MAX_LENGTH = 1600
_KEYWORDS = frozenset(("ARRET", "CANCEL", "END", "OPT-OUT", "OPTOUT", "QUIT", "REMOVE", "STOP", "TD", "UNSUBSCRIBE"))
"""With which AWS puts a number on its own list, unless a client's number manages that itself."""


@dataclass(frozen=True)
class SentSms:
    """An SMS that was taken; `context` is what its reports carry."""

    id: str
    to: str
    number: str
    text: str
    context: dict[str, str]
    sent_at: datetime

    def document(self) -> dict[str, Any]:
        """Return it as `GET /sms` shows it."""
        return {
            "id": self.id,
            "to": self.to,
            "from": self.number,
            "text": self.text,
            "parts": parts(self.text),
            "context": self.context,
            "sent_at": moment(self.sent_at),
        }


class SmsOutbox:
    """The SMS that were taken, and the numbers that answered STOP; gone when the fake AWS ends."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sent: list[SentSms] = []
        self._opted_out: set[tuple[str, str]] = set()

    def add(self, sms: SentSms) -> None:
        """Keep an SMS."""
        with self._lock:
            self._sent.append(sms)

    def sent(self, to: str = "", client: str = "") -> list[SentSms]:
        """Return SMS, oldest first."""
        with self._lock:
            messages = list(self._sent)
        return [sms for sms in messages if to in ("", sms.to) and client in ("", sms.context.get("client"))]

    def answer(self, sender: str, number: str, body: str) -> dict[str, str]:
        """Take an SMS to a client's number; return what its topic gets."""
        keyword = body.strip().upper().split(" ")[0].strip(".,!") if body.strip() else ""
        if keyword in _KEYWORDS:
            with self._lock:
                self._opted_out.add((number, sender))
        before = [sms for sms in self.sent(to=sender) if sms.number == number]
        return {
            "originationNumber": sender,
            "destinationNumber": number,
            "messageKeyword": keyword if keyword in _KEYWORDS else "KEYWORD_DEFAULT",
            "messageBody": body,
            "inboundMessageId": str(uuid.uuid4()),
            "previousPublishedMessageId": before[-1].id if before else "",
        }

    def is_opted_out(self, number: str, to: str) -> bool:
        """Say whether a number answered STOP to another."""
        with self._lock:
            return (number, to) in self._opted_out


class SmsApi:
    """Answers calls, by its `routes`; what it takes goes to the outbox, its events to `delivery`."""

    def __init__(
        self, settings: AccountSettings, box: SmsOutbox, delivery: EventDelivery, now: Callable[[], datetime]
    ) -> None:
        self._settings = settings
        self._box = box
        self._delivery = delivery
        self._now = now

    def routes(self) -> list[BaseRoute]:
        """Return the one route of all calls: a header names the operation."""
        return [Route("/", with_body(self._answer), methods=["POST"])]

    def _answer(self, request: Request, body: bytes) -> Response:
        operation = request.headers.get("x-amz-target", "").removeprefix(_SERVICE)
        if operation != "SendTextMessage":
            return _refusal("ValidationException", "UNKNOWN_OPERATION", f"The fake AWS does not play {operation}.")
        failure = self._settings.sms_failing.pop(0) if self._settings.sms_failing else None
        if failure and not failure.get("lose"):
            kind, reason = failure.get("type", "InternalServerException"), failure.get("reason", "")
            return _refusal(kind, reason, "Played by the fake AWS.", int(failure.get("status", 400)))
        call: dict[str, Any] = json.loads(body)
        refused = self._refused(call)
        if refused:
            return refused
        message_id = str(uuid.uuid4())
        if not call.get("DryRun"):
            self._take(message_id, call)
        if failure:
            return LostResponse()
        return JSONResponse({"MessageId": message_id})

    def _refused(self, call: dict[str, Any]) -> Response | None:
        to, number = str(call.get("DestinationPhoneNumber", "")), str(call.get("OriginationIdentity", ""))
        if not _NUMBER.fullmatch(to):
            return _invalid("DestinationPhoneNumber")
        if not call.get("MessageBody", "").strip() or len(call["MessageBody"]) > _MAX_LENGTH:
            return _invalid("MessageBody")
        if self._box.is_opted_out(number, to):
            return _refusal("ConflictException", "DESTINATION_PHONE_NUMBER_OPTED_OUT", "The number has opted out.")
        return None

    def _take(self, message_id: str, call: dict[str, Any]) -> None:
        at, to = self._now(), call["DestinationPhoneNumber"]
        context = dict(call.get("Context", {}))
        self._box.add(SentSms(message_id, to, call["OriginationIdentity"], call["MessageBody"], context, at))
        if call.get("ConfigurationSetName"):
            self._delivery.put(events_of(message_id, call, at, self._settings.fates.get(to)))


def _invalid(field: str) -> Response:
    details = {"Fields": [{"Name": field, "Message": "Member must satisfy its constraint."}]}
    return _refusal("ValidationException", "FIELD_VALIDATION_FAILED", f"{field} is invalid.", 400, **details)


def _refusal(kind: str, reason: str, message: str, status: int = 400, **details: Any) -> Response:
    body = {"__type": kind, "Message": message, **({"Reason": reason} if reason else {}), **details}
    return JSONResponse(body, status, {"x-amzn-ErrorType": kind})
