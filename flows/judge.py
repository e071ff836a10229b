"""Judges a changed rules folder in a process of its own, so that decisions go on meanwhile."""

import subprocess
import sys
import tempfile
import time
from typing import IO, Protocol

import msgspec
from msgspec import Struct

from leadrelay.judging import Question, Verdict

PATIENCE = 900.0
"""Seconds that check and all rule tests of a folder may take."""


class JudgeFailed(Exception):
    """The process that judges did not come to a verdict."""


class Judge(Protocol):
    """Judges one folder at a time."""

    def ask(self, question: Question) -> None:
        """Begins to judge these files. What it was at before is dropped."""

    def verdict(self) -> Verdict | None:
        """The verdict, once; None as long as there is none. Raises JudgeFailed."""

    def stop(self) -> None:
        """Drops what it is at."""


class _Running(Struct):
    process: "subprocess.Popen[bytes]"
    answer: IO[bytes]
    errors: IO[bytes]
    until: float


class Aside:
    """Judges in a process of its own, which is a little less urgent than this one."""

    def __init__(self) -> None:
        self._running: _Running | None = None

    def ask(self, question: Question) -> None:  # noqa: D102
        self.stop()
        found, errors = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115 - open as long as it runs
        with tempfile.TemporaryFile() as asked:
            asked.write(msgspec.msgpack.encode(question))
            asked.seek(0)
            command = [sys.executable, "-m", "leadrelay.judging"]
            process = subprocess.Popen(command, stdin=asked, stdout=found, stderr=errors)
        self._running = _Running(process, found, errors, time.monotonic() + PATIENCE)

    def verdict(self) -> Verdict | None:  # noqa: D102
        running = self._running
        if running is None:
            return None
        code = running.process.poll()
        if code is None:
            if time.monotonic() < running.until:
                return None
            self.stop()
            raise JudgeFailed(f"it took more than {PATIENCE / 60:.0f} minutes")
        texts = [_all_of(file) for file in (running.answer, running.errors)]
        self.stop()
        try:
            return msgspec.msgpack.decode(texts[0], type=Verdict)
        except msgspec.DecodeError:
            said = texts[1].decode("utf-8", "replace").strip().splitlines()
            raise JudgeFailed(said[-1][:200] if said else f"its process ended with {code}") from None

    def stop(self) -> None:  # noqa: D102
        running, self._running = self._running, None
        if running is None:
            return
        if running.process.poll() is None:
            running.process.kill()
            running.process.wait()
        running.answer.close()
        running.errors.close()


def _all_of(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read()
