"""Take an HTML page apart: its JSON-LD, and where the next page is."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from extruct.utils import parse_html
from w3lib.encoding import html_to_unicode

from functions.review_scraper.readers.script_json import NotJson, read_script

_SCRIPTS = "descendant-or-self::script[starts-with(translate(normalize-space(@type), 'ADJLNOPS', 'adjlnops'), $type)]"
_NEXT = (
    "descendant-or-self::*[self::link or self::a]"
    "[contains(concat(' ', translate(normalize-space(@rel), 'NEXT', 'next'), ' '), ' next ')]/@href"
)
_JSON_LD = "application/ld+json"


@dataclass(frozen=True)
class HtmlPage:
    """A page: the items of its JSON-LD, the address of the next page, and why scripts of it could not be read."""

    items: tuple[Any, ...]
    next_page: str | None
    broken_scripts: tuple[str, ...]


def read_html(body: bytes, content_type: str, url: str) -> HtmlPage:
    """Take a page apart; one broken script does not hide the others."""
    _, text = html_to_unicode(content_type, body)
    text = text.replace("\x00", "").strip()
    if not text:
        return HtmlPage((), None, ())
    # lxml refuses a text that names its own encoding in an XML declaration, so it gets bytes of a known one.
    document = parse_html(text.encode("utf-8", "replace"), encoding="utf-8")
    items: list[Any] = []
    broken: list[str] = []
    for number, script in enumerate(document.xpath(_SCRIPTS, type=_JSON_LD), 1):
        try:
            items.extend(item for value in read_script(script.text or "") for item in _listed(value) if item)
        except NotJson as error:
            broken.append(f"JSON-LD script {number} of the page is no JSON from {error} on")
        except RecursionError:
            broken.append(f"JSON-LD script {number} of the page is nested without end")
    links = document.xpath(_NEXT)
    base = urljoin(url, document.xpath("string(//base/@href)").strip())
    return HtmlPage(tuple(items), urljoin(base, str(links[0]).strip()) if links else None, tuple(broken))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
