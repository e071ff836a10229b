"""Tables of watching rules at work: which rules were halted, and what rules with a limit did in each minute."""

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, Table, text

from leadrelay.store.schema import Counter, Text, metadata

rule_halts = Table(
    "rule_halts",
    metadata,
    Column("id", Counter, primary_key=True, autoincrement=True),
    Column("rule_key", Text, nullable=False),
    Column("what", Text, nullable=False),  # stopped: by a person; limit: it did as much as an hour may hold
    Column("at", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("number", Integer, nullable=False, server_default=text("0")),  # the limit that was reached
    Column("ended_at", BigInteger),  # started or released again
    CheckConstraint("what IN ('stopped', 'limit')", name="what"),
    Index(
        "ix_rule_halts_standing",
        "rule_key",
        "what",
        unique=True,
        sqlite_where=text("ended_at IS NULL"),
        postgresql_where=text("ended_at IS NULL"),
    ),
)
"""Every time that a rule was kept from acting, by its key: what stands has no end yet. Edits of the rules leave it."""

rule_minutes = Table(
    "rule_minutes",
    metadata,
    Column("rule_key", Text, primary_key=True),
    Column("minute", BigInteger, primary_key=True),  # minutes since 1970
    Column("acts", Integer, nullable=False),
)
"""How many steps that count a rule with a limit did in each of the last minutes."""
