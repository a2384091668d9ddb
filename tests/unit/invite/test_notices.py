"""What a client's contact reads of its files and its sending, and that it reads it once."""

import json
import re
import string
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from functions.invite.notices.receipt_letter import MAX_REASONS, Rows
from functions.invite.notices.rendering import NoticeRenderer
from functions.invite.notices.service import Notifying, TellOutcome
from functions.shared.adapters.notice_queue import read_notice
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.deliveries import RefusedInvitation
from functions.shared.domain.digest import Digest, News
from functions.shared.domain.errors import BadInput, NotFound, TryAgain
from functions.shared.domain.identity import LinkKeys
from functions.shared.domain.mail import PackedMail
from functions.shared.domain.notices import (
    DigestNotice,
    Notice,
    ReceiptNotice,
    RefusalNotice,
    SendingNotice,
    refusal_notice,
    to_message,
)
from functions.shared.domain.report_links import ReportLinks, read_report_token
from functions.shared.domain.send_results import SendAccepted, SendRejected, SendResult, SendUnknown
from infra.local.fake_aws.mail import read_mail
from infra.logos import with_logos
from infra.mail_templates import SOURCE, compile_mail
from tests.worlds.mail_world import bundle

RECEIPT = "receipts/vaart/schade/week 47.csv.json"
NOTICE = ReceiptNotice("vaart", RECEIPT, "upload-1")
PAUSED = SendingNotice(
    "paused", "vaart", int(datetime(2026, 11, 23, 9, 30, tzinfo=UTC).timestamp()), "bounces", 2.4, 1250
)
SUMMARY: dict[str, Any] = {
    "file": "week 47.csv",
    "client": "vaart",
    "touchpoint": "schade",
    "state": "complete",
    "message": "",
    "rows": 1240,
    "outcomes": {"invited": 1000, "blocked": 200, "invalid": 13, "no_address": 27},
    "columns": {},
    "coverage": {"rows": 1227, "message": "Van de 1227 contacten hebben er 1200 een adres."},
}
AT = "2026-11-23T10:00:00+01:00"


def line(row: int, outcome: str, reason: str = "", send_at: str = "") -> dict[str, str]:
    return {"row": str(row), "outcome": outcome, "reason": reason, "send_at": send_at}


KEYS = LinkKeys({1: b"key"})
LINKS = ReportLinks(KEYS, "https://survey.example/v1")


class World:
    """A client, its receipts, a memory of what was sent, and an SES."""

    def __init__(self, templates: Path, client: ClientBundle) -> None:
        self.client = client
        self.kept: dict[str, Any] = {RECEIPT: SUMMARY}
        self.kept_lines = [line(1, "invited", send_at=AT), line(2, "invited", send_at=AT)]
        self.bucket = "uploads"
        self.done: set[str] = set()
        self.answers: list[SendResult] = []
        self.sent: list[PackedMail] = []
        self.refused: list[RefusedInvitation] = []
        self.waiting: list[RefusalNotice] = []
        self.now = datetime(2026, 11, 23, 12, tzinfo=UTC)
        self.notifying = Notifying(
            self, self, NoticeRenderer(templates), self, LINKS, self, self, self, lambda: self.now
        )

    def load(self, slug: str) -> ClientBundle:
        if slug != "vaart":
            raise NotFound(slug)
        return self.client

    def between(self, client: str, since: int, until: int) -> list[RefusedInvitation]:
        assert client == "vaart"
        return self.refused

    def put_later(self, notice: RefusalNotice, now: datetime) -> None:
        self.waiting.append(notice)

    def summary(self, key: str) -> dict[str, Any]:
        if key not in self.kept:
            raise NotFound(key)
        return dict(self.kept[key])

    def lines(self, key: str) -> list[dict[str, str]]:
        assert key == "receipts/vaart/schade/week 47.csv.csv"
        return self.kept_lines

    def send(self, mail: PackedMail) -> SendResult:
        answer = self.answers.pop(0) if self.answers else SendAccepted("id")
        if isinstance(answer, SendAccepted):
            self.sent.append(mail)
        return answer

    def do(self, name: str, work: Callable[[], Any]) -> None:
        if name not in self.done:
            work()
            self.done.add(name)

    def tell(self, notice: Notice) -> Any:
        """Tell a notice and return its mail as a mailbox shows it."""
        assert self.notifying.tell(notice) is TellOutcome.TOLD
        mail = self.sent[-1]
        return read_mail(
            {
                "Content": {"Raw": {"Data": b64encode(mail.raw).decode()}},
                "Destination": {"ToAddresses": [mail.to_address]},
                "EmailTags": [{"Name": name, "Value": value} for name, value in mail.tags],
            }
        )


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mail")
    compile_mail(SOURCE, folder)
    return folder


