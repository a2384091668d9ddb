"""A request for the page as it comes from outside, and what is refused before anybody looks at it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from urllib.parse import parse_qs, urlsplit

from functions.shared.domain.answers import Posted
from functions.survey.service import ONE_CLICK, is_one_click

MAX_BODY = 100_000
MAX_FIELDS = 200

_FORM = "application/x-www-form-urlencoded"
_MULTIPART = "multipart/form-data"


class RequestRejected(Exception):
    """A request that is not taken: the status of the answer, and which words explain it."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status
        self.words = words


@dataclass(frozen=True)
class PageRequest:
    """A request: `headers` have lower-case names; `query` has the last value of each parameter."""

    method: str
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


def read_form(request: PageRequest, own_url: str) -> Posted:
    """Return the fields of a posted form.

    Raises RequestRejected for a post from another site, one that is no form, and one that is too large. The one click
    of a mail program is nobody's page: it may come from anywhere, and as multipart/form-data too (RFC 8058).
    """
    content_type = " ".join(request.headers.get("content-type", "").split())
    kind = content_type.partition(";")[0].strip().lower()
    if len(request.body) > MAX_BODY:
        raise RequestRejected(413, "too_large")
    if kind == _MULTIPART and _says_one_click(content_type, request.body):
        return {ONE_CLICK: ["One-Click"]}
    if kind != _FORM:
        raise RequestRejected(415, "wrong_form")
    try:
        text = request.body.decode("utf-8", "replace")
        posted: dict[str, list[str]] = parse_qs(text, keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError:
        raise RequestRejected(413, "too_large") from None
    if not is_one_click(posted) and not _is_same_origin(request.headers, own_url):
        raise RequestRejected(403, "foreign")
    return posted


def _says_one_click(content_type: str, body: bytes) -> bool:
    """Say whether a multipart form is the one click, as the standard library's parser reads it."""
    try:
        form = message_from_bytes(f"Content-Type: {content_type}\r\n\r\n".encode("ascii", "replace") + body)
        parts = form.get_payload() if form.is_multipart() else []
    except RecursionError:
        return False  # forms in forms in forms
    fields = [part for part in parts if isinstance(part, Message)]
    return any(
        part.get_param("name", header="content-disposition") == ONE_CLICK and _text(part) == "One-Click"
        for part in fields[:MAX_FIELDS]
    )


def _text(part: Message) -> str:
    content = part.get_payload()
    return content.strip() if isinstance(content, str) else ""


def _is_same_origin(headers: Mapping[str, str], own_url: str) -> bool:
    """Say whether a form came from a page of ours, as far as the browser tells.

    A page that sends no referrer sends `Origin: null` with its own form, so that null counts as silence; the page's
    nonce is asked for in any case.
    """
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = headers.get("origin", "null")
    if origin == "null":
        return True
    return urlsplit(origin).netloc.lower() in _own_hosts(headers, own_url)


def _own_hosts(headers: Mapping[str, str], own_url: str) -> Sequence[str]:
    return [host.lower() for host in (urlsplit(own_url).netloc, headers.get("host", "")) if host]
