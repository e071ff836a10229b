"""The filters that templates may use: facts as words in the reader's language, and nothing that can call or grow.

Each formatter takes (value, voice); Babel is imported only when something is formatted, so that `check` stays fast.
"""

import re
import textwrap
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup
from msgspec import Struct

from leadrelay.clock import Instant, date_of, datetime_of
from leadrelay.leads.fields import Type, Value
from leadrelay.rulebook.words import choice_word
from leadrelay.zone import zone_of

if TYPE_CHECKING:
    from babel import Locale

UNKNOWN = "—"
"""What a formatter says for a value that is not known."""
FACT_LIMIT = 2_000
"""A text value is cut at this many characters."""
WIDTH = 72

_BROKEN_LINES = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_INVISIBLE = re.compile(
    "[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_BLANK_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")


def clean(text: str, limit: int = FACT_LIMIT) -> str:
    """Text made inert: control characters and line breaks become a space, characters that hide or reverse others go,
    lone surrogates become U+FFFD, and what is longer than `limit` is cut with '…'."""
    cut = text[: limit + 1]
    cut = _SURROGATE.sub("\ufffd", _INVISIBLE.sub("", _BROKEN_LINES.sub(" ", cut)))
    return cut if len(cut) <= limit else cut[: limit - 1] + "…"


class Voice(Struct, frozen=True):
    """How facts are said: language, time zone, currency, and now (for 'how long ago'). `home`: the company's zone;
    times in another one say which."""

    language: str = "en"
    zone: str = "Europe/Amsterdam"
    currency: str = "EUR"
    now: Instant = 0
    home: str = ""


@lru_cache(maxsize=32)
def _locale(language: str) -> "Locale":
    """Babel's locale; English as it is written in Europe."""
    from babel import Locale, UnknownLocaleError

    try:
        return Locale.parse("en_GB" if language == "en" else language)
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en_GB")


