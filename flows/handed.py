"""The project that a caller hands to flows that run in its own process, and what they hand back."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field

from flows.environment import SERVED
from leadrelay.clock import CHOSEN_TIME, Instant
from leadrelay.project import open_project

if TYPE_CHECKING:
    from flows.work import Summary
    from leadrelay.project import Project


class Handed(Struct):
    """An open project and the moment of the run; a flow's summary, or what it raised, comes back by its name.

    `go_on` is asked after each chunk; `scheduled`: nobody waits for the run, and it is only the net under others."""

    project: "Project"
    now: Instant
    go_on: Callable[[], bool] = lambda: True
    scheduled: bool = False
    done: dict[str, "Summary"] = field(default_factory=dict)
    raised: dict[str, Exception] = field(default_factory=dict)


_current: ContextVar[Handed | None] = ContextVar("handed", default=None)


@contextmanager
def handing(handed: Handed) -> Iterator[None]:
    """Inside, flows that are called here work on `handed`."""
    token = _current.set(handed)
    try:
        yield
    finally:
        _current.reset(token)


def taken() -> Handed:
    """What was handed over; in a process that a schedule started, the project that is served, at the clock's time.

    Nothing that is said to Prefect can name another folder or another time: a flow has no parameters."""
    handed = _current.get()
    if handed is not None:
        return handed
    os.environ.pop(CHOSEN_TIME, None)
    project = open_project(Path(os.environ.get(SERVED, ".")))
    if not project.ruleset.version:  # nobody has put any rules live yet
        project.take_up_rules()
    return Handed(project, project.clock(), scheduled=True)
