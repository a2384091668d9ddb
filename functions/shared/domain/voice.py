"""A client's own voice: its words in each language, and its house style."""

from typing import Annotated

from pydantic import Field

from functions.shared.domain.strict import Strict

Colour = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]


class MailTexts(Strict):
    """The words of one mail. Placeholders: {salutation}, {first_name}, {last_name}, {client}, {touchpoint}, {product},
    {team}; {product|your product} has words for where there is none (functions.shared.domain.texts)."""

    subject: str
    preheader: str
    heading: str
    greeting: str
    """Used where every placeholder in it is known."""
    greeting_without_name: str
    """Used otherwise."""
    body: tuple[str, ...]
    """Paragraphs."""


MAILS = ("invitation", "reminder", "second_reminder", "third_reminder")
"""The keys of the mails in the texts, by number."""


class SmsTexts(Strict):
    """The words of SMS: a line each, with {link} in it and the word STOP. Placeholders as in mails."""

    invitation: str
    reminder: str


class Texts(Strict):
    """A client's own words in one language; the questionnaire has its own."""

    invitation: MailTexts
    reminder: MailTexts
    second_reminder: MailTexts | None = None
    """None: says what the first one says. The third likewise says what the second one does."""
    third_reminder: MailTexts | None = None
    button: str
    signature: tuple[str, ...]
    opt_out: str
    """The words of the opt-out link, and its scope."""
    intro: str
    """Above the first question of the page."""
    thanks_heading: str
    thanks: tuple[str, ...]
    sms: SmsTexts | None = None
    """Needed where a touchpoint invites by SMS."""
    next_step_label: str | None = None
    next_step_url: str | None = None

    def mail(self, number: int) -> tuple[str, MailTexts]:
        """Return the words of a mail and their key: of the invitation (0), or of a reminder, else of the one before."""
        for key in reversed(MAILS[1 : number + 1]):
            words: MailTexts | None = getattr(self, key)
            if words is not None:
                return key, words
        return "invitation", self.invitation


class Palette(Strict):
    """Colours as #rrggbb; text on each pair is checked for a contrast of 4.5 when the client is published."""

    primary: Colour
    on_primary: Colour
    background: Colour
    surface: Colour
    text: Colour
    muted: Colour


class Brand(Strict):
    """The client's house style, for the mail, the page and the report alike."""

    logo: str
    """File name of an SVG beside brand.yaml."""
    logo_dark: str | None = None
    logo_alt: str
    light: Palette
    dark: Palette
    font: str
    """A CSS font stack of fonts that devices have."""
    radius: Annotated[int, Field(ge=0, le=24)] = 8
