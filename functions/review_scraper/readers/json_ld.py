"""Pages with schema.org reviews in their JSON-LD."""

from dataclasses import replace
from zoneinfo import ZoneInfo

from functions.review_scraper.page_reading import PageReading
from functions.review_scraper.readers.html_page import read_html
from functions.review_scraper.readers.schema_org import read_reviews
from functions.shared.domain.fetching import Fetched


def read_page(page: Fetched, source: str, zone: ZoneInfo) -> PageReading:
    """Read an HTML page; a script of it that is no JSON may hold reviews, which are then lost."""
    html = read_html(page.body or b"", page.content_type, page.url)
    reading = replace(read_reviews(html.items, source, page.url, zone), next_page=html.next_page)
    if not html.broken_scripts:
        return reading
    return replace(reading, lost=True, problems=(*reading.problems, *html.broken_scripts))
