"""Where the contacts of touchpoints that invite by SMS are asked: by the client's order of preference.

Touchpoints that invite by mail alone are not among these, and their rows cost nothing more for it.
"""

from collections.abc import Callable, Mapping

from functions.shared.domain.channels import MAIL, SMS, Channel
from functions.shared.domain.client import ClientBundle

Addressing = Callable[[str | None, str, bool], tuple[str | None, Channel, bool, str]]
"""From a mail address, the cell of a phone number, and whether the cell of the mail address was broken, to the address
that is used, its channel, whether that is what is wrong with the row, and the name of the reason where there is no
address."""


def phone_addressing(bundle: ClientBundle, *, sends_sms: bool) -> Mapping[str, Addressing]:
    """Return how a contact is addressed, for each touchpoint that invites by SMS. `sends_sms`: the deployment does."""
    texting = {slug: one.invite_by for slug, one in bundle.touchpoints.items() if SMS in one.invite_by}
    return {slug: _addressing(channels, bundle.client.country, sends_sms) for slug, channels in texting.items()}


def _addressing(channels: tuple[str, ...], country: str, sends_sms: bool) -> Addressing:
    by_mail = MAIL in channels
    if not sends_sms:
        # What can go by mail does.
        return lambda mail, _, broken: (mail, MAIL, broken, "") if by_mail else (None, SMS, False, "no_sms_here")
    from functions.crm_import.columns.phones import textable

    sms_first = channels[0] == SMS
    without = "no_address_or_phone" if by_mail else "no_phone"

    def addressed(mail: str | None, phone: str, broken: bool) -> tuple[str | None, Channel, bool, str]:
        if mail and not sms_first:
            return mail, MAIL, False, without
        number = textable(phone, country)
        if number or not by_mail:
            return number, SMS, False, without
        return mail, MAIL, broken, without

    return addressed
