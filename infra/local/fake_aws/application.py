"""The fake AWS: mailbox, outbox and report pages as one application."""

import json
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from infra.local.fake_aws.account import AccountSettings, FakeSesAccount, SesRefusal
from infra.local.fake_aws.event_delivery import EventDelivery
from infra.local.fake_aws.events import FATES
from infra.local.fake_aws.inbound import received
from infra.local.fake_aws.mail import BadRequest
from infra.local.fake_aws.outbox import Outbox
from infra.local.fake_aws.pages import OutboxPages
from infra.local.fake_aws.running_system import NotDeployed, RunningSystem
from infra.local.fake_aws.serving import internal_error, with_body, with_body_in_thread
from infra.local.fake_aws.ses_api import SesApi, refused
from infra.local.fake_aws.sms import SmsApi, SmsOutbox
from infra.local.fake_aws.sms_events import FATES as SMS_FATES


class FakeAws:
    """Everything that answers on the first port."""

    def __init__(
        self,
        local_dir: Path,
        system: RunningSystem,
        now: Callable[[], datetime],
        settings: AccountSettings | None = None,
    ) -> None:
        settings = settings or AccountSettings()
        self.account = FakeSesAccount(settings, now)
        self.outbox = Outbox(local_dir / "outbox")
        self.delivery = EventDelivery(system.deliver, settings)
        self.sms = SmsOutbox()
        self._system = system
        self._now = now
        ses_api = SesApi(self.account, self.outbox, self.delivery, now, system.configuration_set)
        self._application = Starlette(
            routes=[
                *ses_api.routes(),
                *SmsApi(settings, self.sms, self.delivery, now).routes(),
                Route("/control", with_body(self._control), methods=["GET", "POST"]),
                Route("/inbound", with_body_in_thread(self._receive_mail), methods=["POST"]),
                Route("/inbound-sms", with_body_in_thread(self._receive_sms), methods=["POST"]),
                Route("/messages", self._list_messages),
                Route("/messages/count", self._count_messages),
                Route("/sms.json", self._list_sms),
                *OutboxPages(self.outbox, self.sms, system, now).routes(),
            ],
            exception_handlers={SesRefusal: refused, BadRequest: refused, 405: _read_only, Exception: internal_error},
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a call of an API, a question about the messages, a control, or a request for a page."""
        await self._application(scope, receive, send)

    def close(self) -> None:
        """Stop the delivery of events and close the outbox."""
        self.delivery.close()
        self.outbox.close()

    def _receive_mail(self, request: Request, body: bytes) -> Response:
        """Receive a mail (its MIME is the body), as SES does for the domain of the replies."""
        name = uuid.uuid4().hex
        try:
            self._system.receive(name, received(body, self._now(), request.query_params))
        except NotDeployed as refusal:
            return JSONResponse({"message": str(refusal)}, 409)
        return JSONResponse({"reply": name})

    def _receive_sms(self, request: Request, body: bytes) -> Response:
        """Receive an SMS to a client's number, `{"from": "+31...", "to": "+31...", "body": "STOP"}`."""
        sms = json.loads(body)
        try:
            self._system.receive_sms(self.sms.answer(sms["from"], sms["to"], sms["body"]))
        except NotDeployed as refusal:
            return JSONResponse({"message": str(refusal)}, 409)
        return JSONResponse({})

    def _list_messages(self, request: Request) -> Response:
        query = request.query_params
        limit = query.get("limit", "")
        mails = self.outbox.documents(
            to=query.get("to", ""),
            client=query.get("client", ""),
            since_id=query.get("since_id", ""),
            configuration_set=query.get("configuration_set", ""),
            tenant=query.get("tenant", ""),
            limit=int(limit) if limit.isdigit() else -1,
        )
        return StreamingResponse(_json_list(mails), media_type="application/json")

    def _count_messages(self, request: Request) -> Response:
        return JSONResponse({"total": self.outbox.total()})

    def _list_sms(self, request: Request) -> Response:
        query = request.query_params
        return JSONResponse([sms.document() for sms in self.sms.sent(query.get("to", ""), query.get("client", ""))])

    def _control(self, request: Request, body: bytes) -> Response:
        changes = json.loads(body) if request.method == "POST" and body else {}
        if unknown_fates := set(changes.get("fates", {}).values()) - FATES - SMS_FATES:
            return JSONResponse({"message": f"No fate of a mail: {', '.join(sorted(unknown_fates))}."}, 400)
        try:
            settings = self.account.change(changes)
        except KeyError as unknown:
            return JSONResponse({"message": f"There is no setting {unknown}."}, 400)
        self.delivery.wake()
        return JSONResponse({**settings, "events_waiting": self.delivery.waiting(), "messages": self.outbox.total()})


def _read_only(request: Request, error: Exception) -> Response:
    return PlainTextResponse("These pages are only read.", 405)


def _json_list(documents: Iterator[bytes]) -> Iterator[bytes]:
    part = b"["
    for document in documents:
        part += document
        if len(part) > 256 * 1024:
            yield part
            part = b""
        part += b","
    yield part.removesuffix(b",") + b"]"
