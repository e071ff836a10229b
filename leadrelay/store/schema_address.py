"""Tables of addresses: what holds for a mailbox whatever records it stands on, and which mails it was given."""

from sqlalchemy import BigInteger, Column, Table

from leadrelay.store.schema import Text, metadata

address_keys = Table(
    "address_keys",
    metadata,
    Column("name", Text, primary_key=True),
    Column("key", Text, nullable=False),  # hexadecimal
)
"""The key that mailboxes are hashed with, made once for this database."""

suppressions = Table(
    "suppressions",
    metadata,
    Column("mailbox", Text, primary_key=True),  # the keyed hash of an address: the same as in contacts
    Column("objected_at", BigInteger),
    Column("unsubscribed_at", BigInteger),
    Column("refused_at", BigInteger),  # consent was withdrawn; 0: nobody knows when
    Column("bounced_at", BigInteger),
    Column("forgotten_at", BigInteger),  # the person asked to be forgotten: this row is all that is left
)
"""Who may not be written to. It outlives the records of contacts: an objection belongs to the address."""

given_mails = Table(
    "given_mails",
    metadata,
    Column("mailbox", Text, primary_key=True),
    Column("mail", Text, primary_key=True),  # rule, subject, episode, step and template, whichever record it was for
    Column("message", Text, nullable=False),  # the key of the message that it went or goes as
    Column("at", BigInteger, nullable=False),
)
"""Which mails to contacts each mailbox was given, so that two records of one address get each once."""
