"""Which replies ask to be left alone: mails as people's programs write them."""

import base64
from email.message import EmailMessage

import pytest

from functions.invite.replies.opt_out_words import read_request
from functions.invite.replies.own_words import own_words, text_of_html
from functions.invite.replies.reply_mail import read_reply

NAMES = ["Vaart Verzekeringen"]
OURS = ["Afmelden voor vragenlijsten van Vaart Verzekeringen"]
LINK = f"https://survey.example/v1/u/{'A' * 44}"

ORIGINAL = f"""Hoe was uw contact met Vaart?
Geachte mevrouw De Vries,
Geef uw oordeel: https://survey.example/v1/s/{"B" * 44}
Afmelden voor vragenlijsten van Vaart Verzekeringen: {LINK}"""
QUOTED = "\n".join(f"> {line}" for line in ORIGINAL.split("\n"))

OUTLOOK_NL = f"""{{}}

Met vriendelijke groet,
Anna de Vries

Van: Vaart Verzekeringen <vraag@vaart.example>
Verzonden: maandag 23 november 2026 10:02
Aan: Anna de Vries <anna@klant.example>
Onderwerp: Hoe was uw contact?

{ORIGINAL}
"""
OUTLOOK_EN = f"""{{}}

-----Original Message-----
From: Vaart Verzekeringen <vraag@vaart.example>
Sent: Monday, November 23, 2026 10:02 AM
To: Anna <anna@klant.example>
Subject: Hoe was uw contact?

{ORIGINAL}
"""
OUTLOOK_PHONE = f"""{{}}

Outlook voor Android downloaden<https://aka.ms/AAb9ysg>
________________________________
From: Vaart <vraag@vaart.example>
Sent: Monday, November 23, 2026 10:02:00 AM
To: Anna <anna@klant.example>

{ORIGINAL}
"""
GMAIL_NL = f"""{{}}

Op ma 23 nov 2026 om 10:02 schreef Vaart Verzekeringen <vraag@vaart.example>:

{QUOTED}
"""
GMAIL_WRAPPED = f"""{{}}

On Mon, Nov 23, 2026 at 10:02 AM Vaart Verzekeringen met een heel lange naam
<vraag@vaart.example> wrote:

{QUOTED}
"""
APPLE_NL = f"""{{}}

Verstuurd vanaf mijn iPhone

> Op 23 nov 2026 om 10:02 heeft Vaart <vraag@vaart.example> het volgende geschreven:
>
{QUOTED}
"""
APPLE_DE = f"""{{}}

Von meinem iPhone gesendet

> Am 23.11.2026 um 10:02 schrieb Vaart <vraag@vaart.example>:
>
{QUOTED}
"""
APPLE_FR = f"""{{}}

Le 23 nov. 2026 à 10:02, Vaart <vraag@vaart.example> a écrit :

{QUOTED}
"""
BELOW = f"""Op 23-11-2026 om 10:02 schreef Vaart:
{QUOTED}

{{}}
"""
UNMARKED = f"""{{}}

{ORIGINAL}
"""
SIGNED = """{}

--
Anna de Vries
Afmelden kan altijd bij onze receptie
"""
PROGRAMS = {
    "outlook_nl": OUTLOOK_NL,
    "outlook_en": OUTLOOK_EN,
    "outlook_phone": OUTLOOK_PHONE,
    "gmail_nl": GMAIL_NL,
    "gmail_wrapped": GMAIL_WRAPPED,
    "apple_nl": APPLE_NL,
    "apple_de": APPLE_DE,
    "apple_fr": APPLE_FR,
    "below": BELOW,
    "unmarked": UNMARKED,
    "signed": SIGNED,
}