@pytest.fixture
def world(templates: Path) -> World:
    return World(templates, bundle())


def informal(templates: Path) -> World:
    return World(templates, bundle(tone="informal"))


def test_a_receipt_is_told_in_figures_and_words(world: World) -> None:
    mail = world.tell(NOTICE)

    assert mail.recipients == ("crm@vaart.example",)
    assert mail.subject == "week 47.csv: 1.000 van 1.240 rijen uitgenodigd"
    for words in (
        "Bestand: week 47.csv",
        "Touchpoint: uw schade",
        "Rijen: 1.240",
        "Uitgenodigd: 1.000",
        "Kort geleden al gevraagd: 200",
        "Ze gaan uit op maandag 23 november om 10:00.",
        "Zonder bruikbaar adres: 27.",
        "Van de 1227 contacten hebben er 1200 een adres.",
        "Sleutel: receipts/vaart/schade/week 47.csv.csv",
    ):
        assert words in mail.text, words


def test_html_and_text_of_a_notice_say_the_same(world: World) -> None:
    world.kept_lines.append(line(3, "invalid", "E-mail <1>: dit is geen geldig e-mailadres"))
    mail = world.tell(NOTICE)

    html = " ".join(mail.html.split())
    assert "E-mail &lt;1&gt;: dit is geen geldig e-mailadres (rij 3)" in html
    for words in mail.text.splitlines():
        for part in words.replace("<", "&lt;").replace(">", "&gt;").removeprefix("-- ").split(": ", 1):
            assert part in html, part


def test_a_notice_is_in_the_house_style_with_preheader_and_language(templates: Path) -> None:
    mail = World(templates, with_logos(bundle())).tell(NOTICE)

    assert '<html lang="nl"' in mail.html
    assert "cid:logo" in mail.html
    assert "prefers-color-scheme: dark" in mail.html
    assert "#0b4f6c" not in mail.html.split("</head>")[1]  # no button, nothing in the colour of one
    assert "Wat er van elke rij is geworden" in mail.html


def test_a_notice_is_generated_and_offers_no_opt_out(world: World) -> None:
    mail = world.tell(NOTICE)

    headers = {name.lower() for name, _ in mail.headers}
    assert ("Auto-Submitted", "auto-generated") in mail.headers
    assert not {"list-unsubscribe", "list-unsubscribe-post"} & headers
    assert mail.tags == {"notice": "receipt", "client": "vaart"}


def test_the_rows_that_need_somebody_are_told_by_column_with_the_first_of_them(world: World) -> None:
    world.kept_lines += [line(n, "invalid", "E-mail: dit is geen geldig e-mailadres") for n in range(3, 12)]
    world.kept_lines += [line(40, "invalid", "Datum: leeg, maar wel nodig")]
    mail = world.tell(NOTICE)

    assert "E-mail: dit is geen geldig e-mailadres (9 rijen: 3, 4, 5, 6, 7, ...)" in mail.text
    assert "Datum: leeg, maar wel nodig (rij 40)" in mail.text
    assert "Om andere redenen: 30." in mail.text


def test_mistakes_of_a_thousand_kinds_take_no_more_room_than_the_first() -> None:
    rows = Rows.of(line(n, "invalid", f"reason {n}") for n in range(MAX_REASONS + 5))

    assert len(rows.wrong) == MAX_REASONS


@pytest.mark.parametrize(
    ("last", "said"),
    [
        ("2026-11-23T10:00:00+01:00", "op maandag 23 november om 10:00."),
        ("2026-11-23T14:30:00+01:00", "op maandag 23 november, tussen 10:00 en 14:30."),
        ("2026-11-24T09:00:00+01:00", "tussen maandag 23 november om 10:00 en dinsdag 24 november om 09:00."),
    ],
)
def test_a_receipt_says_when_people_are_asked(world: World, last: str, said: str) -> None:
    world.kept_lines = [line(1, "invited", send_at=last), line(2, "invited", send_at=AT)]

    assert said in world.tell(NOTICE).text


