"""A small world for the tests of the page: one client, fake stores, and API Gateway's events."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode

from functions.shared.domain.client import Client, ClientBundle, Period, Sender, Touchpoint
from functions.shared.domain.errors import NotFound
from functions.shared.domain.identity import LinkKeys, sign_token
from functions.shared.domain.invitation import InvitationState
from functions.shared.domain.questionnaire import Questionnaire
from functions.shared.domain.response import Respondent, StoredResponse, SurveyInvitation, Suspicion
from functions.shared.domain.voice import Brand, MailTexts, Palette, Texts

KEYS = LinkKeys({1: b"first key", 2: b"second key"})
NOW = datetime(2026, 4, 28, 9, 0, tzinfo=UTC)
INVITATION = "3f0c5a2e-9a51-5c11-8d2b-1f6f2f1f0001"
ANSWER = sign_token(KEYS, "answer", INVITATION)
OPT_OUT = sign_token(KEYS, "opt-out", INVITATION)
URL = "https://survey.example/v1"
BROWSER = {
    "User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.1 Mobile/15E148 Safari/604.1",
    "Accept-Language": "nl-NL,nl;q=0.9",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Dest": "document",
}
"""What a telephone says of itself."""


def questionnaire(**changes: Any) -> Questionnaire:
    """Return a questionnaire with a question of every kind."""
    data: dict[str, Any] = {
        "questionnaire": "service",
        "version": 3,
        "questions": [
            {
                "id": "nps",
                "type": "nps",
                "required": True,
                "text": {"en": "Would you recommend {client}?", "nl": "Zou u {client} aanbevelen?"},
                "low": {"en": "Not at all", "nl": "Zeker niet"},
                "high": {"en": "Certainly", "nl": "Zeker wel"},
            },
            {
                "id": "why",
                "type": "text",
                "max_length": 500,
                "text": {
                    "en": "What is the reason, for {product|your product}?",
                    "nl": "Wat is de reden, voor {product|uw product}?",
                },
                "hint": {"en": "No names, please.", "nl": "Geen namen, graag."},
            },
            {
                "id": "ease",
                "type": "scale",
                "measure": "ces",
                "lowest": 1,
                "highest": 7,
                "text": {"en": "It was easy.", "nl": "Het was makkelijk."},
                "low": {"en": "Disagree", "nl": "Oneens"},
                "high": {"en": "Agree", "nl": "Eens"},
            },
            {
                "id": "solved",
                "type": "choice",
                "text": {"en": "Is it solved?", "nl": "Is het opgelost?"},
                "options": [
                    {"value": "yes", "text": {"en": "Yes", "nl": "Ja"}},
                    {"value": "no", "text": {"en": "No", "nl": "Nee"}},
                ],
            },
        ],
    }
    return Questionnaire.model_validate(data | changes)


def bundle(**client: Any) -> ClientBundle:
    """Return a Dutch client with English as its second language."""
    mail = MailTexts(subject="s", preheader="p", heading="h", greeting="g", greeting_without_name="g", body=("b",))
    texts = {
        language: Texts(
            invitation=mail,
            reminder=mail,
            button="b",
            signature=("s",),
            opt_out=opt_out,
            intro=intro,
            thanks_heading=thanks,
            thanks=(then,),
            next_step_label="Acme",
            next_step_url="https://www.acme.example/",
        )
        for language, opt_out, intro, thanks, then in (
            (
                "nl",
                "Geen onderzoeken van Acme meer",
                "Hoe was het bij {touchpoint}?",
                "Hartelijk dank",
                "Het is binnen.",
            ),
            ("en", "No more surveys from Acme", "How was it at {touchpoint}?", "Thanks a lot", "We have it."),
        )
    }
    light = Palette(
        primary="#0b4f6c",
        on_primary="#ffffff",
        background="#f2f6f8",
        surface="#ffffff",
        text="#14242c",
        muted="#4e626c",
    )
    dark = Palette(
        primary="#8fd0e8",
        on_primary="#06222f",
        background="#0c161b",
        surface="#15232b",
        text="#e9f0f3",
        muted="#a8b9c1",
    )
    sender = Sender(name="Acme", address="survey@acme.example", reply_to="service@acme.example")
    settings: dict[str, Any] = {
        "client": "acme",
        "name": "Acme & Zonen",
        "country": "NL",
        "timezone": "Europe/Amsterdam",
        "languages": ("nl", "en"),
        "tone": "formal",
        "sender": sender,
        "contact": "crm@acme.example",
    }
    return ClientBundle(
        version="1",
        client=Client(**(settings | client)),
        touchpoints={
            "service": Touchpoint(touchpoint="service", name={"nl": "Balie", "en": "Desk"}, questionnaire="service")
        },
        mappings={},
        questionnaires={"service": questionnaire()},
        texts=texts,
        brand=Brand(logo="logo.svg", logo_alt="Acme", light=light, dark=dark, font='Georgia, "Times New Roman", serif'),
        logo_svg='<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 90 30"><rect width="90" height="30"/></svg>',
    )


def asked(**changes: Any) -> SurveyInvitation:
    """Return an invitation that was delivered and can be answered for three weeks."""
    standard: dict[str, Any] = {
        "invitation_id": INVITATION,
        "person": "person-key",
        "client": "acme",
        "touchpoint": "service",
        "state": InvitationState.DELIVERED,
        "expires_at": NOW + timedelta(days=21),
        "language": "nl",
        "product": "Doorlopende <reis>",
    }
    return SurveyInvitation(**(standard | changes))


AFTER_ANSWER = Period(days=120)


@dataclass
class FakeResponses:
    """Responses in memory, with the promise of the real ones: a write over something else than was read fails."""

    asked: SurveyInvitation | None = field(default_factory=asked)
    given: StoredResponse | None = None
    writes: int = 0
    reads: list[str] = field(default_factory=list)
    rivals: list[StoredResponse] = field(default_factory=list)
    """What somebody else writes just before our next writes."""
    events: list[tuple[Any, ...]] = field(default_factory=list)

    def find(self, invitation_id: str) -> tuple[SurveyInvitation | None, StoredResponse | None]:
        self.reads.append(invitation_id)
        if self.asked is None or invitation_id != self.asked.invitation_id:
            return None, None
        return self.asked, self.given

    def save(self, respondent: Respondent, before: StoredResponse | None, after: StoredResponse) -> bool:
        if self.rivals:
            self.given = self.rivals.pop(0)
        if self.given != before:
            return False
        self.writes += 1
        self.given = after
        if after.counts and self.asked:
            self.asked = replace(self.asked, state=InvitationState.COMPLETED)
        return True

    def start(self, invitation_id: str, at: datetime) -> None:
        self.events.append(("started", invitation_id, at))

    def set_apart(self, invitation_id: str, suspicion: Suspicion) -> None:
        self.events.append(("set apart", invitation_id, suspicion))


@dataclass
class FakePatterns:
    """Patterns in memory."""

    alike: dict[str, set[str]] = field(default_factory=dict)

    def add(self, pattern: str, invitation_id: str, expires_at: datetime) -> set[str]:
        self.alike.setdefault(pattern, set()).add(invitation_id)
        return set(self.alike[pattern])


@dataclass
class FakeClients:
    """Bundles in memory."""

    bundles: Mapping[str, ClientBundle]

    def load(self, slug: str) -> ClientBundle:
        if slug not in self.bundles:
            raise NotFound(f"There is no client {slug}.")
        return self.bundles[slug]


ROUTES = ("/s/{token}", "/u/{token}", "/r/{token}", "/score/{client}", "/score/{client}/{touchpoint}", "/score-keys")


def _route(place: str) -> tuple[str, dict[str, str]]:
    """Return the route that the gateway takes for a path, and what its parameters are."""
    parts = place.strip("/").split("/")
    for route in ROUTES:
        names = route.strip("/").split("/")
        fits = ((name.startswith("{") and part) or name == part for name, part in zip(names, parts, strict=False))
        if len(names) == len(parts) and all(fits):
            return route, {name[1:-1]: part for name, part in zip(names, parts, strict=True) if name.startswith("{")}
    return "/{proxy+}", {"proxy": place.strip("/")}


def event(method: str, path: str, body: str | None = None, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return what API Gateway hands to a Lambda proxy for a request to one of the routes."""
    place, _, query = path.partition("?")
    resource, named = _route(place)
    values = parse_qs(query, keep_blank_values=True)
    sent = {"Host": "survey.example", "Accept": "text/html"} | BROWSER | dict(headers or {})
    return {
        "resource": resource,
        "path": place,
        "httpMethod": method,
        "headers": sent,
        "multiValueHeaders": {name: [value] for name, value in sent.items()},
        "queryStringParameters": {name: found[-1] for name, found in values.items()} or None,
        "multiValueQueryStringParameters": values or None,
        "pathParameters": {name: unquote(value) for name, value in named.items()},
        "stageVariables": None,
        "requestContext": {"resourcePath": resource, "httpMethod": method, "path": f"/v1{place}", "stage": "v1"},
        "body": body,
        "isBase64Encoded": False,
    }


def form(fields: Mapping[str, Any]) -> str:
    """Return fields as a browser posts them."""
    return urlencode(fields, doseq=True)


def as_json(value: Any) -> str:
    """Return a value as comparable text."""
    return json.dumps(value, sort_keys=True, default=str)
