"""Second addresses of contacts."""

import sqlalchemy as sa
from alembic import op

from leadrelay.store.migrations.versions.v0001_first_tables import TEXT

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "second_addresses",
        sa.Column("contact", TEXT, nullable=False),
        sa.Column("mailbox", TEXT, nullable=False),
        sa.Column("address", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("offered_at", sa.BigInteger(), nullable=False),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
        sa.Column("cause", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("contact", "mailbox", name=op.f("pk_second_addresses")),
    )
    op.create_index("ix_second_addresses_mailbox", "second_addresses", ["mailbox"])


def downgrade() -> None:
    op.drop_table("second_addresses")
