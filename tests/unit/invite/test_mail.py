import email
import email.policy
import re
from collections.abc import Iterator
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path

import pytest

from functions.invite.refusals import RefusedMail
from functions.invite.rendering import MailRenderer
from functions.shared.domain.errors import NotFound
from functions.shared.domain.mail import Mail, as_bytes, packed
from functions.shared.domain.names import PersonName
from infra.logos import with_logos
from tests.worlds.mail_world import INVITATION, bundle, nl_mail, renderer, to_render


@pytest.fixture(scope="module")
def mails(tmp_path_factory: pytest.TempPathFactory) -> MailRenderer:
    return renderer(tmp_path_factory.mktemp("mail"))


@pytest.fixture(scope="module")
def mail(mails: MailRenderer) -> Mail:
    return mails.render_mail(with_logos(bundle()), to_render())


def parsed(mail: Mail) -> EmailMessage:
    message = email.message_from_bytes(as_bytes(mail), policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


class Page(HTMLParser):
    """The links, the images and the words that a person sees."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[dict[str, str | None]] = []
        self.images: list[dict[str, str | None]] = []
        self.attributes: dict[str, dict[str, str | None]] = {}
        self.words: list[str] = []
        self._silent = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.attributes.setdefault(tag, values)
        if tag == "a":
            self.links.append(values)
        if tag == "img":
            self.images.append(values)
        if tag in ("style", "title", "head"):
            self._silent += 1

    def handle_endtag(self, tag: str) -> None:
        if tag in ("style", "title", "head"):
            self._silent -= 1

    def handle_data(self, data: str) -> None:
        if not self._silent and data.strip():
            self.words.append(" ".join(data.split()))


def test_the_mail_is_from_the_client_to_the_customer(mail: Mail) -> None:
    message = parsed(mail)
    assert message["From"] == "Vaart <vraag@vaart.example>"
    assert message["To"] == "Anna de Vries <anna@example.org>"
    assert message["Reply-To"] == "klant@vaart.example"
    assert message["Subject"] == "Hoe was uw schade?"
    assert message["Content-Language"] == "nl"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"] is None  # SES gives it one


def test_the_opt_out_headers_are_those_of_rfc_8058_in_its_order(mail: Mail) -> None:
    names = [name for name, _ in parsed(mail).items()]
    assert names.index("List-Unsubscribe-Post") == names.index("List-Unsubscribe") + 1
    raw = as_bytes(mail).decode()
    assert (
        "\r\nList-Unsubscribe: <https://survey.example/v1/u/opt-out-token>, "
        "<mailto:klant@vaart.example?subject=unsubscribe>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    ) in raw


def test_a_mail_has_text_and_html_and_its_logo_inside(mail: Mail) -> None:
    message = parsed(mail)
    assert message.get_content_type() == "multipart/alternative"
    text, related = message.iter_parts()
    html, *images = related.iter_parts()
    assert text.get_content_type() == "text/plain"
    assert html.get_content_type() == "text/html"
    assert [image["Content-ID"] for image in images] == ["<logo>"]
    assert images[0].get_content().startswith(b"\x89PNG")


def test_the_same_mail_has_the_same_bytes_and_every_line_fits(mail: Mail) -> None:
    raw = as_bytes(mail)
    assert raw == as_bytes(mail)
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    assert b"\n" not in raw.replace(b"\r\n", b"")


def test_names_and_subjects_in_any_script_survive(mails: MailRenderer) -> None:
    person = PersonName(None, 'Zoë "Z" <evil@example.com>, O\'Neil', None, "Яковлева")
    message = parsed(mails.render_mail(bundle(), to_render(person=person)))
    assert [address.addr_spec for address in message["To"].addresses] == ["anna@example.org"]
    assert message["To"].addresses[0].display_name == person.display


def test_a_line_break_in_a_fact_makes_no_header(mails: MailRenderer) -> None:
    client = bundle(nl_mail(subject="Over {product|ons}"))
    mail = mails.render_mail(client, to_render(product="polis\r\nBcc: evil@example.com"))
    assert parsed(mail)["Bcc"] is None
    assert parsed(mail)["Subject"] == "Over polis Bcc: evil@example.com"


def test_a_name_with_a_line_break_makes_no_header(mails: MailRenderer) -> None:
    mail = mails.render_mail(bundle(), to_render(person=PersonName(None, "Anna\r\nBcc: evil@example.com", None, None)))
    assert parsed(mail)["Bcc"] is None


def test_an_address_that_no_header_can_carry_is_refused(mails: MailRenderer) -> None:
    with pytest.raises(ValueError, match="header"):
        packed(mails.render_mail(bundle(), to_render(address="anna@@example.org")))


def test_tags_hold_ids_only_and_no_link_holds_an_address(mail: Mail) -> None:
    assert mail.tags == (("invitation", INVITATION), ("mail", "invitation"), ("client", "vaart"))
    assert all(re.fullmatch(r"[A-Za-z0-9_-]+", value) for _, value in mail.tags)
    assert "anna@" not in mail.html + mail.text


def test_the_first_question_stands_in_the_mail_as_eleven_links_with_labels(mail: Mail) -> None:
    scores = [link for link in Page(mail.html).links if "?score=" in str(link["href"])]
    assert [link["href"] for link in scores] == [
        f"https://survey.example/v1/s/answer-token?score={n}" for n in range(11)
    ]
    assert [link["aria-label"] for link in scores] == [f"Cijfer {n} van 10" for n in range(11)]


def test_score_labels_are_in_the_language_of_the_mail(mails: MailRenderer) -> None:
    html = mails.render_mail(bundle(), to_render(language="en")).html
    assert "Score 9 of 10" in html
    assert 'lang="en"' in html


def test_nothing_is_loaded_from_elsewhere(mail: Mail) -> None:
    page = Page(mail.html)
    assert [image["src"] for image in page.images] == ["cid:logo"]
    assert all(image["alt"] for image in page.images)
    assert "<link" not in mail.html
    assert "url(" not in mail.html
    assert "@import" not in mail.html


def test_without_a_drawn_logo_the_name_stands_there(mails: MailRenderer) -> None:
    mail = mails.render_mail(bundle(), to_render())
    assert Page(mail.html).images == []
    assert [part.get_content_type() for part in parsed(mail).iter_parts()] == ["text/plain", "text/html"]
    assert Page(mail.html).words.count("Vaart Verzekeringen") >= 2


def test_text_and_html_say_the_same(mail: Mail) -> None:
    """Every sentence of the HTML is in the text, in the same order; the scores are behind its one link."""
    spoken = re.sub(r"\s+", " ", mail.text)
    at = 0
    for words in sentences(mail.html):
        found = spoken.find(words, at)
        assert found >= 0, words
        at = found
    assert "https://survey.example/v1/s/answer-token" in mail.text
    assert "https://survey.example/v1/u/opt-out-token" in mail.text


def sentences(html: str) -> Iterator[str]:
    words = Page(html).words
    preheader = words.pop(0)
    assert preheader == "Eén minuut over ons contact."
    yield from (word for word in words if not re.fullmatch(r"10|\d", word))


def test_the_page_says_its_language_and_knows_light_and_dark(mail: Mail) -> None:
    assert Page(mail.html).attributes["html"]["lang"] == "nl"
    assert '<meta name="color-scheme" content="light dark"' in mail.html
    assert "prefers-color-scheme: dark" in mail.html


def test_facts_are_escaped_in_the_html_and_plain_in_the_text(mails: MailRenderer) -> None:
    client = bundle(nl_mail(body=("Over {product}.",)))
    mail = mails.render_mail(client, to_render(product='<b onclick="x">&'))
    assert "Over &lt;b onclick=&#34;x&#34;&gt;&amp;." in mail.html
    assert 'Over <b onclick="x">&.' in mail.text


def test_a_fact_is_never_read_as_a_template(mails: MailRenderer) -> None:
    client = bundle(nl_mail(body=("Over {product}.",)))
    mail = mails.render_mail(client, to_render(product="{{ 7 * 7 }} {client}"))
    assert "Over {{ 7 * 7 }} {client}." in mail.text


def test_a_client_text_is_never_read_as_a_template_either(mails: MailRenderer) -> None:
    mail = mails.render_mail(bundle(nl_mail(body=("{{ 7 * 7 }}{% include 'x' %}",))), to_render())
    assert "49" not in mail.text


def test_a_reminder_has_its_own_words_and_the_same_link(mails: MailRenderer) -> None:
    mail = mails.render_mail(bundle(), to_render(number=1, name="reminder-1"))
    assert mail.subject == "Nog eens: Hoe was uw schade?"
    assert "https://survey.example/v1/s/answer-token" in mail.text


@pytest.mark.parametrize(
    ("person", "language", "greeting"),
    [
        (PersonName("Mevr.", "Anna", "de", "Vries"), None, "Geachte mevrouw De Vries,"),
        (PersonName("de heer", None, "van den", "Berg"), "nl", "Geachte heer Van den Berg,"),
        (PersonName(None, "Anna", "de", "Vries"), None, "Geachte klant,"),
        (PersonName("Dhr.", "Jan", None, None), None, "Geachte klant,"),
        (PersonName(), None, "Geachte klant,"),
        (PersonName(None, "Anna", None, None), "en", "Hi Anna,"),
        (PersonName(), "en-GB", "Hi there,"),
        (PersonName("Frau", "Anna", None, "Vogel"), "de", "Geachte mevrouw Vogel,"),
    ],
)
def test_a_customer_is_greeted_by_what_is_known(
    mails: MailRenderer, person: PersonName, language: str | None, greeting: str
) -> None:
    assert greeting in mails.render_mail(bundle(), to_render(person=person, language=language)).text.splitlines()


def test_a_mail_stays_far_under_the_size_that_is_cut(mail: Mail) -> None:
    assert len(mail.html.encode()) < 20_000


def test_a_mail_that_grows_too_large_is_refused(mails: MailRenderer) -> None:
    with pytest.raises(RefusedMail, match="shorten"):
        mails.render_mail(bundle(nl_mail(body=("é" * 1400,) * 8, subject="kort")), to_render())


def test_a_touchpoint_that_is_gone_is_not_rendered(mails: MailRenderer) -> None:
    with pytest.raises(NotFound, match="no touchpoint"):
        mails.render_mail(bundle(), to_render(touchpoint="gone"))


def test_a_language_written_from_right_to_left_turns_the_mail_around(tmp_path: Path, mails: MailRenderer) -> None:
    client = bundle().model_copy(update={"texts": bundle().texts | {"ar": bundle().texts["nl"]}})
    html = mails.render_mail(client, to_render(language="ar")).html
    assert '<html lang="ar" dir="rtl"' in html
    assert "text-align:right" in html
