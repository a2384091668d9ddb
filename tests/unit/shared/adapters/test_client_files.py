import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from functions.shared.adapters.client_files import read_folder
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.errors import BadConfiguration

EXAMPLES = Path(__file__).parents[4] / "examples" / "clients"


@pytest.fixture
def vaart(tmp_path: Path) -> Path:
    """A copy of an example client, to break."""
    return Path(shutil.copytree(EXAMPLES / "vaart", tmp_path / "vaart"))


def mistakes(folder: Path) -> list[str]:
    with pytest.raises(BadConfiguration) as caught:
        read_folder(folder)
    return list(caught.value.mistakes)


LINE = re.compile(r", line (\d+)(?=: )")


def line_of(folder: Path, mistake: str) -> str:
    """The text of the line that a mistake names."""
    found = LINE.search(mistake)
    assert found, mistake
    return (folder / mistake[: found.start()]).read_text(encoding="utf-8").splitlines()[int(found[1]) - 1]


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize("slug", ["vaart", "pebble"])
def test_an_example_has_no_mistakes_and_survives_publishing(slug: str) -> None:
    bundle = read_folder(EXAMPLES / slug)

    assert bundle.client.client == slug
    assert ClientBundle.model_validate_json(bundle.model_dump_json(by_alias=True)) == bundle


def test_the_examples_differ_in_their_rules() -> None:
    vaart, pebble = (read_folder(EXAMPLES / slug) for slug in ("vaart", "pebble"))

    assert (vaart.client.feedback_block.months, pebble.client.feedback_block.days) == (3, 90)
    assert (vaart.client.tone, pebble.client.tone) == ("formal", "informal")
    assert (vaart.client.languages, pebble.client.languages) == (("nl", "en"), ("en", "nl"))
    assert (len(vaart.client.reminders), len(pebble.client.reminders)) == (1, 3)
    for bundle in (vaart, pebble):
        assert {touchpoint.mapping is None for touchpoint in bundle.touchpoints.values()} == {True, False}


