"""What people write of the example clients on review sites, unasked.

One review a week, for as long as the example exists, so that there are always recent ones and a review keeps its id and
its words. Some are edited later, some are removed, and one has a date that nobody can read: as on real sites.
"""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from examples.people import fraction

_WRITTEN = yaml.safe_load((Path(__file__).parent / "reviews.yaml").read_text(encoding="utf-8"))
_ZONES = {"vaart": ZoneInfo("Europe/Amsterdam"), "pebble": ZoneInfo("Europe/London")}
_FIRST = date(2026, 6, 1)
_EVERY = timedelta(days=7)
_EDITED_AFTER = timedelta(days=45)
_REMOVED_AFTER = timedelta(days=30)
_AMENDED = {"nl": " Aanvulling: inmiddels netjes opgelost.", "en": " Edit: they got in touch and sorted it out."}


def reviews(slug: str, now: datetime) -> list[dict[str, Any]]:
    """Return the reviews of a client that stand on its review site, the latest first.

    Each has id, author, rating (1-5), language, title, text and written_on (yyyy-mm-dd; one of them is unreadable).
    """
    today = now.astimezone(_ZONES[slug]).date()
    authors, texts = _WRITTEN[slug]["authors"], _WRITTEN[slug]["reviews"]
    found: list[dict[str, Any]] = []
    number = 0
    while (written := _FIRST + number * _EVERY + timedelta(days=int(6 * fraction(slug, number)))) <= today:
        rating, language, title, text = texts[number % len(texts)]
        if number % 6 == 2 and today >= written + _EDITED_AFTER:
            rating, text = min(5, rating + 2), text + _AMENDED[language]
        if not (number % 11 == 5 and today >= written + _REMOVED_AFTER):
            found.append(
                {
                    "id": f"r{number + 1001}",
                    "author": authors[number * 5 % len(authors)],
                    "rating": rating,
                    "language": language,
                    "title": title,
                    "text": text,
                    "written_on": "een poosje geleden" if number == 3 else written.isoformat(),
                }
            )
        number += 1
    return found[::-1]
