import csv
import gzip
import io
import json
import zipfile
from collections.abc import Callable, Sequence

import pytest

from functions.crm_import.errors import FileRejected
from functions.crm_import.readers.formats import read_table
from functions.crm_import.readers.records import SAMPLE
from functions.crm_import.readers.table import MAX_COLUMNS, MAX_MENDED, Broken, Place
from tests.worlds.import_files import workbook, zipped

PEOPLE = [
    {"E-mail": "zoë@klant.example", "Datum contact": "23-11-2026 10:00", "Klantnr": "00042"},
    {"E-mail": "jan@klant.example", "Datum contact": "23-11-2026 11:00", "Klantnr": "7"},
]
HEADER = tuple(PEOPLE[0])
ROWS = [list(person.values()) for person in PEOPLE]


def read(
    data: bytes, place: Place | None = None, block: int = 70_000
) -> tuple[tuple[str, ...], list[list[str] | Broken]]:
    table = read_table((data[start : start + block] for start in range(0, len(data), block)), place)
    return table.header, list(table.rows)


def refused(data: bytes, place: Place | None = None) -> str:
    with pytest.raises(FileRejected) as caught:
        read(data, place)
    return str(caught.value)


def delimited(delimiter: str, encoding: str) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=delimiter).writerows([HEADER, *ROWS])
    return buffer.getvalue().encode(encoding)


def xml(encoding: str = "utf-8") -> bytes:
    def cells(person: dict[str, str]) -> str:
        return "".join(f"<{name.replace(' ', '_')}>{text}</{name.replace(' ', '_')}>" for name, text in person.items())

    records = "".join(f"<klant>{cells(person)}</klant>" for person in PEOPLE)
    return f'<?xml version="1.0" encoding="{encoding}"?>\n<klanten>{records}</klanten>'.encode(encoding)


KINDS: dict[str, bytes] = {
    "semicolons": delimited(";", "cp1252"),
    "commas": delimited(",", "utf-8-sig"),
    "tabs in UTF-16": delimited("\t", "utf-16"),
    "bars in Latin-1": delimited("|", "latin-1"),
    "JSON": json.dumps(PEOPLE).encode(),
    "JSON over many lines": json.dumps(PEOPLE, indent=2, ensure_ascii=False).encode(),
    "JSON in UTF-16": json.dumps(PEOPLE, ensure_ascii=False).encode("utf-16"),
    "NDJSON": "\n".join(json.dumps(person, ensure_ascii=False) for person in PEOPLE).encode("utf-8-sig"),
    "objects over many lines": "\n".join(json.dumps(person, indent=1) for person in PEOPLE).encode(),
    "XML": xml(),
    "XML in Windows-1252": xml("windows-1252"),
    "XML in UTF-16": xml("utf-16"),
    "XML with namespaces": xml()
    .replace(b"<klanten>", b'<k:klanten xmlns:k="urn:k">')
    .replace(b"</klanten>", b"</k:klanten>"),
    "all cells quoted": "\r\n".join(";".join(f'"{cell}"' for cell in row) for row in [HEADER, *ROWS]).encode("cp1252"),
    "workbook": workbook([["Export van klanten"], [], HEADER, *ROWS]),
}
PACKED: dict[str, Callable[[bytes], bytes]] = {
    "plain": lambda data: data,
    "gzip": lambda data: gzip.compress(data, mtime=0),
    "two gzips": lambda data: gzip.compress(data[:50], mtime=0) + gzip.compress(data[50:], mtime=0) + bytes(512),
    "zip": lambda data: zipped({"klanten.csv": data}),
    "stored zip": lambda data: zipped({"klanten.csv": data}, zipfile.ZIP_STORED),
    "zip by macOS": lambda data: zipped({"map/": b"", "map/klanten.csv": data, "__MACOSX/map/._klanten.csv": b"x"}),
    "zip with a hostile name": lambda data: zipped({"../../../etc/cron.d/klant": data}),
}


@pytest.mark.parametrize("block", [1, 7, 70_000])
@pytest.mark.parametrize("packed", PACKED)
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_gives_the_same_rows_plain_or_packed_whatever_the_blocks(kind: str, packed: str, block: int) -> None:
    header, rows = read(PACKED[packed](KINDS[kind]), block=block)

    assert tuple(name.replace("_", " ") for name in header) == HEADER
    assert rows == ROWS


@pytest.mark.parametrize("packed", PACKED)
def test_the_sheet_that_a_mapping_names_is_read_out_of_an_archive_too(packed: str) -> None:
    book = workbook([("iets", "anders")], [["Titel"], HEADER, *ROWS], names=("Uitleg", "Contacten"))

    assert read(PACKED[packed](book), Place(sheet="contacten ")) == (HEADER, ROWS)


def test_objects_in_objects_become_columns_and_lists_are_joined() -> None:
    data = [
        {
            "contact": {"email": "a@b.nl", "tel": None},
            "tags": ["x", "y"],
            "lines": [{"sku": 1}, {"sku": 2}],
            "ok": True,
        },
        {"contact": {"email": "c@d.nl", "tel": "06"}, "tags": [], "total": 1.50, "id": 12345678901234567890},
    ]

    header, rows = read(json.dumps(data).replace("1.5", "1.50").encode())

    assert header == ("contact.email", "contact.tel", "tags", "lines", "lines.sku", "ok", "total", "id")
    assert rows == [
        ["a@b.nl", "", "x, y", "", "1, 2", "true", "", ""],
        ["c@d.nl", "06", "", "", "", "", "1.50", "12345678901234567890"],
    ]


def test_a_broken_line_of_ndjson_costs_its_own_row_only() -> None:
    rows = read(b'{"a":"1"}\n{"a":"2"\n[3]\n\n{"a":"4"}{"a":"5"}\n{"a":"6"}\n')[1]

    broken = Broken("broken_record", {})
    assert rows == [["1"], broken, broken, broken, ["6"]]


