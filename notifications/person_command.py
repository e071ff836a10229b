"""`person`: what is held about somebody, by address; to forget somebody; and which other addresses they have."""

import click

from leadrelay.act.person import named
from leadrelay.commands.common import Options, as_json, options, print_json, subject_of, table
from leadrelay.errors import BadContact, NoAddress, NotForgotten, UnknownSubject
from leadrelay.project import open_project
from leadrelay.store import seconds
from leadrelay.store.addresses import boxes_of, remember
from leadrelay.store.intake_writes import stored_of
from notifications.privacy.forget import Forgotten, forget
from notifications.privacy.show import shown


@click.group("person")
def person_command() -> None:
    """People outside the company, by their address: what is held about them, and what they may ask.

    \b
    Example: leadrelay person show sanne@devries.example
    Example: leadrelay person forget sanne@devries.example --by an
    Example: leadrelay person address contact/3 sanne@home.example --keep --by an
    """


@person_command.command("show")
@click.argument("address")
@options
def show_command(address: str, chosen: Options) -> None:
    """Everything that is held about who has this address, as JSON: for somebody who asks to see it.

    Every row of every table that is about them, by table and column; times as the database has them also in words.

    \b
    Example: leadrelay person show sanne@devries.example > sanne.json
    """
    project = open_project(chosen.project, chosen.now)
    print_json(shown(project, address))


@person_command.command("forget")
@click.argument("address")
@click.option("--by", "person", metavar="PERSON", required=True, help="Who does it: a person's id.")
@click.option("--anyway", is_flag=True, help="Also if a marketing system cannot be told.")
@click.option("--dry-run", is_flag=True, help="Only say what it would do.")
@as_json
@options
def forget_command(address: str, person: str, anyway: bool, dry_run: bool, as_json: bool, chosen: Options) -> int:
    """Forgets who has this address: in every table and file of the project, and for ever. It cannot be taken back.

    Marketing systems are told first. What must stay and why, and what somebody has to do, is printed. Exit code 1 if a
    file or a version of the rules still has the address.

    \b
    Example: leadrelay person forget sanne@devries.example --by an --dry-run
    Example: leadrelay person forget sanne@devries.example --by an
    """
    if "@" not in address:
        raise NoAddress(text=address)
    project = open_project(chosen.project, chosen.now)
    with project.database.read() as conn:
        named(conn, project.ruleset.team, person)
    if dry_run:
        found = shown(project, address)
        tables = {name: len(rows) for name, rows in found["tables"].items()}
        if as_json:
            print_json({"contacts": found["contacts"], "requests": found["requests"], "rows": tables})
        else:
            click.echo(table(sorted(tables.items()), ("TABLE", "ROWS")) if tables else "Nothing is held.")
        return 0
    done = forget(project, address, project.clock(), anyway)
    if as_json:
        print_json(done.as_dict())
    else:
        _tell(done)
    return 1 if done.incomplete else 0


def _tell(done: Forgotten) -> None:
    changed = ", ".join(f"{count} in {name}" for name, count in sorted(done.rows.items()))
    click.echo(f"Forgotten: {changed or 'nothing was held'}.")
    click.echo(f"Files removed: {len(done.files.removed)}, without them now: {len(done.files.rewritten)}.")
    for heading, lines in (("What stays, and why:", done.stays), ("What is left to do:", done.todo)):
        click.echo(heading)
        for line in lines:
            click.echo(f"  {line}")


@person_command.command("remember")
@click.argument("address")
@click.option("--by", "person", metavar="PERSON", required=True, help="Who says so: a person's id.")
@options
def remember_command(address: str, person: str, chosen: Options) -> None:
    """Who was forgotten comes back themselves: rows with this address are taken again. The objection to mail stays.

    \b
    Example: leadrelay person remember sanne@devries.example --by an
    """
    project = open_project(chosen.project, chosen.now)
    with project.database.begin() as conn:
        named(conn, project.ruleset.team, person)
        if not remember(conn, address):
            raise NotForgotten(address=address)
    click.echo("Rows with this address are taken again; mail to it stays suppressed until they agree to it.")


@person_command.command("address")
@click.argument("contact", required=False)
@click.argument("address", required=False)
@click.option("--keep/--refuse", "keep", default=None, help="It is theirs too, or it is not.")
@click.option("--by", "person", metavar="PERSON", help="Who says so: a person's id.")
@as_json
@options
def address_command(
    contact: str | None, address: str | None, keep: bool | None, person: str | None, as_json: bool, chosen: Options
) -> None:
    """Second addresses: those that answers came from and nobody has judged, or of one contact all; and judging one.

    \b
    Example: leadrelay person address
    Example: leadrelay person address contact/3 sanne@home.example --keep --by an
    """
    project = open_project(chosen.project, chosen.now)
    identity = None
    if contact is not None:
        kind, identity = subject_of(contact)
        if kind != "contact":
            raise BadContact(text=contact)
    if address is not None:
        if identity is None or keep is None or person is None:
            raise click.UsageError("Whose is it? Write contact/3 ADDRESS --keep (or --refuse) --by PERSON.")
        with project.database.begin() as conn:
            named(conn, project.ruleset.team, person)
            if identity not in stored_of(conn, "contact", {identity}):
                raise UnknownSubject(subject=contact)
            if "@" not in address or not boxes_of(conn, [address]):
                raise NoAddress(text=address)
            seconds.settle(conn, identity, address, keep, f"person {person}", project.clock())
    with project.database.read() as conn:
        found = seconds.listed_as(conn, None if identity else seconds.OFFERED, identity)
    rows = [{"contact": f"contact/{one.contact}", "address": one.address, "state": one.state} for one in found]
    if as_json:
        print_json({"addresses": rows})
    elif rows:
        click.echo(table([list(one.values()) for one in rows], ("CONTACT", "ADDRESS", "STATE")))
    else:
        click.echo("No other address is known." if identity else "No address waits to be judged.")
