"""The report."""

from datetime import datetime
from pathlib import Path

from functions.shared.domain.client import ClientBundle


def make_report(bundle: ClientBundle, folder: Path, now: datetime) -> str:
    """Return the page of a client."""
    return f"<h1>{bundle.client.name}</h1>"
