"""Keys to find accounts and contacts by, doubts about who asks, and merges.

The keys of what is there already are made by the first import (store/match_index.py), not here: they follow the
program, and this file stays as it is."""

import sqlalchemy as sa
from alembic import op

from leadrelay.store.migrations.versions.v0001_first_tables import COUNTER, TEXT

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "match_keys",
        sa.Column("key", TEXT, nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("key", "subject", name="pk_match_keys"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "match_index",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_match_index"),
    )
    op.create_table(
        "matches",
        sa.Column("request", TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("answer", TEXT, nullable=False),
        sa.Column("account", TEXT),
        sa.Column("given", TEXT, nullable=False),
        sa.Column("candidates", TEXT, nullable=False),
        sa.Column("settled_at", sa.BigInteger()),
        sa.Column("settled_by", TEXT),
        sa.Column("settled_as", TEXT),
        sa.PrimaryKeyConstraint("request", name="pk_matches"),
    )
    waiting = sa.text("answer = 'doubt' AND settled_at IS NULL")
    op.create_index("ix_matches_doubts", "matches", ["at"], sqlite_where=waiting, postgresql_where=waiting)
    op.create_table(
        "merges",
        sa.Column("id", COUNTER, autoincrement=True, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("kept", TEXT, nullable=False),
        sa.Column("gone", TEXT, nullable=False),
        sa.Column("moved", TEXT, nullable=False),
        sa.Column("undone_at", sa.BigInteger()),
        sa.Column("undone_by", TEXT),
        sa.PrimaryKeyConstraint("id", name="pk_merges"),
    )
    standing = sa.text("undone_at IS NULL")
    op.create_index(
        "uq_merges_gone", "merges", ["kind", "gone"], unique=True, sqlite_where=standing, postgresql_where=standing
    )
    op.create_index("ix_merges_kept", "merges", ["kind", "kept"])


def downgrade() -> None:
    for table in ("merges", "matches", "match_index", "match_keys"):
        op.drop_table(table)
