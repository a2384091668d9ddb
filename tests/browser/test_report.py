"""The report, as a browser shows it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from functions.aggregate.score_page import render_badge, render_page
from functions.survey.replies import REPORT, HttpReply, PublicFile
from tests.moto.test_public_scores import SCORE
from tests.worlds.aggregate_world import bundle
from tests.worlds.report_world import filled, page

pytestmark = pytest.mark.browser

WCAG = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}}


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("reports")
    pages = {}
    for language, weeks in (("nl", 14), ("en", 30)):
        world, own = filled(folder / f"room-{language}", language, weeks, per_employee=language == "en")
        pages[language] = folder / f"{language}.html"
        pages[language].write_text(page(world, own), "utf-8")
    return pages


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture
def opened(browser: Browser, reports: dict[str, Path]) -> Iterator[object]:
    contexts = []

    def open_page(language: str, scheme: str = "light", width: int = 1200, **more: object) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, **more)  # type: ignore[arg-type]
        contexts.append(context)
        tab = context.new_page()
        tab.goto(reports[language].as_uri())
        return tab

    yield open_page
    for context in contexts:
        context.close()


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1200])
def test_nothing_stands_in_anybodys_way(opened, language, scheme, width):
    tab = opened(language, scheme, width)
    tab.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")

    found = Axe().run(tab, options=WCAG).response["violations"]

    assert not found, json.dumps([(one["id"], [node["html"] for node in one["nodes"]]) for one in found], indent=1)


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_small_screen_needs_no_sideways_scrolling(opened, language):
    tab = opened(language, width=320)
    tab.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")

    wide = tab.evaluate(
        "[...document.querySelectorAll('body *')]"
        ".filter(part => part.getBoundingClientRect().right > 321).map(part => part.outerHTML)"
    )

    assert tab.evaluate("document.documentElement.scrollWidth") == 320
    assert not wide


def test_the_page_asks_nothing_of_the_network_and_runs_no_script(browser, reports):
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))

    tab.goto(reports["nl"].as_uri())

    assert [url for url in asked if not url.startswith("data:")] == [reports["nl"].as_uri()]
    assert "<script" not in reports["nl"].read_text("utf-8")
    context.close()


def test_the_figures_behind_the_trend_open_with_the_keyboard(opened):
    tab = opened("en")
    summary = tab.locator("#trend ~ .card summary")

    summary.focus()
    tab.keyboard.press("Enter")

    assert tab.locator("#trend ~ .card table").is_visible()


def test_the_tables_of_a_small_screen_are_still_tables(opened):
    tab = opened("nl", width=320)

    assert tab.get_by_role("table").count() >= 4
    assert all(head.is_visible() for head in tab.get_by_role("rowheader", name="Schade Noord").all())


def test_the_print_shows_the_figures_too(opened):
    tab = opened("en")
    tab.emulate_media(media="print")

    assert tab.locator("#trend ~ .card table").is_visible()


@pytest.mark.parametrize(("choice", "period"), [("4 weken", "recent"), ("13 weken", "quarter"), ("12 maanden", "year")])
def test_a_period_is_chosen_by_keyboard_and_without_a_script(browser, reports, choice, period):
    context = browser.new_context(java_script_enabled=False, viewport={"width": 320, "height": 900})
    tab = context.new_page()
    tab.goto(reports["nl"].as_uri())
    assert tab.locator(".hero:visible").count() == 1

    tab.get_by_role("radio", name="12 maanden").focus()
    for _ in range(["year", "quarter", "recent"].index(period)):
        tab.keyboard.press("ArrowRight")

    assert tab.get_by_role("radio", name=choice).is_checked()
    assert {block.get_attribute("class") for block in tab.locator(".period:visible").all()} == {f"period {period}"}
    assert tab.locator(".hero:visible").count() == 1
    context.close()


def test_every_period_stands_in_nobodys_way_and_is_printed_alone(opened):
    tab = opened("nl", width=320)
    tab.get_by_text("4 weken", exact=True).click()
    tab.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")

    found = Axe().run(tab, options=WCAG).response["violations"]

    assert not found, json.dumps([(one["id"], [node["html"] for node in one["nodes"]]) for one in found], indent=1)
    assert tab.evaluate("document.documentElement.scrollWidth") == 320
    tab.emulate_media(media="print")
    assert tab.locator(".hero:visible").count() == 1
    assert not tab.locator(".choice").is_visible()


def test_behind_its_link_the_report_is_drawn_and_its_files_can_be_taken_along(browser, reports):
    """With the headers that the survey's site sends: in a sandbox, with a policy that lets nothing run."""
    reply = HttpReply(200, reports["nl"].read_text("utf-8"), policy=REPORT)
    context = browser.new_context()
    tab, complaints = context.new_page(), []
    tab.on("console", lambda message: complaints.append(message.text))
    tab.route("**/*", lambda route: route.fulfill(status=200, body=reply.body, headers=reply.headers))
    tab.goto("https://survey.example/v1/r/token")

    with tab.expect_download() as download:
        tab.locator(".exports a.button").click()

    assert download.value.suggested_filename.endswith(".xlsx")
    assert Path(download.value.path()).read_bytes()[:2] == b"PK"
    assert tab.evaluate("getComputedStyle(document.querySelector('.figure')).fontWeight") == "700"
    assert not complaints
    context.close()


@pytest.mark.parametrize("width", [320, 1200])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_published_score_can_be_read_by_everybody(browser, scheme, width):
    own, told = (
        bundle(public_score=True),
        json.loads(SCORE.payload(7, "sha256:" + "ab" * 32, "2026-11-16T08:00:00+01:00")),
    )
    nonce = "n0nce"
    page_of = PublicFile(render_page(own, told).replace("%NONCE%", nonce), "text/html; charset=utf-8", nonce)
    badge = PublicFile(render_badge(own, told), "image/svg+xml")
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    tab, complaints = context.new_page(), []
    tab.on("console", lambda message: complaints.append(message.text))

    def serve(route):
        file = badge if route.request.url.endswith(".svg") else page_of
        route.fulfill(status=200, body=file.body, headers=file.headers)

    tab.route("**/*", serve)
    tab.goto("https://survey.example/v1/score/acme")

    found = Axe().run(tab, options=WCAG).response["violations"]
    assert not found, json.dumps([(one["id"], [node["html"] for node in one["nodes"]]) for one in found], indent=1)
    assert tab.evaluate("document.documentElement.scrollWidth") == width
    assert tab.evaluate("document.querySelector('.badge').naturalWidth") == 288
    assert tab.evaluate("getComputedStyle(document.querySelector('.figure')).fontWeight") == "700"
    assert not [text for text in complaints if "favicon" not in text]
    context.close()
