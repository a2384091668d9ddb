"""The fake AWS: mailbox, outbox and report pages as one application."""

import json
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from infra.local.fake_aws.account import Account, Settings
from infra.local.fake_aws.deployment import Deployment, NotDeployed
from infra.local.fake_aws.event_delivery import Post
from infra.local.fake_aws.events import FATES
from infra.local.fake_aws.inbound import received
from infra.local.fake_aws.outbox import Outbox
from infra.local.fake_aws.pages import Pages
from infra.local.fake_aws.serving import Answer, Request, json_answer
from infra.local.fake_aws.ses_api import SesApi
from infra.local.fake_aws.sms import SmsApi, SmsBox
from infra.local.fake_aws.sms_events import FATES as SMS_FATES


class FakeAws:
    """Everything that answers on the first port."""

    def __init__(
        self, local_dir: Path, deployment: Deployment, now: Callable[[], datetime], settings: Settings | None = None
    ) -> None:
        settings = settings or Settings()
        self.account = Account(settings, now)
        self.outbox = Outbox(local_dir / "outbox")
        self.post = Post(deployment.deliver, settings)
        self.sms = SmsBox()
        self._sms_api = SmsApi(settings, self.sms, self.post, now)
        self._api = SesApi(self.account, self.outbox, self.post, now, deployment.configuration_set)
        self._deployment = deployment
        self._now = now
        self._pages = Pages(self.outbox, self.sms, deployment, now)

    def __call__(self, request: Request) -> Answer:
        """Answer a call of the SES API, a question about the messages, a control, or a page."""
        if SmsApi.is_meant(request):
            return self._sms_api(request)
        if request.path.startswith("/v2/"):
            return self._api(request)
        if request.path == "/control":
            return self._control(request)
        if (request.method, request.path) == ("POST", "/inbound"):
            return self._inbound(request)
        if (request.method, request.path) == ("POST", "/inbound-sms"):
            return self._inbound_sms(request)
        if request.method not in ("GET", "HEAD"):
            return Answer(b"These pages are only read.", 405, "text/plain; charset=utf-8")
        if request.path == "/messages":
            return self._messages(request)
        if request.path == "/messages/count":
            return json_answer({"total": self.outbox.total()})
        if request.path == "/sms.json":
            sent = self.sms.sent(request.query.get("to", ""), request.query.get("client", ""))
            return json_answer([sms.document() for sms in sent])
        return self._pages(request)

    def close(self) -> None:
        """Stop the post and let go of the outbox."""
        self.post.close()
        self.outbox.close()

    def _inbound(self, request: Request) -> Answer:
        """Receive a mail (its MIME is the body), as SES does for the domain of the replies."""
        name = uuid.uuid4().hex
        try:
            self._deployment.receive(name, received(request.body, self._now(), request.query))
        except NotDeployed as refusal:
            return json_answer({"message": str(refusal)}, 409)
        return json_answer({"reply": name})

    def _inbound_sms(self, request: Request) -> Answer:
        """Receive an SMS to a client's number, `{"from": "+31...", "to": "+31...", "body": "STOP"}`."""
        told = json.loads(request.body)
        try:
            self._deployment.receive_sms(self.sms.answer(told["from"], told["to"], told["body"]))
        except NotDeployed as refusal:
            return json_answer({"message": str(refusal)}, 409)
        return json_answer({})

    def _messages(self, request: Request) -> Answer:
        query = request.query
        limit = query.get("limit", "")
        found = self.outbox.documents(
            to=query.get("to", ""),
            client=query.get("client", ""),
            since_id=query.get("since_id", ""),
            configuration_set=query.get("configuration_set", ""),
            tenant=query.get("tenant", ""),
            limit=int(limit) if limit.isdigit() else -1,
        )
        return Answer(_json_list(found), content_type="application/json")

    def _control(self, request: Request) -> Answer:
        changes = json.loads(request.body) if request.method == "POST" and request.body else {}
        if unknown_fates := set(changes.get("fates", {}).values()) - FATES - SMS_FATES:
            return json_answer({"message": f"No fate of a mail: {', '.join(sorted(unknown_fates))}."}, 400)
        try:
            settings = self.account.change(changes)
        except KeyError as unknown:
            return json_answer({"message": f"There is no setting {unknown}."}, 400)
        self.post.wake()
        return json_answer({**settings, "events_waiting": self.post.waiting(), "messages": self.outbox.total()})


def _json_list(documents: Iterator[bytes]) -> Iterator[bytes]:
    part = b"["
    for document in documents:
        part += document
        if len(part) > 256 * 1024:
            yield part
            part = b""
        part += b","
    yield part.removesuffix(b",") + b"]"
