"""From a letter to a mail in the client's house style: HTML and text with the same words."""

from pathlib import Path

from functions.invite.notices.letters import Letter
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.mail import Mail
from functions.shared.presentation.mails import house_style, logos, mail_templates
from functions.shared.presentation.words import Words, read_words


class NoticeRenderer:
    """Renders letters with the compiled templates of a folder (`notice.html`, `notice.txt`, `strings/`)."""

    def __init__(self, templates: Path) -> None:
        self._html, self._text = mail_templates(templates, "notice")
        self._strings = templates / "strings"

    def words(self, bundle: ClientBundle) -> Words:
        """Return the words that a client's contact reads: its first language, its tone."""
        return read_words(self._strings, bundle.client.languages[0], bundle.client.tone)

    def render(self, bundle: ClientBundle, letter: Letter, kind: str) -> Mail:
        """Return the mail to the client's contact; `kind` is its tag: receipt, refused, paused, resumed, digest."""
        view = {**house_style(bundle, letter.language), **vars(letter)}
        client = bundle.client
        return Mail(
            sender_name=client.sender.name,
            sender_address=client.sender.address,
            reply_to=client.sender.reply_to,
            to_name="",
            to_address=client.contact,
            language=letter.language,
            subject=letter.subject,
            text=self._text.render(view),
            html=self._html.render(view),
            images=logos(bundle),
            opt_out_link=None,
            tags=(("notice", kind), ("client", client.client)),
        )
