"""`python -m leadrelay`."""

from leadrelay.cli import entry

entry()
