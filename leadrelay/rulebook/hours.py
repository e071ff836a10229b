"""Reads rules/calendar.yaml: the company's calendars by name, always with one named `default`.

A calendar other than `default` that names no zone or no hours has those of `default`.
"""

import difflib
from datetime import date
from zoneinfo import ZoneInfo, available_timezones

from msgspec.structs import replace

from leadrelay.calendar import WorkCalendar, default_calendar
from leadrelay.errors import UnknownHolidays, UnknownZone
from leadrelay.holidays_of import check_holidays
from leadrelay.hours import Week, parse_hours
from leadrelay.ical import read_ical
from leadrelay.rulebook.context import Context, suggestion
from leadrelay.rulebook.nodes import Mapping, Node, Scalar
from leadrelay.rulebook.owner_calendar import OWNER
from leadrelay.zone import zone_of

FILE = "rules/calendar.yaml"
KEYS = ("zone", "holidays", "closed", "closed_ical", "hours")


def load_calendars(ctx: Context) -> dict[str, WorkCalendar]:
    """The calendars of rules/calendar.yaml; without that file, or where it cannot be used, the ordinary `default`."""
    calendars = {"default": default_calendar()}
    document = ctx.document(FILE)
    if document is None:
        return calendars
    ctx.keys(document, ("calendars",), "this file")
    named = ctx.mapping(document.get("calendars"), "'calendars'")
    if named is None or "default" not in named:
        ctx.report(
            document.key("calendars"),
            "no-default-calendar",
            "There is no calendar named default, which everybody has who names no other.",
            "Add one under 'calendars:', with zone and hours.",
        )
    pairs = sorted(named.items(), key=lambda pair: pair[0].text != "default") if named else []
    for key, node in pairs:
        _check_name(ctx, key)
        ctx.places[f"calendar {key.text}"] = key.place
        calendars[key.text] = _calendar(ctx, key, node, calendars["default"])
    return calendars


def default_zone(text: str) -> ZoneInfo:
    """The zone of the default calendar in the text of a calendar.yaml; Europe/Amsterdam when it names none."""
    ctx = Context({FILE: text} if text.strip() else {})
    return load_calendars(ctx)["default"].zone


def _check_name(ctx: Context, key: Scalar) -> None:
    if key.text == OWNER:
        message = "'owner' cannot be the name of a calendar: in a rulebook it means that of the subject's owner."
        ctx.report(key.place, "bad-name", message, "Give it another name.")


def _calendar(ctx: Context, key: Scalar, node: Node, default: WorkCalendar) -> WorkCalendar:
    fallback = replace(default, name=key.text)
    spec = ctx.mapping(node, f"The calendar {key.text}")
    if spec is None:
        return fallback
    ctx.keys(spec, KEYS, "a calendar")
    zone = _zone(ctx, key, spec) or default.zone
    return WorkCalendar(
        key.text,
        zone,
        _hours(ctx, key, spec) or default.hours,
        holidays=_holidays(ctx, spec),
        closed=frozenset(_closed(ctx, spec)) | _closed_ical(ctx, spec),
    )


def _zone(ctx: Context, key: Scalar, spec: Mapping) -> ZoneInfo | None:
    node = spec.get("zone")
    if node is None and key.text == "default":
        ctx.report(
            key.place, "missing-key", "The default calendar has no zone.", "Add zone: Europe/Amsterdam, or yours."
        )
    name = ctx.text(node, "'zone'")
    if name is None or node is None:
        return None
    try:
        return zone_of(name)
    except UnknownZone as error:
        ctx.report(node.place, "unknown-zone", str(error), _near(name, sorted(available_timezones())))
        return None


def _holidays(ctx: Context, spec: Mapping) -> str | None:
    node = spec.get("holidays")
    code = ctx.text(node, "'holidays'")
    if code is None or node is None:
        return None
    try:
        check_holidays(code)
    except UnknownHolidays as error:
        ctx.report(node.place, "unknown-holidays", str(error), _near_code(code))
        return None
    return code


