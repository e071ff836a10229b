"""`rules stop`, `start`, `shadow` and `stats`: rules at work, watched and stopped; part of the group `rules`."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click

from leadrelay.act.halting import kept, key_of, modes, start, stop
from leadrelay.clock import Instant, iso, parse_time
from leadrelay.commands.common import Options, as_json, options, print_json, table
from leadrelay.project import Project, open_project
from leadrelay.report import rule_stats, shadow

_MOST_IDLE = 8
"""Up to so many rules that never fired have a row of their own in the table."""
_MOST_WAYS = 8
"""So many ways to differ are printed for each rule in shadow; --json has them all."""
since = click.option("--since", metavar="DATE", help="Only what was decided from then on: 2026-11-20, or with a time.")


def commands() -> Iterator[click.Command]:
    """The commands of this module, for the group `rules`."""
    yield from (stop_command, start_command, shadow_command, stats_command)


def show_kept(project: Project, as_json: bool) -> int:
    """Prints the rules that act on nobody; 1 if there are any."""
    with project.database.read() as connection:
        found = kept(connection, project.ruleset)
    rows: list[dict[str, Any]] = [
        {
            "rule": one.rule,
            "why": one.why,
            "since": None if one.since is None else iso(one.since, project.zone),
            "would_begin": one.number,
            "reason": one.reason,
        }
        for one in found
    ]
    if as_json:
        print_json(rows)
    elif rows:
        shown = [(row["rule"], row["why"], _short(row["since"]), row["reason"]) for row in rows]
        click.echo(table(shown, ("RULE", "WHY", "SINCE", "REASON")))
    else:
        click.echo("No rule is held.")
    return 1 if rows else 0


@click.command("stop")
@click.argument("rule")
@click.option("--reason", default="", metavar="TEXT", help="Why; shown wherever the rule is.")
@as_json
@options
def stop_command(rule: str, reason: str, as_json: bool, chosen: Options) -> None:
    """Stops a rule at once: nobody begins an episode, does a step or sends a message of it until 'rules start'.

    Its subjects wait: no other rule takes them. Edits of the rules and restarts do not start it again.

    \b
    Example: leadrelay rules stop large-company --reason "everything goes to An"
    """
    project = open_project(chosen.project, chosen.now)
    done = stop(project.database, project.ruleset, rule, reason, project.clock())
    if as_json:
        print_json(done._asdict())
        return
    click.echo(f"{done.rule} {'was stopped already' if done.before else 'is stopped'}; it acts on nobody.")
    click.echo(
        f"messages that are not sent any more: {done.messages}; open episodes, as they are: {done.open_episodes}"
    )
    click.echo(f"Its subjects wait for it. Let it go on: leadrelay rules start {done.rule}")


@click.command("start")
@click.argument("rule")
@options
def start_command(rule: str, chosen: Options) -> None:
    """Lets a stopped rule go on. Steps that came due meanwhile are skipped, and messages that were kept back stay so.

    \b
    Example: leadrelay rules start large-company
    """
    project = open_project(chosen.project, chosen.now)
    halt = start(project.database, project.ruleset, rule, project.clock())
    click.echo(f"{halt.rule_key} goes on, after its stop of {_short(iso(halt.at, project.zone))}; ", nl=False)
    click.echo("the next run looks at everybody, and skips what came due meanwhile.")


@click.command("shadow")
@click.argument("rule", required=False)
@since
@as_json
@options
def shadow_command(rule: str | None, since: str | None, as_json: bool, chosen: Options) -> None:
    """What rules with `mode: shadow` would have done, against what was really done for the same subjects.

    \b
    Example: leadrelay rules shadow
             leadrelay rules shadow large-company --since 2026-11-01 --json
    """
    project = open_project(chosen.project, chosen.now)
    key = key_of(project.ruleset, rule) if rule else ""
    with project.database.read() as connection:
        found = [
            one.as_dict(project.zone)
            for one in shadow.compare(connection, project.ruleset, key, _since(since, project))
        ]
    if as_json:
        print_json({"since": since, "rules": found})
    elif found:
        click.echo("\n\n".join("\n".join(_shadow_lines(one)) for one in found))
    else:
        click.echo("No rule is in shadow, or was. Write mode: shadow at a rule or a rulebook.")


def _shadow_lines(one: Mapping[str, Any]) -> Iterator[str]:
    acted = one["would_have_acted"]
    yield f"{one['rulebook']}/{one['rule']} would have acted on {acted}" + (
        f" since {_short(one['first_at'])}: the same outcome on {one['same']}, another one on {one['different']}"
        if acted
        else ""
    )
    for way in one["differences"][:_MOST_WAYS]:
        yield f"  {way['count']} x instead of {way['decided_by']}: {way['how']}"
        yield f"      {', '.join(way['examples'])}"
    if (more := len(one["differences"]) - _MOST_WAYS) > 0:
        yield f"  and {more} other ways; --json has them all"
    if one["messages"]:
        told = sorted(one["messages"].items(), key=lambda told: (-told[1], told[0]))
        yield f"  messages it would have sent: {', '.join(f'{number} to {who}' for who, number in told[:_MOST_WAYS])}"


@click.command("stats")
@since
@as_json
@options
def stats_command(since: str | None, as_json: bool, chosen: Options) -> None:
    """Per rule how often it decided, when last, and what came of it; what needs attention first.

    \b
    Example: leadrelay rules stats
             leadrelay rules stats --since 2026-10-01 --json
    """
    project = open_project(chosen.project, chosen.now)
    with project.database.read() as connection:
        standing, now = modes(connection, project.ruleset), project.clock()
        found = rule_stats.stats(connection, project.ruleset, standing, now, _since(since, project))
    rows = [one.as_dict(project.zone) for one in found]
    if as_json:
        print_json({"since": since, "rules": rows})
    else:
        _show_stats(rows)


def _show_stats(rows: Sequence[Mapping[str, Any]]) -> None:
    """A table; many rules that never fired are named below it, so that they do not bury the others."""
    idle = [row["key"] for row in rows if row["flags"] == ["never fired"]]
    apart = set(idle) if len(idle) > _MOST_IDLE else set()
    shown = [row for row in rows if row["key"] not in apart]
    if shown:
        click.echo(table(map(_stats_row, shown), _STATS))
    if apart:
        names = textwrap.fill(", ".join(idle), 110, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)
        click.echo(f"{chr(10) if shown else ''}{len(idle)} rules never fired:\n{names}")


_STATS = ("RULE", "DECIDED", "LAST", "IN TIME", "OVERRIDDEN", "ACKNOWLEDGED", "SENT", "NOT SENT", "LOOK AT")


def _stats_row(row: Mapping[str, Any]) -> Sequence[object]:
    answered, overridden, messages = row["answered"], row["overridden"], row["messages"]
    judged = answered["in_time"] + answered["late"]
    return (
        row["key"],
        row["decided"],
        _short(row["last_at"]),
        f"{answered['in_time']} of {judged}" if judged else "",
        f"{overridden['decisions']} ({overridden['share']:.0%})" if overridden["decisions"] else "",
        row["acknowledged"] or "",
        messages["sent"] or "",
        messages["suppressed"] + messages["dead"] or "",
        ", ".join(row["flags"]) or ("" if row["mode"] == "live" else row["mode"]),
    )


def _since(text: str | None, project: Project) -> Instant:
    """Raises BadTime."""
    return parse_time(text, project.zone) if text else 0


def _short(time: str | None) -> str:
    """2026-11-20 09:13, out of ISO 8601."""
    return "" if time is None else time[:16].replace("T", " ")
