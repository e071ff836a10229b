"""`lists`: the nurture lists with their members, since when and why; and putting a contact on one or off it."""

import click

from leadrelay.act.list_moves import move_by_hand
from leadrelay.clock import Instant, iso
from leadrelay.commands.common import Options, as_json, options, print_json, subject_of, table
from leadrelay.errors import BadContact, ListMoveUnclear
from leadrelay.project import Project, open_project
from leadrelay.store.addresses import refusal
from leadrelay.store.lists import members, sizes


@click.command("lists")
@click.argument("name", required=False)
@click.option("--add", metavar="CONTACT", help="Put this contact (contact/3) on the list.")
@click.option("--remove", metavar="CONTACT", help="Take this contact off the list.")
@click.option("--by", "person", metavar="PERSON", help="Who does so: a person's id.")
@click.option("--reason", metavar="TEXT", help="Why; it is kept on record.")
@as_json
@options
def lists_command(
    name: str | None,
    add: str | None,
    remove: str | None,
    person: str | None,
    reason: str | None,
    as_json: bool,
    chosen: Options,
) -> None:
    """The nurture lists; with a NAME who is on that list, since when and why.

    \b
    Example: leadrelay lists
    Example: leadrelay lists webinar
    Example: leadrelay lists webinar --add contact/3 --by ines --reason "signed up at the fair"
    """
    project = open_project(chosen.project, chosen.now)
    if add or remove:
        _move(project, name, add, remove, person, reason, as_json)
    elif name is None:
        _show_lists(project, as_json)
    else:
        _show_members(project, name, as_json)


def _move(
    project: Project,
    name: str | None,
    add: str | None,
    remove: str | None,
    person: str | None,
    reason: str | None,
    as_json: bool,
) -> None:
    contact = add or remove or ""
    if name is None or (add and remove) or not person or not reason:
        raise ListMoveUnclear()
    kind, identity = subject_of(contact)
    if kind != "contact":
        raise BadContact(text=contact)
    ruleset, now = project.ruleset, project.clock()
    moved = move_by_hand(project.database, ruleset, identity, name, bool(add), person, reason, now)
    with project.database.read() as conn:
        why = refusal(conn, identity) if add else None
    if as_json:
        said = {"list": name, "contact": contact, "what": "joined" if add else "left", "changed": moved}
        print_json({**said, "gets_no_mail": why})
        return
    if moved:
        click.echo(f"{contact} {'is on' if add else 'has left'} {name}: {reason} ({person}).")
    else:
        click.echo(f"{contact} {'was on it already' if add else 'was not on it'}: {name}.")
    if why:
        click.echo(f"It gets no mail from it: {why}.")


def _show_lists(project: Project, as_json: bool) -> None:
    with project.database.read() as conn:
        found = sizes(conn)
    rows = [
        {
            "list": one.name,
            "members": one.members,
            "left": one.left,
            "oldest_at": _time(project, one.oldest_at),
            "newest_at": _time(project, one.newest_at),
        }
        for one in found
    ]
    if as_json:
        print_json({"lists": rows})
    elif rows:
        names = ("list", "members", "left")
        shown = [(*(row[name] for name in names), _day(row["oldest_at"]), _day(row["newest_at"])) for row in rows]
        click.echo(table(shown, ("list", "members", "left", "since", "newest")))
    else:
        click.echo("Nobody is on a list yet.")


def _show_members(project: Project, name: str, as_json: bool) -> None:
    with project.database.read() as conn:
        found = members(conn, name)
    rows = [
        {
            "contact": f"contact/{one.contact}",
            "name": one.name,
            "email": one.email,
            "joined_at": _time(project, one.joined_at),
            "reason": one.reason,
            "cause": one.cause,
        }
        for one in found
    ]
    if as_json:
        print_json({"list": name, "members": rows})
    elif rows:
        shown = [(row["contact"], row["name"], row["email"], _day(row["joined_at"]), row["reason"]) for row in rows]
        click.echo(table(shown, ("contact", "name", "email", "since", "why")))
    else:
        click.echo(f"Nobody is on the list {name}.")


def _time(project: Project, at: Instant | None) -> str | None:
    return None if at is None else iso(at, project.zone)


def _day(text: object) -> str | None:
    return str(text)[:10] if text else None
