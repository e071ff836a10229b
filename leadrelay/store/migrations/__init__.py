"""Alembic migrations: each version of the tables, from the first."""

HEAD = "0023"
"""The newest migration: what a database that is up to date says in `alembic_version`."""
