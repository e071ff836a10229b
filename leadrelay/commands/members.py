"""`team`: who decides about an opportunity over there, and who works on it here."""

import click

from leadrelay.act.members import Member, Members
from leadrelay.act.person import doer
from leadrelay.commands.by_hand import BY
from leadrelay.commands.common import Options, as_json, options, print_json, subject_of, table
from leadrelay.errors import BadSubject, UnknownSubject
from leadrelay.project import open_project
from leadrelay.store import members
from leadrelay.store.intake_writes import stored_of


@click.command("team")
@click.argument("opportunity")
@click.argument("act", type=click.Choice(("show", "add", "remove")), default="show")
@click.argument("member", required=False, metavar="contact/ID|PERSON")
@click.option("--role", metavar="ROLE", help="decider, influencer, user, buyer … or what a colleague does in it.")
@click.option("--phase", metavar="PHASE", help="Where the contact is in the buying process.")
@BY
@as_json
@options
def team_command(
    opportunity: str,
    act: str,
    member: str | None,
    role: str | None,
    phase: str | None,
    by: str | None,
    as_json: bool,
    chosen: Options,
) -> None:
    """The deciders and other contacts of an opportunity, and our people on it beside its owner.

    \b
    Example: leadrelay team opportunity/7 add contact/3 --role decider --by an
             leadrelay team opportunity/7 add bram --role engineer --by an
             leadrelay team opportunity/7
    """
    kind, name = subject_of(opportunity)
    if kind != "opportunity":
        raise BadSubject(text=opportunity)
    if act != "show" and member is None:
        raise click.UsageError(f"Whom to {act}? Write contact/3, or a person's id.")
    if act == "add" and not (role or "").strip():
        raise click.UsageError("In which role? Add --role decider.")
    project = open_project(chosen.project, chosen.now)
    if member is not None and act != "show":
        with project.database.read() as connection:
            who = doer(connection, project.ruleset.team, by)
        crew = Members(project.database, project.ruleset.team, project.clock())
        if act == "add":
            crew.add(name, Member.of(member), role or "", who, phase)
        else:
            crew.remove(name, Member.of(member), who)
    with project.database.read() as connection:
        found = members.of(connection, name)
        values = stored_of(connection, "opportunity", {name}).get(name)
    if values is None:
        raise UnknownSubject(subject=opportunity)
    owner = values.get("owner")
    rows = [*((("person", str(owner), "owner", None),) if owner else ()), *found]
    if as_json:
        print_json([dict(zip(("kind", "id", "role", "phase"), row, strict=True)) for row in rows])
    else:
        click.echo(table(rows, ("KIND", "ID", "ROLE", "PHASE")))
