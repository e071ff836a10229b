"""A progress bar for whoever watches a terminal; nothing at all anywhere else."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from leadrelay.terminal import unguarded, visible

Step = Callable[[int], None]
"""Called with the number of rows done since the last call."""


@contextmanager
def shown(name: str, rows: int) -> Iterator[Step]:
    """A bar on standard error while the block runs, if that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda _rows: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(file=unguarded(sys.stderr)), transient=True) as progress:
        task = progress.add_task(visible(name).replace("[", "("), total=rows)
        yield lambda done: progress.advance(task, done)
