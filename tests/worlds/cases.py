"""Small files as people really have them, in tests/cases, each with what its receipt has to say.

They are examples of a kind; siblings of each stand in the tests of the part that reads them. In the files `zz00zz`
stands for a tag that makes their people new, and 26 November 2026 for the day before they are uploaded.
"""

import io
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

CASES = Path(__file__).parents[1] / "cases"
_MONTHS = (
    *("januari", "februari", "maart", "april", "mei", "juni"),
    *("juli", "augustus", "september", "oktober", "november", "december"),
)


@dataclass(frozen=True)
class Case:
    """What is to become of each row of a file, and texts of its reasons, its remarks and its message."""

    outcomes: str
    reasons: str = ""
    remarks: str = ""
    columns: Mapping[str, str | None] = field(default_factory=dict)
    """Of some headers the field; None: no column of this name is read."""

    def mistakes(self, summary: Mapping[str, Any], lines: Iterable[Mapping[str, str]]) -> list[str]:
        """Return what of a receipt is not as it has to be."""
        rows = list(lines)
        wrong = []
        if " ".join(line["outcome"] for line in rows) != self.outcomes:
            wrong.append(f"outcomes: {[(line['outcome'], line['reason']) for line in rows]} {summary['message']}")
        if self.reasons and self.reasons not in " ".join(line["reason"] for line in rows):
            wrong.append(f"reasons: {[line['reason'] for line in rows]}")
        remarks = " ".join(summary.get("remarks", ()))
        if self.remarks not in remarks or (remarks and not self.remarks):
            wrong.append(f"remarks: {remarks}")
        fields = {name: (summary["columns"].get(name) or {}).get("field") for name in self.columns}
        if fields != dict(self.columns):
            wrong.append(f"columns: {summary['columns']}")
        return wrong


UPLOADS: Mapping[str, Case] = {
    "placeholder-customer-number.csv": Case("invited invited invited invited", "is no customer number"),
    "placeholder-name.csv": Case("invited invited invited"),
    "codepage-850.csv": Case("invited invited", remarks="code page 850"),
    "mac-roman.csv": Case("invited", remarks="Mac OS Roman"),
    "idn-eszett.csv": Case("invited"),
    "non-ascii-local-part.csv": Case("invalid", "mail cannot be sent to an address with é in it"),
    "hidden-row.xlsx": Case("invited", remarks="Rows that are hidden or filtered out"),
    "hidden-column.xlsx": Case(
        "invited", remarks="Columns that are hidden", columns={"E-mail": None, "Email": "email"}
    ),
    "merged-header.xlsx": Case("invited", columns={"First name": "first_name", "Last name": "last_name"}),
    "backslash-quotes.csv": Case("invited"),
    "space-after-comma.csv": Case("invited"),
    "excel-guard.csv": Case("invited blocked"),
    "zero-width.csv": Case("invited invited"),
    "dutch-months.csv": Case("invited stale stale stale", "longer ago"),
    "zone-name.csv": Case("invited"),
    "whole-line-quoted.csv": Case("invited"),
    "title-lines.csv": Case("invited", columns={"Email": "email"}),
    "formula-without-value.xlsx": Case("invalid", "Email: a formula stands here whose result is not in the workbook"),
    "header-twice.csv": Case("invited", columns={"Email": "email", "Email (2)": "email"}),
}
MONTH_FIRST = "month-first-dates.csv"
"""What it is taken for depends on the day on which it comes."""
OPT_OUTS = "opt-outs-zero-width.csv"


def case_file(name: str, tag: str, day: date) -> bytes:
    """Return a file for people of their own and contacts of a day."""
    content = (CASES / name).read_bytes()
    if not name.endswith(".xlsx"):
        return _told(content, tag, day)
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            new.writestr(part, _told(old.read(part), tag, day))
    return file.getvalue()


def _told(content: bytes, tag: str, day: date) -> bytes:
    written = {
        "zz00zz": tag,
        "26-11-2026": f"{day:%d-%m-%Y}",
        "26 november 2026": f"{day.day} {_MONTHS[day.month - 1]} {day.year}",
        "2026-11-26": f"{day:%Y-%m-%d}",
    }
    for old, new in written.items():
        content = content.replace(old.encode(), new.encode())
    return content
