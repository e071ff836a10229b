"""`schema`: the JSON Schema of rule files, for editors."""

import json
from pathlib import Path

import click

from leadrelay.commands.common import Options, options, tell
from leadrelay.commands.rules import load_part
from leadrelay.errors import CannotWriteFile
from leadrelay.rulebook.load import Loaded, load, read_files, template_names

FILE = "rules/.schema.json"
"""Where shipped rule files tell editors to look for the schema."""
EVERY = "any"


@click.command("schema")
@click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write it to this file."
)
@click.option("--kind", default=EVERY, metavar="KIND", help="Of one kind of file: rulebook, team, tests, and so on.")
@options
def schema_command(output: Path | None, kind: str, chosen: Options) -> None:
    """The JSON Schema of rule files, for editors: your own fields, lists, people and templates as completions.

    The rule files that 'leadrelay init' writes point editors to rules/.schema.json; write it again when people, fields,
    lists or templates have changed.

    \b
    Example: leadrelay schema --output rules/.schema.json
             leadrelay schema --kind team
    """
    from leadrelay.rulebook.schema.json_schema import KINDS

    if kind not in (EVERY, *KINDS):
        raise click.BadParameter(f"'{kind}' is not one of {', '.join((EVERY, *KINDS))}.", param_hint="--kind")
    loaded, _ = load_part(chosen, None, proofread=False)
    if output is None:
        click.echo(_text(loaded, kind))
    else:
        _write(output, _text(loaded, kind))
        tell(f"{output} is written.")


def write_schema(project: Path) -> None:
    """Writes the schema of a project to where its rule files say it is. Raises CannotWriteFile."""
    _write(project / FILE, _text(load(read_files(project), proofread=False), EVERY))


def _text(loaded: Loaded, kind: str) -> str:
    from leadrelay.rulebook.schema.json_schema import json_schema

    return json.dumps(json_schema(loaded.ruleset, template_names(loaded.files), kind), ensure_ascii=False, indent=1)


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise CannotWriteFile(file=file, why=error.strerror or str(error)) from error
