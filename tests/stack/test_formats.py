"""Files of every kind, put in the bucket of the deployed stack: the same rows get the same receipt."""

import csv
import gzip
import io
import json
import uuid
from collections.abc import Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from infra.local.stack import LocalStack
from tests.worlds.import_files import workbook, zipped

pytestmark = pytest.mark.stack

HEADER = ("Ticket ID", "E-mail", "Datum contact", "Team")
LIMIT = 60
Rows = list[tuple[str, str, object, str]]


def rows_of(stack: LocalStack, mark: str) -> Rows:
    """Return three contacts of this morning: one twice, one without an address."""
    at = (stack.now().astimezone(ZoneInfo("Europe/Amsterdam")) - timedelta(hours=3)).replace(microsecond=0, tzinfo=None)
    return [
        (f"{mark}-1", f"zoe.{mark}@crm-import.example", at, "Zoëven"),
        (f"{mark}-1", f"zoe.{mark}@crm-import.example", at, "Zoëven"),
        (f"{mark}-2", "", at, "Blauw"),
    ]


def delimited(rows: Rows, delimiter: str, encoding: str) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=delimiter).writerows([HEADER, *rows])
    return buffer.getvalue().encode(encoding)


def objects(rows: Rows) -> list[dict[str, str]]:
    return [dict(zip(HEADER, map(str, row), strict=True)) for row in rows]


def xml(rows: Rows) -> bytes:
    def contact(row: tuple[object, ...]) -> str:
        return (
            "<contact>"
            + "".join(
                f"<{name.replace(' ', '_')}>{text}</{name.replace(' ', '_')}>"
                for name, text in zip(HEADER, row, strict=True)
            )
            + "</contact>"
        )

    return f'<?xml version="1.0"?><export>{"".join(map(contact, rows))}</export>'.encode()


KINDS: dict[str, Callable[[Rows], bytes]] = {
    "tabs in UTF-16": lambda rows: delimited(rows, "\t", "utf-16"),
    "bars in Windows-1252, gzipped": lambda rows: gzip.compress(delimited(rows, "|", "cp1252")),
    "workbook": lambda rows: workbook([["Contacten van vandaag"], [], HEADER, *rows]),
    "JSON": lambda rows: json.dumps(objects(rows)).encode(),
    "NDJSON in a zip": lambda rows: zipped({"x": "\n".join(map(json.dumps, objects(rows))).encode()}),
    "XML": xml,
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_file_gets_its_receipt(stack: LocalStack, kind: str) -> None:
    mark = uuid.uuid4().hex[:10]

    stack.upload("vaart", "klantenservice", f"{mark}.dat", KINDS[kind](rows_of(stack, mark)))
    summary, lines = stack.receipt("vaart", "klantenservice", f"{mark}.dat", LIMIT)

    assert (summary["state"], summary["rows"]) == ("complete", 3), summary["message"]
    assert [line["outcome"] for line in lines][1:] == ["duplicate", "no_address"]
    assert lines[0]["outcome"] in ("invited", "sampled_out")
    assert [line["interaction_id"] for line in lines] == [f"{mark}-1", f"{mark}-1", f"{mark}-2"]


BOMB = gzip.compress(b"E-mail;Datum contact\n") + gzip.compress((b"1;" + b"2" * 9997 + b"\n") * 100) * 200


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (BOMB, "uitgepakt"),
        (b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r>&x;</r>', "DOCTYPE"),
        (workbook([("E-mail", "Datum contact")])[:3000], "breekt voor het einde af"),
        (zipped({"a.csv": b"a;b", "b.csv": b"a;b"}), "2 bestanden"),
    ],
    ids=["a bomb", "an entity", "a broken workbook", "two files"],
)
def test_an_unsafe_file_gets_a_sentence_in_the_clients_language(stack: LocalStack, body: bytes, says: str) -> None:
    mark = uuid.uuid4().hex[:10]

    stack.upload("vaart", "klantenservice", f"{mark}.dat", body)
    summary, lines = stack.receipt("vaart", "klantenservice", f"{mark}.dat", LIMIT)

    assert (summary["state"], lines) == ("failed", [])
    assert says in summary["message"]
