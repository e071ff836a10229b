"""`rules`: versions that went live, rules that are held, and what the rules do, step by step of the process."""

from pathlib import Path

import click

from leadrelay.act.halting import let_go
from leadrelay.act.trial import run_tests
from leadrelay.commands.common import Options, as_json, options, print_json, tell
from leadrelay.commands.going_live import diff_command, log_command, rollback_command, show_command
from leadrelay.commands.rules import load_part
from leadrelay.commands.rules_at_work import commands, show_kept
from leadrelay.project import open_project
from leadrelay.report.book import as_markdown, chapters
from leadrelay.rulebook.load import Loaded


@click.group("rules")
def rules_command() -> None:
    """The versions of the rules that went live, the way back, rules that are held, and the book of what they do.

    \b
    Example: leadrelay rules log
             leadrelay rules diff 5 7
             leadrelay rules rollback 5
             leadrelay rules book --output docs/process.md
    """


for _command in (log_command, diff_command, show_command, rollback_command):
    rules_command.add_command(_command)


@rules_command.command("held")
@as_json
@options
def held_command(as_json: bool, chosen: Options) -> int:
    """The rules that act on nobody: stopped by a person, or held by their first run or by their limit per hour.

    \b
    Example: leadrelay rules held
    """
    project = open_project(chosen.project, chosen.now)
    return show_kept(project, as_json)


@rules_command.command("release")
@click.argument("rule")
@options
def release_command(rule: str, chosen: Options) -> None:
    """Lets a held rule go: from the next run on it acts on everybody it holds for (a stopped one: rules start).

    \b
    Example: leadrelay rules release close-it
    """
    project = open_project(chosen.project, chosen.now)
    click.echo(let_go(project.database, project.ruleset, rule, project.clock()))


def _proofs(loaded: Loaded) -> dict[str, list[str]]:
    """By the key of a rule, the tests that expect it and make it hold; failing that, all that make it hold."""
    expected: dict[str, list[str]] = {}
    held: dict[str, list[str]] = {}
    keys = {(book.name, rule.id): rule.key for book, rule in loaded.ruleset.rules()}
    for result in run_tests(loaded):
        if result.passed:
            named = {keys.get((one.rulebook, rule)) for one in result.test.rules for rule in one.rules}
            for key in result.held:
                held.setdefault(key, []).append(result.test.name)
                if key in named:
                    expected.setdefault(key, []).append(result.test.name)
    return held | expected


@rules_command.command("book")
@click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write it to this file instead of the screen."
)
@as_json
@options
def book_command(output: Path | None, as_json: bool, chosen: Options) -> int:
    """What the process does, rule by rule: per step (M4) the rules for it, in their own words, and their tests.

    The steps are those of rules/process.yaml. Exit code 1 if a step has no rule, or no test makes its rules hold.

    \b
    Example: leadrelay rules book
             leadrelay rules book --output docs/process.md
    """
    loaded, _ = load_part(chosen, None, proofread=False)
    if not loaded.usable:
        tell("The rules have faults; 'leadrelay check' shows them.")
        return 2
    found = chapters(loaded.process, loaded.ruleset.rulebooks, _proofs(loaded))
    if as_json:
        print_json([one.as_dict() for one in found])
    elif output is None:
        click.echo(as_markdown(found), nl=False)
    else:
        output.write_text(as_markdown(found), encoding="utf-8")
    faults = [fault for one in found for fault in one.faults]
    for fault in faults:
        tell(fault)
    return 1 if faults else 0


for _command in commands():
    rules_command.add_command(_command)
