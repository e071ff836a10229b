"""What a request said that could not be read is kept as text."""

import sqlalchemy as sa
from alembic import op

from leadrelay.store.migrations.versions.v0001_first_tables import TEXT

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("requests", sa.Column("unread", TEXT, nullable=True))


def downgrade() -> None:
    op.drop_column("requests", "unread")
