"""Tables of the CRM round trip: what other systems call our subjects, what they are owed, calls that were answered."""

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, Table

from leadrelay.store.schema import Counter, Text, metadata

foreign_ids = Table(
    "foreign_ids",
    metadata,
    Column("subject", Text, primary_key=True),  # request/42
    Column("map", Text, primary_key=True),  # the import map that brought it
    Column("system", Text, nullable=False),
    Column("foreign_id", Text, nullable=False),  # what that system calls it
    Column("holds", Text, nullable=False, server_default="{}"),  # JSON: the text of their columns, as last known
    Column("at", BigInteger, nullable=False),
    Index("ix_foreign_ids_system", "system", "foreign_id"),
)

said_ages = Table(
    "said_ages",
    metadata,
    Column("subject", Text, primary_key=True),
    Column("source", Text, primary_key=True),  # the system, or the map
    Column("ages", Text, nullable=False),  # JSON: by field the moment of the change that was taken last
)

write_backs = Table(
    "write_backs",
    metadata,
    Column("id", Counter, primary_key=True, autoincrement=True),
    Column("key", Text, nullable=False, unique=True),  # subject|map|field|history id: each change is owed once
    Column("at", BigInteger, nullable=False),  # when we changed it
    Column("subject", Text, nullable=False),
    Column("map", Text, nullable=False),
    Column("system", Text, nullable=False),
    Column("foreign_id", Text, nullable=False),
    Column("field", Text, nullable=False),  # in their words
    Column("value", Text, nullable=False),
    Column("state", Text, nullable=False, server_default="owed"),
    Column("batch", Text),  # what it was handed over with: the idempotency key of the call, the name of the file
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("not_before", BigInteger, nullable=False),
    Column("sent_at", BigInteger),
    Column("error", Text),
    CheckConstraint("state IN ('owed', 'failed', 'sent', 'dead', 'overtaken')", name="state"),
    Index("ix_write_backs_state", "state", "system", "id"),
    Index("ix_write_backs_subject", "subject", "map"),
)

cursors = Table(
    "cursors",
    metadata,
    Column("name", Text, primary_key=True),
    Column("position", BigInteger, nullable=False),  # the last row of history that was looked at
)

answered_calls = Table(
    "answered_calls",
    metadata,
    Column("key", Text, primary_key=True),  # door and Idempotency-Key
    Column("at", BigInteger, nullable=False),
    Column("digest", Text, nullable=False),  # of the body
    Column("status", Integer, nullable=False),
    Column("answer", Text, nullable=False),
    Index("ix_answered_calls_at", "at"),
)
