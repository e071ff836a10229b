"""Lines of quotes: read from what a person writes, and their totals in whole cents, exact."""

import re
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

from msgspec import Struct

from leadrelay.leads.bounds import is_amount

_NUMBER = r"\d{1,9}(?:\.\d{1,6})?"
_LINE = re.compile(
    rf"\s*(?P<product>\S.*?)\s+[x×]\s*(?P<quantity>{_NUMBER})\s*@\s*(?P<price>\d{{1,11}}(?:\.\d{{1,2}})?)"
    rf"(?:\s+-\s*(?P<discount>\d{{1,3}}(?:\.\d{{1,4}})?)\s*%)?\s*"
)
WRITTEN = "PRODUCT x QUANTITY @ PRICE -DISCOUNT%, as in 'GTX Pro x 2 @ 4821.00 -10%'"


class QuoteLine(Struct, frozen=True):
    """One line: so many of a product, each at a price in cents, less a discount in percent."""

    product: str
    quantity: Decimal
    unit_price: int
    discount: Decimal = Decimal(0)

    @property
    def total(self) -> int:
        """Quantity times price less the discount, in whole cents: each line is rounded once, half a cent up."""
        exact = self.quantity * self.unit_price * (100 - self.discount) / 100
        return int(exact.quantize(Decimal(1), ROUND_HALF_UP))


def read_line(text: str) -> QuoteLine | None:
    """The line that a text such as 'GTX Pro x 2 @ 4821.00 -10%' is; None when it is none, or gives more than 100 %."""
    found = _LINE.fullmatch(text)
    if found is None:
        return None
    discount = Decimal(found["discount"] or 0)
    if discount > 100:
        return None
    return QuoteLine(found["product"], Decimal(found["quantity"]), int(Decimal(found["price"]) * 100), discount)


def is_too_much(lines: Iterable[QuoteLine]) -> bool:
    """Whether a line or the sum of them is more than an amount can be."""
    totals = [line.total for line in lines]
    return not all(is_amount(one) for one in (*totals, sum(totals)))


def total(lines: Iterable[QuoteLine]) -> int:
    """What a quote comes to, in cents: the sum of its rounded lines."""
    return sum(line.total for line in lines)


def largest_discount(lines: Iterable[QuoteLine]) -> Decimal:
    """The largest discount on a line, in percent: what the limit in rules/stages.yaml is held against."""
    return max((line.discount for line in lines), default=Decimal(0))
