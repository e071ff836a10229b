"""How far episodes have come on their ladders by what the steps are, beside the number of steps.

Which steps those numbers were is found when such an episode is read (store/numbered_steps.py): the rules that did them
are kept, and the migration need not read them.
"""

import sqlalchemy as sa
from alembic import op

from leadrelay.store.migrations.versions.v0001_first_tables import TEXT

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("episodes", sa.Column("way", TEXT, nullable=True))
    op.add_column("decisions", sa.Column("identity", TEXT, nullable=False, server_default=sa.text("''")))


def downgrade() -> None:
    op.drop_column("decisions", "identity")
    op.drop_column("episodes", "way")
