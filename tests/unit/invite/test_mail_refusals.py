"""Mails that come out wrong are refused: when a client is published, and once more when they would be sent."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from functions.invite.refusals import MAX_HTML_BYTES, MAX_LENGTHS, MAX_LINES, RefusedMail, refuse_parts
from functions.invite.rendering import MailRenderer
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.errors import BadConfiguration
from functions.shared.domain.names import PersonName
from infra import logos
from operations.publish import checked
from tests.worlds.mail_world import World, bundle, nl_mail, renderer, to_render

ROOT = Path(__file__).resolve().parents[3]
INVISIBLE = " \u200b\u00ad\u2060 "


@pytest.fixture(scope="module")
def mails(tmp_path_factory: pytest.TempPathFactory) -> MailRenderer:
    return renderer(tmp_path_factory.mktemp("mail"))


@pytest.fixture
def vaart(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT / "examples" / "clients" / "vaart", tmp_path / "vaart"))


def mistakes(folder: Path) -> list[str]:
    with pytest.raises(BadConfiguration) as caught:
        checked(folder)
    return list(caught.value.mistakes)


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("client", "place"),
    [
        (bundle(nl_mail(subject=INVISIBLE)), "invitation.subject"),
        (bundle(nl_mail(heading="")), "invitation.heading"),
        (bundle(nl_mail(body=())), "invitation.body"),
        (bundle(nl_mail(body=(" ", INVISIBLE))), "invitation.body"),
        (bundle(nl_mail(subject="{product}")), "invitation.subject"),
        (bundle(nl_mail(subject="x" * (MAX_LENGTHS["subject"] + 1))), "invitation.subject"),
        (bundle(nl_mail(body=("x" * (MAX_LENGTHS["body"] + 1),))), "invitation.body"),
        (bundle(nl_mail(body=("kort",) * (MAX_LINES["body"] + 1))), "invitation.body"),
        (bundle(nl_mail() | {"button": "\u200b"}), "button"),
        (bundle(nl_mail() | {"opt_out": " "}), "opt_out"),
        (bundle(nl_mail() | {"signature": ("x" * 300,)}), "signature"),
    ],
)
def test_a_mail_that_is_empty_or_too_long_is_not_rendered(
    mails: MailRenderer, client: ClientBundle, place: str
) -> None:
    with pytest.raises(RefusedMail) as refused:
        mails.render_mail(client, to_render())

    assert refused.value.place == place


def test_a_reminder_is_refused_for_its_own_words(mails: MailRenderer) -> None:
    texts = nl_mail()
    texts["second_reminder"] = texts["reminder"] | {"heading": ""}
    with pytest.raises(RefusedMail) as refused:
        mails.render_mail(bundle(texts), to_render(number=2, name="reminder-2"))

    assert refused.value.place == "second_reminder.heading"


def test_a_mail_without_its_link_in_the_text_is_refused() -> None:
    with pytest.raises(RefusedMail, match="link"):
        refuse_parts("invitation", "<a href='https://a.example/s/1'>", "no link", ["https://a.example/s/1"])


def test_a_mail_of_more_html_than_the_limit_is_refused() -> None:
    refuse_parts("invitation", "x" * MAX_HTML_BYTES, "", [])
    with pytest.raises(RefusedMail, match="shorten"):
        refuse_parts("invitation", "x" * (MAX_HTML_BYTES + 1), "", [])


def test_the_sender_stops_a_mail_that_is_refused(mails: MailRenderer) -> None:
    world = World(mails, client=bundle(nl_mail(subject="{product}"))).invite()

    assert world.send_due() == ("stopped", "refused")
    assert world.sent == []


def test_the_longest_names_and_no_name_at_all_make_a_mail(mails: MailRenderer) -> None:
    for person in (PersonName("Mevr.", "x" * 500, "van der", "y" * 500), PersonName()):
        mails.render_mail(bundle(), to_render(person=person, product="z" * 500, team="t" * 500))


REFUSED: list[tuple[str, Callable[[Path], object], str]] = [
    ("subject", lambda folder: edit(folder / "texts/nl.yaml", "Hoe heeft u ons contact ervaren?",
                                    '"{first_name|Klant} {last_name|klant}, {product|uw zaak}: hoe was het contact?"'),
     "texts/nl.yaml, line 2: invitation.subject: this text can come out"),
    ("paragraph", lambda folder: edit(folder / "texts/nl.yaml", "Wat ging er goed", "x" * 1500),
     "texts/nl.yaml, line 7: invitation.body: this text can come out"),
    ("reminder", lambda folder: edit(folder / "texts/nl.yaml", "Mogen wij u nog één keer vragen?", '"\u200b"'),
     "texts/nl.yaml, line 13: reminder.heading: nothing of this text can be seen"),
    ("nothing", lambda folder: edit(folder / "texts/nl.yaml", "Uw ervaring helpt ons verder", '" "'),
     "texts/nl.yaml, line 4: invitation.heading: this text is empty"),
    ("placeholder", lambda folder: edit(folder / "texts/en.yaml", "Dear customer", "Dear {who}"),
     "texts/en.yaml, line 6: invitation.greeting_without_name: {who} is not a placeholder"),
    ("fonts", lambda folder: edit(folder / "brand/brand.yaml", ', "Times New Roman", serif', ""),
     "brand/brand.yaml, line 4: font ends with no family that every device has"),
    ("third", lambda folder: edit(folder / "texts/nl.yaml", "button:", "third_reminder: {}\nbutton:"),
     "texts/nl.yaml, line"),
]  # fmt: skip


@pytest.mark.parametrize(("harm", "sentence"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_what_would_come_out_wrong_is_told_when_it_is_published(
    vaart: Path, harm: Callable[[Path], object], sentence: str
) -> None:
    harm(vaart)

    assert [one for one in mistakes(vaart) if one.startswith(f"vaart/{sentence}")], mistakes(vaart)


def test_a_reminder_that_no_touchpoint_sends_is_told(vaart: Path) -> None:
    for language in ("nl", "en"):
        file = vaart / "texts" / f"{language}.yaml"
        text = file.read_text("utf-8")
        reminder = text[text.index("reminder:") : text.index("button:")]
        file.write_text(text + reminder.replace("reminder:", "second_reminder:", 1), encoding="utf-8")
    told = mistakes(vaart)
    edit(vaart / "client.yaml", "- after_days: 5", "- after_days: 5\n  - after_days: 5")

    assert len(told) == 2
    assert all("second_reminder is never sent: no touchpoint sends more than 1" in one for one in told)
    assert checked(vaart)


def test_a_logo_that_is_too_heavy_to_travel_is_told(vaart: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logos, "HEAVIEST", 1000)

    (told,) = mistakes(vaart)

    assert told.startswith("vaart/brand/logo.svg, line 1: drawn for mail this logo has ")


def test_what_a_client_does_not_write_comes_in_its_language_and_tone(vaart: Path) -> None:
    said = {}
    for language in ("nl", "en"):
        (vaart / "texts" / f"{language}.yaml").write_text("invitation:\n  heading: Van ons\n", encoding="utf-8")
    for tone, other in (("formal", "informal"), ("informal", "formal")):
        edit(vaart / "client.yaml", f"tone: {tone}", f"tone: {tone}  #")
        ((_, published),) = checked(vaart)
        said[tone] = published.texts
        edit(vaart / "client.yaml", f"tone: {tone}  #", f"tone: {other}")

    assert {texts["nl"].invitation.heading for texts in said.values()} == {"Van ons"}
    assert "meteen uw cijfer" in said["formal"]["nl"].invitation.body[1]
    assert "je bent al halverwege" in said["informal"]["nl"].invitation.body[1]
    assert (said["formal"]["en"].button, said["informal"]["en"].button) == (
        "Go to the questions",
        "Tell us how it went",
    )


def test_a_language_that_we_have_no_words_for_must_be_written(vaart: Path) -> None:
    edit(vaart / "client.yaml", "languages: [nl, en]", "languages: [nl, en, de]")
    (vaart / "texts" / "de.yaml").write_text("button: Los\n", encoding="utf-8")

    assert any("texts/de.yaml, line 1: invitation is missing; add it" in one for one in mistakes(vaart))


def test_every_reminder_has_its_own_words_or_those_of_the_one_before(mails: MailRenderer) -> None:
    texts = nl_mail()
    two = texts | {"second_reminder": texts["reminder"] | {"subject": "Voor de tweede keer"}}

    def subjects(client: ClientBundle) -> list[str]:
        return [mails.render_mail(client, to_render(number=n, name=f"reminder-{n}")).subject for n in (1, 2, 3)]

    assert subjects(bundle(texts)) == ["Nog eens: Hoe was uw schade?"] * 3
    assert subjects(bundle(two)) == ["Nog eens: Hoe was uw schade?", "Voor de tweede keer", "Voor de tweede keer"]
    third = two | {"third_reminder": texts["reminder"] | {"subject": "De laatste"}}
    assert subjects(bundle(third)) == ["Nog eens: Hoe was uw schade?", "Voor de tweede keer", "De laatste"]
