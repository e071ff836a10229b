"""The scheduled runs of the flows: served by a process of its own, which ends with the one that started it.

    python -m flows.schedules PARENT        with LEADRELAY_SERVED=FOLDER in its environment

They are the net under the resident loop: every run derives its work from the state, so one too many does no harm.
"""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from flows.environment import SERVED
from flows.names import ORDER
from leadrelay.clock import datetime_of, system_clock
from leadrelay.settings import read_settings
from leadrelay.zone import zone_of

if TYPE_CHECKING:
    from prefect.deployments.runner import RunnerDeployment

    from leadrelay.settings_model import ServeSettings

AT_ONCE = 1
"""How many runs there may be at a time: each is a process of some 150 MB."""
FIRST = 10.0
"""Seconds until the first run of the first flow; each next flow comes as much later, so that they do not all start at
once."""


def deployments(settings: "ServeSettings", now: datetime) -> "Iterator[RunnerDeployment]":
    """A deployment for every flow, with an interval in UTC that begins soon after `now`.

    Which project it works on stands in the environment of this process, not in what is said to Prefect."""
    from prefect.schedules import Interval
    from prefect.types.entrypoint import EntrypointType

    from flows.through_prefect import FLOWS

    for number, name in enumerate(ORDER, start=1):
        every = timedelta(minutes=getattr(settings, name))
        anchor = now + timedelta(seconds=FIRST * number) - every
        yield FLOWS[name].to_deployment(
            name="leadrelay",
            schedule=Interval(every, anchor_date=anchor, timezone="UTC"),
            entrypoint_type=EntrypointType.MODULE_PATH,
        )


def main() -> None:
    """Serves until it is asked to stop, or the process that started it is gone."""
    from prefect import serve

    folder, parent = Path(os.environ[SERVED]), int(sys.argv[1])
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    found = deployments(read_settings(folder).serve, datetime_of(system_clock(), zone_of("UTC")))
    serve(*found, limit=AT_ONCE, print_starting_message=False)


def _end_with(parent: int) -> None:
    """Stops this process when its parent is gone, however that ended."""
    waiting = threading.Event()
    while os.getppid() == parent:
        waiting.wait(1.0)
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
