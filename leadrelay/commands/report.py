"""`report`: the reports of the project and its packs, as a table, CSV or JSON."""

import csv
from collections.abc import Callable, Mapping

import click
from sqlalchemy import Connection

from leadrelay.commands.common import Options, options, print_json, subject_of, table
from leadrelay.errors import NotForReport, UnknownReport, UnknownSubject
from leadrelay.project import Project, open_project
from leadrelay.report.export import cell
from leadrelay.report.forecast import ABOUT, FORECAST, answered, forecast
from leadrelay.report.written import Answer, answer
from leadrelay.rulebook.model import Ruleset
from leadrelay.store.deals import open_deals
from leadrelay.terminal import for_data


def _forecast(project: Project, conn: Connection) -> Answer:
    return answered(forecast(open_deals(conn), project.ruleset.stages))


BUILT_IN: Mapping[str, tuple[str, Callable[[Project, Connection], Answer]]] = {FORECAST: (ABOUT, _forecast)}
"""Name -> what it is about, and the function that answers it. Those that are written in YAML are in the ruleset."""


@click.command("report")
@click.argument("name", required=False)
@click.option("--for", "subject", metavar="SUBJECT", help="Only this one, as a sheet: opportunity/7.")
@click.option("--format", "format_", type=click.Choice(("table", "csv", "json")), default="table", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@options
def report_command(name: str | None, subject: str | None, format_: str, as_json: bool, chosen: Options) -> None:
    """A report of rules/reports/ or of a pack that is on, as of now; without a name: which reports there are.

    \b
    Example: leadrelay report scotsman
             leadrelay report scotsman --format csv > deals.csv
             leadrelay report blue_sheet --for opportunity/7
    """
    project = open_project(chosen.project, chosen.now)
    form = "json" if as_json else format_
    if name is None:
        _print(_list_of(project.ruleset), form)
        return
    with project.database.read() as connection:
        found = _answer(project, connection, name, subject)
    if subject is not None and form == "table":
        click.echo(_sheet(found))
    else:
        _print(found, form)


def _list_of(ruleset: Ruleset) -> Answer:
    """The reports that there are, as a report."""
    rows = [(name, about) for name, (about, _) in BUILT_IN.items()]
    rows += [(one.name, one.about) for one in ruleset.reports]
    return Answer("reports", "The reports that there are.", ("report", "about"), tuple(sorted(rows)), {})


def _answer(project: Project, conn: Connection, name: str, subject: str | None) -> Answer:
    written = {one.name: one for one in project.ruleset.reports}
    if name in written:
        report = written[name]
        only = _id_of(subject, report.of, name) if subject else None
        found = answer(report, project.ruleset, conn, project.clock(), only)
        if only is not None and not found.rows:
            raise UnknownSubject(subject=subject)
        return found
    if name not in BUILT_IN:
        raise UnknownReport(report=name, known=", ".join(sorted((*BUILT_IN, *written))) or "none")
    if subject:
        raise NotForReport(report=name, kind="no single subject", subject=subject)
    return BUILT_IN[name][1](project, conn)


def _id_of(subject: str, kind: str, report: str) -> str:
    found, identity = subject_of(subject)
    if found != kind:
        raise NotForReport(report=report, kind=kind, subject=subject)
    return identity


def _print(found: Answer, form: str) -> None:
    if form == "json":
        print_json(found.as_dict())
    elif form == "csv":
        writer = csv.writer(for_data(), lineterminator="\n")
        writer.writerow(found.columns)
        writer.writerows([cell(value) for value in row] for row in found.rows)
    else:
        click.echo(
            table([[_word(value) for value in row] for row in found.rows], [_head(one) for one in found.columns])
        )
        for name, value in found.totals.items():
            click.echo(f"{name}: {_word(value)}")


def _sheet(found: Answer) -> str:
    """One subject, a line for every column."""
    width = max(len(_head(name)) for name in found.columns)
    return "\n".join(
        f"{_head(name).ljust(width)}  {_word(value)}".rstrip()
        for row in found.rows
        for name, value in zip(found.columns, row, strict=True)
    )


def _head(column: str) -> str:
    """A column's heading in capitals: its path without the subject and `extra`; of an id and a name, whose it is."""
    how, _, path = column.rpartition(" ")
    entity, _, name = path.rpartition(".") if path.endswith(".id") else path.partition(".")
    shown = {"": entity, "id": entity, "name": f"{entity} name"}.get(name, name.removeprefix("extra."))
    return f"{how} {shown}".strip().replace("_", " ").upper()


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    return "" if value is None else " ".join(str(value).split())
