"""`import`: files become requests, contacts, accounts, opportunities, activities and people."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

import click
from msgspec.structs import replace

from leadrelay.clock import parse_time
from leadrelay.commands.common import Options, as_json, options, print_json, table, tell
from leadrelay.errors import HistoryOrLive, ImportDoubts, MapExists, UnreadableFile
from leadrelay.intake.eras import LIVE, Era
from leadrelay.intake.importer import KINDS, ImportReport, Intake, intake_of
from leadrelay.intake.source import STDIN, opened
from leadrelay.intake.understand.as_map import map_text
from leadrelay.intake.understand.opening import Opened
from leadrelay.intake.understand.understanding import Answers, Doubt, Understanding, answered
from leadrelay.project import open_project
from leadrelay.rulebook.import_map import NUMBER_STYLES, ORDERS
from leadrelay.rulebook.maps import FOLDER

SHOWN = 10
"""How many rejected rows are printed."""
WIDEST = 28
"""A heading or value in a preview is cut after so many characters."""


@click.command("import")
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@click.option("--as", "kind", type=click.Choice(KINDS), help="What the file holds.")
@click.option("--map", "map_name", metavar="MAP", help="The import map: a name in rules/maps, or a file.")
@click.option("--sheet", metavar="NAME", help="The sheet of a workbook.")
@click.option("--dates", type=click.Choice(ORDERS), help="What stands first in dates such as 02/03/2026.")
@click.option("--numbers", type=click.Choice(NUMBER_STYLES[1:]), help="1,234.56 is english, 1.234,56 european.")
@click.option("--column", "columns", multiple=True, metavar="HEADING=FIELD", help="What a column is; '' for nothing.")
@click.option("--history", is_flag=True, help="All rows are history: known, with no task, message or closing.")
@click.option("--history-before", metavar="DATE", help="Rows older than this day are history.")
@click.option("--live", is_flag=True, help="All rows are work to be done now, however old.")
@click.option("--preview", is_flag=True, help="Only show what is understood; nothing is taken.")
@click.option("--write-map", metavar="NAME", help="Keep what is understood as rules/maps/NAME.yaml; nothing is taken.")
@as_json
@options
def import_command(
    files: tuple[str, ...],
    kind: str | None,
    map_name: str | None,
    sheet: str | None,
    dates: str | None,
    numbers: str | None,
    columns: tuple[str, ...],
    history: bool,
    history_before: str | None,
    live: bool,
    preview: bool,
    write_map: str | None,
    as_json: bool,
    chosen: Options,
) -> int:
    """Takes spreadsheets (.xlsx, .ods), CSV, JSON or NDJSON in; '-' is standard input. Importing the same again changes
    nothing.

    Columns are known by their names, by words for them in four languages, or by a map; what is in doubt is asked. Rows
    that cannot be taken go to FILE.rejected.csv (or .xlsx) with the reason; the others are taken.

    \b
    Example: leadrelay import leads.xlsx --preview
             leadrelay import leads.csv --as requests
             leadrelay import Leads.csv --map crm_export_leads
    """
    project = open_project(chosen.project, chosen.now, rules="folder")
    for notice in project.notices:
        tell(notice)
    intake = replace(intake_of(project), era=_era(project.zone, history, history_before, live))
    answers = Answers(kind, dates, numbers, dict(map(_told, columns)), sheet)
    if preview or write_map:
        looked = [_looked(intake, file, kind, map_name, answers) for file in files]
        return _show(looked, files, chosen.project, write_map, as_json)
    reports = [_taken(intake, file, kind, map_name, answers) for file in files]
    if as_json:
        documents = [report.as_dict() for report in reports]
        print_json(documents[0] if len(documents) == 1 else documents)
    else:
        for report in reports:
            _print_report(report)
    return 1 if any(report.rejected for report in reports) else 0


def _told(text: str) -> tuple[str, str]:
    heading, equals, path = text.rpartition("=")
    if not equals or not heading.strip():
        raise click.UsageError(f"--column '{text}' is not HEADING=FIELD, such as 'Naam=contact.name'.")
    return heading.strip(), path.strip()


def _taken(intake: Intake, file: str, kind: str | None, map_name: str | None, answers: Answers) -> ImportReport:
    """One file taken; at a terminal each doubt is asked first."""
    while True:
        try:
            return intake.take(file, kind, map_name, answers=answers)
        except ImportDoubts as doubts:
            if not _at_terminal(file):
                raise
            doubt = cast(Doubt, doubts.doubts[0])
            answers = answered(answers, doubt.about, _asked(doubt))
            kind = answers.kind or kind
        except HistoryOrLive as past:
            if not _at_terminal(file):
                raise
            intake = replace(intake, era=_asked_era(intake.zone, past))


def _at_terminal(file: str) -> bool:
    return file != STDIN and sys.stdin.isatty() and sys.stderr.isatty()


def _era(zone: ZoneInfo, history: bool, before: str | None, live: bool) -> Era | None:
    """Which rows are history, as the options say; None when they say nothing. Raises BadTime."""
    if history + live + (before is not None) > 1:
        raise click.UsageError("Say one of --history, --history-before and --live.")
    if before is not None:
        return Era("before", parse_time(before, zone), zone)
    return Era("history") if history else LIVE if live else None


def _asked_era(zone: ZoneInfo, past: HistoryOrLive) -> Era:
    """What the person at the terminal says of a file of old rows."""
    day = str(past.facts["day"])
    what = f"{past.facts['past']} of {past.facts['rows']} new rows are old: a day (older is history), all, or live"
    reply: str = click.prompt(what, default=day, err=True)
    if reply.strip() in ("all", "live"):
        return Era("history") if reply.strip() == "all" else LIVE
    return Era("before", parse_time(reply, zone), zone)


def _asked(doubt: Doubt) -> str:
    """What the person at the terminal says of a doubt; the likeliest answer is offered."""
    likeliest = doubt.choices[0] if doubt.choices else doubt.option.rpartition("=")[2].strip("'")
    choices = click.Choice(doubt.choices) if doubt.choices else None
    reply: str = click.prompt(f"{doubt.what}", default=likeliest, type=choices, err=True)
    return reply


def _looked(intake: Intake, file: str, kind: str | None, map_name: str | None, answers: Answers) -> Opened:
    with opened(file) as source:
        return intake.look(source, file, kind, map_name, answers, settle=False)


def _show(looked: Sequence[Opened], files: Sequence[str], folder: Path, write_map: str | None, as_json: bool) -> int:
    """What was understood, on the terminal or as a map. 1: something is in doubt."""
    if as_json:
        print_json([_facts(file, one) for file, one in zip(files, looked, strict=True)])
    for file, one in zip(files, looked, strict=True):
        if write_map:
            click.echo(_written(folder, write_map, file, one), err=as_json)
        elif not as_json:
            click.echo(_preview(file, one))
    return 1 if any(one.understood and one.understood.doubts for one in looked) else 0


def _facts(file: str, one: Opened) -> dict[str, object]:
    found = one.understood
    doubts = [{"what": doubt.what, "option": doubt.option} for doubt in found.doubts] if found else []
    return {
        "file": file,
        "sheet": one.sheet,
        "as": one.kind,
        "map": one.map_.name if one.map_ and not found else None,
        "rows": one.table.count,
        "understood": found.as_dict() if found else None,
        "doubts": doubts,
        "notes": one.notes,
    }


def _written(folder: Path, name: str, file: str, one: Opened) -> str:
    """Keeps what was understood as a map of the project. Raises MapExists, UnreadableFile."""
    path = folder / FOLDER / f"{name}.yaml"
    if one.understood is None:
        return f"{file} needs no map of its own: {_how(one)}."
    if path.exists():
        raise MapExists(file=path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(map_text(one.understood, name, Path(file).name), encoding="utf-8")
    except OSError as error:
        raise UnreadableFile(file=path, why=error.strerror or str(error)) from error
    return f"{path} is written. Look at it, then: leadrelay import {file} --map {name}"


def _how(one: Opened) -> str:
    return f"the map {one.map_.name} reads it" if one.map_ else "its columns are named as fields"


def _preview(file: str, one: Opened) -> str:
    """The columns with what they are and how they are read, the first values, and every doubt."""
    where = f", sheet '{one.sheet}'" if one.sheet else ""
    lines = [f"{file}{where}: {one.table.count} rows as {one.kind or 'what?'}"]
    found = one.understood
    if found is None:
        return "\n".join([*lines, f"  {_how(one)}", *(f"  {note}" for note in one.notes)])
    shown = table(_column_rows(found), ("COLUMN", "IS", "READ AS", "FIRST VALUE"))
    lines += [f"  {line}" for line in shown.splitlines()]
    lines += [f"  {note}" for note in (*one.notes, *found.hints)]
    lines += [f"  doubt: {doubt.what}: {doubt.option}" for doubt in found.doubts]
    return "\n".join(lines)


def _column_rows(found: Understanding) -> list[tuple[str, ...]]:
    return [
        (_cut(one.heading), _field(one.path, one.part), found.read_as.get(one.heading, ""), _first(found, at))
        for at, one in enumerate(found.columns)
    ]


def _field(path: str, part: str) -> str:
    return f"{path} ({part})" if part else path or "-"


def _first(found: Understanding, at: int) -> str:
    rows = found.samples.rows if found.samples else []
    return next((_cut(row[at]) for row in rows if at < len(row) and row[at].strip()), "")


def _cut(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= WIDEST else f"{plain[: WIDEST - 1]}…"


def _print_report(report: ImportReport) -> None:
    where = f", sheet '{report.sheet}'" if report.sheet else ""
    click.echo(
        f"{report.file}{where}: {report.rows} rows as {report.kind}: "
        f"{report.taken} taken, {report.unchanged} unchanged, {report.rejected} rejected"
    )
    if report.understood:
        click.echo(f"  understood: {_summary(report.understood)}")
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


def _summary(found: Understanding) -> str:
    """Which column became which field, in a line."""
    return ", ".join(f"{one.heading} = {_field(one.path, one.part)}" for one in found.columns if one.path)
