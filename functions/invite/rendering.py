"""From an invitation and its client's texts to a mail: HTML and text with the same words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from functions.invite.refusals import refuse_parts, refuse_words
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.errors import NotFound
from functions.shared.domain.mail import InlineImage, Mail, PackedMail, packed
from functions.shared.domain.names import PersonName, naming_facts
from functions.shared.domain.texts import fill, is_complete
from functions.shared.domain.voice import MailTexts, Texts
from functions.shared.presentation.mails import house_style, logos, mail_templates

SCORE_LABELS = {"nl": "Cijfer {} van 10", "en": "Score {} of 10", "de": "Wert {} von 10", "fr": "Note {} sur 10"}


@dataclass(frozen=True)
class MailToRender:
    """What one mail is about. `number` is 0 for the invitation, n for the nth reminder."""

    invitation_id: str
    number: int
    name: str
    """As the tag and the logs say it: invitation, reminder-1, ..."""
    touchpoint: str
    address: str = field(repr=False)
    person: PersonName = field(repr=False)
    language: str | None
    product: str | None
    team: str | None
    link: str = field(repr=False)
    opt_out_link: str = field(repr=False)
    reply_to: str | None = field(default=None, repr=False)
    """Where replies are read before they reach the client; None: its own mailbox."""


class MailRenderer:
    """Renders mails with the compiled templates of a folder (`mail.html`, `mail.txt`).

    What mails of a client have in common is prepared once, and again when another bundle comes.
    """

    def __init__(self, templates: Path) -> None:
        self._html, self._text = mail_templates(templates, "mail")
        self._prepared: dict[str, tuple[ClientBundle, dict[tuple[str, str], _Prepared]]] = {}

    def render(self, bundle: ClientBundle, wanted: MailToRender) -> PackedMail:
        """Return the mail as it is handed over.

        Raises as `render_mail` does, and ValueError for an address that no header can carry.
        """
        return packed(self.render_mail(bundle, wanted))

    def render_mail(self, bundle: ClientBundle, wanted: MailToRender) -> Mail:
        """Return the mail. Raises NotFound for a touchpoint the client does not have, RefusedMail where the client's
        texts make a mail that is too large, too long or empty."""
        prepared = self._prepare(bundle, wanted.touchpoint, bundle.language(wanted.language))
        key, words = prepared.texts.mail(wanted.number)
        view = _view(prepared, words, wanted)
        refuse_words(key, view)
        html, text = self._html.render(view), self._text.render(view)
        refuse_parts(key, html, text, (wanted.link, wanted.opt_out_link))
        sender = bundle.client.sender
        return Mail(
            sender_name=sender.name,
            sender_address=sender.address,
            reply_to=wanted.reply_to or sender.reply_to,
            to_name=wanted.person.display,
            to_address=wanted.address,
            language=prepared.language,
            subject=str(view["subject"]),
            text=text,
            html=html,
            images=prepared.images,
            opt_out_link=wanted.opt_out_link,
            tags=(
                ("invitation", wanted.invitation_id),
                ("mail", wanted.name),
                ("client", bundle.client.client),
            ),
        )

    def _prepare(self, bundle: ClientBundle, touchpoint: str, language: str) -> "_Prepared":
        known, mails = self._prepared.get(bundle.client.client, (None, {}))
        if known is not bundle:
            mails = {}
            self._prepared[bundle.client.client] = bundle, mails
        prepared = mails.get((touchpoint, language))
        if prepared is None:
            prepared = mails[touchpoint, language] = _prepared(bundle, touchpoint, language)
        return prepared


@dataclass(frozen=True)
class _Prepared:
    """What the mails of a touchpoint in one language have in common."""

    language: str
    texts: Texts
    client: str
    touchpoint: str
    label: str
    images: tuple[InlineImage, ...]
    view: Mapping[str, object]


def _prepared(bundle: ClientBundle, slug: str, language: str) -> _Prepared:
    touchpoint = bundle.touchpoints.get(slug)
    if touchpoint is None:
        raise NotFound(f"The client {bundle.client.client} has no touchpoint {slug}.")
    question = bundle.questionnaires[touchpoint.questionnaire].questions[0]
    return _Prepared(
        language=language,
        texts=bundle.texts[language],
        client=bundle.client.name,
        touchpoint=_spoken(touchpoint.name, language, bundle),
        label=SCORE_LABELS.get(language[:2], "{} / 10"),
        images=logos(bundle),
        view={
            **house_style(bundle, language),
            "question": _spoken(question.text, language, bundle),
            "low": _spoken(getattr(question, "low", {}), language, bundle),
            "high": _spoken(getattr(question, "high", {}), language, bundle),
        },
    )


def _view(prepared: _Prepared, words: MailTexts, wanted: MailToRender) -> Mapping[str, object]:
    """Return what the templates show: plain texts, that the HTML template escapes."""
    texts = prepared.texts
    known = {
        "client": prepared.client,
        "touchpoint": prepared.touchpoint,
        "product": wanted.product,
        "team": wanted.team,
    }
    title = "{salutation}"
    plain, titled = (known | naming_facts(wanted.person, prepared.language, text) for text in ("", title))

    def filled(text: str) -> str:
        return fill(text, titled if title in text else plain)

    greets = is_complete(words.greeting, titled if title in words.greeting else plain)
    return {
        **prepared.view,
        "subject": filled(words.subject),
        "preheader": filled(words.preheader),
        "heading": filled(words.heading),
        "greeting": filled(words.greeting if greets else words.greeting_without_name),
        "body": [filled(paragraph) for paragraph in words.body],
        "scores": [(n, f"{wanted.link}?score={n}", prepared.label.format(n)) for n in range(11)],
        "button": filled(texts.button),
        "link": wanted.link,
        "signature": [filled(line) for line in texts.signature],
        "opt_out": filled(texts.opt_out),
        "opt_out_link": wanted.opt_out_link,
    }


def _spoken(texts: Mapping[str, str], language: str, bundle: ClientBundle) -> str:
    """Return a text in the language of the mail, or in the client's first."""
    return texts.get(language) or texts.get(bundle.client.languages[0]) or next(iter(texts.values()), "")
