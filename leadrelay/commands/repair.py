"""`repair clock`: what the database has of a time that has not come yet, and bringing it back."""

import os
from pathlib import Path

import click
import orjson

from leadrelay.clock import SECOND, Instant, iso
from leadrelay.commands.common import Options, as_json, options, print_json, table
from leadrelay.errors import CannotWriteFile
from leadrelay.private import make_folder, open_private
from leadrelay.project import Project, open_project
from leadrelay.store.future import ahead, bring_back

FOLDER = Path("var/repairs")
WHAT = """\
A clock that was ahead wrote this. While a decision lies in the future, nothing else is decided. With --yes

- every such moment becomes now: decisions, changes, messages and tasks stay, as of now;
- what waits for a moment of that clock (messages, pauses, leases) waits no longer; tasks keep their time to be done;
- every subject is looked at again. Nothing that was done is done twice: each step of an episode is done once;
- what was changed is kept, value by value, in a file under var/repairs.

Stop 'leadrelay serve' first, and see that the machine's clock is right."""


@click.group("repair")
def repair_command() -> None:
    """Mends what a wrong clock has done to the database.

    \b
    Example: leadrelay repair clock
             leadrelay repair clock --yes
    """


@repair_command.command("clock")
@click.option("--yes", is_flag=True, help="Do it; otherwise it is only shown.")
@as_json
@options
def clock_command(yes: bool, as_json: bool, chosen: Options) -> int:
    """Shows what lies in the future (decisions, history, messages, leases…), and with --yes brings it back to now.

    Exit code 1 when something lies in the future and was left there.

    \b
    Example: leadrelay repair clock
             leadrelay repair clock --yes
    """
    project = open_project(chosen.project, chosen.now)
    now = project.clock()
    with project.database.read() as connection:
        found = ahead(connection, now)
    kept = _bring_back(project, now) if yes and found else None
    if as_json:
        facts = [{**one._asdict(), "latest": _shown(one.latest, project)} for one in found]
        done = {"repaired": kept is not None, "file": kept and str(kept)}
        print_json({"now": _shown(now, project), "ahead": facts, **done})
    elif not found:
        click.echo(f"Nothing lies in the future at {_shown(now, project)}.")
    else:
        rows = [(one.table, one.column, one.number, _shown(one.latest, project)) for one in found]
        shown = table(rows, ("TABLE", "MOMENT", "ROWS", "LATEST"))
        click.echo(f"It is {_shown(now, project)}. In the future lie:\n\n{shown}")
        click.echo(f"\nBrought back. What it was is in {kept}." if kept else f"\n{WHAT}")
    return 1 if found and not kept else 0


def _bring_back(project: Project, now: Instant) -> Path:
    """Does it, and returns the file that says what was changed: it is whole before anything is committed."""
    path = project.folder / FOLDER / f"clock-{now // SECOND}.ndjson"
    try:
        make_folder(path.parent)
        with project.database.begin() as connection, open_private(path, "wb") as file:
            for moved in bring_back(connection, project.ruleset, now):
                file.write(orjson.dumps(moved._asdict()) + b"\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise CannotWriteFile(file=path, why=error.strerror or str(error)) from error
    return path


def _shown(moment: Instant, project: Project) -> str:
    return iso(moment - moment % SECOND, project.zone)
