"""What other systems call our subjects, what they are still owed, and calls of the intake API that were answered."""

import sqlalchemy as sa
from alembic import op

from leadrelay.store.migrations.versions.v0001_first_tables import TEXT

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "foreign_ids",
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("map", TEXT, nullable=False),
        sa.Column("system", TEXT, nullable=False),
        sa.Column("foreign_id", TEXT, nullable=False),
        sa.Column("holds", TEXT, nullable=False, server_default="{}"),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("subject", "map", name=op.f("pk_foreign_ids")),
    )
    op.create_index("ix_foreign_ids_system", "foreign_ids", ["system", "foreign_id"])
    op.create_table(
        "write_backs",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("map", TEXT, nullable=False),
        sa.Column("system", TEXT, nullable=False),
        sa.Column("foreign_id", TEXT, nullable=False),
        sa.Column("field", TEXT, nullable=False),
        sa.Column("value", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False, server_default="owed"),
        sa.Column("batch", TEXT),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("not_before", sa.BigInteger, nullable=False),
        sa.Column("sent_at", sa.BigInteger),
        sa.Column("error", TEXT),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_write_backs")),
        sa.UniqueConstraint("key", name=op.f("uq_write_backs_key")),
        sa.CheckConstraint(
            "state IN ('owed', 'failed', 'sent', 'dead', 'overtaken')", name=op.f("ck_write_backs_state")
        ),
    )
    op.create_index("ix_write_backs_state", "write_backs", ["state", "system", "id"])
    op.create_index("ix_write_backs_subject", "write_backs", ["subject", "map"])
    op.create_table(
        "cursors",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_cursors")),
    )
    op.create_table(
        "answered_calls",
        sa.Column("key", TEXT, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("digest", TEXT, nullable=False),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("answer", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_answered_calls")),
    )
    op.create_index("ix_answered_calls_at", "answered_calls", ["at"])


def downgrade() -> None:
    for table in ("answered_calls", "cursors", "write_backs", "foreign_ids"):
        op.drop_table(table)
