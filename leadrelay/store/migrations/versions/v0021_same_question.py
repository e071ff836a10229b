"""Requests that say again what another one said a moment before."""

import sqlalchemy as sa
from alembic import op

from leadrelay.store.migrations.versions.v0001_first_tables import TEXT

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("requests", sa.Column("same_as", TEXT, nullable=True))
    op.add_column("requests", sa.Column("own_question", sa.Boolean, nullable=True))


def downgrade() -> None:
    op.drop_column("requests", "own_question")
    op.drop_column("requests", "same_as")
