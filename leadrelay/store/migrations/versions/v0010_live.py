"""What versions of the rules know of who put them live, and which changed rules folders were refused."""

import sqlalchemy as sa
from alembic import op

from leadrelay.store.migrations.versions.v0001_first_tables import COUNTER, TEXT

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ruleset_origins",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("person", TEXT),
        sa.Column("revision", TEXT),
        sa.Column("about", TEXT),
        sa.Column("dirty", sa.Boolean()),
        sa.Column("changes", TEXT),
        sa.Column("passed_over", TEXT),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_ruleset_origins")),
    )
    op.create_table(
        "refused_rules",
        sa.Column("id", COUNTER, autoincrement=True, nullable=False),
        sa.Column("digest", TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("faults", TEXT, nullable=False),
        sa.Column("mended_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refused_rules")),
    )
    op.create_index(
        "uq_refused_rules_open",
        "refused_rules",
        ["digest"],
        unique=True,
        sqlite_where=sa.text("mended_at IS NULL"),
        postgresql_where=sa.text("mended_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("refused_rules")
    op.drop_table("ruleset_origins")
