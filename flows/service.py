"""`serve` and `status`: the process that keeps everything going, and whether it does."""

import click

from flows.news import tell_of_rules
from flows.status import Status, status
from leadrelay.commands.common import Options, as_json, options, print_json, table, tell
from leadrelay.project import open_project


@click.command("serve")
@click.option("--prefect-port", type=click.IntRange(1, 65535), help="Where Prefect's pages are (default: a free port).")
@click.option("--without-prefect", is_flag=True, help="Run flows directly; no schedules, no pages of Prefect.")
@options
def serve_command(prefect_port: int | None, without_prefect: bool, chosen: Options) -> int:
    """Works until it is stopped: decides about new and changed subjects at once, and delivers messages.

    Starts a Prefect server of the project's own, unless one runs already, with a schedule for every flow. Rules that
    you change are taken up when they pass `check` and `test`; otherwise ops are told, once. SIGTERM or Ctrl-C stop it
    cleanly.

    \b
    Example: leadrelay serve
    """
    from flows.serve import serve

    project = open_project(chosen.project, chosen.now, rules="take_up")
    for notice in (*project.notices, *tell_of_rules(project)):
        tell(notice)
    project.notices.clear()
    if project.clock_is_set:
        with project.database.begin():  # a time that may not write is refused now, not at every look
            pass
    return serve(project, not without_prefect, prefect_port)


@click.command("status")
@as_json
@options
def status_command(as_json: bool, chosen: Options) -> int:
    """Last and next run of each flow, what is due and how late, and what is stuck. Exit code 1 when something is.

    \b
    Example: leadrelay status
             leadrelay status --json
    """
    project = open_project(chosen.project, chosen.now)
    found = status(project, project.clock())
    if as_json:
        print_json(found.as_dict())
    else:
        _print(found)
    return 0 if found.is_well else 1


def _print(found: Status) -> None:
    facts = found.as_dict()
    rows = [[one[name] for name in ("flow", "last", "next", "due", "late")] for one in facts["flows"]]
    shown = [[flow, last or "never", next_ or "", due, "LATE" if late else ""] for flow, last, next_, due, late in rows]
    click.echo(table(shown, ("FLOW", "LAST RUN", "NEXT DUE", "DUE NOW", "")))
    waiting = ", ".join(f"{number} {state}" for state, number in facts["messages"].items() if number)
    click.echo(f"rules version {facts['ruleset']}; messages: {waiting or 'none waiting'}")
    if not facts["links"]:
        click.echo("messages have no links to act: LEADRELAY_WEB__SECRET is not set")
    for one in facts["held"]:
        click.echo(f"held: {one['rule']} would begin {one['would_begin']}; leadrelay rules release {one['rule']}")
    for one in facts["halted"]:
        word, verb = ("stopped", "start") if one["why"] == "stopped" else ("held", "release")
        click.echo(f"{word}: {one['rule']} since {one['since']}: {one['reason']}; leadrelay rules {verb} {one['rule']}")
    for one in facts["stuck"]:
        click.echo(f"stuck: {one['what']}: {one['why']}")