# File, what stands there, what stands there instead, the line that is named (that of the change where empty), sentence.
BROKEN = [
    ("touchpoints/schade.yaml", "questionnaire: schade", "questionnaire: a: b", "",
     "touchpoints/schade.yaml: there is a colon where none is expected"),
    ("client.yaml", "tone: formal", "	tone: formal", "", "client.yaml: there is a tab; indent with spaces."),
    ("client.yaml", "tone: formal", "tone: formal\ntone: informal", "tone: informal",
     "client.yaml: tone stands here twice (first in line 7); keep one."),
    ("client.yaml", "name: Vaart Verzekeringen", "name: *other", "",
     "client.yaml: anchors (&) and aliases (*) are not read"),
    ("client.yaml", "name: Vaart Verzekeringen", "name: !!python/name:os.system x", "",
     "client.yaml: the tag tag:yaml.org,2002:python/name:os.system is not read; write a plain value."),
    ("touchpoints/schade.yaml", "questionnaire:", "questionaire:", "",
     "touchpoints/schade.yaml: questionaire is not a key here; did you mean questionnaire?"),
    ("touchpoints/schade.yaml", "questionnaire: schade\n", "", "touchpoint: schade",
     "touchpoints/schade.yaml: questionnaire is missing; add it."),
    ("client.yaml", '  opens: "09:00"', '  opns: "09:00"', "",
     "client.yaml: opns is not a key here; did you mean opens?"),
    ("client.yaml", "  address: klantonderzoek@vaart.example\n", "", "sender:",
     "client.yaml: sender.address is missing; add it."),
    ("client.yaml", 'opens: "09:00"', "opens: 9", "", "client.yaml: send_window.opens: a time is written as 09:00."),
    ("client.yaml", 'opens: "09:00"', "opens: 02:30", "send_window:",
     "client.yaml: send_window: may not begin or end between 02:00 and 03:00"),
    ("client.yaml", 'opens: "09:00"', "opens: 21:00", "send_window:",
     "client.yaml: send_window: opens must be before closes."),
    ("client.yaml", "[mon, tue, wed, thu, fri]", "[mon, tue, woe]", "",
     "client.yaml: send_window.days[3] must be one of mon, tue, wed, thu, fri, sat, sun, and not woe."),
    ("client.yaml", "{months: 3}", "{months: 3, days: 90}", "",
     "client.yaml: feedback_block: give either months or days."),
    ("client.yaml", "expires_after_days: 21", "expires_after_days: soon", "",
     "client.yaml: expires_after_days must be a whole number, and not soon."),
    ("client.yaml", "score: 5", "score: 3", "", "client.yaml: thresholds.score must be at least 5, and not 3."),
    ("client.yaml", "name: Vaart Verzekeringen", "name: 3", "", "client.yaml: name must be a text; put 3 in quotes."),
    ("client.yaml", "Europe/Amsterdam", "Europe/Utrecht", "",
     "client.yaml: timezone: Europe/Utrecht is no IANA time zone; one is Europe/Amsterdam."),
    ("client.yaml", "off: [2026-12-24", "off: [24-12-2026", "",
     "client.yaml: holidays.off[1] must be a date such as 2026-12-24, and not 24-12-2026."),
    ("client.yaml", "klantonderzoek@vaart.example", "klantonderzoek", "",
     "client.yaml: sender.address: this is no address that can be mailed"),
    ("client.yaml", "country: NL", "country: Nederland", "", "client.yaml: country must be a country such as NL"),
    ("brand/brand.yaml", 'primary: "#0b4f6c"', "primary: #0b4f6c", "",
     "brand/brand.yaml: light.primary must be a text, but is empty (in YAML a # begins a comment"),
    ("brand/brand.yaml", 'primary: "#0b4f6c"', 'primary: "0b4f6c"', "",
     'brand/brand.yaml: light.primary must be a colour such as "#0b4f6c", in quotes, and not 0b4f6c.'),
    ("texts/nl.yaml", 'preheader: "{touchpoint}: enkele korte vragen, ongeveer één minuut."',
     "preheader: {touchpoint}", "",
     "texts/nl.yaml: invitation.preheader must be a text; a text that begins with { or [ needs quotes."),
    ("texts/nl.yaml", "signature:\n", "signature: Groet\nbuton:\n", "",
     "texts/nl.yaml: signature must be a list, and not Groet."),
    ("questionnaires/schade.yaml", "type: scale", "type: slider", "- id: satisfaction",
     "questionnaires/schade.yaml: slider is no type of question; the types are nps, scale, choice, text."),
    ("questionnaires/schade.yaml", "highest: 5", "highest: 7", "- id: satisfaction",
     "questionnaires/schade.yaml: questions[3]: csat is measured from 1 to 5."),
    ("questionnaires/schade.yaml", "    highest: 5\n", "    higest: 5\n", "",
     "questionnaires/schade.yaml: higest is not a key here; did you mean highest?"),
    ("questionnaires/schade.yaml", "id: informed", "id: why", "questionnaire: schade",
     "questionnaires/schade.yaml: two questions have the same id."),
    ("mappings/schade.yaml", "  phone: Tel. mobiel", "  fone: Tel. mobiel", "fields:",
     "mappings/schade.yaml: fields: fone is not a field; the fields are interaction_id, email"),
    ("mappings/schade.yaml", "language: {constant: nl}", "language: {constant: nl, from: Taal}", "",
     "mappings/schade.yaml: fields.language: give either from or constant."),
    ("mappings/schade.yaml", "values: {T: telefoon", "values: {T: 1", "",
     "mappings/schade.yaml: fields.channel.values.T must be a text; put 1 in quotes."),
    ("client.yaml", "client: vaart", "client: vaarwel", "",
     "client.yaml: the client is called vaarwel, but its folder vaart; give both the same name."),
    ("touchpoints/schade.yaml", "touchpoint: schade", "touchpoint: claim", "",
     "touchpoints/schade.yaml: the touchpoint is called claim, but its file touchpoints/schade.yaml"),
    ("questionnaires/schade.yaml", "questionnaire: schade", "questionnaire: claims", "",
     "questionnaires/schade.yaml: the questionnaire is called claims, but its file"),
    ("touchpoints/schade.yaml", "questionnaire: schade", "questionnaire: claims", "",
     "touchpoints/schade.yaml: there is no questionnaire claims; add questionnaires/claims.yaml"),
    ("touchpoints/schade.yaml", "mapping: schade", "mapping: claims", "",
     "touchpoints/schade.yaml: there is no mapping claims; add mappings/claims.yaml"),
    ("touchpoints/schade.yaml", "  en: Claim handling\n", "", "name:",
     "touchpoints/schade.yaml: name has no text in en."),
    ("touchpoints/schade.yaml", "  en: Claim handling\n", "  en: Claim handling\n  de: Schaden\n", "  de: Schaden",
     "touchpoints/schade.yaml: name has a text in de, which is not one of the client's."),
    ("client.yaml", "languages: [nl, en]", "languages: [nl, en, de]", "",
     "client.yaml: there are no texts in de; add texts/de.yaml."),
    ("client.yaml", "languages: [nl, en]", "languages: [nl]", "invitation:",
     "texts/en.yaml: en is not one of the languages in client.yaml; add it there, or remove the file."),
    ("questionnaires/schade.yaml", "low: {nl: Zeer onwaarschijnlijk, en: Very unlikely}",
     "low: {nl: Zeer onwaarschijnlijk}", "",
     "questionnaires/schade.yaml: question nps: low has no text in en."),
    ("questionnaires/schade.yaml", "text: {nl: Meestal wel, en: Most of the time}", "text: {en: Most of the time}", "",
     "questionnaires/schade.yaml: question informed: options.text has no text in nl."),
    ("questionnaires/schade.yaml", "value: mostly", "value: always", "options:",
     "questionnaires/schade.yaml: question informed: two options are called always."),
    ("client.yaml", "fact: Polisvorm", "fact: Polissoort", "    fact:",
     "client.yaml: no mapping keeps Polissoort as a fact; add it under facts in the mapping of its files."),
    ("client.yaml", "name: {nl: Auto, en: Car}", "name: {nl: Auto}", "",
     "client.yaml: values.name has no text in en."),
    ("client.yaml", "dimension: cover", "dimension: insurance", "dimensions:",
     "client.yaml: two dimensions are called insurance."),
    ("client.yaml", "worked: [Good Friday]", "worked: [Good Fryday]", "",
     "client.yaml: Good Fryday is no public holiday of NL"),
    ("client.yaml", "- after_days: 5", "- after_days: 25", "reminders:",
     "client.yaml: the last reminder would come after 25 days, but an invitation expires after 21"),
    ("client.yaml", "https://beoordelingen", "http://beoordelingen", "",
     "client.yaml: http://beoordelingen.example/vaart cannot be read safely; give an https address."),
    ("client.yaml", "https://beoordelingen.example", "https://user@beoordelingen.example", "",
     "client.yaml: https://user@beoordelingen.example/vaart cannot be read safely"),
    ("mappings/schade.yaml", "  occurred_at:\n", "  location:\n", "  location: Regio",
     "mappings/schade.yaml: location stands here twice"),
    ("mappings/schade.yaml", "%d-%m-%Y %H:%M", "dd-mm-yyyy", "",
     'mappings/schade.yaml: dd-mm-yyyy is no format of a moment; one is "%d-%m-%Y %H:%M"'),
    ("mappings/schade.yaml", "    from: Kan.\n", '    from: Kan.\n    format: "%d"\n', "    format:",
     "mappings/schade.yaml: a format belongs to occurred_at only, not to channel."),
    ("texts/nl.yaml", "next_step_url: https://www.vaart.example/mijn-vaart\n", "", "next_step_label:",
     "texts/nl.yaml: next_step_label and next_step_url belong together; give both or neither."),
    ("texts/nl.yaml", "next_step_url: https:", "next_step_url: javascript:", "",
     "texts/nl.yaml: javascript://www.vaart.example/mijn-vaart is not safe to follow; give an https address."),
    ("texts/nl.yaml", "contact gehad met {client}", "contact gehad met {bedrijf}", "  body:",
     "texts/nl.yaml: invitation.body: {bedrijf} is not a placeholder"),
    ("texts/en.yaml", "subject: How was your contact with us?", 'subject: "{first_name}, how was it?"', "",
     "texts/en.yaml: invitation.subject: {first_name} is not always known"),
    ("brand/brand.yaml", 'muted: "#4e626c"', 'muted: "#8a9ba3"', "",
     "brand/brand.yaml: muted on background (light) has a contrast of 2.64; it must be 4.5 or more."),
    ("brand/brand.yaml", 'on_primary: "#06222f"', 'on_primary: "#ffffff"', "",
     "brand/brand.yaml: on_primary on primary (dark) has a contrast of 1.69; it must be 4.5 or more."),
    ("brand/brand.yaml", "font: Georgia,", "font: Georgia;} body {", "",
     "brand/brand.yaml: font is a list of font names"),
    ("brand/brand.yaml", "logo: logo.svg", "logo: ../client.yaml", "",
     "brand/brand.yaml: there is no logo brand/../client.yaml"),
    ("brand/brand.yaml", "logo: logo.svg", "logo: mark.svg", "", "brand/brand.yaml: there is no logo brand/mark.svg"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "line", "sentence"), BROKEN)
