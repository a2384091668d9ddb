"""From a letter to a mail in the client's house style: HTML and text with the same words."""

from pathlib import Path

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from functions.invite.house_style import house_style, logos
from functions.invite.notices.letters import Letter
from functions.invite.notices.words import Words, read_words
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.mail import Mail


class NoticeRenderer:
    """Renders letters with the compiled templates of a folder (`notice.html`, `notice.txt`, `strings/`)."""

    def __init__(self, templates: Path) -> None:
        loader = FileSystemLoader(templates)
        html = ImmutableSandboxedEnvironment(loader=loader, autoescape=True, undefined=StrictUndefined)
        text = ImmutableSandboxedEnvironment(loader=loader, autoescape=False, undefined=StrictUndefined)
        self._html = html.get_template("notice.html")
        self._text = text.get_template("notice.txt")
        self._templates = templates

    def words(self, bundle: ClientBundle) -> Words:
        """Return the words that a client's contact reads: its first language, its tone."""
        return read_words(self._templates, bundle.client.languages[0], bundle.client.tone)

    def render(self, bundle: ClientBundle, letter: Letter, kind: str) -> Mail:
        """Return the mail to the client's contact; `kind` is its tag: receipt, paused, resumed."""
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
