"""`write-back`: what other systems are owed, and handing it over now."""

from collections.abc import Sequence

import click

from leadrelay.act.owed import owe
from leadrelay.commands.common import Options, as_json, options, print_json, table
from leadrelay.errors import UnknownSystem
from leadrelay.project import Project, open_project
from leadrelay.store import write_backs
from leadrelay.store.write_backs import DEAD, WAITING, WriteBack
from notifications.write_back.run import Payer, pay_project, payer_of

COLUMNS = ("subject", "system", "foreign_id", "field", "value", "state", "attempts", "error")


@click.command("write-back")
@click.option("--system", default="", metavar="NAME", help="Only what this system is owed.")
@click.option("--dry-run", is_flag=True, help="Only list what is owed; nothing is handed over.")
@click.option("--again", is_flag=True, help="Try once more what was given up.")
@as_json
@options
def write_back_command(system: str, dry_run: bool, again: bool, as_json: bool, chosen: Options) -> int:
    """Tells other systems of the changes that they are owed: CSV files in var/write_back, or calls of their interfaces.

    The deliver flow does the same. Exit code 1 when something could not be handed over, or was given up.

    \b
    Example: leadrelay write-back --dry-run
             leadrelay write-back --system salesforce --json
    """
    project = open_project(chosen.project, chosen.now)
    payer, now = payer_of(project), project.clock()
    known = sorted({one.system for one in payer.maps.values() if one.write_back})
    if system and system not in known:
        raise UnknownSystem(name=system, known=", ".join(known) or "none")
    if again:
        with project.database.begin() as conn:
            write_backs.revive(conn, system, now)
    if dry_run:
        with project.database.begin() as conn:
            owe(conn, payer.maps, payer.team, payer.zone, now)
        return _told(project, payer, system, as_json, {})
    paid = pay_project(project, now, system)
    for file in paid.files:
        click.echo(f"written: {file}", err=as_json)
    return _told(project, payer, system, as_json, paid.as_dict()) or int(paid.busy)


def _told(project: Project, payer: Payer, system: str, as_json: bool, done: dict[str, object]) -> int:
    with project.database.read() as conn:
        left = [one for one in write_backs.in_states(conn, (*WAITING, DEAD)) if system in ("", one.system)]
        counts = {name: one for name, one in write_backs.counts(conn).items() if system in ("", name)}
    if as_json:
        print_json({**done, "systems": {name: {"way": payer.way(name), **one} for name, one in counts.items()},
                    "left": [{name: getattr(one, name) for name in COLUMNS} for one in left]})  # fmt: skip
    else:
        _print(left, done)
    return 1 if any(one.state == DEAD for one in left) or done.get("failed") else 0


def _print(left: Sequence[WriteBack], done: dict[str, object]) -> None:
    if done:
        click.echo(f"{done['sent']} sent, {done['failed']} to try again, {done['dead']} given up")
    if left:
        click.echo(table([[getattr(one, name) for name in COLUMNS] for one in left],
                         [name.upper().replace("_", " ") for name in COLUMNS]))  # fmt: skip
    else:
        click.echo("nothing is owed")
