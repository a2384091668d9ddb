"""Is this a number that can get an SMS? Imported only where one is sent: the library takes 50 ms to load."""

from phonenumbers import (
    NumberParseException,
    PhoneNumberFormat,
    PhoneNumberType,
    format_number,
    is_valid_number,
    number_type,
    parse,
)

_MOBILE = frozenset((PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE))
"""Some countries, such as the United States, do not tell the two apart."""
MAX_PHONE_LENGTH = 40
"""Characters. A longer cell holds more than a number."""


def textable(text: str, country: str) -> str | None:
    """Return a mobile number in E.164, or None where a cell holds none. A bare one is of the client's country."""
    if not text or len(text) > MAX_PHONE_LENGTH:
        return None
    try:
        number = parse(text, country)
    except NumberParseException:
        return None
    if not is_valid_number(number) or number_type(number) not in _MOBILE:
        return None
    return format_number(number, PhoneNumberFormat.E164)
