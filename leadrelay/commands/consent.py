"""`consent`: records that a contact said yes or no to marketing, with where and when."""

import click

from leadrelay.act.consent import Said, record
from leadrelay.clock import iso
from leadrelay.commands.common import Options, as_json, options, print_json, subject_of
from leadrelay.errors import BadContact
from leadrelay.project import open_project


@click.command("consent")
@click.argument("contact")
@click.argument("said", type=click.Choice([one.value for one in Said]))
@click.option("--source", required=True, metavar="TEXT", help="Where it was said: 'web form 2026-11-20'.")
@click.option("--by", "person", required=True, metavar="PERSON", help="Who records it: a person's id.")
@as_json
@options
def consent_command(contact: str, said: str, source: str, person: str, as_json: bool, chosen: Options) -> None:
    """Records what a contact said about marketing mail: given, withdrawn, or objected (no marketing of any kind).

    It counts from this moment, for mail that is on its way out too. history keeps every word of it.

    \b
    Example: leadrelay consent contact/3 given --source "web form 2026-11-20" --by ines
    """
    kind, name = subject_of(contact)
    if kind != "contact":
        raise BadContact(text=contact)
    project = open_project(chosen.project, chosen.now)
    now = project.clock()
    record(project.database, project.ruleset, name, Said(said), source, person, now)
    if as_json:
        print_json({"contact": contact, "said": said, "source": source, "by": person, "at": iso(now, project.zone)})
    else:
        click.echo(f"{contact}: consent {said}, {source}, recorded by {person}.")
