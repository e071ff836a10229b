"""Tables of addresses: what holds for a mailbox whatever records it stands on, and which mails it was given."""

from sqlalchemy import BigInteger, Column, Index, Table

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

second_addresses = Table(
    "second_addresses",
    metadata,
    Column("contact", Text, primary_key=True),
    Column("mailbox", Text, primary_key=True),
    Column("address", Text, nullable=False),
    Column("state", Text, nullable=False),  # offered kept refused
    Column("offered_at", BigInteger, nullable=False),
    Column("settled_at", BigInteger),
    Column("cause", Text, nullable=False),  # the activity of the mail that came from it, person ines
    Index("ix_second_addresses_mailbox", "mailbox"),
)
"""Other addresses of contacts: offered when an answer comes from one, kept or refused by a person."""
