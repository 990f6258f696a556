"""Compare the shipped rules with the newest botocore on PyPI: `make freshness`."""

import subprocess
import sys
import tempfile
from importlib.metadata import distributions
from pathlib import Path

from .models import Models
from .report import WATCHED, Lists, Report


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        install = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--upgrade")
        subprocess.run([sys.executable, *install, "--target", folder, "botocore"], check=True)
        version = next(each.version for each in distributions(path=[folder]) if each.name == "botocore")
        report = Report(Models(Path(folder) / "botocore" / "data"), Lists.read())
        print(f"botocore {version}, the newest on PyPI")
        for service in WATCHED:
            writes, watched = report.models.writes(service), report.watched(service)
            listed = len(writes) - len(watched) - sum(line.startswith(f"{service}:") for line in report.new)
            print(
                f"  {service:<15} {len(writes):>3} writes: {len(watched):>3} in rules, {listed:>3} listed with a reason"
            )
        for line in (*report.new, *report.unknown):
            print(line)
        return 1 if report.new or report.unknown else 0


if __name__ == "__main__":
    sys.exit(main())
