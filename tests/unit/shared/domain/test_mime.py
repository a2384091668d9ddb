"""What is composed by hand means what the standard library's EmailMessage writes, and is refused where that refuses."""

import email
import email.policy
from dataclasses import replace
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from functions.shared.domain.mail import InlineImage, Mail, as_bytes, packed
from functions.shared.domain.mime import address_header, text_header

ONE_LINE = SMTP.clone(max_line_length=998)
MAIL = Mail(
    sender_name="Vaart",
    sender_address="vraag@vaart.example",
    reply_to="klant@vaart.example",
    to_name="Anna de Vries",
    to_address="anna@example.org",
    language="nl",
    subject="Hoe was uw schade?",
    text="Dag,\n\nHoe was het?\n",
    html="<p>Hoe was het?</p>\n",
    images=(InlineImage("logo", bytes(range(256)) * 20, 100, 40), InlineImage("logo-dark", b"\x89PNG", 100, 40)),
    opt_out_link="https://survey.example/v1/u/token",
    tags=(),
)

_BREAKS = "\r\n\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
lines = st.text(st.characters(exclude_categories=("Cs",), exclude_characters=_BREAKS))
visible = st.characters(exclude_categories=("C", "Zl", "Zp"))
odd_names = [
    *(
        "",
        "Anna",
        "Anna de Vries",
        'Anna "de" Vries',
        "Vries, Anna",
        "A. de Vries",
        "O'Neil",
        "Zoë",
        "Яковлева",
        "😀 x",
    ),
    *("=?utf-8?q?Bcc?=", "a =?utf-8?b?w6k=?= b", "(comment) Anna", "Anna <evil@example.com>", "a;b:c", "Anna @ home"),
    *("\\", "x" * 400, "woord " * 70 + "eind", "é" * 300),
]
names = st.text(visible, max_size=80).map(lambda text: " ".join(text.split())) | st.sampled_from(odd_names)
addresses = st.emails() | st.sampled_from(
    ["a.b+c@example.org", "a@localhost", '"a b"@example.org', "o'neil@example.org", "=?x?=@example.org"]
)
texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=600)


def composed(mail: Mail) -> EmailMessage:
    """Return the mail as the standard library composes it."""
    message = EmailMessage(policy=ONE_LINE)
    message["From"] = Address(mail.sender_name, addr_spec=mail.sender_address)
    message["To"] = Address(mail.to_name, addr_spec=mail.to_address)
    message["Subject"] = mail.subject
    message["Reply-To"] = Address(addr_spec=mail.reply_to)
    message["Auto-Submitted"] = "auto-generated"
    message["List-Unsubscribe"] = f"<{mail.opt_out_link}>, <mailto:{mail.reply_to}?subject=unsubscribe>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message["MIME-Version"] = "1.0"
    message.make_alternative(boundary="=_alternative")
    message["Content-Language"] = mail.language
    message.attach(_text("plain", mail.text))
    html = _text("html", mail.html)
    if mail.images:
        html.make_related(boundary="=_related")
        for image in mail.images:
            html.attach(_image(image))
    message.attach(html)
    return message


def _text(subtype: str, content: str) -> EmailMessage:
    part = EmailMessage(policy=SMTP)
    part.set_content(content, subtype=subtype, charset="utf-8", cte="quoted-printable")
    del part["MIME-Version"]
    return part


def _image(image: InlineImage) -> EmailMessage:
    part = EmailMessage(policy=SMTP)
    name = f"{image.cid}.png"
    part.set_content(image.png, "image", "png", disposition="inline", filename=name, cid=f"<{image.cid}>")
    del part["MIME-Version"]
    return part


def meaning(raw: bytes) -> list[object]:
    """Return all that a mail program reads from a mail."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    found: list[object] = []
    for part in message.walk():
        assert not part.defects
        found.append(sorted((name, str(value)) for name, value in part.items()))
        found.append(None if part.is_multipart() else part.get_content())
    found += [[(one.display_name, one.addr_spec) for one in message[name].addresses] for name in ("From", "To")]
    return found


@given(name=names, address=addresses)
def test_a_recipient_is_written_as_the_standard_library_does(name: str, address: str) -> None:
    expected = ONE_LINE.fold(*ONE_LINE.header_store_parse("To", Address(name, addr_spec=address)))
    assert address_header("To", name, address) == expected.encode()


@given(text=st.one_of(names, lines))
@example("x" * 990)
@example("x" * 2000)
@example(" spaces around ")
@example("a\tb")
def test_a_subject_is_written_as_the_standard_library_does(text: str) -> None:
    expected = ONE_LINE.fold(*ONE_LINE.header_store_parse("Subject", text))
    assert text_header("Subject", text) == expected.encode()


@given(texts, texts)
@example("", "")
@example("\n\n.\n..\nFrom x\n--=_related\n--=_alternative--\n", "=\n= \n \n\t\n=3D=\r\n\rend ")
@example("regel " * 400, "<p>" + "é" * 900)
def test_a_mail_means_what_the_standard_library_would_have_it_mean(text: str, html: str) -> None:
    mail = replace(MAIL, text=text, html=html)
    assert meaning(as_bytes(mail)) == meaning(composed(mail).as_bytes())


@given(name=names, subject=names)
def test_whatever_the_name_and_the_subject_no_header_is_added_or_changed(name: str, subject: str) -> None:
    message = email.message_from_bytes(as_bytes(replace(MAIL, to_name=name, subject=subject)), policy=SMTP)
    assert sorted(message.keys()) == sorted(composed(MAIL).keys())
    assert [one.addr_spec for one in message["To"].addresses] == ["anna@example.org"]


@given(content=texts)
def test_every_line_is_short_enough_and_ends_as_mail_does(content: str) -> None:
    raw = as_bytes(replace(MAIL, text=content, html=content))
    _, _, body = raw.partition(b"\r\n\r\n")
    assert max(map(len, body.split(b"\r\n"))) <= 76
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert b"\r" not in raw.replace(b"\r\n", b"")
    assert raw.isascii()


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
@pytest.mark.parametrize("field", ["to_name", "to_address", "subject", "sender_name", "reply_to", "opt_out_link"])
def test_a_line_break_in_a_header_is_refused(field: str, end: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the standard library's own words
        packed(replace(MAIL, **{field: f"a@example.org{end}Bcc: evil@example.com"}))


@pytest.mark.parametrize("address", ["anna@@example.org", "", "anna", "a b@example.org", "anna@example.org,evil@x.nl"])
def test_an_address_that_the_standard_library_refuses_is_refused(address: str) -> None:
    with pytest.raises((ValueError, HeaderParseError, IndexError)):
        Address("Anna", addr_spec=address)
    with pytest.raises(ValueError):  # noqa: PT011
        packed(replace(MAIL, to_address=address))
