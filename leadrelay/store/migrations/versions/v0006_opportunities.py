"""Moves between stages, deciders and team of opportunities, quotes with their lines and approvals."""

import sqlalchemy as sa
from alembic import op

from leadrelay.store.migrations.versions.v0001_first_tables import TEXT

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_COUNTER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "stage_moves",
        sa.Column("id", _COUNTER, primary_key=True, autoincrement=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("opportunity", TEXT, nullable=False),
        sa.Column("from", TEXT),
        sa.Column("to", TEXT, nullable=False),
        sa.Column("move", TEXT, nullable=False),
        sa.Column("cause", TEXT, nullable=False),
        sa.Column("reason", TEXT),
        sa.Column("overridden", TEXT, nullable=False, server_default="[]"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stage_moves")),
    )
    op.create_index("ix_stage_moves_opportunity", "stage_moves", ["opportunity"])
    op.create_table(
        "opportunity_people",
        sa.Column("opportunity", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("member", TEXT, nullable=False),
        sa.Column("role", TEXT, nullable=False),
        sa.Column("phase", TEXT),
        sa.Column("added_at", sa.BigInteger, nullable=False),
        sa.Column("cause", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("opportunity", "kind", "member", name=op.f("pk_opportunity_people")),
    )
    op.create_table(
        "quotes",
        sa.Column("id", _COUNTER, primary_key=True, autoincrement=True),
        sa.Column("opportunity", TEXT, nullable=False),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("total", sa.BigInteger, nullable=False),
        sa.Column("discount", sa.Float, nullable=False),
        sa.Column("valid_until", sa.Integer, nullable=False),
        sa.Column("document", TEXT),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("created_by", TEXT, nullable=False),
        sa.Column("approver", TEXT),
        sa.Column("approval_manager", TEXT),
        sa.Column("approval_due_at", sa.BigInteger),
        sa.Column("decided_at", sa.BigInteger),
        sa.Column("decided_by", TEXT),
        sa.Column("sent_at", sa.BigInteger),
        sa.Column("answered_at", sa.BigInteger),
        sa.Column("reason", TEXT),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quotes")),
    )
    op.create_index("ix_quotes_opportunity", "quotes", ["opportunity", "id"])
    op.create_table(
        "quote_lines",
        sa.Column("quote", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("position", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("product", TEXT, nullable=False),
        sa.Column("quantity", TEXT, nullable=False),
        sa.Column("unit_price", sa.BigInteger, nullable=False),
        sa.Column("discount", TEXT, nullable=False),
        sa.Column("total", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("quote", "position", name=op.f("pk_quote_lines")),
    )


def downgrade() -> None:
    for table in ("quote_lines", "quotes", "opportunity_people", "stage_moves"):
        op.drop_table(table)
