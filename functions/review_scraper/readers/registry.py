"""The readers of review sources, by the `kind` that a client's settings name."""

from collections.abc import Mapping

from functions.review_scraper.page_reading import PageReader
from functions.review_scraper.readers import json_ld
from functions.shared.domain.client import ReviewSourceKind

READERS: Mapping[ReviewSourceKind, PageReader] = {"json_ld": json_ld.read_page}
