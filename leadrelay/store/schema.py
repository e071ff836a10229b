"""The tables: lead state, decisions with their episodes, messages, history and agenda; times are whole microseconds."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    Index,
    Integer,
    MetaData,
    Table,
    text,
)
from sqlalchemy import Text as PlainText
from sqlalchemy.dialects.postgresql import TEXT as POSTGRESQL_TEXT
from sqlalchemy.types import TypeEngine

from leadrelay.leads.fields import CORE, Type

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Text = PlainText().with_variant(POSTGRESQL_TEXT(collation="C"), "postgresql")
"""Text that is compared byte by byte, so that keys stand in the same order on both databases."""

COLUMN_TYPES: dict[Type, TypeEngine[Any] | type[TypeEngine[Any]]] = {
    Type.TEXT: Text,
    Type.CHOICE: Text,
    Type.NUMBER: Float,
    Type.MONEY: BigInteger,
    Type.YES_NO: Boolean,
    Type.DATE: Integer,
    Type.TIME: BigInteger,
    Type.LIST: Text,
}
"""Column type per field type; lists are JSON text."""

Counter = BigInteger().with_variant(Integer, "sqlite")
"""An autoincrementing key on both databases."""


def column_name(field_name: str) -> str:
    """The column of a field: `scotsman.time` is kept in `scotsman_time`, `match` as it is."""
    return field_name.replace(".", "_")


def _stored(entity: str) -> list[Column[Any]]:
    """A column for every core field of an entity that is stored (derived fields are computed: store/derived.py)."""
    return [
        Column(column_name(one.name), COLUMN_TYPES[one.type])
        for one in CORE
        if one.entity == entity and not one.derived and one.name != "id"
    ]


def _entity(table: str, entity: str, *more: Column[Any] | Index) -> Table:
    return Table(
        table,
        metadata,
        Column("id", Text, primary_key=True),
        *_stored(entity),
        Column("extra", Text, nullable=False, server_default=text("'{}'")),  # own fields, JSON by name
        Column("asleep_since", BigInteger),  # it came in as history: asleep.py
        *more,
    )


requests = _entity(
    "requests",
    "request",
    Index("ix_requests_account", "account"),
    Index("ix_requests_contact_received_at", "contact", "received_at"),
    Index(
        "ix_requests_owner_open",
        "owner",
        sqlite_where=text("status = 'open'"),
        postgresql_where=text("status = 'open'"),
    ),
)
contacts = _entity(
    "contacts",
    "contact",
    Column("mailbox", Text),  # the keyed hash of the address, kept beside `email` by whatever writes that
    Index("ix_contacts_mailbox", "mailbox"),
    Index("ix_contacts_email_lower", text("lower(email)")),
    Index("ix_contacts_account", "account"),
)
accounts = _entity(
    "accounts",
    "account",
    Column("postcode_number", Integer),  # kept beside `postcode` by the one function that derives it
    Index("ix_accounts_domain_lower", text("lower(domain)")),
    Index("ix_accounts_name_lower", text("lower(name)")),
    Index("ix_accounts_owner", "owner"),
)
opportunities = _entity(
    "opportunities",
    "opportunity",
    Index("ix_opportunities_account", "account"),
    Index("ix_opportunities_contact", "contact"),
    Index(
        "ix_opportunities_owner_open",
        "owner",
        sqlite_where=text("closed_at IS NULL"),
        postgresql_where=text("closed_at IS NULL"),
    ),
)
people = Table(
    "people",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("email", Text),
    Column("roles", Text, nullable=False, server_default=text("'[]'")),
    Column("pools", Text, nullable=False, server_default=text("'[]'")),
    Column("manager", Text),
    Column("language", Text),
    Column("active", Boolean, nullable=False, server_default=text("true")),
)
"""People that were imported; those in rules/team.yaml come first and need no row here."""

activities = Table(
    "activities",
    metadata,
    Column("id", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),  # call visit email site_visit meeting note
    Column("direction", Text),  # in or out
    Column("summary", Text),
    Column("person", Text),
    Column("contact", Text),
    Column("account", Text),
    Column("request", Text),
    Column("opportunity", Text),
    Column("recorded_at", BigInteger, nullable=False),  # when we learned of it: the past did not know it earlier
    Index("ix_activities_contact_kind_at", "contact", "kind", "at"),
    Index("ix_activities_request", "request"),
)
tasks = Table(
    "tasks",
    metadata,
    Column("id", Counter, primary_key=True, autoincrement=True),
    Column("subject", Text, nullable=False),  # request/42
    Column("owner", Text, nullable=False),  # a person's id
    Column("what", Text, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("done_at", BigInteger),
    Column("cause", Text, nullable=False),  # the key of the decision that made it
    Column("key", Text, nullable=False, unique=True),
    Index("ix_tasks_subject", "subject"),
)
memberships = Table(
    "memberships",
    metadata,
    Column("contact", Text, primary_key=True),
    Column("list", Text, primary_key=True),
    Column("joined_at", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("left_at", BigInteger),
    Column("left_reason", Text),
    Column("cause", Text),  # the key of the decision that put it there, person ines
)
rulesets = Table(
    "rulesets",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=True),
    Column("digest", Text, nullable=False),
    Column("live_at", BigInteger, nullable=False),
    Column("files", Text, nullable=False),  # JSON: path -> text
    Column("cause", Text, nullable=False),
)
rule_states = Table(
    "rule_states",
    metadata,
    Column("rule_key", Text, primary_key=True),
    Column("digest", Text, nullable=False),  # the rule's digest that had its first run, or waits for it
    Column("state", Text, nullable=False),  # live held released
    Column("would_begin", Integer, nullable=False, server_default=text("0")),
    Column("changed_at", BigInteger, nullable=False),
    CheckConstraint("state IN ('live', 'held', 'released')", name="state"),
)
episodes = Table(
    "episodes",
    metadata,
    Column("rule_key", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("began_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Column("acknowledged_at", BigInteger),
    Column("acknowledged_by", Text),
    Column("steps", Integer, nullable=False, server_default=text("0")),  # rungs of `later` done or skipped
    Column("repeats", Integer, nullable=False, server_default=text("0")),
    Column("way", Text),  # how far, by what the steps are: rulebook/way.py; NULL: begun when only a number was kept
    Column("became", Text),  # rule key|number of the episode that goes on in its place: its rule was renamed
    Index("ix_episodes_subject", "subject", "rule_key", "number"),
    sqlite_with_rowid=False,
)
decisions = Table(
    "decisions",
    metadata,
    Column("id", Counter, primary_key=True, autoincrement=True),
    Column("key", Text, nullable=False, unique=True),  # rule_key|subject|episode|identity or step
    Column("at", BigInteger, nullable=False),
    Column("flow", Text, nullable=False),
    Column("rulebook", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("rule_key", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("episode", Integer, nullable=False),
    Column("step", Text, nullable=False),  # 0, 1…, repeat-1…
    Column("ruleset", Integer, nullable=False),
    Column("mode", Text, nullable=False),  # live shadow skipped cut
    Column("actions", Text, nullable=False),  # JSON: what was done
    Column("history_id", BigInteger, nullable=False),  # the last row of history that this decision saw
    Column("identity", Text, nullable=False, server_default=text("''")),  # what a later step is known by
    Index("ix_decisions_subject", "subject"),
)
messages = Table(
    "messages",
    metadata,
    Column("id", Counter, primary_key=True, autoincrement=True),
    Column("key", Text, nullable=False, unique=True),  # decision key|template|to
    Column("at", BigInteger, nullable=False),
    Column("to", Text, nullable=False),  # a person's id, or contact/3
    Column("address", Text),  # set when it is sent
    Column("channel", Text, nullable=False, server_default=text("'mail'")),
    Column("language", Text, nullable=False),
    Column("template", Text, nullable=False),
    Column("subject", Text, nullable=False),  # request/42
    Column("urgency", Text, nullable=False),
    Column("state", Text, nullable=False, server_default=text("'pending'")),
    Column("reason", Text, nullable=False),  # why the reader got this
    Column("decision", Text, nullable=False),  # the key of the decision it belongs to
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("not_before", BigInteger, nullable=False, server_default=text("0")),
    Column("sent_at", BigInteger),
    Column("error", Text),
    Column("lease", Text),
    Column("lease_until", BigInteger),
    Column("doubts", Integer, nullable=False, server_default=text("0")),  # how often it may have arrived or not
    Column("settled_at", BigInteger),  # when delivery last said what became of it
    Column("mail", Text),  # the key of the mail that it goes in, its own if that is itself; NULL: not planned yet
    Column("planned", Text),  # what the planner did with it, and why
    Column("told_at", BigInteger),  # when the planner let it go
    Column("group_key", Text),  # what it was grouped with
    Column("watch_at", BigInteger),  # when to see whether anybody reacted
    Column("follows", Text),  # the key of the message that it repeats or escalates
    Column("repeats", Integer, nullable=False, server_default=text("0")),  # which repeat it is
    Column("carries", Integer, nullable=False, server_default=text("0")),  # how many messages this mail is made of
    Column("capped", Boolean, nullable=False, server_default=text("false")),  # a mail that counts for the cap
    CheckConstraint(
        "state IN ('pending', 'held', 'leased', 'sending', 'sent', 'failed', 'dead', 'suppressed', 'unknown')",
        name="state",
    ),
    Index(
        "ix_messages_ready",
        "not_before",
        "id",
        sqlite_where=text("state IN ('pending', 'failed', 'leased')"),
        postgresql_where=text("state IN ('pending', 'failed', 'leased')"),
    ),
    Index(  # what somebody has to look at
        "ix_messages_trouble",
        "state",
        sqlite_where=text("state IN ('sending', 'unknown', 'dead')"),
        postgresql_where=text("state IN ('sending', 'unknown', 'dead')"),
    ),
    Index(  # what the planner holds
        "ix_messages_planned",
        "not_before",
        "to",
        sqlite_where=text("state = 'held' AND mail IS NULL"),
        postgresql_where=text("state = 'held' AND mail IS NULL"),
    ),
    Index(
        "ix_messages_watched",
        "watch_at",
        sqlite_where=text("watch_at IS NOT NULL"),
        postgresql_where=text("watch_at IS NOT NULL"),
    ),
    Index(
        "ix_messages_told",
        "to",
        "told_at",
        sqlite_where=text("told_at IS NOT NULL"),
        postgresql_where=text("told_at IS NOT NULL"),
    ),
    Index(  # what is in a mail that has not gone
        "ix_messages_mail",
        "mail",
        sqlite_where=text("mail IS NOT NULL AND state IN ('held', 'unknown', 'dead')"),
        postgresql_where=text("mail IS NOT NULL AND state IN ('held', 'unknown', 'dead')"),
    ),
    Index("ix_messages_subject", "subject"),
)
history = Table(
    "history",
    metadata,
    Column("id", Counter, primary_key=True, autoincrement=True),
    Column("at", BigInteger, nullable=False),
    Column("subject", Text, nullable=False),
    Column("field", Text, nullable=False),  # the field's name without its entity; '*': a new subject, `new` has all
    Column("old", Text),  # JSON values in the field's own unit
    Column("new", Text),
    Column("cause", Text, nullable=False),  # import FILE | decision key | person ID
    Index("ix_history_subject", "subject", "id"),
    Index(  # who used to belong to whom
        "ix_history_moved",
        "field",
        "old",
        sqlite_where=text("field IN ('owner', 'contact', 'account') AND old IS NOT NULL"),
        postgresql_where=text("field IN ('owner', 'contact', 'account') AND old IS NOT NULL"),
    ),
)
agenda = Table(
    "agenda",
    metadata,
    Column("flow", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("due_at", BigInteger),  # when to look again; NULL: not until a field changes
    Index(
        "ix_agenda_due",
        "flow",
        "kind",
        "due_at",
        "id",
        sqlite_where=text("due_at IS NOT NULL"),
        postgresql_where=text("due_at IS NOT NULL"),
    ),
    sqlite_with_rowid=False,
)
watches = Table(
    "watches",
    metadata,
    Column("flow", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("paths", Text, nullable=False),  # JSON: the fields that the flow's rulebooks on this kind read
    Column("closed_paths", Text),  # JSON: those that may matter to closed subjects; NULL: all of them
)
"""What the live rules look at, so that a change wakes only the flows it can matter to."""

leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("token", Text, nullable=False),
    Column("until", BigInteger, nullable=False),
)
sweeps = Table(
    "sweeps",
    metadata,
    Column("flow", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("summary", Text, nullable=False),
)

acts = Table(
    "acts",
    metadata,
    Column("id", Counter, primary_key=True, autoincrement=True),
    Column("key", Text, nullable=False, unique=True),  # of a link: link|purpose|subject|holder|message
    Column("at", BigInteger, nullable=False),
    Column("person", Text, nullable=False),  # a person's id, or contact/3
    Column("act", Text, nullable=False),
    Column("subject", Text, nullable=False),  # request/42
)
"""What people did by following a link: each once."""

snoozes = Table(
    "snoozes",
    metadata,
    Column("person", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("until", BigInteger, nullable=False),
)
"""Until when people do not want to hear of a subject."""

TABLES: dict[str, Table] = {
    "request": requests,
    "contact": contacts,
    "account": accounts,
    "opportunity": opportunities,
}
"""The table of each kind of subject."""

__all__ = ["TABLES", "column_name", "metadata"]
