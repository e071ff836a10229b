"""The progress bar: on a terminal's standard error, and nowhere else."""

import io
import sys

import pytest

from leadrelay.intake.progress import shown


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("stream", "seen"), [(Terminal(), True), (io.StringIO(), False)])
def test_a_bar_is_for_terminals(monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, seen: bool) -> None:
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    with shown("leads[1].csv", 10) as step:
        step(4)
    assert ("leads(1].csv" in stream.getvalue()) is seen
