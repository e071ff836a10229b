"""The table of looks: when each flow looked at what was due, and what it knew by then."""

from sqlalchemy import BigInteger, Column, Table

from leadrelay.store.schema import Counter, Text, metadata

looks = Table(
    "looks",
    metadata,
    Column("id", Counter, primary_key=True, autoincrement=True),
    Column("flow", Text, nullable=False),
    Column("kind", Text, nullable=False),  # of the subjects that were looked at
    Column("at", BigInteger, nullable=False),  # the sweep's now
    Column("seen", BigInteger, nullable=False),  # the last row of history that was there
    Column("first_due", BigInteger, nullable=False),  # since when the first of them had been due
)
"""A row for every chunk of a sweep, so that a backtest can look when the flows did, at what they could see."""
