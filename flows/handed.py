"""The project that a caller hands to flows that run in its own process, and what they hand back."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field

from leadrelay.clock import Instant
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


def taken(folder: str, now: str | None) -> Handed:
    """What was handed over; in a process that a schedule started, the project in `folder`, opened now."""
    handed = _current.get()
    if handed is not None:
        return handed
    project = open_project(Path(folder), now)
    if not project.ruleset.version:  # nobody has put any rules live yet
        project.take_up_rules()
    return Handed(project, project.clock(), scheduled=True)
