"""Amounts and numbers as people write them: `$1,234.00`, `€ 1.234,56`, `$342.09K`, `(12.50)`, `45 %`."""

import re
from decimal import Decimal, DecimalException

from leadrelay.leads.bounds import is_number

_CURRENCY = re.compile(
    r"(?i)^(?:us\$|€|\$|£|¥|eur|usd|gbp|chf|euro)\s*|\s*(?:€|\$|£|¥|eur|usd|gbp|chf|euro)$|,-$|,--$|\.-$"
)
_SHAPE = re.compile(r"(?i)([0-9][0-9.,' ]*|\.[0-9]+|,[0-9]+)(e[-+]?[0-9]{1,3})?\s*(k|m|b|mio|mln|mrd|bn|%)?")
_SCALE = {"k": 3, "m": 6, "mio": 6, "mln": 6, "b": 9, "bn": 9, "mrd": 9}
_GROUPED = {",": re.compile(r"[0-9]{1,3}(,[0-9]{3})+"), ".": re.compile(r"[0-9]{1,3}(\.[0-9]{3})+")}
_SPACES = str.maketrans({"\u00a0": " ", "\u2009": " ", "\u202f": " ", "\u2212": "-", "\u2019": "'"})


class NotANumber(ValueError):
    """A text that is no number."""


def number_of(text: str, style: str = "auto", money: bool = False) -> Decimal:
    """The number in a text. `money`: a currency may stand around it, and a lone dot or comma before exactly three
    digits is a thousands mark (amounts have no third decimal). Raises NotANumber."""
    plain = text.translate(_SPACES).strip()
    negative = False
    if plain.startswith("(") and plain.endswith(")"):
        plain, negative = plain[1:-1].strip(), True
    plain, minus = _unsigned(plain)
    plain = _CURRENCY.sub("", _CURRENCY.sub("", plain)).strip()
    plain, minus_inside = _unsigned(plain)
    shape = _SHAPE.fullmatch(plain)
    if shape is None or (minus and minus_inside):
        raise NotANumber(text)
    digits, exponent, unit = shape.groups()
    try:
        value = Decimal(_with_point(digits.strip(), style, money) + (exponent or ""))
        value = value.scaleb(_SCALE.get((unit or "").lower(), 0))
    except DecimalException as error:
        raise NotANumber(text) from error
    if not is_number(value):
        raise NotANumber(text)
    return -value if negative or minus or minus_inside else value


def _unsigned(text: str) -> tuple[str, bool]:
    if text[:1] in ("-", "+"):
        return text[1:].strip(), text[0] == "-"
    if text[-1:] == "-" and text[-2:-1].isdigit():
        return text[:-1].strip(), True
    return text, False


def _with_point(digits: str, style: str, money: bool) -> str:
    """The digits with a point for the decimals and nothing for the thousands. Raises InvalidOperation via Decimal."""
    digits = digits.replace(" ", "").replace("'", "")
    if style == "auto":
        style = _style(digits, money)
    thousands, decimal = (",", ".") if style == "english" else (".", ",")
    whole, point, fraction = digits.partition(decimal)
    if thousands in fraction or (thousands in whole and not _GROUPED[thousands].fullmatch(whole)):
        return "x"  # groups of other than three digits: this is no number in that style
    return whole.replace(thousands, "") + (f".{fraction}" if point else "")


def _style(digits: str, money: bool) -> str:
    """What the marks themselves say: with both, the last is the decimal one; a repeated one is for thousands."""
    dot, comma = digits.rfind("."), digits.rfind(",")
    if dot >= 0 and comma >= 0:
        return "english" if dot > comma else "european"
    if dot < 0 and comma < 0:
        return "english"
    mark = "." if dot >= 0 else ","
    thousands = digits.count(mark) > 1 or (
        bool(_GROUPED[mark].fullmatch(digits)) and (money or mark == ",") and not digits.startswith("0")
    )
    return "english" if (mark == ",") == thousands else "european"
