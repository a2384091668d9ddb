"""What goes back over HTTP: HTML with the headers that every answer carries, errors included, and public files."""

from dataclasses import dataclass, field

STYLE_AND_SCRIPT_BY_NONCE = (
    "default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; img-src data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
PUBLIC_PAGE = (
    "default-src 'none'; style-src 'nonce-{nonce}'; img-src data: 'self'; form-action 'none'; base-uri 'none';"
    " frame-ancestors 'none'"
)
REPORT = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none';"
    " frame-ancestors 'none'; sandbox allow-downloads"
)
"""A report is one file: nothing in it runs, and its tables can be taken along."""
NOTHING = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"


@dataclass(frozen=True)
class HttpReply:
    """An answer to a person: status, HTML, and for a redirect where it leads, relative to the page."""

    status: int
    body: str = field(repr=False)
    csp_nonce: str = field(default="", repr=False)
    location: str | None = None
    allow: str | None = None
    policy: str = STYLE_AND_SCRIPT_BY_NONCE
    """The Content-Security-Policy, with a place for the nonce."""

    @property
    def headers(self) -> dict[str, str]:
        """Return the headers: nothing is kept, referred, sniffed, framed, indexed or run that is not ours."""
        headers = {
            "Content-Type": "text/html; charset=utf-8",
            "Cache-Control": "no-store",
            "Content-Security-Policy": self.policy.format(nonce=self.csp_nonce),
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
            "Referrer-Policy": "no-referrer",
            "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "X-Robots-Tag": "noindex, nofollow",
        }
        if self.location is not None:
            headers["Location"] = self.location
        if self.allow is not None:
            headers["Allow"] = self.allow
        return headers


@dataclass(frozen=True)
class PublicFile:
    """Something that anybody may read, keep for an hour and show on a site of their own; a page has a `csp_nonce`."""

    body: str = field(repr=False)
    content_type: str
    csp_nonce: str = field(default="", repr=False)
    status: int = 200

    @property
    def headers(self) -> dict[str, str]:
        """Return the headers: nothing of it runs, wherever it is shown."""
        policy = PUBLIC_PAGE.format(nonce=self.csp_nonce) if self.csp_nonce else NOTHING
        return {
            "Content-Type": self.content_type,
            "Cache-Control": "public, max-age=3600",
            "Content-Security-Policy": policy,
            "Cross-Origin-Resource-Policy": "cross-origin",
            "Access-Control-Allow-Origin": "*",
            "Referrer-Policy": "no-referrer",
            "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
            "X-Content-Type-Options": "nosniff",
        }
