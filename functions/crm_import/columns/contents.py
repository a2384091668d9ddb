"""What a column is by what stands under it, where no name says so: addresses, numbers of telephones, moments."""

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from functions.crm_import.columns.addresses import BadAddress, mailable_addresses
from functions.crm_import.columns.cells import clean
from functions.crm_import.columns.moments import ReadMoment, moment_reader
from functions.crm_import.errors import FileRejected
from functions.crm_import.header_words import is_about_birth, is_about_staff
from functions.crm_import.messages import MessageParameter
from functions.crm_import.readers.table import Broken, Cells
from functions.shared.domain.client import Client
from functions.shared.domain.placeholders import is_placeholder

_FITTING = 0.95
"""Share of the filled cells of a column that are what it is taken for: one in twenty may be a mistake."""
_FILLED = {"email": 0.05, "phone": 0.05, "occurred_at": 0.5}
"""Share of the rows that have something in the column: many contacts have no address, but each has its moment."""
_RECENT = timedelta(days=400)
"""Contacts are of the last year; birthdays and contracts are not."""
_MANY = 20
_DIFFERENT = 0.5
"""Of many filled cells: addresses that come again and again are those of few who send, not of many who are asked."""


@dataclass(frozen=True)
class Contents:
    """The first rows of a file of a client, uploaded on `today`, its local day."""

    sample: Sequence[Cells | Broken]
    client: Client
    today: date

    def column(self, field: str, header: Sequence[str], taken: Collection[int]) -> int | None:
        """Return the one column, beside those that are taken, that holds a field's values; None where none does.

        Raises FileRejected where several do.
        """
        fitting = [
            index
            for index, name in enumerate(header)
            if name and index not in taken and not is_about_staff(name) and self._holds(field, index, name)
        ]
        if len(fitting) > 1:
            names = [header[index] for index in fitting]
            raise FileRejected(
                "columns_fit",
                wanted=MessageParameter(f"wanted_{field}"),
                columns=", ".join(names),
                line=mapping_line(field, names[0]),
                other=mapping_line(field, names[1]),
            )
        return fitting[0] if fitting else None

    def _holds(self, field: str, index: int, name: str) -> bool:
        cells = [clean(row[index]) for row in self.sample if not isinstance(row, Broken)]
        filled = [cell for cell in cells if not is_placeholder(cell)]
        if not filled or len(filled) < _FILLED[field] * len(cells):
            return False
        if field == "occurred_at":
            return not is_about_birth(name) and any(
                _most(self._is_recent(moment_reader(self.client.zone, month_first=month_first)), filled)
                for month_first in (False, True)
            )
        if len(filled) >= _MANY and len({cell.casefold() for cell in filled}) < _DIFFERENT * len(filled):
            return False
        return _most(_is_address if field == "email" else self._is_phone, filled)

    def _is_recent(self, moment: ReadMoment) -> Callable[[str], bool]:
        def is_recent(text: str) -> bool:
            if text.isdigit():
                return False  # a number of days is a number first
            try:
                day = moment(text).astimezone(self.client.zone).date()
            except (ValueError, OverflowError):
                return False
            return self.today - _RECENT <= day <= self.today + timedelta(days=1)

        return is_recent

    def _is_phone(self, text: str) -> bool:
        from functions.crm_import.columns.phones import textable

        return textable(text, self.client.country) is not None


def mapping_line(field: str, name: str) -> str:
    """Return the line of a mapping's `fields` that says which column a field is."""
    return f"{field}: {json.dumps(name, ensure_ascii=False)}"


def _is_address(text: str) -> bool:
    try:
        return bool(mailable_addresses(text))
    except BadAddress:
        return False


def _most(test: Callable[[str], bool], filled: Sequence[str]) -> bool:
    return sum(map(test, filled)) >= _FITTING * len(filled)
