"""How old what other systems said of each field is: what comes late does not overwrite what is newer."""

import sqlalchemy as sa
from alembic import op

from leadrelay.store.migrations.versions.v0001_first_tables import TEXT

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "said_ages",
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("ages", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("subject", "source", name="pk_said_ages"),
    )


def downgrade() -> None:
    op.drop_table("said_ages")
