"""Tables of assignment: what fairness has to remember."""

from sqlalchemy import Boolean, Column, Double, Table

from leadrelay.store.schema import Text, metadata

turns = Table(
    "turns",
    metadata,
    Column("pool", Text, primary_key=True),
    Column("person", Text, primary_key=True),
    Column("credit", Double, nullable=False),  # turns that they are owed; below zero: had too early
    Column("here", Boolean, nullable=False),  # whether they were there at the pool's last choice
    Column("easing", Boolean, nullable=False),  # they joined or came back, and start at the others' level
)
"""Where each member stands in each pool: round robin and weighted go by it, and the least loaded when several are."""
