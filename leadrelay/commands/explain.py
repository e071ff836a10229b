"""`explain`: which rule decided and why, why not another one, what would change it; why a message came; a rule test."""

from collections.abc import Callable
from functools import cache
from itertools import islice

import click
from msgspec.structs import replace
from sqlalchemy import Connection

from leadrelay.act.turning import Foresight, Turn
from leadrelay.clock import Instant, parse_time
from leadrelay.commands.common import Options, as_json, options, print_json, subject_of
from leadrelay.project import Project, open_project
from leadrelay.report import message_explained
from leadrelay.report.explanation import Inquiry, as_text, facts_for
from leadrelay.rulebook.condition import Facts
from leadrelay.rulebook.load import load
from leadrelay.rulebook.model import Rulebook, Ruleset
from leadrelay.store import rulesets
from leadrelay.store.owners import whole_team

MOST_TURNS = 3
"""So many turns that time alone will bring are shown of each rulebook."""
VersionOf = Callable[[int], Ruleset | None]


@click.command("explain")
@click.argument("subject")
@click.option("--rule", metavar="ID", help="Only this rule, line by line, and what would make it decide.")
@click.option("--at", metavar="TIME", help="With the rules and the facts of this time (default: now).")
@click.option("--all", "every_line", is_flag=True, help="Every rule, line by line.")
@click.option("--as-test", is_flag=True, help="Write the decision as a rule test, for rules/tests/.")
@as_json
@options
def explain_command(
    subject: str, rule: str | None, at: str | None, every_line: bool, as_test: bool, as_json: bool, chosen: Options
) -> None:
    """Per rulebook which rule decided and why, the rule that came nearest, what would change it, and when it will
    change by itself. Of a message: why its reader got it, and what became of it.

    \b
    Example: leadrelay explain request/42
             leadrelay explain request/42 --rule large-project
             leadrelay explain request/42 --at "2026-11-20 09:13"
             leadrelay explain message/17
             leadrelay explain request/42 --as-test >> rules/tests/from-practice.yaml
    """
    number = message_explained.number_of(subject)
    if number is None:
        subject_of(subject)
    elif at or rule or as_test:
        raise click.UsageError("A message is explained by the rules and facts of then: no --at, --rule or --as-test.")
    project = open_project(chosen.project, chosen.now)
    instant = parse_time(at, project.zone) if at else None
    with project.database.read() as connection:
        version_of = versions(project, connection)
        if as_test:
            click.echo(_test(project, connection, subject, rule, instant, version_of), nl=False)
            return
        if number is not None:
            document = message_explained.explained(connection, number, project.ruleset, version_of, project.clock())
            text = message_explained.as_text(document)
        else:
            document = _inquiry(project, connection, subject, instant, version_of).answer(rule)
            text = as_text(document, every_line or rule is not None)
    if as_json:
        print_json(document)
    else:
        click.echo(text)


def versions(project: Project, connection: Connection) -> VersionOf:
    """The rules of a version by its number, each read once."""

    @cache
    def version_of(number: int) -> Ruleset | None:
        if number == project.ruleset.version:
            return project.ruleset
        files = rulesets.files_of(connection, number)
        return None if files is None else rulesets.numbered(load(files, proofread=False).ruleset, number)

    return version_of


def in_force(project: Project, connection: Connection, at: Instant | None, version_of: VersionOf) -> Ruleset:
    """The rules that were in force at a moment, or are now; before the first version went live, that one."""
    if at is None:
        return project.ruleset
    number = rulesets.number_at(connection, at)
    return (None if number is None else version_of(number)) or project.ruleset


def _test(
    project: Project, connection: Connection, subject: str, rule: str | None, at: Instant | None, version_of: VersionOf
) -> str:
    """The decision as a rule test; with `at` what the rules and the facts of then give."""
    from leadrelay.act import as_test  # here, as the engine takes a while to load

    case = as_test.decided_case(connection, subject, rule, version_of) if at is None else None
    if case is None:
        now = project.clock() if at is None else at
        case = as_test.case_at(connection, subject, now, in_force(project, connection, at, version_of))
    return as_test.as_test(connection, case, project.settings.company.language)


def _inquiry(
    project: Project, connection: Connection, subject: str, at: Instant | None, version_of: VersionOf
) -> Inquiry:
    ruleset = in_force(project, connection, at, version_of)
    now = project.clock() if at is None else at
    team = whole_team(connection, ruleset.team)

    @cache
    def facts(when: Instant) -> Facts | None:
        return facts_for(replace(ruleset, team=team), connection, subject, when, known=now)

    def foresee(book: Rulebook) -> list[Turn]:
        return list(islice(Foresight(book, team, ruleset.calendars, facts).turns(now), MOST_TURNS))

    return Inquiry(connection, ruleset, subject, now, version_of, foresee)
