"""What people see, and over which headers, through the real Chalice routes."""

import contextlib
import gzip
import html
import io
import json
import logging
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pytest

from functions.shared.adapters.observability import logger
from functions.shared.services.feedback_blocks import FeedbackBlocks
from functions.shared.services.opt_outs import OptOuts
from functions.survey import routes, words
from functions.survey.page_nonce import sign_page
from functions.survey.public_scores import PublicScores
from functions.survey.reports import Reports
from functions.survey.requests import MAX_BODY, PageRequest, RequestRejected, read_form
from functions.survey.service import Survey
from functions.survey.site import Site
from tests.worlds.consent import FakeBlocks, FakeOptOuts
from tests.worlds.survey_world import (
    ANSWER,
    INVITATION,
    KEYS,
    NOW,
    OPT_OUT,
    URL,
    FakeClients,
    FakePatterns,
    FakeResponses,
    asked,
    bundle,
    event,
    form,
)

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
ONE_ROUND_TRIP = 14 * 1024


@dataclass
class Door:
    """The function's front door, with what stands behind it in reach."""

    responses: FakeResponses = field(default_factory=FakeResponses)
    opt_outs: FakeOptOuts = field(default_factory=FakeOptOuts)
    clients: FakeClients = field(default_factory=lambda: FakeClients({"acme": bundle()}))
    now: Any = NOW

    def site(self) -> Site:
        """Return the site behind the door."""
        blocks, patterns = FeedbackBlocks(FakeBlocks()), FakePatterns()
        survey = Survey(KEYS, self.clients, self.responses, OptOuts(self.opt_outs), blocks, patterns)
        reports = Reports(KEYS, self.clients, self, lambda: self.now)
        return Site(survey, PublicScores(self.clients, self), reports, URL, lambda: self.now, lambda: "random")

    def read(self, key: str) -> None:
        """Return what is published: nothing."""

    def call(
        self, method: str, path: str, body: str | None = None, headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """Return the answer to API Gateway's event."""
        answer: dict[str, Any] = routes.app(event(method, path, body, headers), None)
        return answer

    def post(self, path: str, fields: Mapping[str, Any], **headers: str) -> dict[str, Any]:
        """Post the page's form as a browser does."""
        purpose = "answer" if path.startswith("/s/") else "opt-out"
        nonce = sign_page(KEYS, purpose, INVITATION, self.now - timedelta(minutes=1))
        sent = {"Sec-Fetch-Site": "same-origin", "Origin": "null"} | FORM | headers
        return self.call("POST", path, form({"page-nonce": nonce, "page-website": ""} | dict(fields)), sent)


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Iterator[Door]:
    opened = Door()
    monkeypatch.setattr(routes, "_site", opened.site)
    return opened


def text(answer: Mapping[str, Any]) -> str:
    """Return the page's words."""
    body = re.sub(r"<(style|script|title).*?</\1>", "", answer["body"], flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", body)).split())


def test_the_first_page_fits_one_round_trip(door: Door) -> None:
    page = door.call("GET", f"/s/{ANSWER}?score=9")

    assert page["statusCode"] == 200
    assert len(gzip.compress(page["body"].encode(), 6)) < ONE_ROUND_TRIP
    assert "src=" not in re.sub(r'(src|srcset)="data:[^"]*"', "", page["body"])


@pytest.mark.parametrize(
    ("headers", "signs", "why"),
    [
        ({"User-Agent": "python-requests/2.32.3"}, None, "program"),
        ({"User-Agent": ""}, None, "program"),
        ({}, "0", "no_hand"),
    ],
)
def test_a_program_that_waits_and_posts_a_zero_is_kept_apart_and_told_as_a_number(
    door: Door,
    headers: dict[str, str],
    signs: str | None,
    why: str,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    fields = {"nps": "0"} | ({"page-signs": signs} if signs else {})

    page = door.post(f"/s/{ANSWER}", fields, **headers)

    assert page["statusCode"] == 422
    assert door.responses.given is not None
    assert (door.responses.given.state, door.responses.given.suspicion) == ("suspect", why)
    assert page["body"].count('name="page-confirm" value="yes"') == 2
    metrics = capsys.readouterr().out
    assert '"SuspectAnswers":[1' in metrics
    assert '"ClientSuspectAnswers":[1' in metrics
    (told,) = [vars(record) for record in caplog.records if record.message == "answer_kept_apart"]
    assert (told["invitation"], told["client"], told["suspicion"]) == (INVITATION, "acme", why)
    assert door.post(f"/s/{ANSWER}", fields | {"page-confirm": "yes"}, **headers)["statusCode"] == 303


def test_looking_at_the_page_in_whatever_way_records_nothing(door: Door) -> None:
    for method in ("GET", "HEAD"):
        for agent in ("", "python-requests/2.32.3", "Mozilla/5.0"):
            door.call(method, f"/s/{ANSWER}?score=0&page-signs=0&page-confirm=yes", headers={"User-Agent": agent})

    assert door.responses.given is None


@pytest.mark.parametrize("nonce", ["", "x", sign_page(KEYS, "answer", "3f0c5a2e-9a51-5c11-8d2b-1f6f2f1f0002", NOW)])
def test_a_post_without_a_page_of_this_invitation_records_nothing(door: Door, nonce: str) -> None:
    answer = door.post(f"/s/{ANSWER}", {"nps": "0", "page-nonce": nonce, "page-confirm": "yes"})

    assert answer["statusCode"] == 422
    assert door.responses.given is None


def test_the_page_carries_the_clients_words_colours_and_logo(door: Door) -> None:
    page = door.call("GET", f"/s/{ANSWER}")

    said = text(page)
    assert "Uw ervaring met Acme & Zonen" in said
    assert "Hoe was het bij Balie?" in said
    assert "--primary:#0b4f6c" in page["body"]
    assert "prefers-color-scheme:dark){:root{--primary:#8fd0e8" in page["body"]
    assert '--font:Georgia, "Times New Roman", serif' in page["body"]
    assert 'src="data:image/svg+xml,%3Csvg' in page["body"]
    assert 'alt="Acme"' in page["body"]


def test_a_fact_in_a_question_is_text_and_never_markup(door: Door) -> None:
    door.responses.asked = asked(product="<b>R</b> & {team} {{ 7*7 }}")

    page = door.call("GET", f"/s/{ANSWER}")

    assert "Wat is de reden, voor &lt;b&gt;R&lt;/b&gt; &amp; {team} {{ 7*7 }}?" in page["body"]


def test_a_question_without_its_fact_uses_the_clients_fallback(door: Door) -> None:
    door.responses.asked = asked(product=None)

    assert "Wat is de reden, voor uw product?" in text(door.call("GET", f"/s/{ANSWER}"))


def test_what_was_typed_comes_back_as_text(door: Door) -> None:
    typed = "</textarea><script>alert(1)</script>\"'&amp;"

    page = door.post(f"/s/{ANSWER}", {"why": typed})

    assert page["statusCode"] == 422
    assert html.escape(typed, quote=True).replace("&#x27;", "&#39;").replace("&quot;", "&#34;") in page["body"]
    assert "<script>alert" not in page["body"]


def test_a_first_line_that_is_empty_survives_the_page(door: Door) -> None:
    assert re.search(r"<textarea[^>]*>\n", door.call("GET", f"/s/{ANSWER}")["body"])


@pytest.mark.parametrize(("tone", "heading"), [("formal", "Uw ervaring met"), ("informal", "Jouw ervaring met")])
def test_the_page_speaks_in_the_clients_tone(door: Door, tone: str, heading: str) -> None:
    door.clients.bundles = {"acme": bundle(tone=tone)}

    assert heading in text(door.call("GET", f"/s/{ANSWER}"))


def test_the_other_language_is_a_link_that_keeps_the_score(door: Door) -> None:
    page = door.call("GET", f"/s/{ANSWER}?score=9")

    assert re.search(r'<a href="\?lang=en&amp;score=9" lang="en" hreflang="en">English</a>', page["body"])
    english = door.call("GET", f"/s/{ANSWER}?lang=en&score=9")
    assert '<html lang="en" dir="ltr">' in english["body"]
    assert "Your experience with Acme & Zonen" in text(english)
    assert 'value="9" checked' in english["body"]


class Labels(HTMLParser):
    """Collects what ties a form together."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.named: list[dict[str, str]] = []
        self.points: set[str] = set()
        self.depth: list[str] = []
        self.unlabelled: list[str] = []
        self.labels_for: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        if "id" in named:
            assert named["id"] not in self.ids, "an id is used twice"
            self.ids.add(named["id"])
        self.points |= set(named.get("aria-describedby", "").split())
        if tag == "a" and named.get("href", "").startswith("#"):
            self.points.add(named["href"][1:])
        if tag == "label" and "for" in named:
            self.labels_for.add(named["for"])
            self.points.add(named["for"])
        if (
            tag in ("input", "textarea")
            and named.get("type") != "hidden"
            and not ("label" in self.depth or named.get("id") in self.labels_for)
        ):
            self.unlabelled.append(named.get("name", "?"))
        if tag not in ("input", "meta", "link", "br", "img", "source"):
            self.depth.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.depth.pop() == tag, "the page is not well formed"


@pytest.mark.parametrize(
    "path", [f"/s/{ANSWER}", f"/s/{ANSWER}?score=3&lang=en", f"/u/{OPT_OUT}", "/s/unknown", "/other"]
)
def test_every_field_has_its_label_and_every_reference_its_target(door: Door, path: str) -> None:
    page = Labels()

    page.feed(door.call("GET", path)["body"])

    assert page.unlabelled == []
    assert page.points <= page.ids


def test_an_error_is_summed_up_above_the_page_and_told_at_its_question(door: Door) -> None:
    answer = door.post(f"/s/{ANSWER}", {"nps": "12", "why": "x" * 501, "ease": "9", "solved": "maybe"})
    page = Labels()
    page.feed(answer["body"])

    assert answer["statusCode"] == 422
    assert page.points <= page.ids
    assert "<title>Fout: Uw ervaring" in answer["body"]
    assert re.search(r'<div class="card note alert" id="summary" role="alert" tabindex="-1" autofocus', answer["body"])
    for target, said in {
        "nps-0": "Kies een cijfer van 0 tot en met 10",
        "why-text": "Gebruik maximaal 500 tekens; het zijn er nu 501",
        "ease-1": "Kies een cijfer van 1 tot en met 7",
        "solved-yes": "Kies een van de antwoorden op de pagina",
    }.items():
        assert f'<li><a href="#{target}">{said}</a></li>' in answer["body"]
    assert (
        'id="why-text" name="why" maxlength="500" rows="4" aria-describedby="why-hint why-fault why-text-limit"'
        in (answer["body"])
    )


def test_a_recorded_answer_leads_to_thanks_by_a_get_that_stays_on_the_page(door: Door) -> None:
    answer = door.post(f"/s/{ANSWER}", {"nps": "9"})

    assert (answer["statusCode"], answer["headers"]["Location"], answer["body"]) == (303, "?done=1", "")
    thanks = door.call("GET", f"/s/{ANSWER}?done=1")
    assert "Hartelijk dank Het is binnen." in text(thanks)
    assert "U kunt uw antwoord wijzigen tot 12 mei 2026." in text(thanks)
    assert '<a class="button" href="https://www.acme.example/" rel="noreferrer">Acme</a>' in thanks["body"]


def test_the_language_of_the_page_is_kept_through_the_post(door: Door) -> None:
    page = door.call("GET", f"/s/{ANSWER}?lang=en")

    assert 'method="post" action="?lang=en"' in page["body"]
    assert door.post(f"/s/{ANSWER}?lang=en", {"nps": "9"})["headers"]["Location"] == "?lang=en&done=1"
    assert door.responses.given is not None
    assert door.responses.given.language == "en"


def test_a_next_step_that_is_no_web_address_is_not_linked(door: Door) -> None:
    texts = {name: t.model_copy(update={"next_step_url": "javascript:alert(1)"}) for name, t in bundle().texts.items()}
    door.clients.bundles = {"acme": bundle().model_copy(update={"texts": texts})}
    door.post(f"/s/{ANSWER}", {"nps": "9"})

    assert "javascript:" not in door.call("GET", f"/s/{ANSWER}")["body"]


def test_an_expired_link_says_so_kindly_to_its_holder(door: Door) -> None:
    door.now = asked().expires_at

    page = door.call("GET", f"/s/{ANSWER}")

    assert page["statusCode"] == 410
    assert "Antwoorden kon tot 19 mei 2026" in text(page)


def test_an_answer_that_comes_too_late_to_change_another_is_told_that_the_first_stands(door: Door) -> None:
    door.post(f"/s/{ANSWER}", {"nps": "9"})
    door.now += timedelta(days=15)

    page = door.post(f"/s/{ANSWER}", {"nps": "1"})

    assert page["statusCode"] == 409
    assert "Uw eerdere antwoord blijft staan" in text(page)


def test_unknown_and_forged_links_are_answered_alike(door: Door) -> None:
    forged = door.call("GET", f"/s/{ANSWER[:-1]}A")
    door.responses.asked = None
    unknown = door.call("GET", f"/s/{ANSWER}")

    assert forged["statusCode"] == 404
    assert forged == unknown
    assert "Acme" not in forged["body"]


@pytest.mark.parametrize(
    ("accept", "title"),
    [("nl-NL,nl;q=0.9,en;q=0.8", "Hier is niets te vinden"), ("fr-FR", "There is nothing here"), ("", "There is")],
)
def test_a_page_without_a_client_speaks_the_browsers_language(door: Door, accept: str, title: str) -> None:
    assert title in text(door.call("GET", "/s/x", headers={"Accept-Language": accept}))


def test_head_tells_what_get_would_and_carries_no_page(door: Door) -> None:
    head = door.call("HEAD", f"/s/{ANSWER}")

    assert (head["statusCode"], head["body"]) == (200, "")
    assert head["headers"]["Content-Type"] == "text/html; charset=utf-8"


def all_answers(door: Door) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield an answer of every kind."""
    yield "questions", door.call("GET", f"/s/{ANSWER}")
    yield "mistakes", door.post(f"/s/{ANSWER}", {"nps": "x"})
    yield "head", door.call("HEAD", f"/s/{ANSWER}")
    yield "redirect", door.post(f"/s/{ANSWER}", {"nps": "9"})
    yield "thanks", door.call("GET", f"/s/{ANSWER}")
    yield "opt-out", door.call("GET", f"/u/{OPT_OUT}")
    yield "one click", door.call("POST", f"/u/{OPT_OUT}", "List-Unsubscribe=One-Click", FORM)
    yield "unknown link", door.call("GET", "/s/x")
    yield "unknown path", door.call("GET", "/wp-admin/index.php")
    yield "root", door.call("GET", "/")
    yield "method", door.call("DELETE", f"/s/{ANSWER}")
    yield "foreign", door.post(f"/s/{ANSWER}", {"nps": "9"}, Origin="https://evil.example")
    yield "no form", door.call("POST", f"/s/{ANSWER}", "{}", {"Content-Type": "application/json"})
    yield "too large", door.post(f"/s/{ANSWER}", {"why": "x" * MAX_BODY})
    yield "strange type", door.call("GET", f"/s/{ANSWER}", headers={"Content-Type": "image/png"})
    yield "binary accept", door.call("GET", f"/s/{ANSWER}", headers={"Accept": "image/png"})
    door.clients.bundles = {}
    yield "client gone", door.call("GET", f"/s/{ANSWER}")
    door.responses.find = lambda invitation_id: 1 / 0  # type: ignore[assignment,method-assign,return-value]
    yield "failure", door.call("GET", f"/s/{ANSWER}")
    yield "odd event", routes.app({"httpMethod": "GET"}, None)


STATUSES = {
    "questions": 200,
    "mistakes": 422,
    "head": 200,
    "redirect": 303,
    "thanks": 200,
    "opt-out": 200,
    "one click": 200,
    "unknown link": 404,
    "unknown path": 404,
    "root": 404,
    "method": 405,
    "foreign": 403,
    "no form": 415,
    "too large": 413,
    "strange type": 200,
    "binary accept": 200,
    "client gone": 404,
    "failure": 500,
    "odd event": 500,
}


def test_every_answer_is_a_page_with_the_same_locks_on_it(door: Door) -> None:
    found = {}
    for kind, answer in all_answers(door):
        headers = answer["headers"]
        found[kind] = answer["statusCode"]
        assert headers["Cache-Control"] == "no-store", kind
        assert headers["Referrer-Policy"] == "no-referrer", kind
        assert headers["X-Content-Type-Options"] == "nosniff", kind
        assert headers["X-Robots-Tag"].startswith("noindex"), kind
        assert headers["Strict-Transport-Security"].startswith("max-age="), kind
        assert headers["Content-Type"] == "text/html; charset=utf-8", kind
        policy = headers["Content-Security-Policy"]
        for part in ("default-src 'none'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"):
            assert part in policy, kind
        assert "unsafe" not in policy
        nonce = re.search(r"style-src 'nonce-([^']+)'", policy)
        assert nonce
        assert set(re.findall(r'<(?:style|script) nonce="([^"]*)"', answer["body"])) <= {nonce[1]}
        assert "<style>" not in answer["body"]
        assert "<script>" not in answer["body"]
        assert " style=" not in answer["body"]
        assert answer["body"].startswith("<!doctype html>") or kind in ("redirect", "head"), kind
    assert found == STATUSES


def test_a_method_that_is_not_served_names_those_that_are(door: Door) -> None:
    assert door.call("DELETE", f"/s/{ANSWER}")["headers"]["Allow"] == "GET, HEAD, POST"


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "same-site", "Origin": "https://other.example"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "null"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "https://survey.example.evil.example"},
    ],
)
def test_a_form_from_another_site_is_not_taken(door: Door, headers: dict[str, str]) -> None:
    assert door.post(f"/s/{ANSWER}", {"nps": "9"}, **headers)["statusCode"] == 403
    assert door.post(f"/u/{OPT_OUT}", {"page-action": "out"}, **headers)["statusCode"] == 403
    assert (door.responses.writes, door.opt_outs.people) == (0, {})


