"""Every benchmark, one after the other, each printing medians and ratios measured in its own run."""

import importlib
import sys

BENCHMARKS = ("engines", "whole_job", "imports", "delivery", "sweeps", "serve", "messages", "matching", "backtest")


def main() -> None:
    """Runs the benchmarks named on the command line, or all."""
    arguments = sys.argv[1:]
    chosen = [name for name in BENCHMARKS if name in arguments] or BENCHMARKS
    sys.argv = [sys.argv[0], *(one for one in arguments if one not in BENCHMARKS)]
    for name in chosen:
        print(f"\n=== {name} " + "=" * (70 - len(name)), flush=True)
        importlib.import_module(f"benchmarks.{name}").main()


if __name__ == "__main__":
    main()
