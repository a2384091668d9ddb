"""The page in a real browser: on the smallest phone, without JavaScript, by keyboard, in the dark."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from functions.shared.adapters.client_files import read_folder
from functions.shared.adapters.tables import OptOut, Response
from functions.shared.domain.client import ClientBundle
from tests.worlds.survey_aws import SurveyFunction, at, deployed_survey, invite
from tests.worlds.survey_server import serving
from tests.worlds.survey_world import NOW

pytestmark = pytest.mark.browser

EXAMPLES = Path(__file__).parents[2] / "examples" / "clients"
CLIENTS = {"vaart": ("schade", "nl"), "pebble": ("support", "en")}
SMALLEST = {"width": 320, "height": 568}
DESK = {"width": 1280, "height": 900}
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}

Scheme = Literal["light", "dark"]


USER_AGENT = (
    "Mozilla/5.0 (Linux; Android 14; SM-A546B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile "
    "Safari/537.36"
)
"""A telephone's: the browser without a window says of itself that it has none, and is taken for a program."""


class World:
    """The survey on loopback, with a browser in front of it."""

    def __init__(self, function: SurveyFunction, url: str, browser: Browser) -> None:
        self.function, self.url, self._browser = function, url, browser

    def link(self, client: str = "vaart", opt_out: bool = False, **changes: Any) -> str:
        """Return the link of a new invitation."""
        invitation = str(uuid.uuid4())
        touchpoint, language = CLIENTS[client]
        moment = at(self.function.moment)
        fresh = {"planned_at": moment, "expires_at": moment + timedelta(days=21), "language": language}
        invite(invitation, client, touchpoint, **(fresh | changes))
        return self.url + self.function.path(invitation, opt_out)

    @contextmanager
    def page(
        self, width: dict[str, int] | None = None, scheme: Scheme = "light", javascript: bool = True
    ) -> Iterator[Page]:
        """Open a window; whatever the browser refuses to load or to run fails the test."""
        context = self._browser.new_context(
            viewport=width or SMALLEST,  # type: ignore[arg-type]
            color_scheme=scheme,
            java_script_enabled=javascript,
            locale="en-GB",
            user_agent=USER_AGENT,
        )
        page = context.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        try:
            yield page
            assert [line for line in said if "the server responded with a status of 4" not in line] == []
        finally:
            context.close()


@pytest.fixture(scope="module")
def world(chromium: str) -> Iterator[World]:
    bundles: list[ClientBundle] = [read_folder(EXAMPLES / client) for client in CLIENTS]
    with (
        deployed_survey(bundles) as function,
        serving(lambda event, context: function.app(event, context)) as url,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield World(function, url, browser)
        browser.close()


def newest() -> Response:
    """Return the response that was written last."""
    return max(Response.scan(), key=lambda item: (item.changed_at or item.answered_at, item.started_at))


def send(world: World, page: Page) -> None:
    """Send the form, after the time that a person takes."""
    world.function.travel(seconds=20)
    page.locator("form .send").click()


def test_the_survey_is_answered_on_the_smallest_phone_without_javascript(world: World) -> None:
    with world.page(javascript=False) as page:
        page.goto(world.link("vaart"))
        page.get_by_role("group", name="Hoe waarschijnlijk").get_by_label("9", exact=True).check(force=True)
        page.get_by_label("Kunt u uw cijfer toelichten?").fill("Snel geholpen")
        page.get_by_role("group", name="Hoe tevreden").get_by_label("5", exact=True).check(force=True)
        page.get_by_label("Meestal wel").check()
        send(world, page)

        assert page.get_by_role("heading", level=1).inner_text() == "Hartelijk dank"
        assert page.url.endswith("done=1")

    kept = newest()
    assert (kept.score, kept.state, kept.answers["why"]) == (9, "complete", "Snel geholpen")
    assert kept.answers["satisfaction"] == 5


def test_the_score_of_the_mail_is_selected_and_counts_only_when_it_is_sent(world: World) -> None:
    before = Response.count()
    with world.page(javascript=False) as page:
        page.goto(world.link("pebble") + "?score=7")

        assert page.get_by_label("7", exact=True).first.is_checked()
        assert Response.count() == before
        send(world, page)

    assert newest().score == 7


@pytest.mark.parametrize("javascript", [True, False])
def test_a_mistake_is_told_where_the_eye_and_the_focus_are_and_nothing_typed_is_lost(
    world: World, javascript: bool
) -> None:
    with world.page(javascript=javascript) as page:
        page.goto(world.link("pebble"))
        page.get_by_label("What's the main reason").fill("Two lines\n<b>and</b> a 'quote'")
        page.get_by_label("No, not yet").check()
        send(world, page)

        summary = page.get_by_role("alert")
        assert page.title().startswith("Error: ")
        assert "Choose a score from 0 to 10" in summary.inner_text()
        assert page.locator("#summary:focus").count() == 1
        assert page.get_by_label("What's the main reason").input_value() == "Two lines\n<b>and</b> a 'quote'"
        assert page.get_by_label("No, not yet").is_checked()
        summary.get_by_role("link").click()
        if javascript:
            assert page.locator("#nps-0:focus").count() == 1
        page.locator("#nps-8").check(force=True)
        send(world, page)
        assert page.get_by_role("heading", level=1).inner_text() == "Thanks, you're a star"

    assert newest().answers == {"nps": 8, "why": "Two lines\n<b>and</b> a 'quote'", "resolved": "not_yet"}


def test_the_survey_is_answered_by_keyboard_alone(world: World) -> None:
    with world.page(DESK) as page:
        page.goto(world.link("pebble"))
        reach(page, "#nps-0")
        for _ in range(10):
            page.keyboard.press("ArrowRight")
        assert page.locator("#nps-10:checked").count() == 1
        assert outline(page, "#nps-10 + span") >= 3
        reach(page, "#why-text")
        page.keyboard.type("Quick")
        reach(page, "#effort-1")
        page.keyboard.press("Space")
        reach(page, "#resolved-first_time")
        page.keyboard.press("ArrowDown")
        reach(page, "button.send")
        assert outline(page, "button.send") >= 3
        world.function.travel(seconds=20)
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="Thanks, you're a star").wait_for()

    assert newest().answers == {"nps": 10, "why": "Quick", "effort": 1, "resolved": "later"}


