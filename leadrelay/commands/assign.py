"""`assign`: gives one subject to somebody else, or shows how requests would be spread."""

from typing import cast

import click
from msgspec.structs import replace

from leadrelay.act.reassign import Again
from leadrelay.act.spreading import Outcome, Plan, simulate
from leadrelay.clock import iso
from leadrelay.commands.common import Options, as_json, options, print_json, subject_of, table
from leadrelay.errors import UnknownPool
from leadrelay.project import Project, open_project
from leadrelay.rulebook.load import template_names
from leadrelay.rulebook.model import Subject
from leadrelay.store import turns
from leadrelay.store.owners import open_counts, whole_team
from leadrelay.store.samples import latest_requests

HEAD = ("person", "got", "share", "open", "days away", "over capacity")


@click.command("assign")
@click.argument("subject", required=False)
@click.option("--by", "person", metavar="PERSON", envvar="LEADRELAY_BY", help="Who has it assigned: a person's id.")
@click.option("--to", metavar="PERSON", help="Whom to; without: whoever the pool's strategy comes to.")
@click.option("--pool", metavar="NAME", help="The pool to choose from, or to simulate.")
@click.option("--simulate", "number", type=click.IntRange(1, 100_000), metavar="N", help="Spread N requests, on trial.")
@click.option("--days", type=click.IntRange(1, 3660), default=30, show_default=True, help="They come in over these.")
@click.option("--seed", type=int, default=0, show_default=True, help="Another number, another chance.")
@as_json
@options
def assign_command(
    subject: str | None,
    person: str | None,
    to: str | None,
    pool: str | None,
    number: int | None,
    days: int,
    seed: int,
    as_json: bool,
    chosen: Options,
) -> None:
    """Gives a subject to a colleague, or to whoever its pool's strategy comes to; both owners are told. With
    --simulate: shows how the live rules, or one pool, would spread requests over people. That changes nothing.

    \b
    Example: leadrelay assign request/42 --by dirk --to an
             leadrelay assign --simulate 500 --pool inside_sales --days 30
    """
    if (subject is None) == (number is None):
        raise click.UsageError("Name a subject, such as request/42, or say --simulate N.")
    project = open_project(chosen.project, chosen.now)
    if pool is not None and pool not in project.ruleset.team.pools:
        known = ", ".join(project.ruleset.team.pools)
        raise UnknownPool(pool=pool, hint=f" Known: {known}." if known else "")
    if number is not None:
        _simulate(project, Plan(number, days, project.clock(), seed, pool), as_json)
    elif subject is not None:
        if person is None:
            raise click.UsageError("Say with --by who has it assigned.")
        _assign(project, subject, person, to, pool, as_json)


def _assign(project: Project, subject: str, person: str, to: str | None, pool: str | None, as_json: bool) -> None:
    kind, name = subject_of(subject)
    language, templates = project.settings.company.language, template_names(project.files)
    again = Again(project.database, project.ruleset, person, project.clock(), language, templates)
    owner = again.assign(cast(Subject, kind), name, to, pool)
    if as_json:
        print_json({"subject": subject, "by": person, "owner": owner})
    else:
        click.echo(f"{subject} is {owner}'s.")


def _simulate(project: Project, plan: Plan, as_json: bool) -> None:
    with project.database.read() as conn:
        team = whole_team(conn, project.ruleset.team)
        loads, known = open_counts(conn, team.people), turns.read(conn)
        samples = latest_requests(conn, plan.number)
    ruleset = replace(project.ruleset, team=team)
    outcome = simulate(ruleset, plan, samples, loads, known, project.settings.company.language)
    if as_json:
        print_json(_document(project, plan, outcome, bool(samples)))
    else:
        _show(plan, outcome, len(samples))


def _document(project: Project, plan: Plan, outcome: Outcome, seen: bool) -> dict[str, object]:
    return {
        "now": iso(plan.start, project.zone),
        "requests": plan.number,
        "days": plan.days,
        "seed": plan.seed,
        "pool": plan.pool,
        "source": "seen" if seen else "invented",
        "nobody": outcome.nobody,
        "people": [
            {
                "person": one.person.id,
                "got": one.got,
                "share": round(one.got / plan.number, 4),
                "open": one.open,
                "days_away": one.days_away,
                "over_capacity": one.over_capacity,
            }
            for one in outcome.shares
        ],
    }


def _show(plan: Plan, outcome: Outcome, seen: int) -> None:
    rows = [
        (one.person.id, one.got, f"{100 * one.got / plan.number:.1f} %", one.open, one.days_away, one.over_capacity)
        for one in outcome.shares
    ]
    source = f"as the last {seen} that came in" if seen else "invented"
    how = f"by the strategy of {plan.pool}" if plan.pool else "by the live rules"
    click.echo(f"{plan.number} requests, {source}, over {plan.days} days, {how}. Nothing was changed.\n")
    click.echo(table(rows, HEAD))
    if outcome.nobody:
        click.echo(f"\n{outcome.nobody} of them came to nobody.")
