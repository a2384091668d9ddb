"""The mail as a browser shows it, on the narrowest phone and on a desktop, light and dark."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from infra.logos import with_logos
from operations.mail_preview import standalone
from tests.worlds.mail_world import bundle, renderer, to_render

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="module")
def html(tmp_path_factory: pytest.TempPathFactory) -> str:
    mails = renderer(tmp_path_factory.mktemp("mail"))
    return standalone(mails.render_mail(with_logos(bundle()), to_render(product="een heel lange productnaam")))


@pytest.fixture(params=[(320, "light"), (320, "dark"), (760, "light"), (760, "dark")], ids=str)
def page(request: pytest.FixtureRequest, browser: Browser, html: str) -> Iterator[Page]:
    width, scheme = request.param
    context = browser.new_context(viewport={"width": width, "height": 640}, color_scheme=scheme)
    tab = context.new_page()
    tab.set_content(html)
    yield tab
    context.close()


def test_nothing_sticks_out_at_the_side(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_every_link_is_large_enough_for_a_thumb(page: Page) -> None:
    boxes: list[dict[str, Any]] = [box for link in page.get_by_role("link").all() if (box := link.bounding_box())]
    assert len(boxes) == 13  # eleven scores, the button, the opt-out
    assert min(box["height"] for box in boxes) >= 44
    assert min(box["width"] for box in boxes) >= 44


def test_axe_finds_nothing_wrong(page: Page) -> None:
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
    assert found.response["violations"] == [], found.generate_report()


def test_a_score_says_what_it_is(page: Page) -> None:
    assert page.get_by_role("link", name="Cijfer 9 van 10").get_attribute("href") == (
        "https://survey.example/v1/s/answer-token?score=9"
    )
    assert page.get_by_role("img", name="Vaart").count() == 1


def test_dark_is_dark(browser: Browser, html: str, tmp_path: Path) -> None:
    colours = {}
    for scheme in ("light", "dark"):
        context = browser.new_context(color_scheme=scheme)  # type: ignore[arg-type]
        tab = context.new_page()
        tab.set_content(html)
        colours[scheme] = tab.evaluate("getComputedStyle(document.querySelector('.card')).backgroundColor")
        context.close()
    assert colours == {"light": "rgb(255, 255, 255)", "dark": "rgb(16, 36, 47)"}
