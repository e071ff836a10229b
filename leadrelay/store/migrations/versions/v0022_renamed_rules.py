"""What became of an episode whose rule was renamed."""

import sqlalchemy as sa
from alembic import op

from leadrelay.store.migrations.versions.v0001_first_tables import TEXT

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("episodes", sa.Column("became", TEXT, nullable=True))


def downgrade() -> None:
    op.drop_column("episodes", "became")
