"""Pages for people: the outbox, a mail, the reports, how to begin."""

import html
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from functions.shared.domain.sms import parts
from infra.local.fake_aws.mail import attached_images
from infra.local.fake_aws.outbox import Outbox, OutboxEntry
from infra.local.fake_aws.running_system import ClientLabel, RunningSystem
from infra.local.fake_aws.sms import SmsOutbox

_HERE = Path(__file__).parent
_PAGE_SIZE = 50
_MAX_SMS = 200
_OWN = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; script-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_FRAME = "allow-same-origin allow-popups allow-popups-to-escape-sandbox"
"""What a mail may do in its frame: open links in a new tab. No scripts; same origin so that the page can measure it."""
_MAIL = f"sandbox {_FRAME}; default-src 'none'; style-src 'unsafe-inline'; img-src data: http: https:; font-src data:"
_REPORT = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; script-src 'self' 'unsafe-inline'; img-src 'self' data:"
)
_HEAD = re.compile(r"<head[^>]*>", re.IGNORECASE)
_ATTACHED = re.compile(r"""\bcid:([^"'()\s<>]+)""")
_STATIC = {"/pages.css": "text/css; charset=utf-8", "/pages.js": "text/javascript; charset=utf-8"}


class OutboxPages:
    """Answers requests for pages, by its `routes`."""

    def __init__(self, outbox: Outbox, box: SmsOutbox, system: RunningSystem, now: Callable[[], datetime]) -> None:
        self._outbox = outbox
        self._box = box
        self._system = system
        self._now = now
        self._templates = Environment(
            loader=FileSystemLoader(_HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def routes(self) -> list[BaseRoute]:
        """Return a route for each page, and one for every other address."""
        return [
            Route("/", self._list),
            *(Route(path, _static) for path in _STATIC),
            Route("/favicon.ico", lambda _: Response(status_code=204)),
            Route("/start", self._start),
            Route("/sms", self._sms),
            Route("/messages/{message_id}", self._message),
            Route("/messages/{message_id}/raw", self._raw),
            Route("/messages/{message_id}/body", self._body),
            Route("/reports", _with_slash),
            Route("/reports/", self._reports),
            Route("/reports/{client}", _with_slash),
            Route("/reports/{client}/{file:path}", self._report),
            Route("/{path:path}", lambda _: self._missing("There is no such page here.")),
        ]

    def _list(self, request: Request) -> Response:
        query = request.query_params
        search, client = query.get("q", "").strip(), query.get("client", "")
        before = int(query["before"]) if query.get("before", "").isdigit() else 0
        mails = self._outbox.page(search, client, before, _PAGE_SIZE + 1)
        counts = self._outbox.counts()
        older = ""
        if len(mails) > _PAGE_SIZE:
            older = "?" + urlencode({"q": search, "client": client, "before": mails[_PAGE_SIZE - 1].seq})
        return self._page(
            "outbox.html",
            place="outbox",
            days=_by_day(mails[:_PAGE_SIZE]),
            brands=self._brands({*counts, *(entry.client for entry in mails)}),
            counts=counts,
            total=self._outbox.total(),
            search=search,
            client=client,
            older=older,
            newest=not before,
        )

    def _message(self, request: Request) -> Response:
        message = self._outbox.document(request.path_params["message_id"])
        if message is None:
            return self._no_mail()
        client = message["tags"].get("client", "")
        return self._page(
            "message.html",
            place="outbox",
            message=message,
            client=client,
            brand=self._system.brand(client),
            sent_at=datetime.fromisoformat(message["sent_at"]),
            frame=_FRAME,
        )

    def _raw(self, request: Request) -> Response:
        raw = self._outbox.raw(request.path_params["message_id"])
        if raw is None:
            return self._no_mail()
        return Response(raw, media_type="message/rfc822", headers={"Content-Disposition": "attachment"})

    def _body(self, request: Request) -> Response:
        message_id = request.path_params["message_id"]
        message = self._outbox.document(message_id)
        if message is None:
            return self._no_mail()
        return _mail_body(message, attached_images(self._outbox.raw(message_id) or b""))

    def _sms(self, request: Request) -> Response:
        sent = self._box.sent()[: -_MAX_SMS - 1 : -1]
        brands = self._brands({sms.context.get("client", "") for sms in sent})
        return self._page("sms.html", place="sms", sent=sent, brands=brands, parts=parts)

    def _start(self, request: Request) -> Response:
        outputs = self._system.outputs()
        return self._page(
            "start.html",
            place="start",
            outputs=outputs,
            clients=outputs.get("clients", {}),
            brands=self._system.clients(),
            total=self._outbox.total(),
        )

    def _reports(self, request: Request) -> Response:
        with_report = self._system.reports()
        return self._page(
            "reports.html", place="reports", clients={**self._system.clients(), **with_report}, ready=with_report
        )

    def _report(self, request: Request) -> Response:
        client, file = request.path_params["client"], request.path_params["file"]
        file_content = self._system.report_file(f"{client}/{file or 'index.html'}")
        if file_content:
            return Response(
                file_content[0], headers={"Content-Type": file_content[1], "Content-Security-Policy": _REPORT}
            )
        if client in self._system.clients():
            return self._page(
                "no_report.html", status=404, place="reports", client=client, brand=self._system.brand(client)
            )
        return self._missing("There is no client of that name.")

    def _brands(self, slugs: set[str]) -> dict[str, ClientLabel]:
        return {slug: self._system.brand(slug) for slug in sorted(slugs)}

    def _no_mail(self) -> Response:
        return self._missing("There is no such mail in the outbox; it is emptied when the system starts anew.")

    def _missing(self, sentence: str) -> Response:
        return self._page("missing.html", status=404, place="", sentence=sentence)

    def _page(self, template: str, status: int = 200, **content: Any) -> Response:
        page = self._templates.get_template(template).render(now=self._now(), **content)
        headers = {"Content-Security-Policy": _OWN, "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}
        return HTMLResponse(page, status, headers)


def _static(request: Request) -> Response:
    path = request.url.path
    return Response((_HERE / "templates" / path[1:]).read_bytes(), headers={"Content-Type": _STATIC[path]})


def _with_slash(request: Request) -> Response:
    return RedirectResponse(f"{request.url.path}/", 303)


def _by_day(entries: list[OutboxEntry]) -> list[tuple[str, list[OutboxEntry]]]:
    days: dict[str, list[OutboxEntry]] = {}
    for entry in entries:
        days.setdefault(entry.sent_at.strftime("%A %-d %B %Y"), []).append(entry)
    return list(days.items())


def _mail_body(message: dict[str, Any], images: dict[str, str]) -> Response:
    body = _ATTACHED.sub(lambda match: images.get(match[1], match[0]), message["html"] or "")
    body = body or f"<pre style='white-space:pre-wrap'>{html.escape(message['text'] or '')}</pre>"
    base = '<base target="_blank">'
    body, placed = _HEAD.subn(lambda match: match[0] + base, body, count=1)
    page = body if placed else base + body
    return HTMLResponse(page, headers={"Content-Security-Policy": _MAIL, "Referrer-Policy": "no-referrer"})
