"""When a database was written to by the machine's clock: whether it has lived in real time, and how far."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "machine_clock",
        sa.Column("id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("first_at", sa.BigInteger, nullable=False),
        sa.Column("last_at", sa.BigInteger, nullable=False),
        sa.Column("wall_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_machine_clock"),
    )


def downgrade() -> None:
    op.drop_table("machine_clock")
