"""python -m demo.change_loop: one change of a rule, from the edit to its rollback, on the demo's data, timed."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

DEMO = Path("var/demo")
FOLDER = Path("var/change-loop")
NOW = "2026-11-23 09:30"
"""Half an hour after the demo's last look."""
WANTED = 60.0
"""So many seconds from the edit to the rollback are promised."""
MOST_LINES = 16


class Edit(Struct, frozen=True):
    """What ops do in an editor: in a file, some words in the place of others."""

    file: str
    changes: tuple[tuple[str, str], ...]

    def make(self) -> str:
        """Makes it, and says what was done."""
        path = FOLDER / self.file
        text = path.read_text(encoding="utf-8")
        for old, new in self.changes:
            assert old in text, f"{self.file} has no '{old}' any more"
            text = text.replace(old, new, 1)
        path.write_text(text, encoding="utf-8")
        return f"\nedited {self.file}: " + "; ".join(f"{old} → {new}" for old, new in self.changes)


class Step(Struct, frozen=True):
    """One command of the loop; `code`: how it ends when all is well."""

    line: str
    code: int = 0


LOOP = (
    Edit("rules/routing.yaml", (("account.employees: {at_least: 250}", "account.employees: {at_least: 80}"),)),
    Step("check"),
    Step("test", code=1),  # the test that holds the line says that it has moved
    Edit("rules/tests/routing.yaml", (("employees: 249", "employees: 79"), ("at 249 people", "at 79 people"))),
    Step("test"),
    Step("rules diff"),
    Step("backtest --rules rules"),
    Step("run"),
    Step("rules log"),
    Step("rules stats"),
    Step("rules rollback 1 --write"),
    Step("run"),
    Step("rules diff 1"),
)


def leadrelay(step: Step) -> tuple[subprocess.CompletedProcess[str], float]:
    """Runs a command as a person would, from the folder; with the seconds that it took."""
    words = [sys.executable, "-m", "leadrelay", *step.line.split()]
    variables = {**os.environ, "LEADRELAY_NOW": NOW, "PYTHONPATH": str(Path.cwd())}
    began = time.monotonic()
    ran = subprocess.run(words, cwd=FOLDER, env=variables, capture_output=True, text=True, check=False)
    return ran, time.monotonic() - began


def shown(output: str) -> str:
    """The first lines of what a command said."""
    lines = output.rstrip().splitlines()
    more = [f"… {len(lines) - MOST_LINES} lines more"] if len(lines) > MOST_LINES else []
    return "\n".join(f"    {line}" for line in [*lines[:MOST_LINES], *more])


def main(loop: Sequence[Edit | Step] = LOOP) -> int:
    """Goes round the loop; 1 if a step ended otherwise than it should, or the loop took longer than promised."""
    if not (DEMO / "leadrelay.toml").exists():
        print("There is no demo yet: 'make demo' makes it.", file=sys.stderr)
        return 1
    shutil.rmtree(FOLDER, ignore_errors=True)
    shutil.copytree(DEMO, FOLDER)
    total, wrong = 0.0, []
    for step in loop:
        if isinstance(step, Edit):
            print(step.make())
            continue
        ran, seconds = leadrelay(step)
        total += seconds
        print(f"\n$ leadrelay {step.line}\n{shown(ran.stdout + ran.stderr)}\n  ({seconds:.1f} s)")
        if ran.returncode != step.code:
            wrong.append(step.line)
    print(f"\nfrom the edit to the rollback: {total:.1f} seconds ({WANTED:.0f} are promised)")
    for one in wrong:
        print(f"'leadrelay {one}' ended otherwise than it should", file=sys.stderr)
    return 1 if wrong or total > WANTED else 0


if __name__ == "__main__":
    sys.exit(main())
