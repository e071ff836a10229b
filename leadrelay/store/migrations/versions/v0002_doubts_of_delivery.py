"""Messages: how often it was not known whether one arrived, and when delivery last said what became of it."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TROUBLE = sa.text("state IN ('sending', 'unknown', 'dead')")


def upgrade() -> None:
    op.add_column("messages", sa.Column("doubts", sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.add_column("messages", sa.Column("settled_at", sa.BigInteger()))
    op.create_index("ix_messages_trouble", "messages", ["state"], sqlite_where=TROUBLE, postgresql_where=TROUBLE)


def downgrade() -> None:
    op.drop_index("ix_messages_trouble", "messages")
    op.drop_column("messages", "settled_at")
    op.drop_column("messages", "doubts")
