"""`tasks`: what people still have to do, and saying that it is done."""

from zoneinfo import ZoneInfo

import click

from leadrelay.act.person import named
from leadrelay.clock import FOREVER, iso
from leadrelay.commands.common import NUMBERED, Options, as_json, options, print_json, table
from leadrelay.errors import UnknownTask
from leadrelay.leads.team import Team
from leadrelay.project import Project, open_project
from leadrelay.store import tasks


@click.command("tasks")
@click.option("--for", "person", metavar="PERSON", help="Only those of one person, by id.")
@click.option("--about", "subject", metavar="SUBJECT", help="Only those about request/42, opportunity/7, …")
@click.option("--overdue", is_flag=True, help="Only those whose deadline has passed.")
@click.option("--done", type=NUMBERED, metavar="NUMBER", help="Say that this task is done.")
@click.option("--by", metavar="PERSON", help="Who has done it: a person's id.")
@as_json
@options
def tasks_command(
    person: str | None,
    subject: str | None,
    overdue: bool,
    done: int | None,
    by: str | None,
    as_json: bool,
    chosen: Options,
) -> int:
    """Lists the open tasks by their deadline, or says that one is done.

    A task also ends when its subject is closed, and goes to the new owner when its subject does.

    \b
    Example: leadrelay tasks --for an --overdue
             leadrelay tasks --done 12 --by an
    """
    if (done is None) != (by is None):
        raise click.UsageError("--done NUMBER and --by PERSON belong together.")
    project = open_project(chosen.project, chosen.now)
    if done is not None and by is not None:
        _finish(project, done, by, as_json)
        return 0
    until = project.clock() if overdue else FOREVER
    with project.database.read() as conn:
        found = tasks.waiting(conn, until, person, subject)
    _show(found, project.ruleset.team, project.zone, as_json)
    return 1 if overdue and found else 0


def _finish(project: Project, number: int, person: str, as_json: bool) -> None:
    now = project.clock()
    with project.database.begin() as conn:
        named(conn, project.ruleset.team, person)
        found = tasks.find(conn, number)
        if found is None:
            raise UnknownTask(number=number)
        task, before = found
        if before is None:
            tasks.finish(conn, task, person, now)
    if as_json:
        at = iso(before or now, project.zone)
        print_json({"id": number, "subject": task.subject, "what": task.what, "done_at": at})
    else:
        click.echo(f"{task.subject}: '{task.what}' {'was done already' if before else 'is done'}.")


def due(task: tasks.OpenTask, team: Team, zone: ZoneInfo) -> str:
    """When a task is due on its owner's clock, whose zone is named if it is not the company's `zone`."""
    person = team.people.get(task.owner)
    own = team.zone_for(person) if person and person.calendar in team.zones else zone
    named_zone = "" if own.key == zone.key else f" ({own.key})"
    return iso(task.due_at, own)[:16] + named_zone


def _show(found: list[tasks.OpenTask], team: Team, zone: ZoneInfo, as_json: bool) -> None:
    if as_json:
        moments = ("due_at", "created_at")
        print_json([one._asdict() | {name: iso(getattr(one, name), zone) for name in moments} for one in found])
    elif found:
        rows = [(one.id, due(one, team, zone), one.owner, one.subject, one.what) for one in found]
        click.echo(table(rows, ("NUMBER", "DUE", "PERSON", "SUBJECT", "WHAT")))
    else:
        click.echo("There is nothing to do.")