def test_where_nobody_is_asked_the_mail_says_so(world: World) -> None:
    world.kept[RECEIPT] = SUMMARY | {"outcomes": {"blocked": 3}, "rows": 3}
    world.kept_lines = [line(n, "blocked") for n in range(3)]
    mail = world.tell(NOTICE)

    assert mail.subject == "week 47.csv: 0 van 3 rijen uitgenodigd"
    assert "Uit dit bestand wordt niemand gevraagd." in mail.text
    assert "Rijen die aandacht vragen" not in mail.text


def test_a_file_that_failed_is_told_with_its_sentence(world: World) -> None:
    said = "De eerste regel lijkt geen kopregel: zet de namen van de kolommen op de eerste regel."
    world.kept[RECEIPT] = SUMMARY | {"state": "failed", "outcomes": {}, "rows": 0, "message": said}
    world.kept_lines = []
    mail = world.tell(NOTICE)

    assert mail.subject == "week 47.csv is niet verwerkt"
    assert said in mail.text
    assert "niemand is uitgenodigd" in mail.text
    assert f"Sleutel: {RECEIPT}" in mail.text


@pytest.mark.parametrize(
    ("kind", "state", "subject", "key"),
    [
        (
            "opt-outs",
            "attention",
            "week 47.csv: afmeldingen die niet begrepen zijn",
            RECEIPT.removesuffix("json") + "csv",
        ),
        ("opt-outs", "failed", "week 47.csv: deze lijst met afmeldingen is niet verwerkt", RECEIPT),
        ("customers", "attention", "week 47.csv: klanten die niet begrepen zijn", RECEIPT.removesuffix("json") + "csv"),
        ("customers", "failed", "week 47.csv: dit klantbestand is niet verwerkt", RECEIPT),
    ],
)
def test_lists_that_were_not_understood_are_told_with_their_lines(
    world: World, kind: str, state: str, subject: str, key: str
) -> None:
    said = "2 regels hebben een mens nodig (rijen 3, 4). Bel anna@klant.example."
    taken = {"opted_out": 5, "duplicate": 1, "partly": 1} if kind == "opt-outs" else {"kept": 6, "duplicate": 1}
    outcomes = {**taken, "invalid": 1} if state == "attention" else {}
    world.kept[RECEIPT] = SUMMARY | {
        "list": kind,
        "state": state,
        "outcomes": outcomes,
        "message": said,
        "rows": 8,
    }
    world.kept_lines = []

    mail = world.tell(NOTICE)

    assert mail.subject == subject
    assert "2 regels hebben een mens nodig" in mail.text
    assert "anna@klant.example" not in mail.text
    assert f"Regels die verwerkt zijn: {7 if outcomes else 0}" in mail.text
    assert f"Sleutel: {key}" in mail.text


def test_a_sentence_that_quotes_the_file_shows_nobody(world: World) -> None:
    said = "De gevonden kolommen zijn: anna@example.org, 06-12345678."
    world.kept[RECEIPT] = SUMMARY | {"state": "failed", "outcomes": {}, "rows": 0, "message": said}
    mail = world.tell(NOTICE)

    assert "anna@" not in mail.text + mail.html
    assert "12345678" not in mail.text + mail.html


def test_a_long_name_of_a_file_is_shortened_in_the_subject_only(world: World) -> None:
    name = f"export {'x' * 180} 2026-11-20.csv"
    world.kept[RECEIPT] = SUMMARY | {"file": name}
    mail = world.tell(NOTICE)

    assert len(mail.subject) < 110
    assert mail.subject.startswith("export xxx")
    assert "2026-11-20.csv: 1.000" in mail.subject
    assert name in mail.text


@pytest.mark.parametrize(
    "name",
    ["week\n47.csv", "week\r\nBcc: x@y.nl\r\n\r\n.csv", "a\tb\0c.csv", "\u202efdp.csv", "\u2028.csv", "\x85" * 900],
)
@pytest.mark.parametrize("state", ["complete", "failed"])
def test_whatever_a_file_is_called_its_notice_is_sent(world: World, name: str, state: str) -> None:
    world.kept[RECEIPT] = SUMMARY | {"file": name, "state": state}

    mail = world.tell(NOTICE)

    assert mail.subject.isprintable()
    assert "y.nl" not in str(world.sent[0].to_address)
    assert not set("\r\0\u202e\u2028\x85") & set((mail.text + mail.html).replace("\r\n", "\n"))