def test_a_mistake_is_one_sentence_with_file_and_line(
    vaart: Path, file: str, old: str, new: str, line: str, sentence: str
) -> None:
    edit(vaart / file, old, new)

    said = mistakes(vaart)

    (one,) = [one for one in said if LINE.sub("", one).startswith(sentence)]
    assert (line or new.strip().partition("\n")[0]) in line_of(vaart, one)
    assert all(LINE.search(other) and other.endswith((".", "?")) for other in said)


FOLDERS: list[tuple[Callable[[Path], object], str]] = [
    (lambda folder: (folder / "client.yaml").unlink(), "client.yaml, line 1: this file is missing; add it."),
    (lambda folder: (folder / "brand" / "brand.yaml").unlink(),
     "brand/brand.yaml, line 1: this file is missing; add it."),
    (lambda folder: (folder / "brand" / "logo_dark.svg").unlink(),
     "brand/brand.yaml, line 2: there is no logo brand/logo_dark.svg"),
    (lambda folder: (folder / "texts" / "nl.yaml").write_text(""), "texts/nl.yaml, line 1: the file is empty."),
    (lambda folder: (folder / "texts" / "nl.yaml").write_text("- a\n"),
     "texts/nl.yaml, line 1: the file holds no keys"),
    (lambda folder: (folder / "texts" / "nl.yaml").write_bytes("a: b\nc: é\n".encode("cp1252")),
     "texts/nl.yaml, line 2: the file is not in UTF-8; save it in that encoding."),
    (lambda folder: (folder / "texts" / "nl.yaml").write_text("a: " + "[" * 5000),
     "texts/nl.yaml, line 1: the file has groups in groups without an end"),
    (lambda folder: (folder / "texts" / "nl.yaml").write_text("a: " + "b" * 500_000),
     "texts/nl.yaml, line 1: the file has more than 400,000 bytes; shorten it."),
    (lambda folder: (folder / "texts" / "nl.yaml").rename(folder / "texts" / "nl.yml"),
     "texts/nl.yml, line 1: nothing reads this file; the places are client.yaml, touchpoints/"),
    (lambda folder: (folder / "touchpoints" / "schade.yaml").rename(folder / "touchpoints" / "Schade 1.yaml"),
     "touchpoints/Schade 1.yaml, line 1: this is no name for a touchpoint; use lower-case letters and digits."),
    (lambda folder: shutil.rmtree(folder / "touchpoints"),
     "client.yaml, line 1: there is no touchpoint; add touchpoints/<name>.yaml."),
    (lambda folder: (folder / "mappings" / "schade.yaml").write_text("fields: {product: Branche}\n"),
     "mappings/schade.yaml, line 1: occurred_at is missing; say which column holds the moment of the contact."),
    (lambda folder: (folder / "mappings" / "schade.yaml").write_text("fields: {occurred_at: Datum}\n"),
     "mappings/schade.yaml, line 1: email is missing; say which column holds the address of the customer."),
]  # fmt: skip


