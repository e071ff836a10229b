"""The tables of what belongs to an opportunity: moves between stages, deciders and team, quotes with their lines."""

from sqlalchemy import BigInteger, Column, Float, Index, Integer, Table

from leadrelay.store.schema import Counter, Text, metadata

stage_moves = Table(
    "stage_moves",
    metadata,
    Column("id", Counter, primary_key=True, autoincrement=True),
    Column("at", BigInteger, nullable=False),
    Column("opportunity", Text, nullable=False),
    Column("from", Text),  # a stage; NULL: it had none
    Column("to", Text, nullable=False),  # a stage, or the outcome that closed it
    Column("move", Text, nullable=False),  # one of rulebook/stages.py Move
    Column("cause", Text, nullable=False),  # a decision's key | person ID
    Column("reason", Text),  # what a person said about it
    Column("overridden", Text, nullable=False, server_default="[]"),  # JSON: the gates that a person overrode
    Index("ix_stage_moves_opportunity", "opportunity"),
)
opportunity_people = Table(
    "opportunity_people",
    metadata,
    Column("opportunity", Text, primary_key=True),
    Column("kind", Text, primary_key=True),  # contact: of theirs; person: of ours
    Column("member", Text, primary_key=True),  # the contact's or the person's id
    Column("role", Text, nullable=False),  # decider influencer user buyer …
    Column("phase", Text),  # of their buying, as the company names it
    Column("added_at", BigInteger, nullable=False),
    Column("cause", Text, nullable=False),
)
quotes = Table(
    "quotes",
    metadata,
    Column("id", Counter, primary_key=True, autoincrement=True),
    Column("opportunity", Text, nullable=False),
    Column("status", Text, nullable=False),  # leads/fields.py QUOTE_STATUSES
    Column("total", BigInteger, nullable=False),  # cents
    Column("discount", Float, nullable=False),  # percent, the largest of its lines
    Column("valid_until", Integer, nullable=False),  # the last day
    Column("document", Text),  # where the document is
    Column("created_at", BigInteger, nullable=False),
    Column("created_by", Text, nullable=False),  # a person's id
    Column("approver", Text),  # a person's id; NULL: nobody has to approve it
    Column("approval_manager", Text),
    Column("approval_due_at", BigInteger),
    Column("decided_at", BigInteger),
    Column("decided_by", Text),
    Column("sent_at", BigInteger),
    Column("answered_at", BigInteger),
    Column("reason", Text),  # of a refusal, a rejection or a withdrawal
    Index("ix_quotes_opportunity", "opportunity", "id"),
)
quote_lines = Table(
    "quote_lines",
    metadata,
    Column("quote", BigInteger, primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("product", Text, nullable=False),
    Column("quantity", Text, nullable=False),  # a decimal number, as it was written
    Column("unit_price", BigInteger, nullable=False),  # cents
    Column("discount", Text, nullable=False),  # percent, a decimal number
    Column("total", BigInteger, nullable=False),  # cents, rounded half up
)
