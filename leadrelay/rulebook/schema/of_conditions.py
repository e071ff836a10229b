"""The part of the JSON Schema that is about conditions, and the pieces that all of it is made of."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from leadrelay.hours import WEEKDAYS
from leadrelay.leads.fields import SUBJECTS, Field, Type
from leadrelay.rulebook.model import Ruleset

Schema = dict[str, Any]

_ORDERED = (Type.NUMBER, Type.MONEY, Type.DATE, Type.TIME)
_TEXTUAL = (Type.TEXT, Type.CHOICE)
_TIMED = (Type.TIME, Type.DATE)
WORDS: Mapping[str, tuple[tuple[Type, ...], str]] = {
    "not": (tuple(Type), "Does not pass this test; so also when it has no value."),
    "over": (_ORDERED, "More than this."),
    "under": (_ORDERED, "Less than this."),
    "at_least": (_ORDERED, "This or more."),
    "at_most": (_ORDERED, "This or less."),
    "between": (_ORDERED, "From the first up to and including the second."),
    "contains": ((*_TEXTUAL, Type.LIST), "Has this in it, or any of these; on a list field: is a member."),
    "starts_with": (_TEXTUAL, "Begins with this, or any of these; ignores case."),
    "ends_with": (_TEXTUAL, "Ends with this, or any of these; ignores case."),
    "matches": (_TEXTUAL, "Fits this pattern, such as *@*.gov; ignores case."),
    "mentions": (_TEXTUAL, "Has an entry of this list in rules/lists/ in it, as whole words."),
    "in_list": (_TEXTUAL, "Is on this list in rules/lists/."),
    "same_as": (tuple(Type), "Equals this other field, both known."),
    "after": (_TIMED, "Later than this other field, both known."),
    "known": (tuple(Type), "true: has a value; false: has none; any, beside not: unknown passes it and is meant to."),
    "older_than": (_TIMED, "At least this long ago."),
    "newer_than": (_TIMED, "In the past, less than this long ago."),
    "within": (_TIMED, "From now up to and including this far ahead."),
    "past": (_TIMED, "true: at or before now; false: after now."),
}
"""Every word of the test language: the types it fits, and what it means."""

_UNITS = ("second", "minute", "hour", "day", "week", "month", "year", "working minute", "working hour", "working day")


def ref(name: str) -> Schema:
    """A reference to a definition."""
    return {"$ref": f"#/definitions/{name}"}


def obj(properties: Schema, required: Iterable[str] = (), **more: Any) -> Schema:
    """An object with these properties and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
        **more,
    }


def text(about: str) -> Schema:
    """A text; one that looks like a number is a text too."""
    return {"type": ["string", "number"], "description": about}


def word(known: Collection[str], about: str) -> Schema:
    """One of these words; `7` is a word too, but a number in YAML."""
    return {"enum": _with_numbers(known), "description": about}


def some(one: Schema) -> Schema:
    """One, or a list of them."""
    return {"anyOf": [one, {"type": "array", "items": one, "minItems": 1}]}


def any_case(known: Collection[str]) -> Schema:
    """One of these words as they are, which editors complete, or in capitals, as rules may write them."""
    return {
        "anyOf": [{"enum": _with_numbers(known)}, {"type": "string", "pattern": rf"^\s*({in_any_case(known)})\s*$"}]
    }


def in_any_case(words: Iterable[str]) -> str:
    """A regular expression for one of these words, in capitals or not, that JavaScript reads too."""
    return "|".join("".join(_either(letter) for letter in one) for one in words)


def _with_numbers(known: Collection[str]) -> list[str | int]:
    return [*known, *(int(one) for one in known if one.isdecimal())]


def _either(letter: str) -> str:
    if letter == " ":
        return "\\s+"
    if letter.isalpha():
        return f"[{letter.lower()}{letter.upper()}]"
    return letter if letter.isalnum() or letter == "_" else f"\\{letter}"


