"""The outbox, the reports and the first steps as a person meets them in a browser."""

import base64
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from infra.local.fake_aws.running_system import ClientLabel
from tests.worlds.fake_aws_world import World, invitation, running_fake_aws

pytestmark = pytest.mark.browser

BRANDS = {
    "vaart": ClientLabel("Vaart Verzekeringen", "#0b4f6c", "#7cc0dc"),
    "pebble": ClientLabel("Pebble Mobile", "#d64550", "#ff9aa2"),
}
OUTPUTS = {
    "endpoint": "http://127.0.0.1:4566",
    "region": "eu-west-1",
    "upload_bucket": "klankbord-upload",
    "clients": {"vaart": {"touchpoints": {"schade": {}}}, "pebble": {"touchpoints": {"support": {}, "install": {}}}},
}
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
REPORT = b"<!doctype html><html lang='nl'><title>Rapport</title><h1>NPS 31 &plusmn; 4</h1></html>"


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """Return a headless browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Return a fake AWS of a system with two clients, one of which has a report."""
    with running_fake_aws(tmp_path) as world:
        world.system.said = OUTPUTS
        monkeypatch.setattr(world.system, "brand", lambda slug: BRANDS.get(slug, ClientLabel(slug or "no client")))
        monkeypatch.setattr(world.system, "reports", lambda: {"vaart": BRANDS["vaart"]})
        files = {"vaart/index.html": (REPORT, "text/html; charset=utf-8")}
        monkeypatch.setattr(world.system, "report_file", files.get)
        yield world


@pytest.fixture
def page(browser: Browser, world: World) -> Iterator[Page]:
    """Return a page whose addresses are the fake AWS's, on which nothing may go wrong."""
    context = browser.new_context(base_url=world.server.url)
    page = context.new_page()
    mistakes: list[str] = []
    page.on("pageerror", lambda error: mistakes.append(str(error)))
    page.on("console", lambda said: mistakes.append(said.text) if "Content Security" in said.text else None)
    yield page
    context.close()
    assert mistakes == []


def fill(world: World, mails: int = 60) -> list[str]:
    return [
        world.send(
            f"klant{number}@example.com",
            EmailTags=[
                {"Name": "client", "Value": "pebble" if number % 3 == 0 else "vaart"},
                {"Name": "mail", "Value": "reminder-1" if number % 4 == 0 else "invitation"},
            ],
        )
        for number in range(mails)
    ]


def test_mails_are_listed_newest_first_and_older_ones_follow(world: World, page: Page) -> None:
    fill(world)

    page.goto("/")

    rows = page.locator(".mails li")
    expect(rows).to_have_count(50)
    expect(rows.first).to_contain_text("klant59@example.com")
    page.get_by_role("link", name="Older mails").click()
    expect(rows).to_have_count(10)
    expect(rows.last).to_contain_text("klant0@example.com")


def test_a_mail_is_found_by_a_part_of_its_address_within_a_client(world: World, page: Page) -> None:
    fill(world)
    page.goto("/")

    page.get_by_role("link", name=re.compile("Pebble Mobile 20")).click()
    page.get_by_label("Find by address or subject").fill("KLANT3")
    page.keyboard.press("Enter")

    expect(page.locator(".mails .who")).to_have_text(
        [f"to klant{number}@example.com" for number in (39, 36, 33, 30, 3)]
    )


@pytest.mark.parametrize("search", ["%", "_", "\\", "'", "<script>"])
def test_a_search_means_its_characters(world: World, page: Page, search: str) -> None:
    world.send("anna@example.com")
    page.goto("/")

    page.get_by_label("Find by address or subject").fill(search)
    page.get_by_role("button", name="Find").click()

    expect(page.get_by_text("No mail matches.")).to_be_visible()