YES = [
    "Afmelden",
    "AFMELDEN!!!",
    "graag afmelden",
    "Ik wil me afmelden.",
    "Wilt u mij afmelden?",
    "Gelieve mij uit te schrijven",
    "Uitschrijven a.u.b.",
    "Meld mij maar af",
    "Schrijf mij uit, s.v.p.",
    "Ik wil geen vragenlijsten meer.",
    "Beste Vaart,\n\nIk wil mij graag afmelden voor deze e-mails.\n\nGroeten, Jan",
    "Ik ontvang er veel te veel.\nGraag afmelden.",
    "Uitschrijven, ik ben hier niet van gediend!",
    "Unsubscribe",
    "Please unsubscribe me from this list",
    "Can you unsubscribe me please?",
    "Please opt me out",
    "opt-out",
    "Remove me from your mailing list",
    "STOP",
    "Stop met mailen",
    "stop sending me these emails",
    "Abmelden",
    "Bitte melden Sie mich ab",
    "Ich möchte mich abmelden.",
    "Désinscrire",
    "Je voudrais me désinscrire s'il vous plaît",
]
NO = [
    "Wat een mooi formulier, afmelden hoeft niet",
    "Ik wil me niet afmelden",
    "Afmelden? Nee hoor, juist leuk.",
    "Afmelden, nee dank u",
    "Toch maar niet afmelden.",
    "Hoe kan ik me afmelden voor de verzekering?",
    "Ik wil mijn verzekering afmelden",
    "Afmelden voor de afspraak van morgen",
    "De monteur zei stop en toen was het klaar",
    "Stop, ik wilde nog iets over de schade zeggen",
    "Please don't unsubscribe me",
    "Please do not unsubscribe me",
    "Bitte nicht abmelden",
    "Je ne veux pas me désinscrire",
    "Ik vind de knop afmelden lelijk",
    "Dank voor de snelle hulp!",
    "",
]


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("said", YES)
def test_a_reply_that_asks_to_be_left_alone_is_understood_in_every_program(program: str, said: str) -> None:
    words = own_words(PROGRAMS[program].format(said))

    assert read_request("Re: Hoe was uw contact?", words, OURS, NAMES).asked


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("said", NO)
def test_a_reply_that_does_not_ask_is_left_to_people_whatever_is_quoted(program: str, said: str) -> None:
    words = own_words(PROGRAMS[program].format(said))

    request = read_request("Re: Hoe was uw contact?", words, OURS, NAMES)

    assert (request.asked, request.more) == (False, True)


@pytest.mark.parametrize(
    ("said", "more"),
    [
        ("Afmelden", False),
        ("Graag afmelden.\n\nMet vriendelijke groet,\nAnna de Vries", False),
        ("Graag afmelden. Mijn schade van 3 maart is trouwens nog altijd niet betaald!", True),
        ("Unsubscribe\n\nAnd where is the refund that you promised me last week?", True),
    ],
)
def test_what_else_a_request_says_is_for_people(said: str, more: bool) -> None:
    assert read_request("", said, OURS, NAMES).more is more


@pytest.mark.parametrize(
    ("subject", "said", "asked"),
    [
        ("unsubscribe", "", True),
        ("Unsubscribe", "This message was automatically generated by Gmail.", True),
        ("Re: Afmelden", "Groet, Jan", True),
        ("Antw: AW: Abmelden bitte", "", True),
        ("Re: Hoe was uw contact?", "", False),
        ("Afmelden", "Bij nader inzien: afmelden hoeft niet.", False),
        ("Schade afmelden", "zie bijlage", False),
    ],
)
def test_the_subject_may_ask(subject: str, said: str, asked: bool) -> None:
    assert read_request(subject, said, OURS, NAMES).asked is asked


def test_the_opt_out_words_of_our_own_mail_ask_nothing_below_the_first_line() -> None:
    below = f"Prima!\n{OURS[0]}\n"

    assert not read_request("Re: x", below, OURS, NAMES).asked
    assert read_request("Re: x", below, [], NAMES).asked
    assert read_request("Re: x", OURS[0], OURS, NAMES).asked


GMAIL_HTML = (
    '<div dir="ltr">{}</div><br><div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">'
    "Op ma 23 nov 2026 schreef Vaart &lt;vraag@vaart.example&gt;:<br></div>"
    f'<blockquote class="gmail_quote"><p>Vraag</p><a href="{LINK}">{OURS[0]}</a></blockquote></div>'
)
OUTLOOK_HTML = (
    "<html><head><style>p {{margin:0}} /* afmelden */</style></head><body><p>{}</p>"
    '<div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>Van:</b> Vaart</div>'
    f"<p>{OURS[0]}</p></body></html>"
)
OUTLOOK_DESKTOP_HTML = (
    "<div class=WordSection1><p class=MsoNormal>{}</p><p>&nbsp;</p>"
    "<div style='border:none;border-top:solid'><p><b>Van:</b> Vaart &lt;vraag@vaart.example&gt;<br>"
    f"<b>Verzonden:</b> maandag<br><b>Aan:</b> Anna<br><b>Onderwerp:</b> x</p></div><p>{OURS[0]}</p></div>"
)
APPLE_HTML = (
    "<html><body>{}<br id='lineBreakAtBeginningOfSignature'><div dir='ltr'>Verstuurd vanaf mijn iPhone</div>"
    "<div dir='ltr'><br><blockquote type='cite'>Op 23 nov 2026 heeft Vaart het volgende geschreven:<br><br>"
    f"</blockquote></div><blockquote type='cite'><div><p>{OURS[0]}</p></div></blockquote></body></html>"
)


