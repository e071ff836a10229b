"""Tables of nurture: the journal of who joined and left which list, and what marketing systems were told of it."""

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, Table, text

from leadrelay.store.schema import Counter, Text, metadata

list_changes = Table(
    "list_changes",
    metadata,
    Column("id", Counter, primary_key=True, autoincrement=True),
    Column("at", BigInteger, nullable=False),
    Column("contact", Text, nullable=False),
    Column("list", Text, nullable=False),
    Column("what", Text, nullable=False),  # joined left
    Column("reason", Text, nullable=False),
    Column("cause", Text, nullable=False),  # the key of a decision, person ines
    Index("ix_list_changes_list", "list", "id"),
)
"""Every time that a contact joined or left a list, in order; written with the membership, so none is missing."""

pushes = Table(
    "pushes",
    metadata,
    Column("id", Counter, primary_key=True, autoincrement=True),
    Column("key", Text, nullable=False, unique=True),  # system|change
    Column("at", BigInteger, nullable=False),
    Column("system", Text, nullable=False),  # the name under [marketing] in leadrelay.toml
    Column("contact", Text, nullable=False),
    Column("list", Text, nullable=False),  # empty: all of them, for who may not be written to any more
    Column("what", Text, nullable=False),  # joined left blocked
    Column("reason", Text, nullable=False),
    Column("state", Text, nullable=False, server_default=text("'pending'")),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("not_before", BigInteger, nullable=False, server_default=text("0")),
    Column("error", Text),
    Column("settled_at", BigInteger),
    CheckConstraint("state IN ('pending', 'failed', 'sent', 'dead')", name="state"),
    Index("ix_pushes_contact", "system", "contact", "id"),
    Index(  # what is to be told still
        "ix_pushes_waiting",
        "system",
        "not_before",
        "id",
        sqlite_where=text("state IN ('pending', 'failed')"),
        postgresql_where=text("state IN ('pending', 'failed')"),
    ),
)
"""What each marketing system is to be told, and what came of it."""
