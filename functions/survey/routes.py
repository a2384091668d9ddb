"""The routes of the page: API Gateway's events in, answers out. Importable without any environment."""

import secrets
from collections.abc import Callable

from chalice.app import Chalice, Request, Response

from functions.survey.replies import HttpReply, PublicFile
from functions.survey.requests import PageRequest
from functions.survey.site import Site, neutral_reply

ANY_TYPE = ["*/*"]
"""Chalice lets every content type pass: what may be posted is decided, in words, behind the routes."""
_UNKNOWN, _FAILED, _METHOD = (404, "unknown"), (500, "failed"), (405, "wrong_method")

app = Chalice(app_name="survey", configure_logs=False)
_site: Callable[[], Site] | None = None


def bind(site: Callable[[], Site]) -> None:
    """Put the routes to work on a site, which is made when the first request comes. Once, at the start."""
    global _site
    _site = site


@app.route("/s/{token}", methods=["GET", "HEAD", "POST"], content_types=ANY_TYPE)
def answer(token: str) -> Response:
    """Show the questionnaire of a personal link; take its answers."""
    request = _request(app.current_request)
    return _response(request, _bound().answer(request, token))


@app.route("/u/{token}", methods=["GET", "HEAD", "POST"], content_types=ANY_TYPE)
def opt_out(token: str) -> Response:
    """Show what an opt-out means; take it, or take it back."""
    request = _request(app.current_request)
    return _response(request, _bound().opt_out(request, token))


@app.route("/r/{token}", methods=["GET", "HEAD"], content_types=ANY_TYPE)
def report(token: str) -> Response:
    """Show a client's report to a reader."""
    request = _request(app.current_request)
    return _response(request, _bound().report(request, token))


@app.route("/score/{client}", methods=["GET", "HEAD"], content_types=ANY_TYPE)
def score(client: str) -> Response:
    """Show a client's published score: a page, or with .json or .svg its figures or badge."""
    request = _request(app.current_request)
    return _response(request, _bound().score(request, client))


@app.route("/score/{client}/{touchpoint}", methods=["GET", "HEAD"], content_types=ANY_TYPE)
def touchpoint_score(client: str, touchpoint: str) -> Response:
    """Show the published score of a touchpoint, likewise."""
    request = _request(app.current_request)
    return _response(request, _bound().score(request, client, touchpoint))


@app.route("/score-keys", methods=["GET", "HEAD"], content_types=ANY_TYPE)
def score_keys() -> Response:
    """Show the public keys of published scores."""
    request = _request(app.current_request)
    return _response(request, _bound().score_keys(request))


@app.route("/", methods=["GET", "HEAD"], content_types=ANY_TYPE)
@app.route("/{proxy+}", methods=["GET", "HEAD", "POST"], content_types=ANY_TYPE)
def unknown() -> Response:
    """Answer any other path in words rather than in the gateway's JSON."""
    request = _request(app.current_request)
    return _response(request, neutral_reply(*_UNKNOWN, request, _random()))


@app.middleware("http")
def speak_html(event: Request | None, get_response: Callable[[Request | None], Response]) -> Response:
    """Put a page in the place of the JSON that Chalice answers with when no view did."""
    response = get_response(event)
    if isinstance(response.body, str):
        return response
    status, words = {405: _METHOD, 404: _UNKNOWN}.get(response.status_code, _FAILED)
    request = _request(event)
    allow = response.headers.get("Allow")
    return _response(request, neutral_reply(status, words, request, _random(), allow=str(allow) if allow else None))


def _bound() -> Site:
    if _site is None:
        raise RuntimeError("The routes serve no site yet: functions.survey.handler binds one.")
    return _site()


def _request(request: Request | None) -> PageRequest:
    if request is None:
        return PageRequest("GET")
    body = request.raw_body
    return PageRequest(
        method=request.method,
        query={name: str(value) for name, value in (request.query_params or {}).items()},
        headers={name: str(value) for name, value in request.headers.items()},
        body=body.encode() if isinstance(body, str) else body,
    )


def _response(request: PageRequest, reply: HttpReply | PublicFile) -> Response:
    return Response("" if request.method == "HEAD" else reply.body, headers={**reply.headers}, status_code=reply.status)


def _random() -> str:
    return secrets.token_urlsafe(16)
