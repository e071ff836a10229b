"""Every table that migrations make: the metadata of schema.py with all modules that add tables to it imported."""

from leadrelay.store import (
    schema_address,
    schema_assignment,
    schema_clock,
    schema_live,
    schema_looks,
    schema_matching,
    schema_nurture,
    schema_opportunities,
    schema_round_trip,
    schema_watch,
)
from leadrelay.store.schema import metadata

__all__ = [
    "metadata",
    "schema_address",
    "schema_assignment",
    "schema_clock",
    "schema_live",
    "schema_looks",
    "schema_matching",
    "schema_nurture",
    "schema_opportunities",
    "schema_round_trip",
    "schema_watch",
]
