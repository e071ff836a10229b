"""The flows by name, in the order in which one run does them."""

from leadrelay.rulebook.model import FLOWS

DELIVER = "deliver"
ORDER: tuple[str, ...] = (*FLOWS, DELIVER)
"""Rules first, in the order of a request's life; messages last, so that what was just decided goes out at once."""