def test_a_notice_that_comes_twice_is_one_mail(world: World) -> None:
    world.tell(NOTICE)
    world.tell(NOTICE)

    assert len(world.sent) == 1


@pytest.mark.parametrize("answer", [SendUnknown("500"), SendRejected("MessageRejected")])
def test_what_ses_did_not_take_is_tried_again(world: World, answer: SendResult) -> None:
    world.answers = [answer]
    with pytest.raises(TryAgain):
        world.notifying.tell(NOTICE)
    world.tell(NOTICE)

    assert len(world.sent) == 1


def test_a_receipt_that_is_being_written_again_is_told_later(world: World) -> None:
    world.kept[RECEIPT] = SUMMARY | {"state": "partial"}
    with pytest.raises(TryAgain):
        world.notifying.tell(NOTICE)

    assert world.sent == []


def test_a_client_that_is_gone_is_told_nothing(world: World) -> None:
    assert world.notifying.tell(ReceiptNotice("gone", RECEIPT, "1")) is TellOutcome.WITHOUT_CLIENT


def test_a_pause_says_why_what_it_means_and_what_to_do(world: World) -> None:
    mail = world.tell(PAUSED)

    assert mail.subject == "Vaart Verzekeringen: het versturen staat stil"
    assert "Sinds maandag 23 november om 10:30" in mail.text
    assert "Van de laatste 1.250 mails kwam 2,4% terug als onbestelbaar" in mail.text
    assert "er gaat niets verloren" in mail.text
    assert "make resume CLIENT=vaart" in mail.text


def test_a_small_share_of_complaints_keeps_its_decimals(world: World) -> None:
    mail = world.tell(SendingNotice("paused", "vaart", PAUSED.since, "complaints", 0.08, 1250))

    assert "werd 0,08% als spam gemeld" in mail.text


def test_the_end_of_a_pause_says_so(world: World) -> None:
    mail = world.tell(SendingNotice("resumed", "vaart", PAUSED.since, "bounces", 2.4, 1250))

    assert mail.subject == "Vaart Verzekeringen: het versturen gaat verder"


def test_the_tone_of_a_client_chooses_the_words(world: World, templates: Path) -> None:
    assert "Wat u kunt doen" in world.tell(PAUSED).text
    assert "Wat je kunt doen" in informal(templates).tell(PAUSED).text


def test_a_client_whose_language_has_no_words_reads_english(templates: Path) -> None:
    client = bundle()
    spoken = client.client.model_copy(update={"languages": ("de",)})
    mail = World(templates, client.model_copy(update={"client": spoken})).tell(PAUSED)

    assert "Sending is paused" in mail.text
    assert '<html lang="en"' in mail.html


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("tone", ["formal", "informal"])
def test_every_language_has_every_word_with_the_same_values(templates: Path, language: str, tone: str) -> None:
    def shape(name: str) -> dict[str, set[str | None]]:
        words = json.loads((SOURCE / "strings" / f"{name}.json").read_text("utf-8"))
        words |= words.pop("informal", {}) if tone == "informal" else {}
        words.pop("informal", None)
        return {
            key: {field for _, field, _, _ in string.Formatter().parse(said) if field}
            for key, said in words.items()
            if isinstance(said, str)
        }

    assert shape(language) == shape("en")


def test_refused_invitations_are_told_by_file_when_their_time_is_over(world: World) -> None:
    monday, earlier = datetime(2026, 11, 23, 9, 2, tzinfo=UTC), datetime(2026, 11, 20, 9, 2, tzinfo=UTC)
    notice = refusal_notice("vaart", monday)
    world.refused = [RefusedInvitation("schade", monday, row) for row in range(12, 0, -1)]
    world.refused += [RefusedInvitation("schade", earlier, 7), RefusedInvitation("weg", earlier, 0)]
    world.now = monday

    assert world.notifying.tell(notice) is TellOutcome.WAITING
    assert (world.waiting, world.sent) == ([notice], [])
    world.now = datetime.fromtimestamp(notice.until, UTC)
    mail = world.tell(notice)

    assert mail.subject == "Vaart Verzekeringen: uitnodigingen die niet weg konden (14)"
    assert (
        "uw schade, het bestand dat kwam op maandag 23 november om 10:02: rijen 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, ..."
        in " ".join(mail.text.split())
    )
    assert "vrijdag 20 november om 10:02: rijen 7" in " ".join(mail.text.split())
    assert mail.tags == {"notice": "refused", "client": "vaart"}
    world.notifying.tell(notice)
    assert len(world.sent) == 1


