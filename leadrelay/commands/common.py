"""What every command shares: --project and --now before or after the verb, and printing facts as text or JSON."""

import json
from collections.abc import Callable, Iterable, Sequence
from functools import update_wrapper
from pathlib import Path
from typing import Any

import click
from msgspec import Struct
from msgspec.structs import replace

from leadrelay.clock import forced
from leadrelay.errors import BadSubject
from leadrelay.leads.bounds import LARGEST_ID
from leadrelay.leads.fields import SUBJECTS


class Options(Struct, frozen=True):
    """What was chosen for all commands: the project folder, and the time if it is set by hand."""

    project: Path = Path()
    now: str | None = None


FORCE = "Write at the time of --now, though the database has lived in real time and that is far away."


def options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds --project, --now and --force to a command and hands the first two to it as `chosen`; what stands after the
    verb wins."""
    return click.option("--force", "force_clock", is_flag=True, help=FORCE)(options_without_force(command))


def options_without_force(command: Callable[..., Any]) -> Callable[..., Any]:
    """The same for a command with a --force of its own: that of the clock is said before its verb."""

    def call(*args: Any, project: Path | None, now: str | None, force_clock: bool = False, **more: Any) -> Any:
        context = click.get_current_context()
        chosen = context.obj if isinstance(context.obj, Options) else Options()
        chosen = replace(chosen, project=project or chosen.project, now=chosen.now if now is None else now)
        if force_clock:
            forced.set(True)
        return command(*args, chosen=chosen, **more)

    call = update_wrapper(call, command)
    call = click.option("--now", metavar="TIME", help="Act as if it were this time: '2026-11-20 09:13'.")(call)
    return click.option(
        "--project", type=click.Path(path_type=Path), metavar="DIR", help="The project folder (default: this folder)."
    )(call)


NUMBERED = click.IntRange(0, LARGEST_ID)
"""What a quote, a task, a message or a merge is numbered with."""
as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


def print_json(document: object) -> None:
    """One JSON document on standard output."""
    click.echo(json.dumps(document, ensure_ascii=False, indent=2, default=str))


def tell(line: str) -> None:
    """A remark for the person at the terminal, on standard error, so that JSON on standard output stays whole."""
    click.echo(line, err=True)


def table(rows: Iterable[Sequence[object]], head: Sequence[str]) -> str:
    """Rows under a head, in columns as wide as their longest cell; numbers to the right."""
    cells = [[str(cell) if cell is not None else "" for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in [list(head), *cells]) for column in range(len(head))]
    numeric = [
        bool(cells) and all(row[column].replace(".", "").isdigit() for row in cells) for column in range(len(head))
    ]

    def line(row: Sequence[str]) -> str:
        padded = (
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(row, widths, numeric, strict=True)
        )
        return "  ".join(padded).rstrip()

    return "\n".join([line(list(head)), *(line(row) for row in cells)])


def subject_of(text: str) -> tuple[str, str]:
    """'request/42' as its kind and id. Raises BadSubject."""
    kind, slash, identity = text.partition("/")
    if not slash or kind not in SUBJECTS or not identity:
        raise BadSubject(text=text)
    return kind, identity
