"""The part of Amazon SES API v2 that Klankbord calls, as botocore speaks it."""

import json
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

from infra.local.fake_aws.account import Account, Refused
from infra.local.fake_aws.event_delivery import Post
from infra.local.fake_aws.events import events_of
from infra.local.fake_aws.mail import BadRequest, read_mail
from infra.local.fake_aws.outbox import Outbox
from infra.local.fake_aws.serving import Answer, Disconnect, Request, json_answer
from infra.local.fake_aws.setup_api import SetupApi

_SUPPRESSED = "/v2/email/suppression/addresses"


class SesApi:
    """Answers API calls; what it accepts goes to the outbox, what happens to it to the post."""

    def __init__(
        self,
        account: Account,
        outbox: Outbox,
        post: Post,
        now: Callable[[], datetime],
        shared: Callable[[], str | None] = lambda: None,
    ) -> None:
        """`shared` tells the name of the configuration set that the stack made, where it is known."""
        self._account = account
        self._setup = SetupApi(account, shared)
        self._outbox = outbox
        self._post = post
        self._now = now

    def __call__(self, request: Request) -> Answer:
        """Answer one call under /v2/email/."""
        try:
            return self._answer(request)
        except Refused as refusal:
            return _error(refusal.status, refusal.kind, str(refusal))
        except BadRequest as mistake:
            return _error(400, "BadRequestException", str(mistake))

    def _answer(self, request: Request) -> Answer:
        method, path = request.method, request.path
        if (method, path) == ("POST", "/v2/email/outbound-emails"):
            return self._send(_content(request))
        if (method, path) == ("GET", "/v2/email/account"):
            return json_answer(self._describe_account())
        if path.startswith(_SUPPRESSED):
            return self._suppression(request, path.removeprefix(_SUPPRESSED).removeprefix("/"))
        if (set_up := self._setup.answer(method, path, _content(request))) is not None:
            return json_answer(set_up)
        raise Refused(404, "NotFoundException", f"The fake AWS does not play {method} {path}.")

    def _send(self, call: dict[str, Any]) -> Answer:
        failure = self._account.failure()
        if failure and not failure.get("lose"):
            raise Refused(
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
            self._post.put(self._setup.configuration_sets.reported(mail.configuration_set, events))
        if failure:
            raise Disconnect
        return json_answer({"MessageId": message_id})

    def _describe_account(self) -> dict[str, Any]:
        settings = self._account.settings
        return {
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

    def _suppression(self, request: Request, address: str) -> Answer:
        if request.method == "PUT" and not address:
            call = _content(request)
            if call.get("Reason") not in ("BOUNCE", "COMPLAINT"):
                raise BadRequest("Reason must be BOUNCE or COMPLAINT.")
            self._account.suppress(call["EmailAddress"], call["Reason"])
            return json_answer({})
        if request.method == "GET" and not address:
            return self._suppressions(request)
        if request.method == "GET" and (found := self._account.suppression(address)):
            return json_answer({"SuppressedDestination": _suppressed(address, *found)})
        if request.method == "DELETE" and self._account.release(address):
            return json_answer({})
        raise Refused(404, "NotFoundException", f"Email address {address} does not exist on your suppression list.")

    def _suppressions(self, request: Request) -> Answer:
        entries = [
            _suppressed(*entry)
            for entry in self._account.suppressions()
            if request.query.get("Reason") in (None, entry[1])
        ]
        start = int(request.query.get("NextToken") or 0)
        end = start + int(request.query.get("PageSize") or 1000)
        answer: dict[str, Any] = {"SuppressedDestinationSummaries": entries[start:end]}
        if end < len(entries):
            answer["NextToken"] = str(end)
        return json_answer(answer)


def _suppressed(address: str, reason: str, since: datetime) -> dict[str, Any]:
    return {"EmailAddress": address, "Reason": reason, "LastUpdateTime": since.timestamp()}


def _content(request: Request) -> dict[str, Any]:
    try:
        content = json.loads(request.body or b"{}")
    except ValueError as error:
        raise Refused(400, "SerializationException", "The body is not JSON.") from error
    if not isinstance(content, dict):
        raise Refused(400, "SerializationException", "The body is not a JSON object.")
    return content


def _error(status: int, kind: str, message: str) -> Answer:
    return json_answer({"message": message}, status, **{"x-amzn-ErrorType": kind})
