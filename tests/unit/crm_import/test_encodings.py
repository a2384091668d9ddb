"""In which encoding a text is, by its letters; no letter is ever lost."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.crm_import.errors import FileRejected
from functions.crm_import.readers.encoding_evidence import single_byte_encoding
from functions.crm_import.readers.formats import read_table
from tests.worlds.import_world import World

NAMES = (
    "Júlia Müller",
    "José Pérez",
    "Brändström",
    "Hélène Lefèvre",
    "Zoë Groß",
    "François",
    "Ångström",
    "Ñáñez",
    "Søren",
)
SPOKEN = {
    "cp1252": "Windows-1252",
    "cp850": "DOS",
    "cp437": "DOS",
    "mac_roman": "Mac OS Roman",
    "iso8859-15": "Windows-1252",
}


def read(data: bytes) -> tuple[list[str], list[str]]:
    table = read_table([data])
    names = [str(row[0]) for row in table.rows if isinstance(row, list)]
    return names, [str(one.values.get("encoding", one.why)) for one in table.remarks]


@pytest.mark.parametrize("encoding", ["cp1252", "cp850", "mac_roman"])
def test_names_are_read_as_they_are_whatever_wrote_them(encoding: str) -> None:
    names, told = read(("naam;plaats\n" + "".join(f"{name};Delft\n" for name in NAMES)).encode(encoding))

    assert names == list(NAMES)
    assert len(told) == 1
    assert told[0].startswith(SPOKEN[encoding])


@pytest.mark.parametrize("encoding", ["cp1252", "cp850", "mac_roman"])
@pytest.mark.parametrize("name", ["Müller", "José", "Hélène", "Brändström", "Zoë"])
def test_one_name_is_enough(encoding: str, name: str) -> None:
    assert read(f"naam;plaats\n{name};Delft\nJan;Delft\n".encode(encoding))[0] == [name, "Jan"]


@pytest.mark.parametrize(
    "text", ["Totaal € 5", "foto’s", "“Jan”", "5 – 7", "O’Brien", "Café…", "¡Hola!", "20 °C", "½ uur"]
)
def test_what_else_windows_writes_is_windows(text: str) -> None:
    assert read(f"naam;plaats\n{text};Delft\n".encode("cp1252"))[0] == [text]


def test_the_euro_sign_of_latin_9_is_one() -> None:
    assert read("naam;plaats\nŠimon Žák;Œuf\n".encode("iso8859-15"))[0] == ["Šimon Žák"]


def test_what_went_through_utf_8_twice_is_mended_and_told() -> None:
    data = "".join(f"{name};Delft\n" for name in ("Müller", "José", "Zoë")).encode().decode("cp1252").encode()

    assert read(b"naam;plaats\n" + data) == (["Müller", "José", "Zoë"], ["undoubled"])


def test_words_that_only_look_as_if_they_had_gone_twice_stay() -> None:
    assert read("naam;plaats\nMüller;in Ã© verbasterd\n".encode())[0] == ["Müller"]


PEOPLE = (
    *("Müller", "Jürgen", "Schröder", "Jäger", "Köhler", "Weiß", "Groß", "Bäcker", "Gößling", "Käthe", "Löwe"),
    *("José", "Pérez", "García", "Núñez", "Muñoz", "Martínez", "Sánchez", "Lucía", "Ángela", "Héctor"),
    *("Hélène", "François", "Lefèvre", "Benoît", "Chloé", "Noël", "Maëlle", "Gaël", "Zoé", "Rémi", "Anaïs"),
    *("Joëlle", "Zoë", "Daniël", "Curaçao", "België", "Raphaël", "Loïs", "Brännström", "Björn", "Åsa", "Søren"),
)


@given(
    st.lists(st.sampled_from(PEOPLE), min_size=8, max_size=40, unique=True),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252", "cp850", "mac_roman"]),
)
@settings(max_examples=300, deadline=None)
def test_names_in_any_encoding_are_read_back_or_refused_and_lose_no_letter(names: list[str], encoding: str) -> None:
    try:
        found, _ = read(("naam;plaats\n" + "".join(f"{name};Delft\n" for name in names)).encode(encoding))
    except FileRejected:
        return

    assert found == names


@given(st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=40))
@settings(max_examples=200, deadline=None)
def test_what_windows_writes_is_never_read_as_anything_else(names: list[str]) -> None:
    try:
        found, _ = read(("naam;plaats\n" + "".join(f"{name};Delft\n" for name in names)).encode("cp1252"))
    except FileRejected:
        return

    assert found == names


@given(st.binary(min_size=1, max_size=300))
@settings(max_examples=200, deadline=None)
def test_no_text_has_a_letter_that_stands_for_a_lost_one(data: bytes) -> None:
    try:
        found, _ = read(b"naam;plaats\nJan;Delft\n" + data)
    except FileRejected:
        return

    assert not any("\ufffd" in name for name in found) or b"\xef\xbf\xbd" in data


def test_the_receipt_tells_the_encoding_and_the_letters_that_depend_on_it() -> None:
    world = World()

    summary, _ = world.upload("E-mail;Datum contact;Naam\na@klant.example;23-11-2026;Müller\n".encode("cp850"))

    assert "code page 850" in summary["remarks"][0]
    assert "ü" in summary["remarks"][0]


def doubled(text: str) -> str:
    return text.encode().decode("cp1252")


def test_a_name_that_was_damaged_on_an_earlier_way_is_read_as_it_was_meant_and_told_once() -> None:
    names = ["Zoë", doubled("Müller"), doubled("O’Brien"), "Jansén"]
    text = "naam;plaats\n" + "".join(f"{name};Delft\n" for name in names)

    for encoding in ("utf-8", "cp1252"):
        read_names, told = read(text.encode(encoding))

        assert read_names == ["Zoë", "Müller", "O’Brien", "Jansén"]
        assert told[-1] == "undoubled_parts"
        assert told.count("undoubled_parts") == 1


def test_lines_of_utf_8_far_down_in_a_file_of_windows_are_read_as_what_they_are() -> None:
    many = "".join(f"Zoë {n};Delft\n" for n in range(20_000)).encode("cp1252")

    names, told = read(b"naam;plaats\n" + many + "Hélène;Delft\n".encode())

    assert (names[-1], told[-1]) == ("Hélène", "undoubled_parts")


@pytest.mark.parametrize("name", ["JOÃO", "SÃO PAULO", "Ã", "João", "Â", "€ 5"])
def test_letters_that_begin_such_a_damage_are_left_alone(name: str) -> None:
    assert read(f"naam;plaats\n{name};Delft\nZoë;Delft\n".encode()) == ([name, "Zoë"], [])


@pytest.mark.parametrize(("first", "then"), [("cp1252", "cp850"), ("cp850", "cp1252"), ("mac_roman", "cp1252")])
def test_a_file_that_was_put_together_of_two_encodings_is_refused(first: str, then: str) -> None:
    many = "".join(f"{name} {n};Delft\n" for n in range(3000) for name in NAMES[:3])

    with pytest.raises(FileRejected) as refused:
        read(b"naam;plaats\n" + many.encode(first) + many.encode(then))

    assert refused.value.why in ("encoding_changes", "encoding_unknown")


@pytest.mark.parametrize("encoding", ["cp1252", "cp850", "mac_roman"])
def test_a_long_file_of_one_encoding_is_that_to_its_end(encoding: str) -> None:
    lines = [f"{name} {n};Totaal 5 %" for n in range(1500) for name in NAMES]

    names, _ = read(("naam;plaats\n" + "\n".join(lines) + "\n").encode(encoding))

    assert names == [line.partition(";")[0] for line in lines]


def test_what_is_open_at_the_beginning_is_decided_by_what_follows() -> None:
    unclear = next(
        bytes((byte,))
        for byte in range(0x80, 0x100)
        if single_byte_encoding(b"Jan " + bytes((byte,)) + b"\n").rival is not None
    )
    start = b"naam;plaats\n" + b"Jan " + unclear + b";Delft\n" + b"Jan;Delft\n" * 20_000
    tail = "".join(f"{name};Delft\n" for name in NAMES).encode("cp1252")

    with pytest.raises(FileRejected):
        read(start)
    assert read(start + tail)[0][-1] == NAMES[-1]
