"""What the example clients know of their customers, as the export of their administration.

`write` makes a file for each client, of the customers that its CRM files of an upload name. The same arguments give the
same bytes.
"""

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from types import MappingProxyType

from examples.companies import TEAMS
from examples.crm_files import contacts
from examples.people import Person, fraction


@dataclass(frozen=True)
class CustomerExport:
    """How one administration writes its file. `file` is a strftime name; `row` gets the customer and the day."""

    file: str
    delimiter: str
    encoding: str
    header: tuple[str, ...]
    row: Callable[[Person, date], list[str]]


def _since(who: Person) -> date:
    """Return since when somebody is a customer: most for some years."""
    return date(2026, 10, 1) - timedelta(days=round(12 * 365 * fraction(who.number, "since") ** 1.5))


def _vaart(who: Person, day: date) -> list[str]:
    products = 1 + int(3 * fraction(who.number, "products") ** 2)
    logins = int(12 * fraction(who.number, day.month, "logins") ** 3)
    letter = "J" if fraction(who.number, "newsletter") < 0.55 else "N"
    return [str(who.number), f"{day:%d-%m-%Y}", f"{_since(who):%d-%m-%Y}", str(products), letter, str(logins)]


def _pebble(who: Person, day: date) -> list[str]:
    logins = int(20 * fraction(who.number, day.month, "logins") ** 2)
    letter = "yes" if fraction(who.number, "newsletter") < 0.4 else "no"
    return [str(who.number), f"{day:%Y-%m-%d}", f"{_since(who):%Y-%m-%d}", letter, str(logins)]


EXPORTS: Mapping[str, CustomerExport] = MappingProxyType(
    {
        "vaart": CustomerExport(
            "klanten_%Y%m%d.csv",
            ";",
            "cp1252",
            ("Relatienr.", "Peildatum", "Klant sinds", "Aantal polissen", "Nieuwsbrief", "Ingelogd laatste maand"),
            _vaart,
        ),
        "pebble": CustomerExport(
            "customers-%Y-%m-%d.csv",
            ",",
            "utf-8-sig",
            ("Account Number", "As of", "Customer since", "Newsletter", "Logins last 30 days"),
            _pebble,
        ),
    }
)


def write(folder: Path, as_of: datetime, *, rows: int, seed: int, upload: int = 0) -> list[Path]:
    """Write a file for each client at <folder>/<client>/, of the customers in its CRM files of so many rows.

    `as_of` (zone-aware) is the moment of the export; the files tell how things stood at the end of the month before.
    """
    day = as_of.date().replace(day=1) - timedelta(days=1)
    written = []
    for client, export in EXPORTS.items():
        known: dict[int, Person] = {}
        for slug, touchpoint in TEAMS:
            if slug == client:
                found = contacts(client, touchpoint, as_of, rows, seed, upload)
                known |= {one.person.number: one.person for one in found}
        text = io.StringIO(newline="")
        writer = csv.writer(text, delimiter=export.delimiter, lineterminator="\r\n")
        writer.writerow(export.header)
        writer.writerows(export.row(who, day) for _, who in sorted(known.items()))
        path = folder / client / as_of.strftime(export.file)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.getvalue().encode(export.encoding))
        written.append(path)
    return written
