"""`test`: runs rule tests in memory, on a moving clock."""

from pathlib import Path

import click

from leadrelay.act.trial import TestResult, run_tests, uncovered
from leadrelay.commands.common import Options, as_json, options, print_json, tell
from leadrelay.commands.rules import PATH, load_part, within
from leadrelay.rulebook.problem import show


@click.command("test")
@PATH
@click.option("--junit", type=click.Path(path_type=Path, dir_okay=False), help="Write a JUnit XML report there.")
@click.option("--coverage", is_flag=True, help="List the rules and rows that no test makes hold.")
@as_json
@options
def test_command(path: Path | None, junit: Path | None, coverage: bool, as_json: bool, chosen: Options) -> int:
    """Runs the rule tests in rules/tests/, in memory, on a moving clock.

    \b
    Example: leadrelay test
             leadrelay test rules/tests/routing.yaml --coverage
    """
    loaded, part = load_part(chosen, path, proofread=False)
    if not loaded.usable:
        tell("The rules have faults, so their tests cannot run:")
        for one in loaded.errors:
            tell(show(one, loaded.files))
        return 2
    results = [one for one in run_tests(loaded) if within(one.test.place.file, part)]
    missed = (
        [f"{rule.place}: {book.name}/{rule.id}" for book, rule in uncovered(loaded.ruleset, results)]
        if coverage
        else []
    )
    if junit:
        from leadrelay.commands.junit import as_junit

        junit.write_text(as_junit(results), encoding="utf-8")
    if as_json:
        _print_results_json(results, missed if coverage else None)
    else:
        _print_results(results, missed, coverage)
    return 0 if all(one.passed for one in results) else 1


def _print_results_json(results: list[TestResult], missed: list[str] | None) -> None:
    passed = sum(one.passed for one in results)
    document: dict[str, object] = {
        "passed": passed,
        "failed": len(results) - passed,
        "tests": [one.as_dict() for one in results],
    }
    if missed is not None:
        document["uncovered"] = missed
    print_json(document)


def _print_results(results: list[TestResult], missed: list[str], coverage: bool) -> None:
    for one in results:
        if not one.passed:
            click.echo(f"{one.test.place}: FAILED: {one.test.name}")
            for difference in one.differences:
                click.echo(f"    {difference}")
    passed = sum(one.passed for one in results)
    click.echo(f"{passed} passed, {len(results) - passed} failed")
    if coverage:
        click.echo("Every rule and row is made to hold by a test." if not missed else "No test makes these hold:")
        for line in missed:
            click.echo(f"    {line}")
