"""A cell becomes a value of its field's type, or a reason."""

import pytest

from leadrelay.intake.values import Formats, Unreadable, reading
from leadrelay.leads.fields import Field, Fields, Type, Value
from leadrelay.leads.records import importable
from leadrelay.zone import zone_of

FORMATS = Formats(zone_of("Europe/Amsterdam"))
OWN = Fields((Field("request.extra.tags", Type.LIST, ""),))


def read(path: str, text: str, read_as: str = "") -> Value:
    field = importable(path, OWN)
    assert field is not None
    return reading(field, read_as or field.type.value, FORMATS)(text)


@pytest.mark.parametrize(
    ("path", "text", "value"),
    [
        ("request.expected_value", "$1,234.005", 123401),
        ("request.expected_value", "€ 1.234,56", 123456),
        ("account.employees", "250", 250),
        ("account.employees", "12.5", 12.5),
        ("opportunity.decision_on", "1970-01-03", 2),
        ("request.prompted", "Ja", True),
        ("request.prompted", "nee", False),
        ("request.prompted", "FALSE", False),
        ("request.prompted", "1", True),
        ("request.channel", "Web Form", "web_form"),
        ("request.channel", "web-form", "web_form"),
        ("request.channel", "PHONE", "phone"),
        ("request.extra.tags", "a; b, a|c", ("a", "b", "c")),
        ("request.extra.tags", "['x', 'y']", ("x", "y")),
        ("account.name", "Acme   NV", "Acme NV"),
        ("request.summary", "two\nlines", "two\nlines"),
        ("opportunity.win_chance", "65%", 65),
    ],
)
def test_values(path: str, text: str, value: Value) -> None:
    assert read(path, text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("https://www.Acme.com/shop?x=1", "acme.com"),
        ("ACME.co.uk", "acme.co.uk"),
        ("jan@acme.nl", "acme.nl"),
        ("acme.nl:8080", "acme.nl"),
        ("www.acme.nl.", "acme.nl"),
    ],
)
def test_domains(text: str, value: str) -> None:
    assert read("account.domain", text, "domain") == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Jan@Acme.nl", "Jan@Acme.nl"),
        ("mailto:jan@acme.nl", "jan@acme.nl"),
        ("Jan Smit <jan@acme.nl>", "jan@acme.nl"),
    ],
)
def test_addresses(text: str, value: str) -> None:
    assert read("contact.email", text, "email") == value


@pytest.mark.parametrize(
    ("path", "text", "read_as", "reason"),
    [
        ("request.expected_value", "a lot", "", "'a lot' is not an amount of money"),
        ("account.employees", "many", "", "'many' is not a number"),
        ("request.prompted", "maybe", "", "neither yes nor no"),
        ("request.channel", "pigeon", "", "'pigeon' is not one of web_form, phone"),
        ("contact.email", "jan at acme", "email", "is not an e-mail address"),
        ("contact.email", "a@b@c", "email", "is not an e-mail address"),
        ("account.domain", "no domain", "domain", "is not an internet domain"),
        ("opportunity.win_chance", "1000", "", "between 0 and 100"),
        ("request.summary", "bad\x00byte", "", "characters that no text has"),
        ("request.summary", "x" * 20_001, "", "20001 characters long"),
        ("request.received_at", "soon", "", "no date or time"),
    ],
)
def test_reasons(path: str, text: str, read_as: str, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        read(path, text, read_as)


def test_a_time_read_as_a_date_is_the_midnight_of_that_day() -> None:
    assert read("request.received_at", "1970-01-02 15:00", "date") == read("request.received_at", "1970-01-02")


def test_a_date_read_from_a_time_is_the_day_where_the_company_is() -> None:
    assert read("opportunity.decision_on", "1970-01-02T23:30:00Z", "time") == 2
