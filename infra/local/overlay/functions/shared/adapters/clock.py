"""The time on one machine: the real clock, moved by what `make travel` wrote beside the running system.

The local asset holds this file in the place of functions/shared/adapters/clock.py; a cloud asset never does.
"""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

_FILE = Path(os.environ["KLANKBORD_LOCAL_DIR"]) / "clock.json"


def now() -> datetime:
    """Return the moved moment, zone-aware, in UTC."""
    try:
        offset = float(json.loads(_FILE.read_text())["offset_seconds"])
    except FileNotFoundError:
        offset = 0.0
    return datetime.now(UTC) + timedelta(seconds=offset)
