"""Where the contacts of touchpoints that invite by a phone number are asked: by the client's order of preference.

Touchpoints that invite by mail alone are not among these, and their rows cost nothing more for it.
"""

from collections.abc import Callable, Mapping

from functions.shared.domain.channels import CHANNELS, MAIL, Channel
from functions.shared.domain.client import ClientBundle

Addressing = Callable[[str | None, str, bool], tuple[str | None, Channel, bool, str]]
"""From a mail address, the cell of a phone number, and whether the cell of the mail address was broken, to the address
that is used, its channel, whether that is what is wrong with the row, and the name of the reason where there is no
address."""


def phone_addressing(bundle: ClientBundle, *, sends_sms: bool) -> Mapping[str, Addressing]:
    """Return how a contact is addressed, for each touchpoint that invites by a phone number.

    `sends_sms`: the deployment does.
    """
    by_touchpoint = {}
    for slug, touchpoint in bundle.touchpoints.items():
        by_phone = [channel for channel in touchpoint.invite_by if CHANNELS[channel].recipient_field == "phone"]
        if by_phone:
            by_touchpoint[slug] = _addressing(touchpoint.invite_by, by_phone[0], bundle.client.country, sends_sms)
    return by_touchpoint


def _addressing(channels: tuple[Channel, ...], by_phone: Channel, country: str, sends_sms: bool) -> Addressing:
    by_mail = MAIL in channels
    if not sends_sms:
        # What can go by mail does.
        return lambda mail, _, broken: (mail, MAIL, broken, "") if by_mail else (None, by_phone, False, "no_sms_here")
    from functions.crm_import.columns.phones import textable

    phone_first = channels[0] == by_phone
    without = "no_address_or_phone" if by_mail else "no_phone"

    def addressed(mail: str | None, phone: str, broken: bool) -> tuple[str | None, Channel, bool, str]:
        if mail and not phone_first:
            return mail, MAIL, False, without
        number = textable(phone, country)
        if number or not by_mail:
            return number, by_phone, False, without
        return mail, MAIL, broken, without

    return addressed