def reach(page: Page, selector: str) -> None:
    """Press Tab until a field has the focus."""
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.locator(f"{selector}:focus").count():
            return
    raise AssertionError(f"{selector} is not reached by Tab")


def outline(page: Page, selector: str) -> float:
    """Return the width of an element's outline in pixels."""
    width = page.locator(selector).evaluate("e => getComputedStyle(e).outlineWidth")
    return float(str(width).removesuffix("px"))


def test_sending_faster_than_a_person_asks_for_the_answer_once_more(world: World) -> None:
    with world.page() as page:
        page.goto(world.link("pebble") + "?score=9")
        page.locator("form .send").click()

        assert "Is this your answer?" in page.get_by_role("alert").inner_text()
        assert page.locator("#nps-9:checked").count() == 1
        world.function.travel(seconds=3)
        page.get_by_role("alert").get_by_role("button").click()
        page.get_by_role("heading", name="Thanks, you're a star").wait_for()

    assert (newest().state, newest().score) == ("complete", 9)


def test_an_answer_is_changed_from_the_page_of_thanks_and_the_back_button_does_no_harm(world: World) -> None:
    with world.page() as page:
        page.goto(world.link("pebble") + "?score=9")
        send(world, page)
        count = Response.count()
        page.get_by_role("link", name="Change your answer").click()
        assert page.locator("#nps-9:checked").count() == 1
        page.locator("#nps-6").check(force=True)
        send(world, page)
        page.get_by_role("heading", name="Thanks, you're a star").wait_for()
        page.go_back()
        page.go_back()
        page.go_back()
        send(world, page)

        assert Response.count() == count


def test_the_script_counts_what_is_left_and_sends_once(world: World) -> None:
    with world.page() as page:
        page.goto(world.link("pebble"))
        page.get_by_label("What's the main reason").fill("x" * 1990)

        assert page.locator("#why-text-limit").inner_text() == "10 characters left"
        page.evaluate("document.getElementById('answers').dispatchEvent(new Event('submit', {cancelable: true}))")
        assert page.locator("form .send").inner_text() == "Sending…"
        again = "document.getElementById('answers').dispatchEvent(new Event('submit', {cancelable: true}))"
        assert page.evaluate(again) is False


def test_the_language_is_changed_by_a_link(world: World) -> None:
    with world.page() as page:
        page.goto(world.link("vaart") + "?score=4")
        page.get_by_role("link", name="English").click()

        assert page.locator("html").get_attribute("lang") == "en"
        assert page.locator("#nps-4:checked").count() == 1
        send(world, page)
        assert page.get_by_role("heading", level=1).inner_text() == "Thank you very much"

    assert newest().language == "en"


