"""`serve`: the resident loop, Prefect and the web pages beside it, and a clean end when it is asked to stop."""

import signal
import threading
from types import FrameType

from flows.companion import Companion
from flows.resident import Resident
from flows.voice import Voice
from leadrelay.commands.common import tell
from leadrelay.project import Project
from leadrelay.web.server import WebServer

FINISH = 15.0
"""How long, in seconds, a chunk that is under way may take to finish when the process is asked to stop."""


def serve(project: Project, prefect: bool = True, port: int | None = None) -> int:
    """Works until SIGTERM or SIGINT. Without `prefect` flows run directly and nothing else is started.

    Returns 0; or 1 when a chunk could not finish in time: nothing of it stays, and the next start does it again."""
    stop = threading.Event()
    voice = Voice(tell, project.clock, project.zone)
    with_prefect = prefect and not project.clock_is_set  # its scheduled runs go by the machine's clock
    companion = Companion(project, voice, stop, project.settings.prefect_api_url, port) if with_prefect else None
    loop = threading.Thread(target=Resident(project, voice, stop, companion).run, name="resident", daemon=True)
    web = WebServer(project, voice, stop)
    with _signals(stop):
        voice.say(f"serving {project.folder.absolute()}, rules version {project.ruleset.version}; Ctrl-C stops it")
        if project.clock_is_set:
            voice.say("the clock is set: it stands still, and there are no schedules of Prefect")
        loop.start()
        web.start()
        if companion is not None:
            companion.start()
        stop.wait()
        voice.say("stopping: what is under way is finished first")
        if companion is not None:
            companion.wake()
        loop.join(FINISH)
        web.join(FINISH)
        if companion is not None:
            companion.join(FINISH)
    project.database.close()
    voice.say("stopped")
    return 1 if loop.is_alive() else 0


class _signals:  # noqa: N801 - reads as a word
    """Inside, SIGTERM and SIGINT set `stop`."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop

    def __enter__(self) -> None:
        self._before = {one: signal.signal(one, self._asked) for one in (signal.SIGTERM, signal.SIGINT)}

    def __exit__(self, *_: object) -> None:
        for one, handler in self._before.items():
            signal.signal(one, handler)

    def _asked(self, _number: int, _frame: FrameType | None) -> None:
        self._stop.set()
