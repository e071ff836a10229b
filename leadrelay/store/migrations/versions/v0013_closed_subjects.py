"""What may matter to subjects that are closed, so that a change wakes those only for a reason."""

import sqlalchemy as sa
from alembic import op

from leadrelay.store.migrations.versions.v0001_first_tables import TEXT

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("watches", sa.Column("closed_paths", TEXT, nullable=True))


def downgrade() -> None:
    op.drop_column("watches", "closed_paths")
