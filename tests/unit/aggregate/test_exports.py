"""The files that a reader takes along: what the page says, as numbers, and nothing that it hides."""

import base64
import csv
import io
import re
import zipfile

import openpyxl
import pytest
import xlsxwriter

from functions.aggregate import exports
from functions.aggregate.page import make_report
from tests.worlds.aggregate_world import NOW, World, bundle


def report(tmp_path, *given, **client):
    """Return the page of these (touchpoint, team, score, answers), and the files in it by name."""
    world = World(tmp_path / "room", bundle(**client))
    for touchpoint, team, score, answers in given:
        name = f"a{next(world.sequence)}"
        world.put(
            world.invitation(name, touchpoint=touchpoint, team=team),
            world.response(name, score, touchpoint=touchpoint, answers=answers),
        )
    world.run()
    folder = tmp_path / "datasets"
    world.bucket.fetch(world.bucket.under("datasets/"), folder)
    page = make_report(world.clients.load("acme"), folder, NOW)
    found = re.findall(r'download="([^"]+)" href="data:[^;]+;base64,([^"]+)"', page)
    return page, {name: base64.b64decode(body) for name, body in found}


def rows(body):
    return list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))


FILLED = [
    *[("claims", "Noord", 9, {"solved": "at_once"})] * 12,
    *[("claims", "Zuid", 3, {"solved": "not_yet"})] * 8,
    *[("service", "Klein", 0, {"why": "Herkenbaar"})] * 3,
]

OPEN = FILLED[:20]


def test_a_table_has_the_numbers_of_the_page(tmp_path):
    page, files = report(tmp_path, *FILLED, languages=("en", "nl"))

    teams = rows(files["acme-2026-11-22-teams.csv"])
    assert teams[0] == [
        "Team",
        "NPS",
        "95% from",
        "95% to",
        "Answers",
        "Response rate",
        "Delivered",
        "Against the rest",
    ]
    assert list(files)[:2] == ["acme-2026-11-22.xlsx", "acme-2026-11-22-about.csv"]
    about = dict(rows(files["acme-2026-11-22-about.csv"])[1:])
    assert (about["Client"], about["Time zone"], about["Until"]) == ("Acme", "Europe/Amsterdam", "2026-11-22 13:00")
    assert about["Net Promoter Score"] == "20"
    assert ">+20<" in page


def test_the_questions_are_there_with_their_intervals(tmp_path):
    _, files = report(tmp_path, *OPEN, languages=("en", "nl"))

    questions = rows(files["acme-2026-11-22-questions.csv"])
    assert questions[0] == ["Touchpoint", "Question", "Answer", "Share", "95% from", "95% to", "Answers"]
    assert ["Claims", "Solved?", "At once", "60.0", "38.7", "78.1", "20"] in questions


def test_what_the_page_hides_is_not_in_its_files(tmp_path):
    _, files = report(tmp_path, *FILLED)

    klein = next(row for row in rows(files["acme-2026-11-22-teams.csv"]) if row[0] == "Klein")
    assert klein[1:] == [""] * 7
    text = b"".join(body for name, body in files.items() if name.endswith(".csv"))
    assert b"Herkenbaar" not in text
    with zipfile.ZipFile(io.BytesIO(files["acme-2026-11-22.xlsx"])) as archive:
        assert b"Herkenbaar" not in b"".join(archive.read(name) for name in archive.namelist())


@pytest.mark.parametrize("words", ["=1+1", "+31 6", "-x", "@SUM(A1)", '=HYPERLINK("http://evil.example")'])
def test_words_are_never_a_formula(tmp_path, words):
    _, files = report(tmp_path, *[("claims", words, 9, {"why": words})] * 12)

    assert rows(files["acme-2026-11-22-teams.csv"])[1][0] == f"'{words}"
    book = openpyxl.load_workbook(io.BytesIO(files["acme-2026-11-22.xlsx"]))
    cell = book["Teams"]["A2"]
    assert (cell.value, cell.data_type) == (words, "s")


def test_the_workbook_has_numbers_and_the_same_figures_give_the_same_bytes(tmp_path):
    _, files = report(tmp_path / "a", *OPEN)
    _, again = report(tmp_path / "b", *OPEN)

    book = openpyxl.load_workbook(io.BytesIO(files["acme-2026-11-22.xlsx"]))
    sheet = book["Contactmomenten"]
    assert [cell.value for cell in sheet[2]][:2] == ["Schade", 20]
    assert files["acme-2026-11-22.xlsx"] == again["acme-2026-11-22.xlsx"]
    assert book.properties.created.isoformat() == "2026-11-22T12:00:00"


def test_a_sheet_has_a_name_of_its_own_that_excel_takes():
    wanted = ("Teams", "Polis/soort [2026]: a*?", "teams", "TEAMS", "'x'", "y" * 40, "y" * 50, "***")
    made = [exports.ExportTable(name, ("a",), [(1,)]) for name in wanted]

    names = exports.sheet_names(made)

    assert names[:5] == ["Teams", "Polis soort  2026   a", "teams (2)", "TEAMS (3)", "x"]
    assert len({name.casefold() for name in names}) == len(names)
    assert max(map(len, names)) <= 31
    with io.BytesIO() as body, xlsxwriter.Workbook(body, {"in_memory": True}) as book:
        for name in names:
            book.add_worksheet(name)
