"""The part of Amazon SES API v2 that Klankbord calls, as botocore speaks it."""

import json
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from infra.local.fake_aws.account import FakeSesAccount, SesRefusal
from infra.local.fake_aws.event_delivery import EventDelivery
from infra.local.fake_aws.events import events_of
from infra.local.fake_aws.mail import BadRequest, read_mail
from infra.local.fake_aws.outbox import Outbox
from infra.local.fake_aws.serving import Handler, LostResponse, with_body
from infra.local.fake_aws.setup_api import SetupApi

_SUPPRESSED = "/v2/email/suppression/addresses"
_METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH"]


class SesApi:
    """Answers API calls, by its `routes`; what it accepts goes to the outbox, its events to `delivery`."""

    def __init__(
        self,
        account: FakeSesAccount,
        outbox: Outbox,
        delivery: EventDelivery,
        now: Callable[[], datetime],
        shared: Callable[[], str | None] = lambda: None,
    ) -> None:
        """`shared` tells the name of the configuration set that the stack made, where it is known."""
        self._account = account
        self._setup = SetupApi(account, shared)
        self._outbox = outbox
        self._delivery = delivery
        self._now = now

    def routes(self) -> list[BaseRoute]:
        """Return the routes of the calls, all under /v2/."""
        return [
            Route("/v2/email/outbound-emails", with_body(self._send), methods=["POST"]),
            Route("/v2/email/account", self._describe_account, methods=["GET"]),
            Route(_SUPPRESSED, self._list_suppressed, methods=["GET"]),
            Route(_SUPPRESSED, with_body(self._suppress), methods=["PUT"]),
            Route(_SUPPRESSED + "/{address}", self._describe_suppressed, methods=["GET"]),
            Route(_SUPPRESSED + "/{address}", self._unsuppress, methods=["DELETE"]),
            *(
                Route(f"/v2/email/{path}", with_body(_setup_call(answer)), methods=[method])
                for method, path, answer in self._setup.calls()
            ),
            Route("/v2/{path:path}", _not_played, methods=_METHODS),
        ]

    def _send(self, request: Request, body: bytes) -> Response:
        call = _content(body)
        failure = self._account.failure()
        if failure and not failure.get("lose"):
            raise SesRefusal(
                int(failure.get("status", 500)), failure.get("type", "InternalFailure"), failure.get("message", "")
            )
        mail = read_mail(call)
        self._setup.configuration_sets.let_through(mail.configuration_set)
        self._setup.tenants.let_through(mail.tenant, mail.sender_address, mail.configuration_set)
        self._account.admit(mail.recipients, mail.sender_address)
        sent_at = self._now()
        message_id = f"0102{uuid.uuid4().hex[:12]}-{uuid.uuid4()}-000000"
        self._outbox.add(message_id, mail, sent_at)
        if mail.configuration_set:
            account = self._account
            events = events_of(message_id, mail, sent_at, account.reason_of_suppression, account.settings.fates.get)
            self._delivery.put(self._setup.configuration_sets.reported(mail.configuration_set, events))
        if failure:
            return LostResponse()
        return JSONResponse({"MessageId": message_id})

    def _describe_account(self, request: Request) -> Response:
        settings = self._account.settings
        account = {
            "DedicatedIpAutoWarmupEnabled": False,
            "EnforcementStatus": "HEALTHY",
            "ProductionAccessEnabled": settings.production_access,
            "SendingEnabled": settings.sending_enabled,
            "SendQuota": {
                "Max24HourSend": self._account.day,
                "MaxSendRate": self._account.rate,
                "SentLast24Hours": self._account.sent_last_24_hours(),
            },
            "SuppressionAttributes": {"SuppressedReasons": ["BOUNCE", "COMPLAINT"]},
        }
        return JSONResponse(account)

    def _suppress(self, request: Request, body: bytes) -> Response:
        call = _content(body)
        if call.get("Reason") not in ("BOUNCE", "COMPLAINT"):
            raise BadRequest("Reason must be BOUNCE or COMPLAINT.")
        self._account.suppress(call["EmailAddress"], call["Reason"])
        return JSONResponse({})

    def _describe_suppressed(self, request: Request) -> Response:
        address = request.path_params["address"]
        suppression = self._account.suppression(address)
        if not suppression:
            raise _not_suppressed(address)
        return JSONResponse({"SuppressedDestination": _suppressed(address, *suppression)})

    def _unsuppress(self, request: Request) -> Response:
        address = request.path_params["address"]
        if not self._account.release(address):
            raise _not_suppressed(address)
        return JSONResponse({})

    def _list_suppressed(self, request: Request) -> Response:
        query = request.query_params
        entries = [
            _suppressed(*entry) for entry in self._account.suppressions() if query.get("Reason") in (None, entry[1])
        ]
        start = int(query.get("NextToken") or 0)
        end = start + int(query.get("PageSize") or 1000)
        answer: dict[str, Any] = {"SuppressedDestinationSummaries": entries[start:end]}
        if end < len(entries):
            answer["NextToken"] = str(end)
        return JSONResponse(answer)


def _suppressed(address: str, reason: str, since: datetime) -> dict[str, Any]:
    return {"EmailAddress": address, "Reason": reason, "LastUpdateTime": since.timestamp()}


def _setup_call(answer: Callable[..., dict[str, Any] | None]) -> Handler:
    def handler(request: Request, body: bytes) -> Response:
        return JSONResponse(answer(*request.path_params.values(), _content(body)) or {})

    return handler


def _not_played(request: Request) -> Response:
    raise SesRefusal(404, "NotFoundException", f"The fake AWS does not play {request.method} {request.url.path}.")


def _not_suppressed(address: str) -> SesRefusal:
    return SesRefusal(404, "NotFoundException", f"Email address {address} does not exist on your suppression list.")


def _content(body: bytes) -> dict[str, Any]:
    try:
        content = json.loads(body or b"{}")
    except ValueError as error:
        raise SesRefusal(400, "SerializationException", "The body is not JSON.") from error
    if not isinstance(content, dict):
        raise SesRefusal(400, "SerializationException", "The body is not a JSON object.")
    return content


def refused(request: Request, error: Exception) -> Response:
    """Return the response to a call that SES refuses, for SesRefusal and BadRequest."""
    status, kind = (error.status, error.kind) if isinstance(error, SesRefusal) else (400, "BadRequestException")
    return JSONResponse({"message": str(error)}, status, {"x-amzn-ErrorType": kind})
