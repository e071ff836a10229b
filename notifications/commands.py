"""`render`: a message as its reader would get it."""

from pathlib import Path

import click

from leadrelay.commands.common import Options, as_json, options, print_json
from leadrelay.private import write_private
from leadrelay.project import open_project
from notifications.preview import preview


@click.command("render")
@click.argument("template")
@click.option("--for", "subject", metavar="SUBJECT", help="For request/42, say; otherwise for an invented one.")
@click.option(
    "--language",
    type=click.Choice(["en", "nl"]),
    help="Default: the contact's, or the company's.",
)
@click.option("--html", is_flag=True, help="The HTML instead of the text.")
@click.option("--to", "target", type=click.Path(path_type=Path, dir_okay=False), help="Write it to a file.")
@as_json
@options
def render_command(
    template: str,
    subject: str | None,
    language: str | None,
    html: bool,
    target: Path | None,
    as_json: bool,
    chosen: Options,
) -> None:
    """Shows a message as its reader would get it; nothing is sent.

    \b
    Example: leadrelay render key_account --for request/42 --language nl
             leadrelay render nudge --html --to nudge.html
    """
    project = open_project(chosen.project, chosen.now, rules="folder")
    rendered = preview(
        project.database,
        project.ruleset,
        project.files,
        project.settings,
        project.clock(),
        template,
        subject,
        language,
    )
    if as_json:
        print_json({"subject": rendered.subject, "text": rendered.text, "html": rendered.html})
        return
    shown = rendered.html if html else f"{rendered.subject}\n\n{rendered.text}"
    if target:
        write_private(target, shown.encode())
        click.echo(f"written to {target}")
    else:
        click.echo(shown)
