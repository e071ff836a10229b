"""Messages: which mail they go in, what the planner did with them and why, and when to see whether anybody reacted."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from leadrelay.store.migrations.versions.v0001_first_tables import TEXT

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_messages_planned": (["not_before", "to"], "state = 'held' AND mail IS NULL"),
    "ix_messages_watched": (["watch_at"], "watch_at IS NOT NULL"),
    "ix_messages_told": (["to", "told_at"], "told_at IS NOT NULL"),
    "ix_messages_mail": (["mail"], "mail IS NOT NULL AND state IN ('held', 'unknown', 'dead')"),
}


def _columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("mail", TEXT),
        sa.Column("planned", TEXT),
        sa.Column("told_at", sa.BigInteger()),
        sa.Column("group_key", TEXT),
        sa.Column("watch_at", sa.BigInteger()),
        sa.Column("follows", TEXT),
        sa.Column("repeats", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("carries", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("capped", sa.Boolean(), nullable=False, server_default=sa.text("false")),
    ]


def upgrade() -> None:
    for column in _columns():
        op.add_column("messages", column)
    for name, (columns, where) in INDEXES.items():
        op.create_index(name, "messages", columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def downgrade() -> None:
    for name in INDEXES:
        op.drop_index(name, "messages")
    for column in reversed(_columns()):
        op.drop_column("messages", column.name)
