"""How large a number or an amount may be: so that it fits every database, and sums of many such ones do too."""

from decimal import Decimal

LARGEST_NUMBER = 10**15
"""Numbers, and amounts in whole currency units, lie below this on either side."""
LARGEST_AMOUNT = LARGEST_NUMBER * 100
"""The same in cents."""
LARGEST_ID = 2**31 - 1
"""Numbers of quotes, tasks, messages and versions."""


def is_number(value: float | Decimal) -> bool:
    """Whether a number is one that can be kept."""
    return -LARGEST_NUMBER < value < LARGEST_NUMBER


def is_amount(cents: float) -> bool:
    """Whether an amount in cents is one that can be kept."""
    return -LARGEST_AMOUNT < cents < LARGEST_AMOUNT
