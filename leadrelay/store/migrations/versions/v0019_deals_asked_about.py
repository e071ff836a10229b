"""Which running deal each request is about: on the request, and with its evidence in a table."""

import sqlalchemy as sa
from alembic import op

from leadrelay.store.migrations.versions.v0001_first_tables import TEXT

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

DOUBTS = sa.text("answer = 'doubt' AND settled_at IS NULL")
COLUMNS = ("deal", "deal_match", "deal_owner", "deals", "deal_sellers")


def upgrade() -> None:
    for name in COLUMNS:
        op.add_column("requests", sa.Column(name, TEXT, nullable=True))
    op.create_table(
        "deal_matches",
        sa.Column("request", TEXT, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("answer", TEXT, nullable=False),
        sa.Column("deal", TEXT),
        sa.Column("weighed", TEXT, nullable=False),
        sa.Column("settled_at", sa.BigInteger),
        sa.Column("settled_by", TEXT),
        sa.Column("settled_as", TEXT),
        sa.PrimaryKeyConstraint("request", name=op.f("pk_deal_matches")),
    )
    op.create_index("ix_deal_matches_doubts", "deal_matches", ["at"], sqlite_where=DOUBTS, postgresql_where=DOUBTS)


def downgrade() -> None:
    op.drop_table("deal_matches")
    for name in COLUMNS:
        op.drop_column("requests", name)