def test_refusals_that_came_to_nothing_are_no_mail(world: World) -> None:
    assert world.notifying.tell(refusal_notice("vaart", datetime(2026, 11, 20, tzinfo=UTC))) is TellOutcome.TOLD
    assert world.sent == []


@pytest.mark.parametrize("notice", [NOTICE, PAUSED, refusal_notice("vaart", datetime(2026, 11, 20, tzinfo=UTC))])
def test_a_notice_survives_its_queue(notice: Notice) -> None:
    assert read_notice(json.dumps(to_message(notice))) == notice


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "{}",
        '{"notice": "receipt"}',
        '{"notice": "sold", "client": "vaart"}',
        json.dumps(to_message(PAUSED) | {"why": "?"}),
    ],
)
def test_a_body_that_is_no_notice_is_refused(body: str) -> None:
    with pytest.raises(BadInput):
        read_notice(body)


WEEK = Digest(
    "2026-W48",
    31,
    27,
    35,
    1874,
    (News("touchpoint", "schade", "lower", -18, -41, 8, 34), News("target", "", "above", 31, 27, 35, 1874)),
    (),
)
READERS = ("directie@vaart.example", "schade@vaart.example")


def with_readers(client: ClientBundle) -> ClientBundle:
    return client.model_copy(update={"client": client.client.model_copy(update={"readers": READERS, "target": 20})})


def test_each_reader_gets_the_digest_of_a_week_once(templates: Path) -> None:
    world = World(templates, with_readers(bundle()))
    notice = DigestNotice("vaart", WEEK)

    mail = world.tell(notice)
    world.notifying.tell(read_notice(json.dumps(to_message(notice))))

    assert [sent.to_address for sent in world.sent] == list(READERS)
    assert mail.subject == "Vaart Verzekeringen: wat er veranderde in week 48"
    text = " ".join(mail.text.split())
    name = world.client.touchpoints["schade"].name["nl"]
    assert f"{name} is duidelijk lager dan de andere contactmomenten: \N{MINUS SIGN}18" in text
    assert "De score van twaalf maanden ligt boven de doelstelling van +20" in text
    assert not any(reader in name for name in world.done for reader in READERS)


def test_each_reader_gets_a_link_of_their_own_to_the_report(templates: Path) -> None:
    world = World(templates, with_readers(bundle()))

    world.tell(DigestNotice("vaart", WEEK))

    links = []
    for sent in world.sent:
        mail = message_from_bytes(sent.raw, policy=default)
        html, text = (
            next(part.get_content() for part in mail.walk() if part.get_content_type() == f"text/{kind}")
            for kind in ("html", "plain")
        )
        (link,) = set(re.findall(r"https://survey\.example/v1/r/[\w-]+", text))
        assert f'href="{link}"' in html
        assert "opent het rapport tot en met dinsdag 8 december" in " ".join(text.split())
        links.append(link)
    assert len(set(links)) == len(READERS)
    opened = [read_report_token(KEYS, link.rpartition("/")[2]) for link in links]
    assert all(one and one.is_of_a_reader(world.client.client) for one in opened)


def test_a_reader_whose_mail_was_not_taken_is_tried_again_and_the_other_is_not(templates: Path) -> None:
    world = World(templates, with_readers(bundle()))
    world.answers = [SendAccepted("id"), SendUnknown("timeout")]

    with pytest.raises(TryAgain):
        world.notifying.tell(DigestNotice("vaart", WEEK))
    world.notifying.tell(DigestNotice("vaart", WEEK))

    assert [sent.to_address for sent in world.sent] == list(READERS)


def test_a_week_without_news_says_so(templates: Path) -> None:
    world = World(templates, with_readers(bundle()))

    mail = world.tell(DigestNotice("vaart", replace(WEEK, news=())))

    assert mail.subject == "Vaart Verzekeringen: geen duidelijke verandering in week 48"
    assert "Er is niets duidelijk veranderd" in mail.text
    assert "Wat er nieuw is" not in mail.text


def test_a_client_without_readers_gets_no_digest(templates: Path) -> None:
    world = World(templates, bundle())

    assert world.notifying.tell(DigestNotice("vaart", WEEK)) is TellOutcome.TOLD
    assert world.sent == []
