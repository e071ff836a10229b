"""python -m simulation: a company for two years under the shipped rules; prints the audit and a table of figures."""

import argparse
import sys
import time
from pathlib import Path

from simulation import figures
from simulation.life import born, live
from simulation.looks import Look


def main() -> int:
    """Lives through the days; 1 if the audit found anything on any of them."""
    parser = argparse.ArgumentParser(prog="python -m simulation", description=__doc__)
    parser.add_argument("--days", type=int, default=730)
    parser.add_argument("--requests", type=int, default=200, help="a working day")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=Path("var/simulation"))
    chosen = parser.parse_args()
    began = time.monotonic()
    life = born(chosen.folder, chosen.days, chosen.requests, chosen.seed)

    def told(look: Look) -> None:
        if look.last and (sys.stderr.isatty() or look.day % 30 == 29):
            since = time.monotonic() - began
            print(f"\rday {look.day + 1:4}  {since:6.0f} s  {len(life.violations)} bad days ", file=sys.stderr)

    live(life, chosen.days, told)
    print(figures.text(life, chosen.days, time.monotonic() - began))
    return 1 if life.violations else 0


if __name__ == "__main__":
    sys.exit(main())
