"""Consent with its source, why contacts leave lists, the journal of lists, and what marketing systems were told."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from leadrelay.store.migrations.versions.v0001_first_tables import TEXT

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_WAITING = sa.text("state IN ('pending', 'failed')")
_COLUMNS = {
    "contacts": (("consent_source", TEXT), ("consent_at", sa.BigInteger()), ("objected_at", sa.BigInteger())),
    "memberships": (("left_reason", TEXT), ("cause", TEXT)),
}


def _text(name: str) -> sa.Column[Any]:
    return sa.Column(name, TEXT, nullable=False)


def upgrade() -> None:
    for table, columns in _COLUMNS.items():
        for name, kind in columns:
            op.add_column(table, sa.Column(name, kind))
    op.create_table(
        "list_changes",
        sa.Column("id", _COUNTER, autoincrement=True, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        *(_text(name) for name in ("contact", "list", "what", "reason", "cause")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_changes")),
    )
    op.create_index("ix_list_changes_list", "list_changes", ["list", "id"])
    op.create_table(
        "pushes",
        sa.Column("id", _COUNTER, autoincrement=True, nullable=False),
        _text("key"),
        sa.Column("at", sa.BigInteger(), nullable=False),
        *(_text(name) for name in ("system", "contact", "list", "what", "reason")),
        sa.Column("state", TEXT, server_default=sa.text("'pending'"), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("not_before", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("error", TEXT),
        sa.Column("settled_at", sa.BigInteger()),
        sa.CheckConstraint("state IN ('pending', 'failed', 'sent', 'dead')", name=op.f("ck_pushes_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pushes")),
        sa.UniqueConstraint("key", name=op.f("uq_pushes_key")),
    )
    op.create_index("ix_pushes_contact", "pushes", ["system", "contact", "id"])
    op.create_index(
        "ix_pushes_waiting",
        "pushes",
        ["system", "not_before", "id"],
        sqlite_where=_WAITING,
        postgresql_where=_WAITING,
    )
    op.execute(  # whoever is on a list by now joined it
        "INSERT INTO list_changes (at, contact, list, what, reason, cause)"
        " SELECT joined_at, contact, list, 'joined', reason, 'before the journal' FROM memberships"
        " WHERE left_at IS NULL ORDER BY joined_at, contact, list"
    )


def downgrade() -> None:
    op.drop_table("pushes")
    op.drop_table("list_changes")
    for table, columns in _COLUMNS.items():
        for name, _ in reversed(columns):
            op.drop_column(table, name)
