"""Every mail of the example clients in a browser as narrow as phones are, also to people with very long names."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from functions.invite.notices.rendering import NoticeRenderer
from operations.mail_preview import standalone
from operations.publish import checked
from operations.sample_mails import LONG_NAME, to_contact, to_customers
from tests.conftest import EXAMPLE_CLIENTS
from tests.worlds.mail_world import renderer

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="module")
def mails(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder: Path = tmp_path_factory.mktemp("mail")
    customers, contact = renderer(folder), NoticeRenderer(folder)
    return {
        name: standalone(mail)
        for _, one in checked(EXAMPLE_CLIENTS)
        for name, mail in chain(to_customers(one, customers, LONG_NAME), to_contact(one, contact))
    }


@pytest.fixture(params=["light", "dark"])
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 320, "height": 640}, color_scheme=request.param)
    yield context.new_page()
    context.close()


def test_nothing_of_any_mail_sticks_out_at_the_side(page: Page, mails: dict[str, str]) -> None:
    wide = []
    for name, html in mails.items():
        page.set_content(html)
        if not page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"):
            wide.append(name)

    assert wide == []


def test_axe_finds_nothing_wrong_with_the_mails_to_a_contact(page: Page, mails: dict[str, str]) -> None:
    for name in ("vaart/contact/receipt", "pebble/contact/receipt-failed", "pebble/contact/paused-bounces"):
        page.set_content(mails[name])
        found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})

        assert found.response["violations"] == [], (name, found.generate_report())
