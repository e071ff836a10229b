"""Tables of versions of the rules: where each came from, and which changed rules folders were refused."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Table, text

from leadrelay.store.schema import Counter, Text, metadata

ruleset_origins = Table(
    "ruleset_origins",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("person", Text),  # the author git names, or the user of the machine
    Column("revision", Text),  # the last one that touched the files, short
    Column("about", Text),  # that commit's subject, or the reason of a rollback
    Column("dirty", Boolean),  # the files were not as that commit has them
    Column("changes", Text),  # in a line, what it means otherwise than the version before it
    Column("passed_over", Text),  # the digest of the rules folder that this version was put in the place of
)
"""Who put a version live and why, as far as is known."""

refused_rules = Table(
    "refused_rules",
    metadata,
    Column("id", Counter, primary_key=True, autoincrement=True),
    Column("digest", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("version", Integer, nullable=False),  # the one that went on
    Column("faults", Text, nullable=False),  # the first of them, and how many there are, as ops were told
    Column("mended_at", BigInteger),  # when the rules folder was what is live again
    Index(
        "uq_refused_rules_open",
        "digest",
        unique=True,
        sqlite_where=text("mended_at IS NULL"),
        postgresql_where=text("mended_at IS NULL"),
    ),
)
"""Rules folders that were changed and not fit to go live: ops are told once of each, until it is mended."""
