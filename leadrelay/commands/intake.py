"""`import`: files become requests, contacts, accounts, opportunities, activities and people."""

import click

from leadrelay.commands.common import Options, as_json, options, print_json, tell
from leadrelay.intake.importer import KINDS, ImportReport, import_file
from leadrelay.project import open_project

SHOWN = 10
"""How many rejected rows are printed."""


@click.command("import")
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@click.option("--as", "kind", type=click.Choice(KINDS), help="What the file holds.")
@click.option("--map", "map_name", metavar="MAP", help="The import map: a name in rules/maps, or a file.")
@as_json
@options
def import_command(
    files: tuple[str, ...], kind: str | None, map_name: str | None, as_json: bool, chosen: Options
) -> int:
    """Takes CSV, JSON or NDJSON in; '-' is standard input. Importing the same again changes nothing.

    Rows that cannot be taken go to FILE.rejected.csv with the reason; the others are taken.

    \b
    Example: leadrelay import leads.csv --as requests
             leadrelay import Leads.csv --map crm_export_leads
    """
    project = open_project(chosen.project, chosen.now, rules="folder")
    for notice in project.notices:
        tell(notice)
    reports = [import_file(project, file, kind, map_name) for file in files]
    if as_json:
        documents = [report.as_dict() for report in reports]
        print_json(documents[0] if len(documents) == 1 else documents)
    else:
        for report in reports:
            _print_report(report)
    return 1 if any(report.rejected for report in reports) else 0


def _print_report(report: ImportReport) -> None:
    click.echo(
        f"{report.file}: {report.rows} rows as {report.kind}: "
        f"{report.taken} taken, {report.unchanged} unchanged, {report.rejected} rejected"
    )
    for name in report.unknown_columns:
        click.echo(f"  column '{name}' is not known and was left out")
    for one in report.rejections[:SHOWN]:
        where = f", column '{one.column}'" if one.column else ""
        click.echo(f"  line {one.line}{where}: {one.reason}")
    for note in report.notes:
        click.echo(f"  {note}")
    if report.rejected_file:
        more = report.rejected - min(SHOWN, report.rejected)
        click.echo(f"  {f'… and {more} more; ' if more else ''}all in {report.rejected_file}, to mend and import again")
