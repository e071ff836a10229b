"""`person`: what is held about somebody, by address; to forget somebody; and which other addresses they have."""

import click

from leadrelay.act.person import named
from leadrelay.commands.common import Options, as_json, options, print_json, subject_of, table
from leadrelay.errors import BadContact, NoAddress, UnknownSubject
from leadrelay.project import open_project
from leadrelay.store import seconds
from leadrelay.store.addresses import boxes_of
from leadrelay.store.intake_writes import stored_of


@click.group("person")
def person_command() -> None:
    """People outside the company, by their address: what is held about them, and what they may ask.

    \b
    Example: leadrelay person address
    Example: leadrelay person address contact/3 sanne@home.example --keep --by an
    """


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
