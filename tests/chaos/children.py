"""The processes that are killed: one imports files, one runs the loop of `serve`, both by the driver's clock."""

import threading
import time
from pathlib import Path

import leadrelay.settings_model  # noqa: F401 - else every process would import it after the fork, for a quarter second
from flows.resident import Resident
from flows.voice import Voice
from leadrelay.clock import Instant
from leadrelay.intake.importer import import_file
from leadrelay.project import Project, open_project
from tests.chaos.world import files_until, moment


def live(folder: str) -> None:
    """The resident loop, until it is killed."""
    project = opened(Path(folder))
    voice = Voice(_writer(Path(folder) / "resident.log"), project.clock, project.zone)
    Resident(project, voice, threading.Event()).run()


def take_in(folder: str) -> None:
    """Imports the files of the steps up to now, one after the other, until it is killed."""
    project = opened(Path(folder))
    while True:
        number = done(Path(folder))
        if number < files_until(step(Path(folder))):
            import_file(project, str(Path(folder, "inbox", f"{number:05}.csv")), "requests")
            put(Path(folder) / "done", number + 1)
        else:
            time.sleep(0.005)


def opened(folder: Path) -> Project:
    """The project, with a clock that stands at the driver's step."""
    project = open_project(folder, None, "take_up")

    def clock() -> Instant:
        return moment(step(folder))

    project.clock = clock
    return project


def step(folder: Path) -> int:
    """The step that the driver is at."""
    return int((folder / "step").read_text())


def done(folder: Path) -> int:
    """How many files were imported."""
    return int((folder / "done").read_text())


def put(path: Path, number: int) -> None:
    """Writes a number whole or not at all."""
    unfinished = path.with_suffix(".new")
    unfinished.write_text(str(number))
    unfinished.replace(path)


def _writer(path: Path):  # type: ignore[no-untyped-def]
    def tell(line: str) -> None:
        with path.open("a") as file:
            file.write(line + "\n")

    return tell
