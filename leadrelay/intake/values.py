"""A cell's text becomes a value of its field's type, or a reason why it cannot."""

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from types import MappingProxyType
from zoneinfo import ZoneInfo

import idna

from leadrelay.clock import datetime_of, day_of
from leadrelay.intake.moments import NotAMoment, date_in, moment_of
from leadrelay.intake.numbers import NotANumber, number_of
from leadrelay.leads.bounds import is_number
from leadrelay.leads.fields import Field, Type, Value
from leadrelay.zone import midnight

YES = frozenset(("yes", "y", "true", "t", "1", "on", "x", "ja", "j", "waar", "oui", "wahr"))
NO = frozenset(("no", "n", "false", "f", "0", "off", "nee", "onwaar", "non", "nein", "falsch"))
UNKNOWN = frozenset(("unknown", "not known", "onbekend", "niet bekend", "inconnu", "unbekannt", "?"))
"""Words by which a cell of any type but text says that it has no value."""
LONGEST = 20_000
"""A text longer than this many characters is no value of a lead."""
_LONG_TEXTS = frozenset(("request.summary", "request.product", "activity.summary"))
"""What is cut rather than refused when it is longer."""

_LOCAL = r"(?:\"[^\"\\\x00-\x1f]{1,62}\"|[^\s@<>,;:\"|/()\[\]]+)"
_ADDRESS = rf"{_LOCAL}@[^\s@<>,;.|/()]+(?:\.[^\s@<>,;.|/()]+)*"
_EMAIL = re.compile(rf"(?:.*<)?\s*(?:mailto:)?({_ADDRESS})\.?>?\s*", re.IGNORECASE)
_EMAILS = re.compile(rf"(?<![^\s<>,;:|/()\[\]]){_ADDRESS}(?![^\s<>,;:|/().\[\]])", re.IGNORECASE)
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[-a-z0-9]*[a-z0-9])?\.)+[a-z][-a-z0-9]*[a-z0-9]", re.IGNORECASE)
_NOT_NEGATIVE = frozenset(
    ("account.employees", "account.revenue", "request.expected_value", "opportunity.expected_value")
)
UNWANTED = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_PERCENT = frozenset(("opportunity.win_chance", "opportunity.project_chance"))


class Unreadable(ValueError):
    """A value that does not fit its field; str() is the reason. `part` is what of it can be used all the same,
    `telling` whether a person can make something of it."""

    def __init__(self, reason: str, part: Value = None, telling: bool = False) -> None:
        super().__init__(reason)
        self.part = part
        self.telling = telling or part is not None


class NoText(Unreadable):
    """A value that is no text at all."""


Reading = Callable[[str], Value]
"""From a cell's text (not empty, trimmed) to a value; None is a blank. Raises Unreadable."""


class Formats:
    """How the values of one column are written: zone of times, formats tried first, style of numbers, a factor."""

    __slots__ = ("dates", "numbers", "times", "zone")

    def __init__(
        self, zone: ZoneInfo, dates: Sequence[str] = (), numbers: str = "auto", times: Decimal = Decimal(1)
    ) -> None:
        self.zone = zone
        self.dates = dates
        self.numbers = numbers
        self.times = times


def reading(field: Field, read_as: str, formats: Formats) -> Reading:
    """The function that reads cells for a field; `read_as` is the field's type, or 'domain', 'email' or another type.

    Money comes out in whole cents, dates as Day, times as Instant."""
    read = _READERS[read_as](field, formats)

    def checked(text: str) -> Value:
        if not text.isprintable() and UNWANTED.search(text):
            raise NoText("it holds characters that no text has (is this a binary file?)")
        if len(text) > LONGEST:
            reason = f"it is {len(text)} characters long; at most {LONGEST} are taken"
            raise Unreadable(reason, f"{text[: LONGEST - 1]}…" if field.path in _LONG_TEXTS else None)
        try:
            return _fitting(read(text), field)
        except Unreadable:
            if text.strip().casefold() in UNKNOWN:
                return None
            raise

    return checked


def _fitting(value: Value | Decimal, field: Field) -> Value:
    """A value that was read, in the unit of the field's own type."""
    kind = field.type
    if isinstance(value, Decimal):
        if not is_number(value):
            raise Unreadable(f"it is {value:.3g}, which cannot be meant: is the column in other units?", telling=True)
        if value < 0 and field.path in _NOT_NEGATIVE:
            raise Unreadable(f"{field.name} cannot be less than nothing", telling=True)
        if kind is Type.MONEY:
            return int((value * 100).to_integral_value(ROUND_HALF_UP))
        if field.path in _PERCENT and not 0 <= value <= 100:
            raise Unreadable("a chance lies between 0 and 100")
        if kind is Type.NUMBER:
            return int(value) if value == value.to_integral_value() else float(value)
        return str(value)
    if isinstance(value, str) and kind is Type.LIST:
        return (value,)
    return value