def _near_code(code: str) -> str:
    """A remedy that names the country's regions, or the nearest country."""
    from holidays import list_supported_countries

    known = list_supported_countries()
    country = code.partition("-")[0].upper()
    if regions := known.get(country):
        return f"Write {country} alone, or with one of its regions: {', '.join(regions)}."
    return f"Write {country}." if country in known else "Write the two letters of a country, such as NL, BE or DE."


def _closed(ctx: Context, spec: Mapping) -> list[date]:
    days = []
    for item in ctx.texts(spec.get("closed"), "A closed day"):
        try:
            days.append(date.fromisoformat(item.text.strip()))
        except ValueError:
            ctx.report(item.place, "bad-date", f"'{item.text}' is not a date.", "Write it as 2026-12-24.")
    return days


def _closed_ical(ctx: Context, spec: Mapping) -> frozenset[date]:
    node = spec.get("closed_ical")
    name = ctx.text(node, "'closed_ical'")
    if name is None or node is None:
        return frozenset()
    file = next((path for path in (name, f"rules/{name}") if path in ctx.files), None)
    if file is None:
        known = [path.removeprefix("rules/") for path in ctx.files if path.endswith(".ics")]
        remedy = suggestion(name, known) if known else "Put it there, and write its name as seen from rules/."
        ctx.report(node.place, "unknown-file", f"There is no file '{name}' under rules/.", remedy)
        return frozenset()
    try:
        return read_ical(ctx.files[file])
    except ValueError as error:
        ctx.report(node.place, "bad-ical", f"{file} cannot be read: {error}.", "Export it again as .ics.")
        return frozenset()


def _hours(ctx: Context, key: Scalar, spec: Mapping) -> Week | None:
    """The week of `hours:`; None when it is left out, or was reported."""
    node = ctx.mapping(spec.get("hours"), "'hours'")
    if node is None and (key.text != "default" or "hours" in spec):
        return None
    good: dict[str, str | None] = {}
    faults = 0
    for day, frames in node.items() if node else ():
        text = _text_of(ctx, frames)
        fault = _fault({**good, day.text: text})
        if fault is None:
            good[day.text] = text
            _hint_at_midnight(ctx, frames, text)
            continue
        faults += 1
        # The day is to blame when its hours are fine by themselves or would not be fine if it were closed.
        place = frames.place if _fault({day.text: text}) and not _fault({day.text: "closed"}) else day.place
        ctx.report(place, "bad-hours", f"{fault}.", "Write hours as monday-thursday: 09:00-12:30, 13:00-17:30.")
    week = parse_hours(good)
    if any(week) or faults:
        return week if any(week) else None
    ctx.report(
        spec.key("hours"),
        "never-open",
        f"The calendar {key.text} is never open, so working time in it never passes.",
        "Give at least one day hours: monday-friday: 09:00-17:30.",
    )
    return None


def _hint_at_midnight(ctx: Context, frames: Node, text: str | None) -> None:
    """23:59 leaves a minute out of every day, and each deadline that runs over it a minute late."""
    if text and "-23:59" in text.replace(" ", ""):
        message = "The day closes at 23:59, so its last minute is never working time."
        ctx.report(frames.place, "minute-before-midnight", message, "Write 24:00 for the end of the day.", "warning")


def _text_of(ctx: Context, frames: Node) -> str | None:
    """Hours as one text: `[09:00-12:00, 13:00-17:00]` is the same without brackets."""
    if isinstance(frames, Scalar):
        return frames.text
    return ", ".join(item.text for item in ctx.texts(frames, "Hours"))


def _fault(hours: dict[str, str | None]) -> str | None:
    try:
        parse_hours(hours)
    except ValueError as error:
        return str(error)
    return None


def _near(word: str, known: list[str]) -> str:
    found = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f"Did you mean '{found[0]}'?" if found else "Zones are named as in Europe/Amsterdam."
