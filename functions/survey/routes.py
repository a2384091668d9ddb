"""The routes of the page: API Gateway's events in, answers out. Importable without any environment."""

from chalice.app import Chalice, Response

FORM = ["*/*"]
"""Chalice lets every content type pass: what may be posted is decided, in words, behind the routes."""

app = Chalice(app_name="survey", configure_logs=False)


@app.route("/s/{token}", methods=["GET", "HEAD", "POST"], content_types=FORM)
def survey(token: str) -> Response:
    """Show the questionnaire of a personal link; take its answers."""
    return Response("", status_code=503)


@app.route("/u/{token}", methods=["GET", "HEAD", "POST"], content_types=FORM)
def opt_out(token: str) -> Response:
    """Show what an opt-out means; take it, or take it back."""
    return Response("", status_code=503)


@app.route("/", methods=["GET", "HEAD"], content_types=FORM)
@app.route("/{proxy+}", methods=["GET", "HEAD", "POST"], content_types=FORM)
def unknown() -> Response:
    """Answer any other path in words rather than in the gateway's JSON."""
    return Response("", status_code=404)
