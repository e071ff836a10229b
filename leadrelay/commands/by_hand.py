"""`set` and `close`: what people do to a subject from the command line, with what stands in the way."""

from collections.abc import Iterable
from zoneinfo import ZoneInfo

import click
from msgspec.structs import asdict

from leadrelay.act.close_by_hand import Closed, Closing, close
from leadrelay.act.person import doer
from leadrelay.act.set_by_hand import Lacking, Outcome, Setting, set_fields, settable
from leadrelay.commands.common import Options, as_json, options, print_json, subject_of
from leadrelay.commands.lacking import lack_as_dict, tell_lacks
from leadrelay.errors import BadValue, UnknownField
from leadrelay.intake.values import Formats, Unreadable, reading
from leadrelay.leads.fields import Field, Fields, Value
from leadrelay.project import Project, open_project
from leadrelay.store.exports import Exporter

BY = click.option("--by", metavar="PERSON", envvar="LEADRELAY_BY", help="Who does it: a person's id.")


def field_named(name: str, kind: str, fields: Fields) -> Field:
    """The field that somebody means by `stage`, `opportunity.stage` or `extra.machine_type`. Raises UnknownField."""
    bare = name.strip().removeprefix(f"{kind}.")
    found = fields.get(f"{kind}.{bare}") or fields.get(f"{kind}.extra.{bare}")
    if found is None:
        near = fields.nearest(f"{kind}.{bare}", kind)
        raise UnknownField(field=name, kind=kind, hint=f" Did you mean '{near}'?" if near else "")
    return found


def parsed(words: Iterable[str], subject: str, fields: Fields, zone: ZoneInfo) -> dict[str, Value]:
    """`field=value` words as values by name; nothing after the = clears the field.

    Raises UnknownField, NotByHand, BadValue."""
    kind = subject.partition("/")[0]
    values: dict[str, Value] = {}
    for word in words:
        name, equals, text = word.partition("=")
        if not equals:
            raise click.UsageError(f"'{word}' is not field=value. Write stage=quote, or decision_on=2026-12-01.")
        field = field_named(name, kind, fields)
        settable(field, subject)
        try:
            read = reading(field, str(field.type), Formats(zone))
            values[field.name] = read(text.strip()) if text.strip() else None
        except Unreadable as error:
            raise BadValue(field=field.path, why=str(error)) from error
    return values


@click.command("set")
@click.argument("subject")
@click.argument("fields", nargs=-1, required=True, metavar="FIELD=VALUE…")
@BY
@click.option("--override", metavar="REASON", help="Go through a gate that your role may override, and say why.")
@click.option("--reason", metavar="WHY", help="Why it goes to another stage; kept with the move.")
@as_json
@options
def set_command(
    subject: str,
    fields: tuple[str, ...],
    by: str | None,
    override: str | None,
    reason: str | None,
    as_json: bool,
    chosen: Options,
) -> int:
    """Sets fields of a request, contact, account or opportunity; an empty value clears one.

    An opportunity that goes to another stage must have what rules/stages.yaml asks for: if something is missing, this
    says what and how to give it, nothing is changed, and the exit code is 1.

    \b
    Example: leadrelay set opportunity/7 stage=quote decision_on=2026-12-01 expected_value=12000 --by an
             leadrelay set request/42 extra.machine_type=lathe --by an
             leadrelay set request/42 desk=sales --by an
    """
    subject_of(subject)
    project = open_project(chosen.project, chosen.now)
    ruleset = project.ruleset
    values = parsed(fields, subject, ruleset.fields, project.zone)
    with project.database.read() as connection:
        who = doer(connection, ruleset.team, by)
    outcome = set_fields(project.database, ruleset, Setting(subject, values, who, project.clock(), override, reason))
    if as_json:
        print_json(_as_dict(project, outcome))
    else:
        _tell(project, outcome)
    return 1 if outcome.lacks else 0


