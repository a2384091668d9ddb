"""CRM files as companies really export them.

`python -m examples.crm_files --out DIR --rows 20000 --as-of 2026-11-23T10:00` writes one for each touchpoint.

The same arguments give the same bytes. A later `upload` has mostly the same customers with new contacts. Addresses are
of reserved domains, or of the SES mailbox simulator: `bounce+<n>@` and `complaint+<n>@simulator.amazonses.com`.
"""

import argparse
import csv
import io
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from types import MappingProxyType

from examples.companies import TEAMS, Team, team_of
from examples.exports import EXPORTS
from examples.people import Person, person

BLEMISHES: Mapping[str, float] = MappingProxyType(
    {
        "empty address": 0.05,
        "broken address": 0.02,
        "no address in words": 0.01,
        "bounce": 0.01,
        "complaint": 0.0002,
        "too old": 0.03,
        "in the future": 0.005,
        "unreadable moment": 0.005,
        "no customer number": 0.03,
        "remark over lines": 0.05,
        "remark like a formula": 0.01,
        "seen before": 0.04,
        "copied row": 0.02,
    }
)
"""The share of the rows with each blemish; a row has one at most."""

_BROKEN = ("{}@", "{} @example.com", "{}@example,com", "{}@@example.org", "@example.net", "{}@-example-.com")
_WORDS = {"vaart": ("onbekend", "geen", "n.v.t."), "pebble": ("n/a", "none", "unknown")}
_STAYING = 0.85
"""The share of customers of an upload that is in the next one too."""


@dataclass(frozen=True)
class Contact:
    """One row of an export, before it has the words of its system."""

    number: int
    person: Person
    address: str
    customer_number: str
    occurred_at: datetime
    """On the client's wall clock, without a zone."""
    team: Team
    employee: tuple[str, str]
    blemish: str
    chance: Random
    """For the rest of the row."""


def counts(rows: int) -> dict[str, int]:
    """Return how many rows of a file have each blemish: at least one of each from 100 rows on."""
    return {name: max(round(rows * share), 1 if rows >= 100 else 0) for name, share in BLEMISHES.items()}


def contacts(client: str, touchpoint: str, as_of: datetime, rows: int, seed: int, upload: int) -> list[Contact]:
    """Return the contacts of one file in its order, the copied rows included."""
    rng = Random(f"{seed}:{client}:{touchpoint}:{upload}")
    local = as_of.astimezone(EXPORTS[client, touchpoint].zone).replace(tzinfo=None, second=0, microsecond=0)
    wanted = counts(rows)
    copied = wanted.pop("copied row")
    blemishes = [name for name, times in wanted.items() for _ in range(times)]
    blemishes += [""] * (rows - copied - len(blemishes))
    rng.shuffle(blemishes)
    first = round(rows * (0.9 * [name for name in TEAMS if name[0] == client].index((client, touchpoint))))
    first += round(rows * (1 - _STAYING)) * upload
    found: list[Contact] = []
    for place, blemish in enumerate(blemishes):
        who = person(client, first + place, seed)
        if blemish == "seen before" and found:
            who = rng.choice(found[-50:]).person
        found.append(_contact(client, touchpoint, place, who, blemish, local, seed, upload))
    for _ in range(copied):
        original = rng.choice([one for one in found if not one.blemish])
        twin = replace(original, blemish="copied row", chance=copy(original.chance))
        found.insert(rng.randrange(len(found) + 1), twin)
    return found


def _contact(
    client: str, touchpoint: str, place: int, who: Person, blemish: str, local: datetime, seed: int, upload: int
) -> Contact:
    rng = Random(f"{seed}:{client}:{touchpoint}:{upload}:{place}")
    ago = timedelta(days=rng.uniform(0.1, 6.5))
    if blemish == "too old":
        ago = timedelta(days=rng.uniform(40, 120))
    elif blemish == "in the future":
        ago = -timedelta(days=rng.uniform(2, 30))
    moment = (local - ago).replace(minute=rng.randrange(60), second=0, microsecond=0)
    if not 8 <= moment.hour < 20 and blemish != "in the future":
        moment = (moment - timedelta(days=1)).replace(hour=rng.randrange(8, 20))
    address = _address(client, who, blemish, place, rng)
    team = team_of(client, touchpoint, address or str(who.number))
    return Contact(
        number=place + 1,
        person=who,
        address=address,
        customer_number="" if blemish == "no customer number" else str(who.number),
        occurred_at=moment,
        team=team,
        employee=rng.choice(team.employees),
        blemish=blemish,
        chance=rng,
    )


def _address(client: str, who: Person, blemish: str, place: int, rng: Random) -> str:
    if blemish == "empty address":
        return ""
    if blemish == "broken address":
        return rng.choice(_BROKEN).format(who.address.partition("@")[0])
    if blemish == "no address in words":
        return rng.choice(_WORDS[client])
    if blemish in ("bounce", "complaint"):
        return f"{blemish}+{place}@simulator.amazonses.com"
    if blemish == "seen before" and client == "pebble":
        return who.address.replace("@", ".work@")  # another address of the same customer number
    return who.address.title() if rng.random() < 0.03 else who.address


def write(
    folder: Path, as_of: datetime, *, rows: int, seed: int, upload: int = 0, only: Sequence[str] = ()
) -> list[Path]:
    """Write a file of so many rows for each touchpoint, at <folder>/<client>/<touchpoint>/; return the files.

    `as_of` (zone-aware) is the moment of the export. `only` names touchpoints; without it, all.
    """
    if as_of.tzinfo is None:
        raise ValueError("as_of needs a zone")
    written = []
    for (client, touchpoint), export in EXPORTS.items():
        if only and touchpoint not in only:
            continue
        lines = [export.row(one, as_of) for one in contacts(client, touchpoint, as_of, rows, seed, upload)]
        local = as_of.astimezone(export.zone)
        path = folder / client / touchpoint / local.strftime(export.file)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_encoded(export.header, lines, export.delimiter, export.encoding, export.quoting))
        written.append(path)
    return written


def _encoded(header: Sequence[str], lines: list[list[str]], delimiter: str, encoding: str, quoting: int) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator="\r\n")  # type: ignore[arg-type]
    writer.writerow(header)
    writer.writerows(lines)
    return text.getvalue().encode(encoding)


def main(arguments: list[str] | None = None, tell: Callable[[str], None] = print) -> None:
    """Write the files that the command line asks for, and say what was written."""
    parser = argparse.ArgumentParser(
        prog="python -m examples.crm_files", description="Write CRM files of the examples."
    )
    parser.add_argument("--out", type=Path, required=True, help="the folder for the files")
    parser.add_argument("--rows", type=int, default=240, help="rows of each file")
    parser.add_argument("--as-of", type=datetime.fromisoformat, help="the moment of the export (UTC); now without it")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--upload", type=int, default=0, help="1 and on: the same customers, later")
    parser.add_argument("--touchpoint", action="append", default=[], help="only this touchpoint; may be repeated")
    options = parser.parse_args(arguments)
    as_of = options.as_of or datetime.now(UTC)
    as_of = as_of if as_of.tzinfo else as_of.replace(tzinfo=UTC)
    for path in write(
        options.out, as_of, rows=options.rows, seed=options.seed, upload=options.upload, only=options.touchpoint
    ):
        blemished = ", ".join(f"{times} {name}" for name, times in counts(options.rows).items() if times)
        tell(f"{path}: {options.rows} rows, {path.stat().st_size:,} bytes; of them {blemished}.")


if __name__ == "__main__":
    main()
