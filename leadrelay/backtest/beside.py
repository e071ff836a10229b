"""Two pieces of work at the same time, the first in a process of its own where the system can fork one."""

import multiprocessing
import os
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import TypeVar

Done = TypeVar("Done")
Other = TypeVar("Other")


def beside(first: Callable[[], Done], second: Callable[[], Other]) -> tuple[Done, Other]:
    """What both return. `first` must return what can be pickled; if its process fails, it is done here, so that what it
    raises is raised. One after the other where there is one processor, or there are threads that a fork would lose."""
    if not hasattr(os, "fork") or (os.cpu_count() or 1) < 2 or threading.active_count() > 1:
        return first(), second()
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe(duplex=False)
    child = context.Process(target=_work, args=(first, there), daemon=True)
    child.start()
    there.close()
    try:
        other = second()
        try:
            done: Done = here.recv()
        except EOFError:
            return first(), other
        return done, other
    finally:
        here.close()
        child.terminate()
        child.join()


def _work(work: Callable[[], object], there: Connection) -> None:
    """In the other process: sends what comes of it, or nothing."""
    try:
        there.send(work())
    except Exception:
        os._exit(1)
    finally:
        there.close()