def _shown(project: Project, outcome: Outcome) -> list[tuple[str, object, object]]:
    """What changed, as exports write values."""
    kind = outcome.subject.partition("/")[0]
    fields = project.ruleset.fields
    with project.database.read() as connection:
        show = Exporter(connection, project.clock(), project.zone, fields).value
        return [
            (name, show(fields.get(f"{kind}.{name}"), old), show(fields.get(f"{kind}.{name}"), new))
            for name, old, new in outcome.changed
        ]


def _as_dict(project: Project, outcome: Outcome) -> dict[str, object]:
    return {
        "subject": outcome.subject,
        "changed": [{"field": name, "old": old, "new": new} for name, old, new in _shown(project, outcome)],
        "move": outcome.move,
        "lacks": [lack_as_dict(one, project.ruleset, outcome) for one in outcome.lacks],
        "overridden": list(outcome.overridden),
        "unowned": outcome.unowned,
    }


def _tell(project: Project, outcome: Outcome) -> None:
    if outcome.lacks:
        tell_lacks(outcome, project.ruleset)
        return
    for name, old, new in _shown(project, outcome):
        was = "" if old is None else f" (it was {old})"
        click.echo(f"{outcome.subject}: {name} is {'unknown' if new is None else new} now{was}")
    if outcome.unowned:
        click.echo(f"{outcome.subject}: nobody owns it. 'leadrelay assign {outcome.subject} --to PERSON --by WHO'.")
    if not outcome.changed:
        click.echo(f"{outcome.subject}: nothing changed.")
    if outcome.move:
        gates = f"; gates overridden: {', '.join(outcome.overridden)}" if outcome.overridden else ""
        click.echo(f"{outcome.subject}: the move is recorded as {outcome.move}{gates}")


@click.command("close")
@click.argument("subject")
@click.argument("word", required=False, metavar="[OUTCOME]")
@click.option("--outcome", metavar="OUTCOME", help="How it ends; the same as the second word.")
@click.option("--list", "name", metavar="NAME", help="The nurture list that the contact joins, for marketing.")
@click.option("--reason", required=True, help="Why; it stays on record.")
@click.option("--override", metavar="REASON", help="Go through a gate that your role may override, and say why.")
@BY
@as_json
@options
def close_command(
    subject: str,
    word: str | None,
    outcome: str | None,
    name: str | None,
    reason: str,
    override: str | None,
    by: str | None,
    as_json: bool,
    chosen: Options,
) -> int:
    """Closes an opportunity as won, lost or recycled, or a request as order, follow_up, sales, marketing or archived.

    As sales it becomes an opportunity with one owner; as marketing its contact joins a nurture list.

    \b
    Example: leadrelay close opportunity/7 lost --reason "they chose the cheaper one" --by an
             leadrelay close request/4 --outcome marketing --list webinar --reason "next year" --by an
    """
    subject_of(subject)
    if (word is None) == (outcome is None):
        raise click.UsageError("How does it end? Say it once: --outcome archived.")
    project = open_project(chosen.project, chosen.now)
    with project.database.read() as connection:
        who = doer(connection, project.ruleset.team, by)
    language = project.settings.company.language
    closing = Closing(subject, word or outcome or "", reason, who, project.clock(), name, language, override)
    try:
        closed = close(project.database, project.ruleset, closing)
    except Lacking as lacking:
        tell_lacks(lacking.outcome, project.ruleset)
        return 1
    if as_json:
        print_json(asdict(closed))
    else:
        _tell_closed(closed)
    return 0


def _tell_closed(closed: Closed) -> None:
    click.echo(f"{closed.subject}: closed as {closed.outcome}.")
    if closed.opportunity:
        click.echo(f"It is {closed.opportunity} now: owner {closed.owner}, stage {closed.stage}.")
    if closed.task:
        click.echo(f"A task for {closed.owner}: {closed.task}.")
    if closed.list:
        click.echo(f"{closed.contact} is on {closed.list}.")
    if closed.gets_no_mail:
        click.echo(f"It gets no mail from it: {closed.gets_no_mail}.")