@pytest.mark.parametrize("origin", ["https://survey.example", "https://SURVEY.example", "null"])
def test_a_form_of_our_own_is_taken(door: Door, origin: str) -> None:
    assert door.post(f"/s/{ANSWER}", {"nps": "9"}, Origin=origin)["statusCode"] == 303


def test_the_pages_opt_out_is_confirmed_by_a_button_and_can_be_taken_back(door: Door) -> None:
    path = f"/u/{OPT_OUT}"
    assert "alle onderzoeken van Acme & Zonen" in text(door.call("GET", path))

    out = door.post(path, {"page-action": "out"})
    after = text(door.call("GET", path + out["headers"]["Location"]))
    back = door.post(path, {"page-action": "back"})
    again = text(door.call("GET", path + back["headers"]["Location"]))

    assert (out["statusCode"], back["statusCode"]) == (303, 303)
    assert "U wordt niet meer gevraagd" in after
    assert "Ik bedenk me" in after
    assert "Welkom terug" in again
    assert door.opt_outs.people == {}


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-www-form-urlencoded", "List-Unsubscribe=One-Click"),
        (
            "multipart/form-data; boundary=b1",
            '--b1\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b1--\r\n',
        ),
        (
            'multipart/form-data; boundary="b 1"; charset=utf-8',
            "--b 1\nContent-Type: text/plain\nContent-Disposition: form-data; "
            "name=List-Unsubscribe\n\nOne-Click\n--b 1--\n",
        ),
    ],
)
def test_one_click_of_a_mail_program_opts_out_at_once_and_any_number_of_times(door: Door, kind: str, body: str) -> None:
    for _ in range(2):
        answer = door.call("POST", f"/u/{OPT_OUT}", body, {"Content-Type": kind, "Origin": "https://mail.example"})
        assert answer["statusCode"] == 200

    assert door.opt_outs.people == {"person-key": "one_click"}


