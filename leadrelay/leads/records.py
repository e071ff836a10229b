"""What an import can bring: kinds of rows, the records a row may carry, and the fields of people and activities."""

from collections.abc import Mapping
from types import MappingProxyType

from leadrelay.leads.fields import CORE, Field, Fields, Type

ENTITY_OF: Mapping[str, str] = MappingProxyType(
    {
        "requests": "request",
        "accounts": "account",
        "contacts": "contact",
        "opportunities": "opportunity",
        "activities": "activity",
        "team": "person",
    }
)
"""The record that each row of a kind is about. Without a name in front, a column is a field of that record."""

CARRIED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "request": ("contact", "account", "activity"),
        "opportunity": ("contact", "account"),
        "contact": ("account",),
        "activity": ("contact", "account"),
        "account": (),
        "person": (),
    }
)
"""The other records that a row about one may bring along."""

ACTIVITY_KINDS = ("call", "visit", "email", "site_visit", "meeting", "note")

PERSON: tuple[Field, ...] = (
    Field("person.id", Type.TEXT, "the person's own id"),
    Field("person.name", Type.TEXT, "full name"),
    Field("person.email", Type.TEXT, "e-mail address"),
    Field("person.roles", Type.LIST, "roles, free words"),
    Field("person.pools", Type.LIST, "pools the person is in"),
    Field("person.manager", Type.TEXT, "the id of the person's manager"),
    Field("person.language", Type.TEXT, "the person's language"),
    Field("person.active", Type.YES_NO, "works here now"),
)
ACTIVITY: tuple[Field, ...] = (
    Field("activity.id", Type.TEXT, "the activity's own id"),
    Field("activity.at", Type.TIME, "when it took place"),
    Field("activity.kind", Type.CHOICE, "what it was", ACTIVITY_KINDS),
    Field("activity.direction", Type.CHOICE, "in: they came to us; out: we went to them", ("in", "out")),
    Field("activity.summary", Type.TEXT, "what it was about"),
    Field("activity.person", Type.TEXT, "the id of our person"),
    Field("activity.contact", Type.TEXT, "the id of the contact"),
    Field("activity.account", Type.TEXT, "the id of the account"),
    Field("activity.request", Type.TEXT, "the id of the request"),
    Field("activity.opportunity", Type.TEXT, "the id of the opportunity"),
)

REFERS: Mapping[str, str] = MappingProxyType(
    {
        **{f"{one}.contact": "contact" for one in ("request", "opportunity", "activity")},
        **{f"{one}.account": "account" for one in ("request", "opportunity", "activity", "contact")},
        "account.parent": "account",
        "opportunity.request": "request",
        "activity.request": "request",
        "activity.opportunity": "opportunity",
        "request.owner": "person",
        "account.owner": "person",
        "opportunity.owner": "person",
        "activity.person": "person",
        "person.manager": "person",
    }
)
"""Fields that hold the id of another record, and of which kind."""

_CORE = {one.path: one for one in (*CORE, *PERSON, *ACTIVITY)}


def importable(path: str, fields: Fields) -> Field | None:
    """The field of that path if an import may bring it: known, and not derived from others."""
    found = fields.get(path) or _CORE.get(path)
    return found if found and not found.derived else None


def field_for(column: str, kind: str, fields: Fields) -> Field | None:
    """The field that a column means by its name alone in a file of that kind, or None.

    `Contact.Email`, `contact.email` and (as contacts) `email` are the same."""
    name = column.strip().casefold().replace(" ", "_")
    entity = ENTITY_OF[kind]
    head, dot, _ = name.partition(".")
    if dot and head in (entity, *CARRIED[entity]):
        return importable(name, fields)
    return importable(f"{entity}.{name}", fields) or importable(f"{entity}.extra.{name}", fields)


def known_paths(kind: str, fields: Fields) -> list[str]:
    """Every path that a file of that kind can bring, for 'did you mean'."""
    entity = ENTITY_OF[kind]
    entities = (entity, *CARRIED[entity])
    every = {**fields.by_path, **_CORE}
    return [path for path, one in every.items() if one.entity in entities and not one.derived]
