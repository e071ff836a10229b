"""What fair assignment has to remember: where each member of a pool stands, instead of who had its last turn.

Every pool begins anew, so that a member may get one turn sooner or later than they would have.
"""

import sqlalchemy as sa
from alembic import op

from leadrelay.store.migrations.versions.v0001_first_tables import TEXT

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_table("turns")
    op.create_table(
        "turns",
        sa.Column("pool", TEXT, nullable=False),
        sa.Column("person", TEXT, nullable=False),
        sa.Column("credit", sa.Double, nullable=False),
        sa.Column("here", sa.Boolean, nullable=False),
        sa.Column("easing", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("pool", "person", name=op.f("pk_turns")),
    )


def downgrade() -> None:
    op.drop_table("turns")
    op.create_table(
        "turns",
        sa.Column("pool", TEXT, nullable=False),
        sa.Column("last", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("pool", name=op.f("pk_turns")),
    )