VALUES: Mapping[Type, Schema] = {
    Type.TEXT: {"type": ["string", "number"]},
    Type.NUMBER: {"type": "number"},
    Type.MONEY: {"type": "number"},
    Type.YES_NO: {"type": "boolean"},
    Type.DATE: {"type": "string", "pattern": r"^\s*\d{4}-\d\d-\d\d\s*$"},
    Type.TIME: {"type": "string", "pattern": r"^\s*\d{4}-\d\d-\d\d"},
    Type.CHOICE: {"type": ["string", "number"]},
    Type.LIST: {"type": ["string", "number"]},
}
"""How a value of each type is written."""
_RANGE = r"\d{1,2}:\d\d\s*[-–]\s*\d{1,2}:\d\d"
_DAY = in_any_case((*WEEKDAYS, *(day[:3] for day in WEEKDAYS)))
_OF_A_DAY: Schema = {
    "type": ["string", "array", "null"],
    "pattern": rf"^\s*({in_any_case(('closed',))}|{_RANGE}(\s*,\s*{_RANGE})*)?\s*$",
    "description": "Times of the day, such as 09:00-12:30, 13:00-17:30; or closed.",
}
HOURS: Schema = {
    "type": "object",
    "patternProperties": {rf"^\s*({_DAY})(\s*[-,]\s*({_DAY}))*\s*$": _OF_A_DAY},
    "additionalProperties": False,
}
"""How the hours of a week are written."""
SOME_TIME: Schema = {"allOf": [{"$ref": "#/definitions/duration"}], "not": {"pattern": r"^\s*0+(\.0+)?\s"}}
"""A duration of more than no time at all."""
DURATION: Schema = {
    "type": "string",
    "pattern": rf"^\s*\d+(\.\d+)?\s*({in_any_case(_UNITS)})[sS]?\s*$",
    "description": "A number and a unit; working time goes by the calendar.",
    "examples": ["15 minutes", "4 working hours", "1 working day", "3 days", "2 weeks", "6 months"],
}


def condition_definitions(ruleset: Ruleset) -> Schema:
    """`duration`, `field`, `list_name`, a value and a test per type and field with choices, `condition_request` …"""
    found: Schema = {
        "duration": DURATION,
        "field": {"enum": list(ruleset.fields.by_path)},
        "list_name": {"enum": sorted(ruleset.lists)},
    }
    for kind in Type:
        if kind is not Type.CHOICE:
            found[f"value_{kind}"] = VALUES[kind]
            found[f"test_{kind}"] = _test(ref(f"value_{kind}"), kind, f"test_{kind}")
    for field in ruleset.fields.by_path.values():
        if field.type is Type.CHOICE:
            found[value_name(field)] = any_case(field.words)
            found[test_name(field)] = _test(ref(value_name(field)), Type.CHOICE, test_name(field))
    return found | {f"condition_{subject}": _condition(ruleset, subject) for subject in SUBJECTS}


def test_name(field: Field) -> str:
    """The definition of a test of this field."""
    return f"test_{_kind_of(field)}"


def value_name(field: Field) -> str:
    """The definition of a value of this field."""
    return f"value_{_kind_of(field)}"


def value_or_null(field: Field) -> Schema:
    """A value of this field, or `null` for none."""
    value = ref(value_name(field))
    value = some(value) if field.type is Type.LIST else value
    return {"anyOf": [value, {"type": "null"}], "description": field.about}


def _kind_of(field: Field) -> str:
    return field.path if field.type is Type.CHOICE else field.type


def _test(value: Schema, kind: Type, name: str) -> Schema:
    words = _words(value, kind, name)
    return words if kind is Type.LIST else {"anyOf": [some(value), words]}


def _words(value: Schema, kind: Type, name: str) -> Schema:
    needles = some({"type": ["string", "number", "boolean"]})
    follows: Schema = {
        "not": ref(name),
        "between": {"type": "array", "items": value, "minItems": 2, "maxItems": 2},
        "contains": needles,
        "starts_with": needles,
        "ends_with": needles,
        "matches": VALUES[Type.TEXT],
        "mentions": ref("list_name"),
        "in_list": ref("list_name"),
        "same_as": ref("field"),
        "after": ref("field"),
        "known": {"enum": [True, False, "any"]},
        "older_than": ref("duration"),
        "newer_than": ref("duration"),
        "within": ref("duration"),
        "past": {"type": "boolean"},
    }
    properties = {
        key: {"allOf": [follows.get(key, value)], "description": about}
        for key, (fits, about) in WORDS.items()
        if kind in fits
    }
    return obj(properties, minProperties=1)


def _condition(ruleset: Ruleset, subject: str) -> Schema:
    nested = {"type": "array", "items": ref(f"condition_{subject}"), "minItems": 1}
    groups = {
        "all": {**nested, "description": "All of these hold."},
        "any": {**nested, "description": "At least one of these holds."},
        "none": {**nested, "description": "None of these holds."},
    }
    fields = {
        one.path: {"allOf": [ref(test_name(one))], "description": f"{one.about} ({one.type})"}
        for one in ruleset.fields.reachable(subject)
    }
    return obj({**fields, **groups}, minProperties=1)