@pytest.mark.parametrize("html", [GMAIL_HTML, OUTLOOK_HTML, OUTLOOK_DESKTOP_HTML, APPLE_HTML])
@pytest.mark.parametrize(("said", "asked"), [("Afmelden", True), ("Leuke vragen &amp; een mooi formulier", False)])
def test_a_reply_in_html_alone_is_read_without_what_it_quotes(html: str, said: str, asked: bool) -> None:
    message = EmailMessage()
    message["From"] = "anna@klant.example"
    message.set_content(html.format(said), subtype="html")

    mail = read_reply(message.as_bytes())

    assert read_request("Re: x", mail.words, [], NAMES).asked is asked


def test_html_becomes_lines() -> None:
    assert (
        text_of_html("<p>Beste &amp; <b>lieve</b>\nmensen,</p><div>ga<br>weg</div>")
        == "Beste & lieve mensen,\n\nga\nweg"
    )
    assert text_of_html("<blockquote>nooit gesloten <p>afmelden") == ""


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable", "8bit"])
@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1", "windows-1252"])
def test_words_are_read_in_every_encoding(encoding: str, charset: str) -> None:
    message = EmailMessage()
    message["From"] = "anna@klant.example"
    message.set_content("Désinscrire s'il vous plaît\n", charset=charset, cte=encoding)

    assert read_request("", read_reply(message.as_bytes()).words).asked


def test_a_charset_that_nobody_knows_is_read_as_well_as_can_be() -> None:
    body = base64.b64encode("Afmelden, één keer is genoeg".encode()).decode()
    head = "From: a@b.example\nContent-Type: text/plain; charset=x-unheard-of\nContent-Transfer-Encoding: base64\n\n"

    assert read_reply((head + body).encode()).words == "Afmelden, één keer is genoeg"


@pytest.mark.parametrize(
    "footer",
    [
        "To unsubscribe from this list, click here.",
        "Unsubscribe: https://news.example/u/1",
        "If you no longer wish to receive these mails, unsubscribe.",
        "Click here to unsubscribe",
        "Klik hier om u af te melden.",
        "Afmelden kan via deze link.",
        "Wilt u zich afmelden? Klik hier.",
        "Als u geen mails meer wilt ontvangen, kunt u zich afmelden.",
        "Indien u zich wilt uitschrijven, klik dan op de link.",
        "Um sich abzumelden, klicken Sie hier.",
        "Wenn Sie sich abmelden möchten, klicken Sie hier.",
        "Pour vous désabonner, cliquez ici.",
        "Manage your preferences or unsubscribe",
    ],
)
@pytest.mark.parametrize("said", ["All good, thank you.", "Prima geholpen, dank u wel."])
def test_the_footer_of_somebody_elses_mailing_opts_nobody_out_and_people_read_the_reply(said: str, footer: str) -> None:
    found = read_request("Re: Hoe was uw contact?", f"{said}\n\n{footer}", OURS, NAMES)

    assert (found.asked, found.more) == (False, True)


@pytest.mark.parametrize("said", ["Graag afmelden.", "Please unsubscribe me.", "Bitte abmelden."])
def test_a_request_above_such_a_footer_is_one_all_the_same(said: str) -> None:
    assert read_request("Re: x", f"{said}\n\nTo unsubscribe from this list, click here.", OURS, NAMES).asked


@pytest.mark.parametrize(
    "subject",
    [
        "Buiten kantoor: Re: Hoe was uw contact?",
        "Ik ben momenteel afwezig",
        "I am out of office",
        "Ontvangstbevestiging",
    ],
)
def test_more_automatic_answers_are_known_by_their_subject(subject: str) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "a@klant.example", "r1@reply.example", subject
    mail.set_content("Tot maandag.")

    assert read_reply(bytes(mail)).by_machine


@pytest.mark.parametrize("subject", ["Auto: wijziging", "Ik ben niet tevreden", "Re: Hoe was uw contact?"])
def test_the_subjects_of_people_are_not_taken_for_a_machines(subject: str) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "a@klant.example", "r1@reply.example", subject
    mail.set_content("Dag.")

    assert not read_reply(bytes(mail)).by_machine
