"""`test`: runs rule tests in memory, on a moving clock; says what they reach, and proposes those that are missing."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from leadrelay.act.trial import Chosen, TestResult, run_tests
from leadrelay.commands.common import Options, as_json, options, print_json, tell
from leadrelay.commands.rules import PATH, load_part, within
from leadrelay.errors import CannotWriteFile
from leadrelay.rulebook.load import Loaded
from leadrelay.rulebook.problem import show

if TYPE_CHECKING:
    from leadrelay.act.coverage import Coverage

SHOWN = 60
"""So many things that no test reaches are shown; --json has them all."""
EVERY_RULE = "*"


@click.command("test")
@PATH
@click.option("--junit", type=click.Path(path_type=Path, dir_okay=False), help="Write a JUnit XML report there.")
@click.option("--coverage", is_flag=True, help="List the rules, rows, steps and conditions that no test reaches.")
@click.option(
    "--at-least", type=click.FloatRange(0, 100), metavar="PERCENT", help="Exit 1 if the coverage is less than this."
)
@click.option(
    "--suggest",
    metavar="[RULE]",
    is_flag=False,
    flag_value=EVERY_RULE,
    help="Print tests for the edges of conditions (of one rule) that no test tries yet.",
)
@as_json
@options
def test_command(
    path: Path | None,
    junit: Path | None,
    coverage: bool,
    at_least: float | None,
    suggest: str | None,
    as_json: bool,
    chosen: Options,
) -> int:
    """Runs the rule tests in rules/tests/, in memory, on a moving clock.

    \b
    Example: leadrelay test
             leadrelay test rules/tests/routing.yaml --coverage
             leadrelay test --junit report.xml --at-least 90
             leadrelay test --suggest large-company > rules/tests/large-company.yaml
    """
    loaded, part = load_part(chosen, path, proofread=False)
    if not loaded.usable:
        return _unusable(loaded, junit)
    tests = tuple(one for one in loaded.tests if within(one.place.file, part))
    if suggest is not None:
        from leadrelay.commands.suggestions import print_suggestions

        return print_suggestions(loaded.ruleset, tests, None if suggest == EVERY_RULE else suggest, as_json)
    reached: Coverage | None = None
    if coverage or at_least is not None:
        from leadrelay.act.coverage import run_watched

        results, reached = run_watched(loaded.ruleset, tests)
    else:
        results = run_tests(Chosen(loaded.ruleset, tests))
    if junit:
        from leadrelay.commands.junit import as_junit

        _write(junit, as_junit(results))
    if as_json:
        _print_results_json(results, reached)
    else:
        _print_results(results, reached)
    enough = reached is None or at_least is None or reached.all.percent >= at_least
    if not enough:
        tell(f"The tests reach less of the rules than the {at_least:g} % that --at-least asks for.")
    return 0 if enough and all(one.passed for one in results) else 1


def _unusable(loaded: Loaded, junit: Path | None) -> int:
    """Rules with faults: their tests cannot run, which a report for CI tells too."""
    tell("The rules have faults, so their tests cannot run:")
    for one in loaded.errors:
        tell(show(one, loaded.files))
    if junit:
        from leadrelay.commands.junit import faults_as_junit

        _write(junit, faults_as_junit(loaded.errors))
    return 2


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CannotWriteFile(file=file, why=error.strerror or str(error)) from error


def _print_results_json(results: Sequence[TestResult], reached: "Coverage | None") -> None:
    passed = sum(one.passed for one in results)
    document: dict[str, object] = {
        "passed": passed,
        "failed": len(results) - passed,
        "tests": [one.as_dict() for one in results],
    }
    if reached is not None:
        document["uncovered"] = [f"{one.place}: {one.rulebook}/{one.rule}" for one in reached.missed_rules]
        document["coverage"] = reached.as_dict()
    print_json(document)


def _print_results(results: Sequence[TestResult], reached: "Coverage | None") -> None:
    for one in results:
        if not one.passed:
            click.echo(f"{one.test.place}: FAILED: {one.test.name}")
            for difference in one.differences:
                click.echo(f"    {difference}")
    passed = sum(one.passed for one in results)
    click.echo(f"{passed} passed, {len(results) - passed} failed")
    if reached is not None:
        _print_coverage(reached)


def _print_coverage(reached: "Coverage") -> None:
    click.echo("")
    rules = reached.missed_rules
    click.echo("Every rule and row is made to hold by a test." if not rules else "No test makes these hold:")
    for one in rules:
        click.echo(f"    {one.place}: {one.rulebook}/{one.rule}")
    others = [one for one in reached.missed if one not in rules]
    for one in others[:SHOWN]:
        click.echo(f"{one.place}: {one.message}")
    if len(others) > SHOWN:
        click.echo(f"... and {len(others) - SHOWN} more; --json has them all.")
    click.echo(
        f"Coverage {reached.all.percent:g} %: rules and rows {reached.rules}, steps and repeats {reached.steps}, "
        f"conditions seen both true and false {reached.conditions}"
    )