def test_more_broken_lines_than_a_few_are_no_ndjson() -> None:
    assert "No records" in refused(b'{"a":"1"}\n' + b"{oops\n" * (MAX_MENDED + 1))


def test_a_field_that_only_a_late_record_has_is_told_and_not_lost() -> None:
    line = json.dumps({"a": "x" * 9000}).encode() + b"\n"
    data = line * (SAMPLE // 9000 + 2) + b'{"a":"1","b":""}\n{"a":"1","b":"2"}\n'

    rows = read(data)[1]

    assert rows[-2:] == [["1"], Broken("late_column", {"column": "b"})]


def test_records_without_anything_in_them_are_no_rows() -> None:
    assert read(b'[{"a":null},{"a":""},{"a":"1"},{}]')[1] == [["1"]]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"[]", "empty"),
        (b" [ ] ", "empty"),
        (b"{}", "No records"),
        (b"[[1,2],[3,4]]", "No records"),
        (b'["a@b.nl"]', "No records"),
        (b'[{"a":1}', "breaks off"),
        (b'[{"a":1},', "cannot be read around record 1"),
        (b'[{"a":1}]x', "cannot be read"),
        (b'[{"a":1} {"a":2}]', "cannot be read"),
        (b'{"a": tru', "cannot be read"),
        (b'[{"a":"\xff"}]', "not in UTF-8"),
        (b"[" * 100_000, "cannot be read"),
        (b'{"a":' * 100_000, "cannot be read"),
        (b'[{"a":"' + b"x" * 2_000_000 + b'"}]', "more than 1,048,576 characters"),
        (json.dumps({"x" * 150: {"y" * 100: 1}}).encode(), "a name of more than"),
        (json.dumps({f"k{n}": n for n in range(MAX_COLUMNS + 1)}).encode(), "more than the 1,000"),
    ],
)
def test_json_that_cannot_be_used_is_refused_with_a_sentence(data: bytes, says: str) -> None:
    assert says in refused(data)


def test_xml_is_flattened_without_its_namespaces() -> None:
    data = b"""<?xml version="1.0"?>
    <s:export xmlns:s="urn:s" xmlns="urn:d" xmlns:xsi="urn:xsi"><s:meta><made>today</made></s:meta><s:list>
      <s:contact id="1" s:kind="a"><email>a@b.nl</email><adres><plaats type="x">Ede</plaats></adres>
        <tag>x</tag><tag>y</tag><leeg xsi:nil="true"/></s:contact>
      <s:contact id="2"><email><![CDATA[c@d.nl]]></email><tag>a &amp; &lt;b&gt; &#233;</tag></s:contact>
    </s:list></s:export>"""

    header, rows = read(data, Place(record="contact"))

    assert header == ("id", "kind", "email", "adres.plaats.type", "adres.plaats", "tag", "leeg")
    assert rows == [["1", "a", "a@b.nl", "x", "Ede", "x, y", ""], ["2", "", "c@d.nl", "", "", "a & <b> é", ""]]
    assert read(data) == (header, rows)


@pytest.mark.parametrize(
    ("data", "rows"),
    [
        (b"<r><k><a>1</a></k></r>", [["1"]]),
        (b"<r><k a='1'/><k a='2'/></r>", [["1"], ["2"]]),
        (b"<r><meta><x>0</x></meta><k><a>1</a></k><k><a>2</a></k></r>", [["1"], ["2"]]),
        (b"<r><l><k><a>1</a></k><k><a>2</a></k></l></r>", [["1"], ["2"]]),
    ],
)
def test_the_record_element_is_recognised_where_it_is_plain(data: bytes, rows: Sequence[list[str]]) -> None:
    assert read(data)[1] == rows


@pytest.mark.parametrize(
    ("data", "record", "says"),
    [
        (b"<r/>", None, "empty"),
        (b"<r><a>1</a><b>2</b></r>", None, "The elements found are: a, b"),
        (b"<r><k><a>1</a></k></r>", "klant", "has no element klant"),
        (b"<r><k><a>1</a></k>", None, "breaks off"),
        (b"<r><k><a>1</b></k></r>", None, "not well-formed on line 1"),
        (b"<r>\n<k><a>1</a></k>\n</r>\n<r/>", "k", "not well-formed on line 4"),
        (b'<?xml version="1.0" encoding="klingon"?><r/>', None, "encoding"),
        (b'<?xml version="1.0" encoding="utf-7"?><r><k a="1"/></r>', "k", "encoding"),
        (b"<r>" + b"<k>" * 60, "k", "nested more than 50"),
        (b"<r><k><" + b"a" * 300 + b"/></k></r>", "k", "a name of more than"),
        (b"<r><k><a>" + b"x" * 2_000_000 + b"</a></k></r>", "k", "more than 1,048,576 characters"),
        (b"<r><k a='" + b"x" * 3_000_000 + b"'/></r>", "k", "more than 1,048,576 characters"),
        (
            b"<r><k>" + b"".join(b"<a%d>1</a%d>" % (n, n) for n in range(MAX_COLUMNS + 1)) + b"</k></r>",
            "k",
            "more than the 1,000",
        ),
        (b'<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">', None, "Excel 2003 XML"),
    ],
)
def test_xml_that_cannot_be_used_is_refused_with_a_sentence(data: bytes, record: str | None, says: str) -> None:
    assert says in refused(data, Place(record=record))


def test_a_large_xml_file_is_read_through() -> None:
    data = b"<r>" + b"<k><a>1</a><b>twee</b></k>\n" * 200_000 + b"</r>"

    assert len(read(data)[1]) == 200_000
