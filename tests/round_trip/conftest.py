"""The worlds of tests/intake, for the tests of the round trip."""

from tests.intake.conftest import each_world, world

__all__ = ["each_world", "world"]