@pytest.mark.parametrize(("harm", "sentence"), FOLDERS)
def test_a_folder_with_a_wrong_file_is_told_so(vaart: Path, harm: Callable[[Path], object], sentence: str) -> None:
    harm(vaart)

    said = mistakes(vaart)

    assert any(one.startswith(sentence) and one.endswith(".") for one in said), said


def test_a_mapping_names_people_by_the_numbers_of_their_phones_where_they_are_invited_by_sms(vaart: Path) -> None:
    (vaart / "mappings" / "nee.yaml").write_text("fields: {phone: Mobiel}\n")
    (vaart / "client.yaml").write_text((vaart / "client.yaml").read_text() + "opt_out_mapping: nee\n")
    assert any("mappings/nee.yaml, line 1: email is missing" in one for one in mistakes(vaart))

    touchpoint = vaart / "touchpoints" / "schade.yaml"
    touchpoint.write_text(touchpoint.read_text() + "invite_by: sms\n")
    edit(vaart / "mappings" / "schade.yaml", "  phone: Tel. mobiel\n", "")

    said = [one for one in mistakes(vaart) if one.startswith("mappings/")]
    assert [one.partition(":")[2] for one in said] == [
        " phone is missing; say which column holds the number that gets the SMS."
    ]
    assert said[0].startswith("mappings/schade.yaml")