def test_a_mail_is_shown_as_the_customer_sees_it_beside_its_text_and_headers(world: World, page: Page) -> None:
    world.send("anna@example.com")
    page.goto("/")

    page.get_by_role("link", name=re.compile("afhandeling")).click()

    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("heading", name="Hoe tevreden bent u?")).to_be_visible()
    expect(page.locator("pre.paper")).to_contain_text("https://survey.example/s/t0ken")
    expect(page.locator("dl.headers")).to_contain_text("List-Unsubscribe=One-Click")
    frame_height = page.locator("iframe").bounding_box()
    assert frame_height is not None
    inner = page.evaluate("document.querySelector('iframe').contentDocument.documentElement.scrollHeight")
    assert abs(frame_height["height"] - inner) <= 4, "the frame is as high as its mail"


def test_a_mail_runs_no_script_and_its_links_open_beside_the_page(world: World, page: Page) -> None:
    message = invitation("anna@example.com")
    html = message.get_payload()[1]  # type: ignore[index]
    html.set_content(
        "<html><head></head><body><script>parent.document.title='taken'</script>"
        "<img src=x onerror=\"parent.document.title='taken'\">"
        f"<a href='{world.server.url}/start'>Answer</a></body></html>",
        subtype="html",
    )
    message_id = world.send("anna@example.com", Content={"Raw": {"Data": message.as_bytes()}})
    unwatched = page.context.new_page()
    unwatched.goto(f"{world.server.url}/messages/{message_id}")

    with unwatched.expect_popup() as opened:
        unwatched.frame_locator("iframe").get_by_role("link", name="Answer").click()

    expect(opened.value.get_by_role("heading", name="Start here")).to_be_visible()
    assert unwatched.title() != "taken"


def test_the_images_that_a_mail_brings_along_are_shown(world: World, page: Page) -> None:
    message = invitation("anna@example.com")
    html = message.get_payload()[1]  # type: ignore[index]
    html.set_content("<html><head></head><body><img alt='Vaart' src='cid:logo'></body></html>", subtype="html")
    html.add_related(PIXEL, "image", "png", cid="<logo>")
    message_id = world.send("anna@example.com", Content={"Raw": {"Data": message.as_bytes()}})

    page.goto(f"/messages/{message_id}")

    logo = page.frame_locator("iframe").get_by_alt_text("Vaart")
    assert logo.evaluate("async image => { await image.decode(); return image.naturalWidth }") == 1


def test_new_mail_is_announced_to_whoever_looks_at_the_list(world: World, page: Page) -> None:
    world.send("anna@example.com")
    page.clock.install()
    page.goto("/")

    world.send("bert@example.com")
    page.clock.run_for(3100)

    page.get_by_role("link", name="Show 1 new mail").click()
    expect(page.locator(".mails li").first).to_contain_text("bert@example.com")


def test_an_empty_outbox_says_how_to_fill_it(world: World, page: Page) -> None:
    page.goto("/")

    page.get_by_role("link", name="How to upload a file").click()

    expect(page.get_by_text("aws s3 cp customers.csv s3://klankbord-upload/uploads/pebble/install/")).to_be_visible()


def test_reports_are_found_by_client_and_a_missing_one_is_explained(world: World, page: Page) -> None:
    page.goto("/reports/")

    page.get_by_role("link", name="Open the report of Vaart Verzekeringen").click()
    expect(page.get_by_role("heading", name="NPS 31")).to_be_visible()
    assert page.url.endswith("/reports/vaart/")

    page.goto("/reports/pebble/")
    expect(page.get_by_role("heading", name="No report of Pebble Mobile yet")).to_be_visible()


@pytest.mark.parametrize(("width", "scheme"), [(320, "dark"), (1280, "light")])
@pytest.mark.parametrize("path", ["/", "message", "/start", "/reports/", "/reports/pebble/", "/nowhere"])
def test_every_page_is_accessible_and_fits(browser: Browser, world: World, path: str, width: int, scheme: str) -> None:
    ids = fill(world, 4)
    context = browser.new_context(
        base_url=world.server.url,
        viewport={"width": width, "height": 700},
        color_scheme=scheme,  # type: ignore[arg-type]
    )
    page = context.new_page()

    page.goto(f"/messages/{ids[-1]}" if path == "message" else path)
    found = Axe().run(page, options={"iframes": False})
    wide = page.evaluate("document.documentElement.scrollWidth")
    context.close()

    assert found.violations_count == 0, found.generate_report()
    assert wide <= width
