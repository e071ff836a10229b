"""Tables of matching: keys to find accounts and contacts by, how requests were matched, doubts, merges."""

from sqlalchemy import BigInteger, Column, Index, Integer, Table, text

from leadrelay.store.schema import Counter, Text, metadata

match_keys = Table(
    "match_keys",
    metadata,
    Column("key", Text, primary_key=True),  # matching/keys.py
    Column("subject", Text, primary_key=True),  # account/7, contact/3
    sqlite_with_rowid=False,
)
match_index = Table(
    "match_index",
    metadata,
    Column("name", Text, primary_key=True),
    Column("version", Integer, nullable=False),  # of the keys that it was built with
)
"""Whether the keys of all accounts and contacts are there."""

matches = Table(
    "matches",
    metadata,
    Column("request", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("answer", Text, nullable=False),  # same new doubt: as it was first
    Column("account", Text),  # the account that the request got then
    Column("given", Text, nullable=False),  # JSON: what the request said of its company
    Column("candidates", Text, nullable=False),  # JSON: [account, answer, score, [[kind, weight, text]…]]…
    Column("settled_at", BigInteger),
    Column("settled_by", Text),  # a person's id
    Column("settled_as", Text),  # account/7, or new
    Index(
        "ix_matches_doubts",
        "at",
        sqlite_where=text("answer = 'doubt' AND settled_at IS NULL"),
        postgresql_where=text("answer = 'doubt' AND settled_at IS NULL"),
    ),
)
"""How the account of each request was found; doubts wait here for somebody to settle them."""

deal_matches = Table(
    "deal_matches",
    metadata,
    Column("request", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("answer", Text, nullable=False),  # same doubt none
    Column("deal", Text),  # the deal that is meant
    Column("weighed", Text, nullable=False),  # JSON: [{deal, through, owner, evidence: [[kind, text]…], fits}…]
    Column("settled_at", BigInteger),
    Column("settled_by", Text),  # a person's id
    Column("settled_as", Text),  # opportunity/7, or none
    Index(
        "ix_deal_matches_doubts",
        "at",
        sqlite_where=text("answer = 'doubt' AND settled_at IS NULL"),
        postgresql_where=text("answer = 'doubt' AND settled_at IS NULL"),
    ),
)
"""Which of the deals that ran each request was about, as it was last weighed, or settled by somebody."""

merges = Table(
    "merges",
    metadata,
    Column("id", Counter, primary_key=True, autoincrement=True),
    Column("at", BigInteger, nullable=False),
    Column("by", Text, nullable=False),  # a person's id
    Column("kind", Text, nullable=False),  # account or contact
    Column("kept", Text, nullable=False),
    Column("gone", Text, nullable=False),
    Column("moved", Text, nullable=False),  # JSON: what pointed at the one that is gone
    Column("undone_at", BigInteger),
    Column("undone_by", Text),
    Index(
        "uq_merges_gone",
        "kind",
        "gone",
        unique=True,
        sqlite_where=text("undone_at IS NULL"),
        postgresql_where=text("undone_at IS NULL"),
    ),
    Index("ix_merges_kept", "kind", "kept"),
)
"""Accounts and contacts that turned out to be one; the second is kept as it was."""
