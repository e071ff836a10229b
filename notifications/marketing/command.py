"""`push`: tells the marketing systems of the settings what happened on nurture lists, and shows how that stands."""

import click

from leadrelay.commands.common import Options, as_json, options, print_json
from leadrelay.errors import UnknownMarketingSystem
from leadrelay.project import open_project
from notifications.marketing import queue
from notifications.marketing.push import push_all


@click.command("push")
@click.argument("system", required=False)
@click.option("--retry", is_flag=True, help="Try what was given up once more.")
@as_json
@options
def push_command(system: str | None, retry: bool, as_json: bool, chosen: Options) -> int:
    """Tells listmonk, Mautic and webhooks ([marketing.NAME] in leadrelay.toml) who joined and left nurture lists.

    `leadrelay run deliver` and `serve` do so by themselves. Exit code 1 if something could not be told.

    \b
    Example: leadrelay push
    Example: leadrelay push newsletter --retry
    """
    project = open_project(chosen.project, chosen.now)
    names = list(project.settings.marketing)
    if system is not None and system not in names:
        raise UnknownMarketingSystem(name=system, known=", ".join(names) or "none")
    wanted = [system] if system else names
    if retry:
        with project.database.begin() as conn:
            for name in wanted:
                queue.retry(conn, name)
    done = {one.system: one for one in push_all(project.database, project.settings, project.clock(), system)}
    with project.database.read() as conn:
        shown = [
            {**done[name].as_dict(), "queue": queue.counts(conn, name), "trouble": queue.trouble(conn, name)}
            for name in wanted
        ]
        bad = any(queue.counts(conn, name)[state] for name in wanted for state in ("failed", "dead"))
    if as_json:
        print_json({"systems": shown})
    else:
        _show(shown)
    return 1 if bad else 0


def _show(shown: list[dict[str, object]]) -> None:
    for one in shown:
        states = one["queue"]
        assert isinstance(states, dict)
        counted = ", ".join(f"{count} {state}" for state, count in states.items())
        click.echo(f"{one['system']}: {one['sent']} told now; {counted}")
        found = one["trouble"]
        assert isinstance(found, list)
        for bad in found:
            click.echo(f"  {bad['state']}: contact/{bad['contact']} {bad['what']} {bad['list']}: {bad['error']}")
    if not shown:
        click.echo("There is no marketing system in leadrelay.toml; docs/marketing.md shows how to name one.")
