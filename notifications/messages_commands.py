"""`messages`: what the outbox holds, one message in full, trying again, and settling what is not known."""

from collections.abc import Mapping
from typing import Any

import click

from leadrelay.clock import Instant, iso
from leadrelay.commands.common import NUMBERED, Options, as_json, options, print_json, table
from leadrelay.project import Project, open_project
from notifications import register
from notifications.flood_command import flood_command
from notifications.message import State

LIMIT = 200
_TIMES = ("at", "not_before", "sent_at", "settled_at")
_SETTLED = (State.SENT.value, State.DEAD.value)


@click.group("messages", invoke_without_command=True)
@click.pass_context
@options
def messages_command(ctx: click.Context, chosen: Options) -> None:
    """Shows the outbox, tries messages again, and settles those of which it is not known whether they arrived.

    \b
    Example: leadrelay messages
             leadrelay messages list --state dead --state unknown
             leadrelay messages retry 17
             leadrelay messages settle 18 --as sent
    """
    ctx.obj = chosen
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_command)


@messages_command.command("list")
@click.option("--state", "states", multiple=True, type=click.Choice([one.value for one in State]), help="Only these.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=LIMIT, show_default=True)
@as_json
@options
def list_command(states: tuple[str, ...], limit: int, as_json: bool, chosen: Options) -> None:
    """The newest messages, newest first; without --state those that have not come to a good end.

    \b
    Example: leadrelay messages list --state dead --json
    """
    project = open_project(chosen.project, chosen.now)
    wanted = [State(one) for one in states] or register.OPEN
    with project.database.read() as connection:
        rows = register.listed(connection, wanted, limit)
    if as_json:
        print_json([_facts(project, row) for row in rows])
    elif not rows:
        click.echo("No message is waiting or in trouble." if not states else "No message is in that state.")
    else:
        cells = [
            (row["id"], row["state"], row["to"], row["template"], row["subject"], row["error"] or row["planned"])
            for row in rows
        ]
        click.echo(table(cells, ("id", "state", "to", "template", "about", "why")))


@messages_command.command("show")
@click.argument("number", type=NUMBERED, metavar="ID")
@as_json
@options
def show_command(number: int, as_json: bool, chosen: Options) -> None:
    """Everything about one message.

    \b
    Example: leadrelay messages show 17
    """
    project = open_project(chosen.project, chosen.now)
    with project.database.read() as connection:
        row = register.shown(connection, number)
    _tell(project, row, as_json)


@messages_command.command("retry")
@click.argument("number", type=NUMBERED, metavar="ID")
@as_json
@options
def retry_command(number: int, as_json: bool, chosen: Options) -> None:
    """Sends a failed, dead, suppressed, held or unknown message at the next delivery. An unknown one may arrive twice.

    \b
    Example: leadrelay messages retry 17
    """
    project = open_project(chosen.project, chosen.now)
    with project.database.begin() as connection:
        row = register.retry(connection, number, project.clock())
    _tell(project, row, as_json)


@messages_command.command("settle")
@click.argument("number", type=NUMBERED, metavar="ID")
@click.option("--as", "as_what", type=click.Choice(_SETTLED), required=True, help="It arrived, or it need not.")
@as_json
@options
def settle_command(number: int, as_what: str, as_json: bool, chosen: Options) -> None:
    """Closes a message by what you know of it; no alarm speaks of it again.

    \b
    Example: leadrelay messages settle 18 --as sent
    """
    project = open_project(chosen.project, chosen.now)
    with project.database.begin() as connection:
        row = register.settle_by_hand(connection, number, State(as_what), project.clock())
    _tell(project, row, as_json)


messages_command.add_command(flood_command)


def _facts(project: Project, row: Mapping[str, Any]) -> dict[str, Any]:
    """A message as JSON prints it: times as ISO 8601."""
    return {name: _time(project, value) if name in _TIMES else value for name, value in row.items()}


def _time(project: Project, moment: Instant | None) -> str | None:
    return iso(moment, project.zone) if moment else None


def _tell(project: Project, row: Mapping[str, Any], as_json: bool) -> None:
    facts = _facts(project, row)
    if as_json:
        print_json(facts)
        return
    width = max(map(len, facts))
    for name, value in facts.items():
        if value is not None:
            click.echo(f"{name.ljust(width)}  {value}")
