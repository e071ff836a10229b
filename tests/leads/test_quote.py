"""Lines of quotes: what a person may write, and totals that are exact."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadrelay.leads.quote import QuoteLine, largest_discount, read_line, total


@pytest.mark.parametrize(
    ("text", "line", "cents"),
    [
        ("GTX Pro x 2 @ 4821.00 -10%", QuoteLine("GTX Pro", Decimal(2), 482100, Decimal(10)), 867780),
        ("Install x 1.5 @ 99.99", QuoteLine("Install", Decimal("1.5"), 9999), 14999),  # 149.985 is rounded up
        ("Beam 2 x 4 x 3 @ 5", QuoteLine("Beam 2 x 4", Decimal(3), 500), 1500),
        ("Axle ×10 @ 0.05 - 33.3333%", QuoteLine("Axle", Decimal(10), 5, Decimal("33.3333")), 33),
        ("Gift x 1 @ 10.00 -100%", QuoteLine("Gift", Decimal(1), 1000, Decimal(100)), 0),
    ],
)
def test_a_line_is_read_and_comes_to_so_many_cents(text: str, line: QuoteLine, cents: int) -> None:
    found = read_line(text)
    assert found == line
    assert found.total == cents


@pytest.mark.parametrize(
    "text",
    [
        "",
        "GTX",
        "GTX x 2",
        "GTX @ 5",
        "x 2 @ 5",
        "GTX x -2 @ 5",
        "GTX x 2 @ 5.001",
        "GTX x 2 @ 5 -101%",
        "GTX x 2 @ 5 10%",
    ],
)
def test_what_is_no_line(text: str) -> None:
    assert read_line(text) is None


LINES = st.lists(
    st.builds(
        QuoteLine,
        product=st.just("x"),
        quantity=st.decimals(0, 10**6, places=3),
        unit_price=st.integers(0, 10**9),
        discount=st.decimals(0, 100, places=2),
    ),
    max_size=5,
)


@given(LINES)
def test_a_total_is_the_sum_of_lines_each_within_half_a_cent(lines: list[QuoteLine]) -> None:
    exact = [Fraction(line.quantity) * line.unit_price * (100 - Fraction(line.discount)) / 100 for line in lines]
    assert all(Fraction(-1, 2) < line.total - true <= Fraction(1, 2) for line, true in zip(lines, exact, strict=True))
    assert total(lines) == sum(line.total for line in lines)
    assert largest_discount(lines) == max([line.discount for line in lines], default=0)
