"""From an invitation and its client's words to an SMS: one line of text, with the link and the way to say no."""

from functions.invite.rendering import MailToRender
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.errors import BadConfiguration
from functions.shared.domain.names import naming_facts
from functions.shared.domain.sms import Sms
from functions.shared.domain.sms_texts import filled_sms


class SmsRenderer:
    """Writes SMS."""

    def render(self, bundle: ClientBundle, wanted: MailToRender) -> Sms:
        """Return an SMS as it is handed over. Raises BadConfiguration where the client has no number or no words."""
        client, language = bundle.client, bundle.language(wanted.language)
        words = bundle.texts[language].sms
        if words is None or client.sms_number is None:
            raise BadConfiguration([f"{client.client} has no number, or no words, for SMS."])
        text = words.reminder if wanted.number else words.invitation
        names = bundle.touchpoints[wanted.touchpoint].name
        facts = {
            "client": client.name,
            "touchpoint": names.get(language) or names.get(client.languages[0]),
            "product": wanted.product,
            "team": wanted.team,
            **naming_facts(wanted.person, language, text),
        }
        return Sms(
            number=client.sms_number,
            to=wanted.address,
            body=filled_sms(text, facts, wanted.link),
            context=(("invitation", wanted.invitation_id), ("mail", wanted.name), ("client", client.client)),
        )