def test_the_opt_out_page_stands_when_the_client_has_dropped_the_touchpoint(door: Door) -> None:
    door.responses.asked = asked(touchpoint="dropped")

    page = text(door.call("GET", f"/u/{OPT_OUT}"))

    assert "Geen onderzoeken van Acme meer" in page


def test_one_click_on_an_answer_link_answers_nothing(door: Door) -> None:
    door.call("POST", f"/s/{ANSWER}", "List-Unsubscribe=One-Click", FORM)

    assert door.responses.writes == 0


MULTIPART = {"Content-Type": "multipart/form-data; boundary=b1"}


@pytest.mark.parametrize(
    "body",
    [
        "",
        "One-Click",
        '--b1\r\nContent-Disposition: form-data; name="other"\r\n\r\nOne-Click\r\n--b1--\r\n',
        '--b1\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nNo\r\n--b1--\r\n',
        "".join(f'--b{n}\nContent-Type: multipart/mixed; boundary="b{n + 1}"\n\n' for n in range(1, 1500)),
    ],
)
def test_a_multipart_form_without_the_one_click_is_refused_and_opts_nobody_out(door: Door, body: str) -> None:
    assert door.call("POST", f"/u/{OPT_OUT}", body, MULTIPART)["statusCode"] == 415
    assert door.opt_outs.people == {}


