"""Every mail of a client, as made-up people would get it: to look at, and to refuse what would come out wrong."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import product
from typing import Any, get_args

from functions.crm_import.messages import MessageParameter, translate
from functions.invite.notices.digest_letter import digest_letter
from functions.invite.notices.letters import Letter
from functions.invite.notices.list_letter import list_letter
from functions.invite.notices.receipt_letter import Rows, receipt_letter
from functions.invite.notices.refusal_letter import refusal_letter
from functions.invite.notices.rendering import NoticeRenderer
from functions.invite.notices.sending_letter import sending_letter
from functions.invite.rendering import MailRenderer, MailToRender
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.deliveries import RefusedInvitation, mail_name
from functions.shared.domain.digest import Digest, News
from functions.shared.domain.mail import Mail
from functions.shared.domain.names import PersonName
from functions.shared.domain.notices import DigestNotice, SendingNotice, Turn, Why
from functions.shared.domain.report_links import OPENS_FOR
from functions.shared.domain.texts import MAX_FACT_LENGTH

SOMEBODY = MailToRender(
    invitation_id="00000000-0000-5000-8000-000000000000",
    number=0,
    name=mail_name(0),
    touchpoint="",
    address="anna@example.org",
    person=PersonName("Mevr.", "Anna", "de", "Vries"),
    language=None,
    product=None,
    team=None,
    link=f"https://survey.example/s/{'A' * 44}",
    opt_out_link=f"https://survey.example/u/{'B' * 44}",
)
NOBODY_KNOWN = replace(SOMEBODY, person=PersonName())
_LONG = ("Wolfeschlegelsteinhausenbergerdorff-" * 3)[:MAX_FACT_LENGTH]
LONG_NAME = replace(SOMEBODY, person=PersonName("Mevr.", _LONG, "van der", _LONG), product=_LONG, team=_LONG)
_DATE = {"nl": "Datum"}
"""The header of a column, else in English."""


_NEWS = (
    News("recent", "", "lower", 12, 2, 22, 241),
    News("season", "", "higher", 12, 2, 22, 241),
    News("target", "", "above", 31, 27, 35, 1874),
    News("touchpoint", "", "higher", 44, 36, 51, 402),
    News("team", "", "lower", -18, -41, 8, 34),
)


def _group(news: News, bundle: ClientBundle) -> str:
    return {"touchpoint": next(iter(bundle.touchpoints)), "team": "Team Noord"}.get(news.kind, "")


def to_customers(
    bundle: ClientBundle, renderer: MailRenderer, somebody: MailToRender = SOMEBODY
) -> Iterator[tuple[str, Mail]]:
    """Yield every mail to a customer with its name, such as `vaart/nl/schade-invitation`."""
    for wanted in in_all_languages(bundle):
        name = f"{bundle.client.client}/{wanted['language']}/{wanted['touchpoint']}-{wanted['name']}"
        yield name, renderer.render_mail(bundle, replace(somebody, **wanted))


def in_all_languages(bundle: ClientBundle) -> Iterator[dict[str, Any]]:
    """Yield what tells the mails of a client to one customer apart: number and name, touchpoint, language."""
    for language, touchpoint in product(bundle.texts, bundle.touchpoints):
        for number in range(len(bundle.rules(touchpoint).reminders or ()) + 1):
            yield {"number": number, "name": mail_name(number), "touchpoint": touchpoint, "language": language}


def to_contact(bundle: ClientBundle, renderer: NoticeRenderer) -> Iterator[tuple[str, Mail]]:
    """Yield every mail to a client's contact with its name, such as `vaart/contact/receipt`."""
    for name, letter in _letters(bundle, renderer):
        yield f"{bundle.client.client}/contact/{name}", renderer.render(bundle, letter, name.partition("-")[0])


def _letters(bundle: ClientBundle, renderer: NoticeRenderer) -> Iterator[tuple[str, Letter]]:
    words, client, touchpoint = renderer.words(bundle), bundle.client.client, next(iter(bundle.touchpoints))
    language, file = words.code, f"export {touchpoint} 2026-11-20.csv"
    date = _DATE.get(language, "Date")
    address = translate(language, "bad_address", column="E-mail")
    moment = translate(language, "bad_moment", column=date, shape="99/99/9999", example="31-12-2026 14:05")
    advice = MessageParameter("advice_rename", example=MessageParameter("header_person"))
    failed = translate(
        language, "column_missing", wanted=MessageParameter("wanted_person"), found=f"{date}, Team", advice=advice
    )
    covered = translate(language, "coverage", rows=3212, with_address=3119)
    leaves = datetime(2026, 11, 23, 10, tzinfo=bundle.client.zone)
    rows = Rows(
        leaves,
        leaves,
        {address: 93, moment: 34},
        {address: ["3", "41", "87", "102", "118"], moment: ["9", "10", "11", "12", "13"]},
    )
    base = {"file": file, "client": client, "touchpoint": touchpoint, "message": "", "rows": 3212}
    outcomes = {"invited": 1874, "blocked": 1122, "invalid": 34, "no_address": 93, "duplicate": 81, "opted_out": 8}
    receipts = {
        "receipt": base | {"state": "complete", "outcomes": outcomes, "coverage": {"message": covered}},
        "receipt-failed": base | {"state": "failed", "outcomes": {}, "rows": 0, "message": failed},
    }
    for name, summary in receipts.items():
        key = f"receipts/{client}/{touchpoint}/{file}.json"
        yield name, receipt_letter(bundle, words, summary, rows, "klankbord-uploads", key)
    said = translate(language, "list_attention", count=3, rows="4, 17, 102")
    listed = {"list": "opt-outs", "file": "afmeldingen.csv", "rows": 214, "state": "attention", "message": said}
    listed |= {"outcomes": {"opted_out": 198, "duplicate": 13, "partly": 1, "invalid": 2}}
    place = f"receipts/{client}/opt-outs/afmeldingen.csv.json"
    yield "receipt-list", list_letter(bundle, words, listed, "klankbord-uploads", place)
    said = translate(language, "customers_attention", count=2, rows="17, 102")
    known = {"list": "customers", "file": "klanten.csv", "rows": 8120, "state": "attention", "message": said}
    known |= {"outcomes": {"kept": 8118, "conflict": 1, "invalid": 1}}
    place = f"receipts/{client}/customers/klanten.csv.json"
    yield "receipt-customers", list_letter(bundle, words, known, "klankbord-uploads", place)
    refused = [RefusedInvitation(touchpoint, leaves, row) for row in (4, 17, 102)]
    yield "refused", refusal_letter(bundle, words, refused)
    for name, all_news in (("digest", _NEWS), ("digest-quiet", ())):
        news = [one for one in all_news if one.kind != "target" or bundle.client.target is not None]
        named = tuple(replace(one, name=_group(one, bundle)) for one in news)
        told = Digest("2026-W47", 31, 27, 35, 1874, named, ())
        link = "https://survey.example/r/AWpJp4C4mDqfY2xpZW50"
        yield name, digest_letter(bundle, words, DigestNotice(client, told), link, leaves + OPENS_FOR)
    for turn, why in product(get_args(Turn), get_args(Why)):
        share = {"bounces": 3.4, "complaints": 0.12}[why]
        notice = SendingNotice(turn, client, int(leaves.timestamp()), why, share, 2310)
        yield f"{turn}-{why}", sending_letter(bundle, words, notice)
