"""Telephone numbers as people write them, in their international form (E.164)."""

from functools import lru_cache


@lru_cache(maxsize=10_000)
def international(phone: str, country: str = "") -> str:
    """'020-123 4567' in NL -> '+31201234567'; '' when it is no number that can exist. `country`: two letters, for
    numbers without a country code."""
    import phonenumbers  # here, because it takes 0.1 s that hardly any command needs

    try:
        number = phonenumbers.parse(phone, country.upper() or None)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(number):
        return ""
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def same_phone(one: str, other: str, country: str = "") -> bool:
    """Whether two numbers reach the same telephone; without a country code, in this country."""
    a, b = international(one, country), international(other, country)
    return bool(a) and a == b