def _text(field: Field, _formats: Formats) -> Callable[[str], Value]:
    collapse = field.name in ("name", "id", "domain")
    return (lambda text: " ".join(text.split())) if collapse else str


def _number(_field: Field, formats: Formats, money: bool = False) -> Callable[[str], Value | Decimal]:
    def read(text: str) -> Decimal:
        try:
            return number_of(text, formats.numbers, money) * formats.times
        except NotANumber as error:
            what = "an amount of money" if money else "a number"
            telling = any(letter.isdigit() for letter in text)
            raise Unreadable(f"'{text[:80]}' is not {what}", telling=telling) from error

    return read


def _money(field: Field, formats: Formats) -> Callable[[str], Value | Decimal]:
    return _number(field, formats, money=True)


def _yes_no(_field: Field, _formats: Formats) -> Callable[[str], Value]:
    def read(text: str) -> bool:
        word = text.casefold()
        if word in YES or word in NO:
            return word in YES
        raise Unreadable(f"'{text[:80]}' is neither yes nor no")

    return read


def _date(field: Field, formats: Formats) -> Callable[[str], Value]:
    def read(text: str) -> int:
        try:
            day = day_of(date_in(text, formats.dates))
        except NotAMoment as error:
            raise Unreadable(str(error)) from error
        return midnight(day, formats.zone) if field.type is Type.TIME else day

    return read


def _time(field: Field, formats: Formats) -> Callable[[str], Value]:
    def read(text: str) -> int:
        try:
            instant = moment_of(text, formats.zone, formats.dates)
        except NotAMoment as error:
            raise Unreadable(str(error)) from error
        return day_of(datetime_of(instant, formats.zone).date()) if field.type is Type.DATE else instant

    return read


def _choice(field: Field, _formats: Formats) -> Callable[[str], Value]:
    known = {_bare(one): one for one in field.choices}

    def read(text: str) -> str:
        found = known.get(_bare(text))
        if found is None:
            raise Unreadable(f"'{text[:80]}' is not one of {', '.join(field.choices)}")
        return found

    return read


def _bare(text: str) -> str:
    """A choice as it is compared: 'Web form', 'web-form' and 'web_form' are the same."""
    return re.sub(r"[\s_-]+", "_", text.strip().casefold())


def _list(_field: Field, _formats: Formats) -> Callable[[str], Value]:
    def read(text: str) -> tuple[str, ...]:
        parts = [part.strip().strip("\"'") for part in re.split(r"[;,|\n]", text.strip("[]"))]
        return tuple(dict.fromkeys(part for part in parts if part))

    return read


def _domain(_field: Field, _formats: Formats) -> Callable[[str], Value]:
    def read(text: str) -> str:
        found = domain_of(text)
        if found is None:
            raise Unreadable(f"'{text[:80]}' is not an internet domain", telling="." in text)
        return found

    return read


def _email(_field: Field, _formats: Formats) -> Callable[[str], Value]:
    def read(text: str) -> str:
        match = _EMAIL.fullmatch(text)
        if match is not None:
            return match[1]
        several = _EMAILS.findall(text)
        if several:
            more = "holds more than an e-mail address" if len(several) == 1 else "holds several e-mail addresses"
            raise Unreadable(f"'{text[:80]}' {more}", part=several[0].rstrip("."))
        raise Unreadable(f"'{text[:80]}' is not an e-mail address", telling="@" in text)

    return read


def domain_of(text: str) -> str | None:
    """The domain in a web or e-mail address, in small letters, without www, in its ASCII form (IDNA 2008, UTS 46); None
    if there is none."""
    bare = text.strip().rpartition("@")[2] if "/" not in text else text.strip()
    host = re.split(r"[/?#:]", re.sub(r"^[a-z][-a-z0-9+.]*://", "", bare, flags=re.IGNORECASE), maxsplit=1)[0]
    host = _ascii(host.rstrip(".").lower()).removeprefix("www.")
    return host if _DOMAIN.fullmatch(host) else None


def _ascii(host: str) -> str:
    if host.isascii():
        return host
    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError:
        return host


_READERS: Mapping[str, Callable[[Field, Formats], Callable[[str], Value | Decimal]]] = MappingProxyType(
    {
        "text": _text,
        "number": _number,
        "money": _money,
        "yes_no": _yes_no,
        "date": _date,
        "time": _time,
        "choice": _choice,
        "list": _list,
        "domain": _domain,
        "email": _email,
    }
)
