"""CPU time of `deadfall --help` and `deadfall rules list`, beside that of another checkout.

    BASE=<checkout with a .venv> python -m tests.startup.benchmark [--runs 10]

The runs of both checkouts alternate, so that other load on the machine affects both alike. CPU time is user and system
time of the process and its children.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT

COMMANDS = (("--help",), ("rules", "list"))


def cpu_seconds(checkout: Path, arguments: tuple[str, ...]) -> float:
    """Run the checkout's own `deadfall` once.

    Raises:
        subprocess.CalledProcessError: the command fails.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [checkout / ".venv" / "bin" / "deadfall", *arguments],
        cwd=checkout,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--runs", type=int, default=10, help="runs of each command in each checkout")
    runs = options.parse_args().runs
    if not (base := os.environ.get("BASE")) or not (Path(base) / ".venv" / "bin" / "deadfall").exists():
        sys.exit("BASE must be the directory of a checkout with a .venv of its own; run `make .venv/installed` there.")
    checkouts = {"base": Path(base).resolve(), "here": ROOT}
    for command in COMMANDS:
        for checkout in checkouts.values():
            cpu_seconds(checkout, command)  # writes bytecode, and brings files into memory
        seconds: dict[str, list[float]] = {name: [] for name in checkouts}
        for _ in range(runs):
            for name, checkout in checkouts.items():
                seconds[name].append(cpu_seconds(checkout, command))
        medians = {name: statistics.median(of_checkout) for name, of_checkout in seconds.items()}
        print(
            f"deadfall {' '.join(command):<10}  base {medians['base']:.2f} s  here {medians['here']:.2f} s  "
            f"ratio {medians['here'] / medians['base']:.3f}  (median CPU time of {runs} runs)"
        )


if __name__ == "__main__":
    main()
