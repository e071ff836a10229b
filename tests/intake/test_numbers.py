"""Amounts and numbers as they stand in real files."""

from decimal import Decimal

import pytest

from leadrelay.intake.numbers import NotANumber, number_of

MONEY = [
    ("$1,234.00", "1234.00"),
    ("€ 1.234,56", "1234.56"),
    ("€1.234.567,80", "1234567.80"),
    ("1234", "1234"),
    ("1234.5", "1234.5"),
    ("1234,5", "1234.5"),
    ("1.234", "1234"),
    ("1,234", "1234"),
    ("12.34", "12.34"),
    ("$342.09K", "342090.00"),
    ("$1,117.10K", "1117100.00"),
    ("€ 2,5 mln", "2500000.0"),
    ("1.5M", "1500000.0"),
    ("-12,50", "-12.50"),
    ("(12.50)", "-12.50"),
    ("€ -12,50", "-12.50"),
    ("12.50-", "-12.50"),
    ("12,-", "12"),
    ("€ 12.500,-", "12500"),
    ("1 234 567", "1234567"),
    ("1\u00a0234,50", "1234.50"),
    ("CHF 1'234.50", "1234.50"),
    ("1234.50 EUR", "1234.50"),
    ("USD 99", "99"),
    ("+5", "5"),
    (".5", "0.5"),
    ("1e3", "1000"),
    ("0", "0"),
]


@pytest.mark.parametrize(("text", "value"), MONEY)
def test_money(text: str, value: str) -> None:
    assert number_of(text, money=True) == Decimal(value)


@pytest.mark.parametrize(
    "text", ["", "abc", "1.2.3", "12,34,56", "--5", "1,2345.6", "12 apples", "€", "1e99", "NaN", "Infinity", "5-5"]
)
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(NotANumber):
        number_of(text, money=True)


@pytest.mark.parametrize(
    ("text", "style", "value"),
    [
        ("1.234", "english", "1.234"),
        ("1.234", "european", "1234"),
        ("1,234", "english", "1234"),
        ("1,234", "european", "1.234"),
        ("0,5", "auto", "0.5"),
        ("0.125", "auto", "0.125"),
        ("3.141", "auto", "3.141"),
        ("45 %", "auto", "45"),
    ],
)
def test_a_number_in_a_style(text: str, style: str, value: str) -> None:
    assert number_of(text, style) == Decimal(value)


@pytest.mark.parametrize(("text", "style"), [("1.234,56", "english"), ("1,234.56", "european")])
def test_a_number_in_the_other_style_is_refused(text: str, style: str) -> None:
    with pytest.raises(NotANumber):
        number_of(text, style, money=True)