def test_all_mistakes_are_told_at_once(vaart: Path) -> None:
    edit(vaart / "client.yaml", "tone: formal", "tone: strict")
    edit(vaart / "touchpoints" / "schade.yaml", "questionnaire: schade", "questionnaire: claims")
    edit(vaart / "brand" / "brand.yaml", 'muted: "#4e626c"', 'muted: "#8a9ba3"')
    edit(vaart / "texts" / "nl.yaml", "{client}", "{bedrijf}")
    edit(vaart / "questionnaires" / "klantenservice.yaml", "type: nps", "type: npx")

    files = {one.partition(",")[0] for one in mistakes(vaart)}

    assert files == {
        "client.yaml",
        "touchpoints/schade.yaml",
        "brand/brand.yaml",
        "texts/nl.yaml",
        "questionnaires/klantenservice.yaml",
    }


def test_a_mapping_of_opt_outs_needs_no_moment_and_must_be_there(vaart: Path) -> None:
    edit(vaart / "client.yaml", "country:", "opt_out_mapping: nee\ncountry:")

    (missing,) = mistakes(vaart)
    (vaart / "mappings" / "nee.yaml").write_text("fields:\n  email: Wie\n", encoding="utf-8")

    assert "there is no mapping nee" in missing
    assert read_folder(vaart).client.opt_out_mapping == "nee"


def test_no_touchpoint_is_called_as_the_place_of_the_lists(vaart: Path) -> None:
    place = vaart / "touchpoints" / "opt-outs.yaml"
    (vaart / "touchpoints" / "klantenservice.yaml").rename(place)
    edit(place, "touchpoint: klantenservice", "touchpoint: opt-outs")

    assert any("is the place of the lists of opt-outs" in mistake for mistake in mistakes(vaart))


def test_what_others_find_gets_its_line(vaart: Path) -> None:
    with pytest.raises(BadConfiguration) as caught:
        read_folder(vaart, (lambda bundle: [f"client.yaml: languages: {bundle.client.languages[0]} is too flat."],))

    assert caught.value.mistakes == ("client.yaml, line 6: languages: nl is too flat.",)


def test_the_version_follows_the_contents_and_nothing_else(vaart: Path, tmp_path: Path) -> None:
    first = read_folder(vaart).version
    (vaart / ".DS_Store").write_bytes(b"\0")
    (vaart / "README.md").write_text("For the people who look after this folder.")
    copy = Path(shutil.copytree(vaart, tmp_path / "elsewhere" / "vaart"))

    assert read_folder(copy).version == first

    edit(copy / "texts" / "nl.yaml", "Naar de vragen", "Naar de vragenlijst")

    assert read_folder(copy).version != first


def test_words_that_yaml_likes_to_change_stay_words(vaart: Path) -> None:
    edit(vaart / "mappings" / "schade.yaml", "{T: telefoon", "{no: off, 1: telefoon, on: yes, T: telefoon")
    edit(vaart / "client.yaml", 'closes: "20:00"', "closes: 20:00")

    bundle = read_folder(vaart)

    values = bundle.mappings["schade"].fields["channel"].values or {}
    assert (values["no"], values["1"], values["on"]) == ("off", "telefoon", "yes")
    assert bundle.client.send_window.closes.hour == 20
