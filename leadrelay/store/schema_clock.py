"""The table by which a database knows that it has lived in real time."""

from sqlalchemy import BigInteger, Column, Integer, Table

from leadrelay.store.schema import metadata

machine_clock = Table(
    "machine_clock",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # 1: there is one row, or none
    Column("first_at", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),  # the database's own time then, which never goes back
    Column("wall_at", BigInteger, nullable=False),  # what the machine's clock said at `last_at`
)
"""When something was written by the machine's clock, first and last. No row: only ever by a clock that was set."""
