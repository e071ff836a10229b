"""`init`: a new project folder that passes `check` and `test`."""

import shutil
from pathlib import Path

import click

from leadrelay.commands.common import Options, options
from leadrelay.errors import FolderNotEmpty, UnreadableFile
from leadrelay.shipped import shipped

SETTINGS = """\
# Settings of this project. Every one can be overridden by the environment: LEADRELAY_DATABASE__URL=…
# Secrets (passwords in addresses) belong in the environment, never here.
first_run_limit = 50          # a new hit-all rule that would act on more subjects than this at once is held

[company]
name = "Noordzij Machines"    # yours
language = "en"               # of messages to people who have no language of their own: en or nl
currency = "EUR"

[database]
url = "sqlite:///var/leadrelay.db"

[mail]
url = "maildir:var/mail"      # each message becomes an .eml file there
from = "leadrelay@noordzij.example"
"""
IGNORE = "var/\n*.rejected.*\nrules/.schema.json\n"


@click.command("init")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@options
def init_command(folder: Path, chosen: Options) -> None:  # noqa: ARG001 - a new folder has no project yet
    """Writes a new project folder: settings, rules for the whole process, their tests, templates in two languages.

    \b
    Example: leadrelay init company
    """
    from leadrelay.commands.schema import write_schema

    write_project(folder)
    write_schema(folder)
    click.echo(f"{folder} is ready. Next:\n  cd {folder}\n  leadrelay check\n  leadrelay test\n  leadrelay import FILE")


def write_project(folder: Path) -> None:
    """Writes a fresh project into `folder`. Raises FolderNotEmpty, and UnreadableFile when it cannot be written."""
    if folder.exists() and any(folder.iterdir()):
        raise FolderNotEmpty(folder=folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with shipped() as source:
            for part in ("rules", "templates", "packs"):
                shutil.copytree(source / part, folder / part, ignore=shutil.ignore_patterns(".*"))
        (folder / "leadrelay.toml").write_text(SETTINGS, encoding="utf-8")
        (folder / ".gitignore").write_text(IGNORE, encoding="utf-8")
    except OSError as error:
        raise UnreadableFile(file=error.filename or folder, why=error.strerror or str(error)) from error