@pytest.mark.parametrize(
    "piece", ["\n ", "\n", "a\n", "--b1\n", "--b1\r\nContent-Disposition: form-data; name=", "x: y\n", "=", "&a", "%41"]
)
@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=b1", "application/x-www-form-urlencoded"])
def test_twice_the_form_takes_no_more_than_three_times_the_time(kind: str, piece: str) -> None:
    start = '--b1\r\nContent-Disposition: form-data; name="List-Unsubscribe"' if "multipart" in kind else "nps="

    def seconds(size: int) -> float:
        body = (start + piece * (size // len(piece))).encode()
        before = time.process_time()
        with contextlib.suppress(RequestRejected):
            read_form(PageRequest("POST", headers={"content-type": kind}, body=body), "https://survey.example")
        return time.process_time() - before

    assert any(seconds(90_000) < 3 * seconds(45_000) + 0.05 for _ in range(3))


def test_the_form_of_a_link_that_is_none_of_ours_is_not_even_read(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("functions.survey.site.read_form", lambda *_: pytest.fail("It was read."))

    assert door.call("POST", f"/u/{'x' * 44}", "a=1", FORM)["statusCode"] == 404
    assert door.call("POST", f"/s/{'x' * 44}", "a=1", FORM)["statusCode"] == 404


def test_too_many_fields_are_refused(door: Door) -> None:
    body = "&".join(f"f{n}=1" for n in range(1000))

    assert door.call("POST", f"/s/{ANSWER}", body, FORM)["statusCode"] == 413


def test_bytes_that_are_no_text_are_no_failure(door: Door) -> None:
    assert door.call("POST", f"/s/{ANSWER}", "nps=%ff%fe&why=%00%ed%a0%80", FORM)["statusCode"] == 422


def test_what_is_logged_holds_no_token_path_answer_or_person(
    door: Door, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    lines = io.StringIO()
    monkeypatch.setattr(logger.registered_handler, "stream", lines)
    door.post(f"/s/{ANSWER}", {"nps": "9", "why": "Mevrouw Jansen was aardig"})
    for _ in all_answers(door):
        pass

    written = lines.getvalue() + caplog.text
    assert "answer_recorded" in written
    assert INVITATION in written
    for secret in (ANSWER, OPT_OUT, ANSWER[10:30], "Jansen", "person-key", f"/s/{ANSWER[:8]}"):
        assert secret not in written


def placeholders(value: object) -> set[str]:
    """Return the placeholders in a text."""
    return set(re.findall(r"{\w+}", str(value)))


def test_each_language_of_the_page_has_the_same_words() -> None:
    files = {path.stem: json.loads(path.read_text()) for path in words.FOLDER.glob("*.json")}
    english = files["en"]

    assert {"en", "nl"} <= set(files)
    for language, found in files.items():
        own = found.pop("informal", {})
        assert set(found) == set(english), language
        assert set(own) <= set(english), language
        for key, value in (found | own).items():
            assert set(re.findall(r"{\w+}", str(value))) == set(re.findall(r"{\w+}", str(english[key]))), (
                language,
                key,
            )


def test_a_clients_language_without_words_is_told_before_it_is_published() -> None:
    assert words.check_languages(bundle()) == []
    assert words.check_languages(bundle(languages=("nl", "de"))) == [
        "client.yaml: languages: the survey page has no words in de yet; "
        "add frontend/survey/strings/de.json, or leave the language out."
    ]


def test_a_regional_language_uses_the_words_of_its_language() -> None:
    assert words.page_words("nl-BE")["name"] == "Nederlands"
    assert words.page_words("fy")["name"] == "English"
    assert words.page_words("../../etc")["name"] == "English"


def test_every_route_of_the_gateway_is_named_without_any_environment() -> None:
    assert {path: sorted(methods) for path, methods in routes.app.routes.items() if methods} == {
        "/": ["GET", "HEAD"],
        "/s/{token}": ["GET", "HEAD", "POST"],
        "/r/{token}": ["GET", "HEAD"],
        "/score-keys": ["GET", "HEAD"],
        "/score/{client}": ["GET", "HEAD"],
        "/score/{client}/{touchpoint}": ["GET", "HEAD"],
        "/u/{token}": ["GET", "HEAD", "POST"],
        "/{proxy+}": ["GET", "HEAD", "POST"],
    }