def money(value: Value, voice: Voice) -> str:
    """Whole cents as an amount: € 12.500 or €12,500; cents are shown when there are any."""
    if not isinstance(value, int):
        return UNKNOWN
    from babel.numbers import format_currency

    locale = _locale(voice.language)
    if value % 100:
        text = format_currency(value / 100, voice.currency, locale=locale)
    else:
        pattern = locale.currency_formats["standard"].pattern.replace(".00", "")
        text = format_currency(value // 100, voice.currency, pattern, locale=locale, currency_digits=False)
    return text.replace("\xa0", " ")


def number(value: Value, voice: Voice) -> str:
    """A number as the language groups it: 1.250 or 1,250."""
    if not isinstance(value, int | float):
        return UNKNOWN
    from babel.numbers import format_decimal

    return format_decimal(value, locale=_locale(voice.language)).replace("\xa0", " ")


def day(value: Value, voice: Voice) -> str:
    """A date (Day) in words: 20 november 2026."""
    if not isinstance(value, int):
        return UNKNOWN
    from babel.dates import format_date

    return format_date(date_of(value), "d MMMM y", locale=_locale(voice.language))


def time(value: Value, voice: Voice) -> str:
    """A time (Instant) on the wall clock: vr 20 nov 2026 09:13; with the place where it is not the company's clock:
    vr 20 nov 2026 03:13 (New York)."""
    if not isinstance(value, int):
        return UNKNOWN
    from babel.dates import format_datetime, get_timezone_location

    moment = datetime_of(value, zone_of(voice.zone)).replace(tzinfo=None)
    said = format_datetime(moment, "EEE d MMM y HH:mm", locale=_locale(voice.language))
    if voice.home in ("", voice.zone):
        return said
    return f"{said} ({get_timezone_location(voice.zone, locale=_locale(voice.language), return_city=True)})"


def duration(value: Value, voice: Voice) -> str:
    """How long a time (Instant) lies from now, either way: 4 uur."""
    if not isinstance(value, int):
        return UNKNOWN
    from babel.dates import format_timedelta

    gap = timedelta(microseconds=abs(voice.now - value))
    return format_timedelta(
        gap, "second" if gap < timedelta(minutes=1) else "minute", 1.5, locale=_locale(voice.language)
    )


def label(value: Value, voice: Voice) -> str:
    """The word for a choice or a yes/no: 'topklant' for key."""
    return choice_word(value, voice.language) if isinstance(value, str | bool) and value != "" else UNKNOWN


def join(value: Value, voice: Voice) -> str:
    """A list with commas."""
    return (
        ", ".join(choice_word(one, voice.language) for one in value) if isinstance(value, tuple) and value else UNKNOWN
    )


def default(value: object, other: str = UNKNOWN) -> object:
    """The value, or `other` when it is not known; needed where a text may be missing."""
    return other if value is None or value in ("", ()) else value


def cut(value: object, length: int = 80) -> str:
    """A text of at most `length` characters, ended at a word with '…'."""
    text = "" if value is None else str(value)
    return text if len(text) <= length else (text[: length - 1].rsplit(" ", 1)[0] or text[: length - 1]) + "…"


def paragraphs(value: str) -> str:
    """For the layouts: text with blank lines between paragraphs, wrapped; or <p> elements where text is escaped."""
    parts = [" ".join(part.split()) for part in _BLANK_LINES.split(str(value).strip())]
    if isinstance(value, Markup):
        # What stands in `value` was escaped where it was printed.
        return Markup("\n".join(f"<p>{part}</p>" for part in parts if part))
    return "\n\n".join(
        textwrap.fill(part, WIDTH, break_long_words=False, break_on_hyphens=False) for part in parts if part
    )


Formatter = Callable[[Value, Voice], str]
FORMATTERS: Mapping[str, tuple[Formatter, tuple[Type, ...]]] = {
    "money": (money, (Type.MONEY,)),
    "number": (number, (Type.NUMBER,)),
    "date": (day, (Type.DATE,)),
    "time": (time, (Type.TIME,)),
    "duration": (duration, (Type.TIME,)),
    "label": (label, (Type.CHOICE, Type.YES_NO, Type.TEXT)),
    "join": (join, (Type.LIST,)),
}
"""What a template writes after `|`, with the types of field it is for."""
SHAPERS: Mapping[str, Callable[..., object]] = {"default": default, "cut": cut}
"""Filters that keep a value as it is, or shorten it."""
LAYOUT_FILTERS: Mapping[str, Callable[[str], str]] = {"paragraphs": paragraphs}
"""What only the layouts may use."""

_BY_TYPE: Mapping[Type, Formatter] = {
    Type.MONEY: money,
    Type.NUMBER: number,
    Type.DATE: day,
    Type.TIME: time,
    Type.YES_NO: label,
    Type.CHOICE: label,
    Type.LIST: join,
}


def say(value: Value, kind: Type, voice: Voice) -> str:
    """A field's value as its reader would say it; unknown is '—'."""
    formatter = _BY_TYPE.get(kind)
    return formatter(value, voice) if formatter else str(default(value))


def _in_context(formatter: Formatter) -> Callable[[Context, Value], str]:
    """A formatter as a Jinja filter; its voice comes from the message's context."""

    @pass_context
    def spoken_filter(context: Context, value: Value) -> str:
        return formatter(
            value,
            Voice(
                str(context.get("language", "en")),
                str(context.get("zone", "Europe/Amsterdam")),
                str(context.get("currency", "EUR")),
                int(context.get("now", 0)),
                str(context.get("home", "")),
            ),
        )

    return spoken_filter


def all_filters() -> dict[str, Callable[..., object]]:
    """Every filter there is, by name; nothing else is reachable from a template."""
    spoken_filters = {name: _in_context(formatter) for name, (formatter, _) in FORMATTERS.items()}
    return {**spoken_filters, **SHAPERS, **LAYOUT_FILTERS}
