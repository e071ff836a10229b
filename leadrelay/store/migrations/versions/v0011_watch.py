"""What watching rules at work has to remember: which rules were halted, and what rules with a limit did lately."""

import sqlalchemy as sa
from alembic import op

from leadrelay.store.migrations.versions.v0001_first_tables import COUNTER, TEXT

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rule_halts",
        sa.Column("id", COUNTER, autoincrement=True, nullable=False),
        sa.Column("rule_key", TEXT, nullable=False),
        sa.Column("what", TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("number", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("what IN ('stopped', 'limit')", name=op.f("ck_rule_halts_what")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_halts")),
    )
    op.create_index(
        "ix_rule_halts_standing",
        "rule_halts",
        ["rule_key", "what"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "rule_minutes",
        sa.Column("rule_key", TEXT, nullable=False),
        sa.Column("minute", sa.BigInteger(), nullable=False),
        sa.Column("acts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("rule_key", "minute", name=op.f("pk_rule_minutes")),
    )


def downgrade() -> None:
    op.drop_table("rule_minutes")
    op.drop_index("ix_rule_halts_standing", table_name="rule_halts")
    op.drop_table("rule_halts")