def test_opting_out_takes_a_button_and_can_be_taken_back(world: World) -> None:
    before = OptOut.count()
    with world.page(javascript=False) as page:
        page.goto(world.link("vaart"))
        page.get_by_role("link", name="Ik wil geen uitnodigingen").click()
        assert OptOut.count() == before
        page.get_by_role("button", name="Ik wil geen uitnodigingen").click()
        assert page.get_by_role("heading", level=1).inner_text() == "U wordt niet meer gevraagd"
        assert OptOut.count() == before + 1
        page.get_by_role("button", name="Ik bedenk me").click()
        assert page.get_by_role("heading", level=1).inner_text() == "Welkom terug"

    assert OptOut.count() == before


VIEWS: dict[str, Callable[[World, Page, str], None]] = {
    "questions": lambda world, page, client: visit(page, world.link(client) + "?score=9"),
    "mistakes": lambda world, page, client: visit(page, world.link(client), lambda: send(world, page)),
    "confirm": lambda world, page, client: visit(
        page, world.link(client) + "?score=9", lambda: page.locator("form .send").click()
    ),
    "thanks": lambda world, page, client: visit(page, world.link(client) + "?score=9", lambda: send(world, page)),
    "expired": lambda world, page, client: visit(page, world.link(client, expires_at=at(NOW) - timedelta(minutes=1))),
    "opt-out": lambda world, page, client: visit(page, world.link(client, opt_out=True)),
    "opted out": lambda world, page, client: visit(
        page, world.link(client, opt_out=True), lambda: page.locator("form .send").click()
    ),
    "unknown": lambda world, page, client: visit(page, f"{world.url}/s/unknown"),
}


def visit(page: Page, url: str, then: Callable[[], None] = lambda: None) -> None:
    """Open a page and do something on it."""
    page.goto(url)
    then()
    page.wait_for_load_state()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("view", VIEWS)
def test_every_page_is_accessible_and_fits_the_smallest_phone(
    world: World, view: str, client: str, scheme: Scheme
) -> None:
    with world.page(SMALLEST, scheme) as page:
        VIEWS[view](world, page, client)

        found = Axe().run(page, options=WCAG).response["violations"]
        assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found] == []
        assert page.evaluate("document.documentElement.scrollWidth") == SMALLEST["width"]
        assert small_targets(page) == []


def small_targets(page: Page) -> list[str]:
    """Return the links under 24 x 24, and the scores, options and buttons that are under 44 high or 36 wide."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll('main a, main button, header a, footer a, label:has(input[type=radio])')]
        .filter(e => e.offsetParent && !e.closest('.away'))
        .filter(e => { const box = e.getBoundingClientRect(), big = e.matches('label, button, .button');
            const inline = e.matches('p > a') && !e.closest('footer');
            return !inline && (box.height < (big ? 44 : 24) || box.width < (big ? 36 : 24)); })
        .map(e => e.outerHTML)"""
    )
    return found


def test_eleven_scores_stand_within_the_smallest_phone(world: World) -> None:
    with world.page() as page:
        page.goto(world.link("vaart"))
        boxes = [page.locator(f"label:has(#nps-{n})").bounding_box() for n in range(11)]

    assert all(box and box["x"] >= 0 and box["x"] + box["width"] <= 320 for box in boxes)
    assert all(box and box["width"] >= 44 and box["height"] >= 44 for box in boxes)


def test_the_page_reads_from_right_to_left_where_its_language_does(world: World) -> None:
    with world.page() as page:
        page.goto(world.link("vaart"))
        page.evaluate("document.documentElement.dir = 'rtl'")

        assert page.evaluate("document.documentElement.scrollWidth") == SMALLEST["width"]
        zero, one = (page.locator(f"label:has(#nps-{n})").bounding_box() for n in (0, 1))
        assert zero
        assert one
        assert zero["x"] > one["x"]


def test_twice_the_text_size_still_fits(world: World) -> None:
    with world.page(DESK | {"width": 640}) as page:
        page.goto(world.link("vaart") + "?score=9")
        page.evaluate("document.documentElement.style.fontSize = '200%'")

        assert page.evaluate("document.documentElement.scrollWidth") <= 640
