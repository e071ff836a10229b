"""Values out of range: the row or the command is refused with a reason, and everything else goes on."""

import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from leadrelay.intake.moments import NotAMoment, moment_of
from leadrelay.intake.numbers import NotANumber, number_of
from leadrelay.leads.bounds import LARGEST_AMOUNT, LARGEST_NUMBER, is_amount
from leadrelay.leads.derived import compute
from leadrelay.leads.fields import Formula
from leadrelay.leads.quote import QuoteLine, is_too_much, read_line
from leadrelay.rulebook.load import load
from tests.intake.world import ZONE, World

MAP = """\
kind: opportunities
columns:
  Id: opportunity.id
  Name: opportunity.name
  Value: {to: opportunity.expected_value, as: money, times: 1000000}
  Chance: {to: opportunity.win_chance, times: 100}
"""
HUGE = ("170000000000", "999999999999999", "1e15", "-170000000000", "999mrd")


@pytest.mark.parametrize("value", HUGE)
def test_an_amount_that_is_too_large_after_scaling_rejects_its_row_alone(world: World, value: str) -> None:
    (world.folder / "millions.yaml").write_text(MAP, "utf-8")
    rows = [f"o{number},Deal {number},{number},0.5" for number in range(1, 6)]
    rows[2] = f"o3,Deal 3,{value},0.5"
    content = "\n".join(["Id,Name,Value,Chance", *rows])
    report = world.take(content, map_name=str(world.folder / "millions.yaml"))
    assert (report.rows, report.taken, report.rejected) == (5, 4, 1)
    assert (report.rejections[0].line, report.rejections[0].column) == (4, "Value")
    kept = world.rows("SELECT id, expected_value FROM opportunities ORDER BY id")
    assert [(one["id"], one["expected_value"]) for one in kept] == [
        (f"o{number}", number * 10**8) for number in (1, 2, 4, 5)
    ]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("account.employees", "9" * 15 + "k"),
        ("account.employees", "1e400"),
        ("account.revenue", "9" * 400),
        ("account.revenue", "1e-999"),
        ("account.revenue", "1" + "0" * 15),
        ("account.last_order_at", "/Date(-99999999999999)/"),
        ("account.last_order_at", "/Date(99999999999999)/"),
        ("account.last_order_at", "9999999999"),
        ("account.last_order_at", "0001-01-01T00:00:00+14:00"),
        ("account.last_order_at", "9999-12-31T23:59:59-14:00"),
        ("account.last_order_at", "99999-01-01"),
        ("account.overdue_invoices", "inf"),
        ("account.overdue_invoices", "NaN"),
    ],
)
def test_what_cannot_be_meant_rejects_its_row_alone(world: World, column: str, value: str) -> None:
    report = world.take(f"account.id,account.name,{column}\n1,A,\n2,B,{value}\n3,C,\n", "accounts")
    kept = [one["id"] for one in world.rows("SELECT id FROM accounts ORDER BY id")]
    assert kept in (["1", "3"], ["1", "2", "3"] if value == "1e-999" else ["1", "3"])
    assert report.rejected == 3 - len(kept)


@pytest.mark.parametrize("text", ["/Date(-99999999999999)/", "/Date(99999999999999)/", "9" * 13, "9" * 10])
def test_milliseconds_beyond_every_calendar_are_no_moment(text: str) -> None:
    with pytest.raises(NotAMoment):
        moment_of(text, ZONE)


def test_days_of_a_spreadsheet_beyond_every_calendar_are_no_moment() -> None:
    with pytest.raises(NotAMoment):
        moment_of("99999999", ZONE, ("serial",))


@pytest.mark.parametrize("text", ["1e999", "9e998m", "1e15", "-1e15", "9" * 20])
def test_numbers_that_are_too_large_are_none(text: str) -> None:
    with pytest.raises(NotANumber):
        number_of(text)


def test_a_quote_comes_to_what_an_amount_can_be() -> None:
    line = read_line("Gold x 999999999 @ 99999999999.99")
    assert line is not None
    assert is_too_much([line])
    half = QuoteLine("x", Decimal(1), LARGEST_AMOUNT // 2 + 1)
    assert not is_too_much([half])
    assert is_too_much([half, half])


def test_a_computed_field_out_of_range_is_unknown() -> None:
    sums = Formula("sum", tuple("abc"), 1, ())
    assert compute(sums, [LARGEST_AMOUNT - 1, 0, None]) == LARGEST_AMOUNT - 1
    assert compute(sums, [LARGEST_AMOUNT - 1, LARGEST_AMOUNT - 1, 1]) is None
    assert compute(Formula("difference", tuple("ab"), 1, ()), [LARGEST_AMOUNT - 1, -5]) is None
    assert compute(Formula("count", ("a",), 1e300, ()), [True]) is None
    assert is_amount((LARGEST_NUMBER - 1) * 100)


RULES = """\
rulebook: big
about: x
subject: request
flow: route
hit: first
rules:
  - id: one
    about: x
    when: {FIELD: {over: VALUE}}
    then: [{route: sales}]
otherwise: [{route: sales}]
"""


@pytest.mark.parametrize("field", ["request.expected_value", "account.employees"])
@pytest.mark.parametrize("value", ["1e999999", "1e400", "9" * 400, "1" + "0" * 18, "-1e30", "1e-999999"])
def test_a_rule_with_a_number_out_of_range_is_a_fault_with_its_place(field: str, value: str) -> None:
    found = load({"rules/big.yaml": RULES.replace("FIELD", field).replace("VALUE", value)})
    told = [str(one.place) for one in found.errors]
    assert told == ["rules/big.yaml:9:" + str(21 + len(field))] or (value == "1e-999999" and not told), told


COMMANDS = (
    ("quote", "show", "9" * 30),
    ("quote", "approve", "9" * 30, "--by", "an"),
    ("tasks", "--done", "9" * 30, "--by", "an"),
    ("messages", "show", "9" * 30),
    ("match", "--undo", "9" * 30, "--by", "an"),
    ("rules", "rollback", "9" * 30),
    ("rules", "diff", "9" * 5000, "live"),
    ("explain", "message/" + "9" * 30),
    ("due", "--most", "9" * 30),
    ("run", "--now", "9999-12-31"),
    ("run", "--now", "0001-01-01"),
    ("export", "requests", "--project", "x" * 300),
    ("check", "x" * 300),
    ("import", "x" * 300),
    ("import", "pyproject.toml", "--map", "x" * 300),
    ("backtest", "--rules", "x" * 300),
    ("inbox", "x" * 5000),
    ("init", "x" * 300),
    ("render", "x" * 300),
)


@pytest.mark.parametrize("arguments", COMMANDS, ids=lambda one: " ".join(part[:12] for part in one))
def test_no_argument_ends_a_command_in_a_traceback(
    arguments: tuple[str, ...], empty_project: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    from leadrelay.cli import main

    assert main(["--project", str(empty_project), *arguments]) in (0, 1, 2)
    assert "Traceback" not in "".join(capfd.readouterr())


@pytest.fixture(scope="module")
def empty_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bounds") / "company"
    subprocess.run([sys.executable, "-m", "leadrelay", "init", str(folder)], check=True, capture_output=True)
    return folder
