"""The JSON Schema of every file under rules/, for editors: descriptions, and the project's own words to choose from."""

from collections.abc import Collection, Sequence
from typing import Any

from leadrelay.leads.fields import SUBJECTS, Type
from leadrelay.rulebook.headings import KEYS as HEADINGS_KEYS
from leadrelay.rulebook.headings import headings_schema
from leadrelay.rulebook.hours import KEYS as CALENDAR_KEYS
from leadrelay.rulebook.matching import KEYS as MATCHING_KEYS
from leadrelay.rulebook.matching import matching_schema
from leadrelay.rulebook.messages import KEYS as MESSAGES_KEYS
from leadrelay.rulebook.model import OTHERWISE, Ruleset
from leadrelay.rulebook.owner_calendar import OWNER
from leadrelay.rulebook.rule_test import NOTHING
from leadrelay.rulebook.schema.of_conditions import (
    HOURS,
    VALUES,
    Schema,
    obj,
    ref,
    some,
    text,
    value_or_null,
    word,
)
from leadrelay.rulebook.schema.of_maps import map_schema
from leadrelay.rulebook.schema.of_messages import messages_schema
from leadrelay.rulebook.schema.of_packs import fields_schema, pack_schema, packs_schema, reports_schema
from leadrelay.rulebook.schema.of_rules import STRATEGY, THEN_BY_TERRITORY, RuleSchemas
from leadrelay.rulebook.schema.of_sequences import sequence_schema
from leadrelay.rulebook.schema.of_stages import gates_schema, stages_schema
from leadrelay.rulebook.schema.words import explained
from leadrelay.rulebook.spreading import MOST
from leadrelay.rulebook.tests_file import DEALS, ENTITIES

DIALECT = "http://json-schema.org/draft-07/schema#"

_DAY: Schema = {**VALUES[Type.DATE], "description": "A day, such as 2026-12-24."}
_NAME: Schema = {"type": ["string", "integer"], "pattern": r"^[^\W_][\w-]*$"}
_WEIGHT: Schema = {
    "type": "number",
    "exclusiveMinimum": 0,
    "maximum": MOST,
    "description": "The share of the work: 2 is twice that of the others, 0.5 half; default: 1.",
}
_TEXTS = some({"type": ["string", "number"]})


KINDS = (
    *("rulebook", "sequence", "team", "calendar", "fields", "list", "tests", "messages", "process", "matching"),
    *("packs", "pack", "report", "map", "stages", "gates_file"),
)
"""The kinds of rule files, each with a definition of that name."""


def json_schema(ruleset: Ruleset, templates: Collection[str] = (), kind: str = "any") -> dict[str, Any]:
    """The schema (draft 7) of one of KINDS, or with `any` of every file under rules/, as a document for json.dumps.

    With `any` a file's keys show what it is: `people`, `calendars`, `tests`; a list; else a rulebook. The words to
    choose from are the fields, lists, people, pools, roles and calendars of `ruleset`, and `templates` by name."""
    definitions: dict[str, Any] = {
        **RuleSchemas(ruleset, templates).definitions(),
        "list": {"type": "array", "items": {"type": ["string", "number"]}, "description": "A named list."},
        "team": _team(ruleset),
        "calendar": _calendars(),
        "fields": fields_schema(),
        "tests": _tests(ruleset, templates),
        "messages": messages_schema(ruleset, templates),
        "stages": stages_schema(ruleset),
        "gates": gates_schema(ruleset),
        "gates_file": obj({"about": text("What these gates are for."), "gates": ref("gates")}, ["gates"]),
        "process": _process(),
        "packs": packs_schema(),
        "pack": pack_schema(),
        "report": reports_schema(ruleset),
        "map": map_schema(ruleset),
        "matching": matching_schema(ruleset),
        "headings": headings_schema(),
        "sequence": sequence_schema(ruleset, templates),
    }
    top = _any() if kind == "any" else {"allOf": [ref(kind)]}
    return {"$schema": DIALECT, "title": "leadrelay rule files", "definitions": explained(definitions), **top}


