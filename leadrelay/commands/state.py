"""`export` and `audit`: everything the database holds, and the proof that nothing is lost."""

import sys

import click

from leadrelay.commands.common import Options, as_json, options, print_json
from leadrelay.project import open_project
from leadrelay.report.export import EXPORTS, FORMATS, write_export
from leadrelay.store.audit import audit
from leadrelay.store.damage import damage
from leadrelay.store.exports import Exporter
from leadrelay.terminal import for_data


@click.command("export")
@click.argument("what", type=click.Choice(EXPORTS))
@click.option("--format", "format_", type=click.Choice(FORMATS), default="csv", show_default=True)
@options
def export_command(what: str, format_: str, chosen: Options) -> None:
    """Writes everything of one kind to standard output, with the columns that docs/exporting.md lists.

    \b
    Example: leadrelay export decisions --format json
    """
    project = open_project(chosen.project, chosen.now)
    ruleset = project.ruleset
    with project.database.read() as connection:
        exporter = Exporter(connection, project.clock(), project.zone, ruleset.fields, ruleset.team)
        write_export(exporter, what, format_, for_data() if format_ == "csv" else sys.stdout)


@click.command("audit")
@as_json
@options
def audit_command(as_json: bool, chosen: Options) -> int:
    """Proves that nothing is lost: every request is open with a desk, an owner and a deadline, or closed with an
    outcome and a reason; every decision has its messages; the database's file is whole. Exit code 1 and
    the list if not.

    \b
    Example: leadrelay audit
    """
    project = open_project(chosen.project, chosen.now)
    with project.database.read() as connection:
        violations = list(damage(connection)) or list(audit(connection, project.clock()))
    if as_json:
        print_json({"violations": [one._asdict() for one in violations]})
    else:
        for one in violations:
            click.echo(f"{one.subject}: {one.message} [{one.code}]")
        click.echo(f"{len(violations)} violation(s)" if violations else "Nothing is lost.")
    return 1 if violations else 0
