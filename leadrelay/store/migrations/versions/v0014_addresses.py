"""What belongs to an address: one suppression list, and which mails each mailbox was given."""

import secrets

import sqlalchemy as sa
from alembic import op

from leadrelay.clock import system_clock
from leadrelay.store.addresses import fill
from leadrelay.store.migrations.versions.v0001_first_tables import TEXT

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "address_keys",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_address_keys")),
    )
    op.create_table(
        "suppressions",
        sa.Column("mailbox", TEXT, nullable=False),
        *(
            sa.Column(name, sa.BigInteger(), nullable=True)
            for name in ("objected_at", "unsubscribed_at", "refused_at", "bounced_at", "forgotten_at")
        ),
        sa.PrimaryKeyConstraint("mailbox", name=op.f("pk_suppressions")),
    )
    op.create_table(
        "given_mails",
        sa.Column("mailbox", TEXT, nullable=False),
        sa.Column("mail", TEXT, nullable=False),
        sa.Column("message", TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("mailbox", "mail", name=op.f("pk_given_mails")),
    )
    op.add_column("contacts", sa.Column("mailbox", TEXT, nullable=True))
    op.create_index("ix_contacts_mailbox", "contacts", ["mailbox"])
    keys = sa.table("address_keys", sa.column("name"), sa.column("key"))
    op.bulk_insert(keys, [{"name": "mailbox", "key": secrets.token_hex(32)}])
    fill(op.get_bind(), system_clock())


def downgrade() -> None:
    op.drop_index("ix_contacts_mailbox", "contacts")
    op.drop_column("contacts", "mailbox")
    for table in ("given_mails", "suppressions", "address_keys"):
        op.drop_table(table)