def _any() -> Schema:
    kinds: tuple[tuple[Schema, str], ...] = (
        ({"type": "array"}, "list"),
        ({"required": ["sequence"]}, "sequence"),
        ({"required": ["people"]}, "team"),
        ({"required": ["pools"]}, "team"),
        ({"required": ["calendars"]}, "calendar"),
        ({"required": ["tests"]}, "tests"),
        ({"required": ["stages"]}, "stages"),
        ({"required": ["gates"], "not": {"required": ["rulebook"]}}, "gates_file"),
        ({"required": ["process"]}, "process"),
        ({"required": ["packs"]}, "packs"),
        ({"required": ["pack"]}, "pack"),
        ({"required": ["report"]}, "report"),
        ({"required": ["columns"]}, "map"),
        *(({"required": [key], "properties": {key: {"type": "object"}}}, "headings") for key in HEADINGS_KEYS),
        *(({"required": [key]}, "messages") for key in MESSAGES_KEYS),
        *(({"required": [key]}, "matching") for key in MATCHING_KEYS),
        *(({"required": [subject]}, "fields") for subject in SUBJECTS),
    )
    return _first_fit(kinds, "rulebook")


def _first_fit(kinds: Sequence[tuple[Schema, str]], otherwise: str) -> Schema:
    """`if` one thing holds of a file, `then` it is of that kind, `else` the next; so that only its faults are shown."""
    found = ref(otherwise)
    for test, kind in reversed(kinds):
        found = {"if": test, "then": ref(kind), "else": found}
    return found


_CHANNEL: Schema = {
    "type": "string",
    "pattern": r"^[\w-]+$",
    "description": "mail (the default), or a name of [channels] in leadrelay.toml.",
}


def _team(ruleset: Ruleset) -> Schema:
    team = ruleset.team
    somebody = word(team.people, "A person's id.")
    calendars = [name for name in ruleset.calendars if name != OWNER]
    away = obj({"from": _DAY, "until": _DAY, "deputy": somebody}, ["from", "until"])
    person = obj(
        {
            "id": {**_NAME, "description": "A short word that stands for the person in rules."},
            "name": text("The full name."),
            "email": {"type": "string", "pattern": "@", "description": "Where messages go."},
            "roles": {**_TEXTS, "description": "Free words; in rules, a role is everybody who has it."},
            "pools": {
                **some(word(team.pools, "A pool.")),
                "description": "Pools to be in, besides the members these name.",
            },
            "territory": {"allOf": [ref("condition_request")], "description": "Only this; default: everywhere."},
            "language": text("Of messages to this person; default: the company's."),
            "calendar": word(calendars, "Working hours and holidays; default: the pool's, or default."),
            "capacity": {"type": "integer", "minimum": 0, "description": "Open requests and opportunities at once."},
            "weight": _WEIGHT,
            "channels": obj({"now": _CHANNEL, "digest": _CHANNEL}, description="How messages go out."),
            "away": {"type": "array", "items": away, "description": "Absences, both days included."},
            "manager": somebody,
            "active": {"type": "boolean", "description": "false: gets nothing any more."},
        },
        ["id"],
    )
    pool = obj(
        {
            "members": {**some(somebody), "description": "Who is in it, besides those who name it."},
            "lead": {**somebody, "description": "Who gets the work when all are out, and is told."},
            "fallback": {**ref("who")},
            "calendar": word(calendars, "Of its members who name none themselves."),
            **STRATEGY,
            "weights": {
                "type": "object",
                "propertyNames": somebody,
                "additionalProperties": _WEIGHT,
                "description": "The share of each member, by id.",
            },
        },
        **THEN_BY_TERRITORY,
    )
    return obj(
        {
            "people": {"type": "array", "items": person},
            "pools": {"type": "object", "propertyNames": _NAME, "additionalProperties": pool},
        }
    )


def _calendars() -> Schema:
    about: Schema = {
        "zone": {"type": "string", "description": "A time zone, such as Europe/Amsterdam."},
        "holidays": {"type": "string", "description": "A country, or country and region: NL, BE, DE-BY."},
        "closed": {**some(_DAY), "description": "Days on which nobody works."},
        "closed_ical": {"type": "string", "description": "An .ics file under rules/ with more such days."},
        "hours": {**HOURS, "description": "Of a week: monday-thursday: 09:00-12:30, 13:00-17:30"},
    }
    calendar = obj({key: about[key] for key in CALENDAR_KEYS})
    default = {"allOf": [calendar, {"required": ["zone"]}], "description": "Everybody's who names no other."}
    named = {
        "type": "object",
        "properties": {"default": default, OWNER: False},
        "additionalProperties": calendar,
        "required": ["default"],
    }
    return obj({"calendars": named}, ["calendars"])


