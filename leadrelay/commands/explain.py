"""`explain`: which rule decided, and per rule every test with the value it saw."""

from functools import cache

import click

from leadrelay.clock import parse_time
from leadrelay.commands.common import Options, as_json, options, print_json, subject_of
from leadrelay.project import open_project
from leadrelay.report.explanation import Inquiry, as_text
from leadrelay.rulebook.load import load
from leadrelay.rulebook.model import Ruleset
from leadrelay.store import rulesets


@click.command("explain")
@click.argument("subject")
@click.option("--rule", metavar="ID", help="Only this rule.")
@click.option("--at", metavar="TIME", help="As it was at this time (default: now).")
@as_json
@options
def explain_command(subject: str, rule: str | None, at: str | None, as_json: bool, chosen: Options) -> None:
    """Per rulebook which rule decided; per rule each test with the value it saw, file and line, and why not.

    \b
    Example: leadrelay explain request/42
             leadrelay explain request/42 --rule large-project
    """
    subject_of(subject)
    project = open_project(chosen.project, chosen.now)
    instant = parse_time(at, project.zone) if at else project.clock()
    with project.database.read() as connection:

        @cache
        def version_of(number: int) -> Ruleset | None:
            if number == project.ruleset.version:
                return project.ruleset
            files = rulesets.files_of(connection, number)
            return None if files is None else load(files, proofread=False).ruleset

        document = Inquiry(connection, project.ruleset, subject, instant, version_of).answer(rule)
    if as_json:
        print_json(document)
    else:
        click.echo(as_text(document))
