"""How a column writes its numbers: 1,234.56 or 1.234,56, told by all of it, and what its heading multiplies by."""

import re
from collections.abc import Collection

from msgspec import Struct

_THREE = re.compile(r"[0-9]{1,3}[.,][0-9]{3}")
_DIGITS = re.compile(r"[0-9][0-9.,]*")
_CURRENCIES = r"(?:€|eur|euro|\$|usd)"
_THOUSANDS = (
    rf"x\s*1[.,]?000\b|\bk\s?{_CURRENCIES}|{_CURRENCIES}\s?k\b|\bin duizend|\bthousand|\bin tausend|\ben milliers|\bk\b"
)
_MILLIONS = r"x\s*1[.,]?000[.,]?000\b|\bm(?:ln|io)\b|\bmiljoen|\bmillion"
_SCALES = ((1_000_000, re.compile(_MILLIONS, re.IGNORECASE)), (1_000, re.compile(_THOUSANDS, re.IGNORECASE)))


class AmountForm(Struct, frozen=True):
    """`numbers` is what a map would say (auto: nothing needs saying); `why` is the evidence, `doubt` what to ask."""

    numbers: str = "auto"
    why: str = ""
    doubt: str = ""


def amount_form(values: Collection[str], typed: bool, whole: bool) -> AmountForm:
    """How these values are numbers. `typed`: the workbook keeps numbers as such; `whole`: they have no third decimal
    (money, counts), so that a lone mark before three digits is one for thousands."""
    styles: dict[str, str] = {}
    open_ones: dict[str, str] = {}
    for value in values:
        match = _DIGITS.search(value.replace(" ", "").replace("\u00a0", "").replace("'", ""))
        digits = match[0].rstrip(".,") if match else ""
        if _THREE.fullmatch(digits):
            open_ones.setdefault("english" if "," in digits else "european", value)
        elif style := _style(digits):
            styles.setdefault(style, value)
    if len(styles) == 1 and not typed:
        style, example = next(iter(styles.items()))
        against = [value for other, value in open_ones.items() if other != style]
        if whole and against:
            return AmountForm(doubt=f"'{example}' and '{against[0]}' do not write thousands alike")
        return AmountForm(style, f"as in '{example}'")
    if len(styles) == 2 and open_ones:
        return AmountForm(doubt=f"'{styles['english']}' and '{styles['european']}' stand in one column, and "
                                f"'{next(iter(open_ones.values()))}' may be either")  # fmt: skip
    if open_ones and not (whole and len(open_ones) == 1) and not styles:
        return AmountForm(doubt=f"'{next(iter(open_ones.values()))}' may have thousands or decimals")
    if len(open_ones) == 1 and not styles and not typed:
        style, example = next(iter(open_ones.items()))
        return AmountForm(style, f"'{example}' has a mark for thousands")
    return AmountForm()


def _style(digits: str) -> str:
    """The style that the marks prove: with both, the last is the decimal one; a repeated one is for thousands."""
    dot, comma = digits.rfind("."), digits.rfind(",")
    if dot < 0 and comma < 0:
        return ""
    if dot >= 0 and comma >= 0:
        return "english" if dot > comma else "european"
    mark = "." if dot >= 0 else ","
    repeated = digits.count(mark) > 1
    return "english" if (mark == ",") == repeated else "european"


def scale_of(heading: str) -> int:
    """What the values under a heading are to be multiplied by: `Omzet (x 1.000)` gives 1000."""
    for scale, words in _SCALES:
        if words.search(heading):
            return scale
    return 1