def _process() -> Schema:
    sentences = {**_TEXTS, "description": "What the program sees to, without any rule; a sentence each."}
    step = obj({"title": text("What the step is called."), "program": sentences}, ["title"])
    numbered = {"type": "object", "patternProperties": {r"^M\d{1,3}$": step}, "additionalProperties": False}
    return obj({"process": numbered}, ["process"])


def _tests(ruleset: Ruleset, templates: Collection[str]) -> Schema:
    moment = VALUES[Type.TIME]
    given = {entity: _given(ruleset, entity) for entity in ENTITIES}
    several = {"type": "array", "items": _given(ruleset, "opportunity"), "description": "Opportunities, where several."}
    load = {name: {"type": "integer", "minimum": 0} for name in ruleset.team.people}
    test = obj(
        {
            "test": text("What it shows, in a few words."),
            "now": {**moment, "description": "When the rules run, in the default calendar's zone."},
            "given": obj({**given, DEALS: several}, description="The facts, by kind."),
            "load": obj(load, description="Open requests and opportunities that people have besides."),
            "after": {"allOf": [ref("duration")], "description": "The clock moves on; `expect` is what holds then."},
            "expect": _expect(ruleset, templates),
        },
        ["test", "now", "given", "expect"],
    )
    return obj({"tests": {"type": "array", "items": test}}, ["tests"])


def _given(ruleset: Ruleset, entity: str) -> Schema:
    """A value per field; `extra: {…}` and such may nest."""
    flat = {one.name: value_or_null(one) for one in ruleset.fields.of(entity)}
    groups: dict[str, Schema] = {}
    for name, value in flat.items():
        group, dot, rest = name.partition(".")
        if dot:
            groups.setdefault(group, {})[rest] = value
    return obj({**flat, **{group: obj(inner) for group, inner in groups.items()}})


def _expect(ruleset: Ruleset, templates: Collection[str]) -> Schema:
    anybody = {"type": "string", "description": "A person's id, or one that the test gives as owner."}
    somebody: Schema = {**anybody, "examples": list(ruleset.team.people)}
    message = obj(
        {
            "to": somebody,
            "template": word(sorted(templates), "The template of the message."),
            "urgency": word(("now", "digest"), "At once, or in a summary."),
            "subject": text("What it is about: request, or request/42."),
        },
        ["to"],
    )
    mail = obj(
        {
            "to": somebody,
            "at": {**VALUES[Type.TIME], "description": "The minute in which it goes."},
            "template": word(sorted(templates), "The template of the mail; digest or rollup if it carries several."),
            "messages": {"type": "integer", "minimum": 1, "description": "How many messages are in it."},
        },
        ["to"],
    )
    task = obj(
        {"for": somebody, "what": text("What is to be done."), "due": {**VALUES[Type.TIME], "description": "When."}},
        ["for"],
    )
    books: Schema = {}
    for book in ruleset.rulebooks:
        known = [*(rule.id for rule in book.every_rule()), NOTHING]
        books[book.name] = {"description": f"{book.about} Rule ids, {OTHERWISE} or {NOTHING}.".strip()} | {
            "anyOf": [{"enum": known}, {"type": "array", "items": {"enum": known}}]
        }
    fields = {one.path: value_or_null(one) for one in ruleset.fields.by_path.values()}
    lists = {
        "notify": {"anyOf": [{"type": "array", "items": message}, {"const": NOTHING}], "description": "Exactly these."},
        "tasks": {"anyOf": [{"type": "array", "items": task}, {"const": NOTHING}], "description": "Exactly these."},
        "mails": {"anyOf": [{"type": "array", "items": mail}, {"const": NOTHING}], "description": "Exactly these."},
    }
    return obj({**fields, **books, **lists}, minProperties=1, description="What must have come of it.")
