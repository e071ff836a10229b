"""What came in as history is asleep: no flow looks at it until something new happens."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_TABLES = ("requests", "contacts", "accounts", "opportunities")


def upgrade() -> None:
    for table in _TABLES:
        op.add_column(table, sa.Column("asleep_since", sa.BigInteger, nullable=True))


def downgrade() -> None:
    for table in _TABLES:
        op.drop_column(table, "asleep_since")
