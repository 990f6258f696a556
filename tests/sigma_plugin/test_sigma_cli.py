"""sigma-cli, in a venv of its own, converts rules with our compiler."""

import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path

import pytest

from deadfall.rules.sigma.back_end import targets
from deadfall.rules.sigma.parse import parse

pytestmark = pytest.mark.slow  # builds our wheel, and installs it and sigma-cli into a new venv

ROOT = Path(__file__).parents[2]
# With --no-deps: sigma-cli 3.1.0 asks for pySigma 1.x.
SIGMA_CLI = ("sigma-cli==3.1.0", "click==8.5.1", "prettytable==3.18.0", "wcwidth==0.9.4", "colorama==0.4.6")

HEADER = """
title: Logging of a trail was stopped
id: 1f6a3f5c-7a5c-4f5e-9b8f-0d9a4bb7d7a1
status: test
level: high
logsource: {product: aws, service: cloudtrail}
"""
STOPPED = f"""{HEADER}
detection:
    selection:
        eventSource: cloudtrail.amazonaws.com
        eventName: [StopLogging, DeleteTrail]
    filter:
        userIdentity.arn|endswith|cased: ':role/deploy'
    condition: selection and not filter
"""
COUNTED = f"""
title: A sign-in failed
name: failed
logsource: {{product: aws, service: cloudtrail}}
detection:
    selection: {{eventName: ConsoleLogin, responseElements.ConsoleLogin: Failure}}
    condition: selection
---
{HEADER.replace("logsource: {product: aws, service: cloudtrail}", "")}
correlation: {{type: event_count, rules: [failed], group-by: [sourceIPAddress], timespan: 5m, condition: {{gte: 5}}}}
"""
IN_A_LIST = f"{HEADER}\ndetection: {{selection: {{requestParameters.secretIdList: x}}, condition: selection}}"
OF_A_STACK = f"{HEADER}\ndetection: {{s: {{'recipientAccountId|expand': '%account_id%'}}, condition: s}}"

Sigma = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def sigma(tmp_path_factory: pytest.TempPathFactory) -> Sigma:
    """Run sigma-cli where the wheel of this checkout is installed. What both depend on comes from the own venv."""
    venv = tmp_path_factory.mktemp("sigma-cli") / "venv"
    run(sys.executable, "-m", "venv", "--without-pip", str(venv))
    python = str(venv / "bin" / "python")
    site = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    source = shutil.copytree(
        ROOT, venv / "source", ignore=shutil.ignore_patterns(".*", "docs", "tests", "out", "*.egg-info", "build")
    )
    pip = (sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", "--no-compile")
    run(*pip, "--ignore-installed", *SIGMA_CLI)
    run(*pip, "--ignore-installed", "--no-build-isolation", str(source))

    def run_sigma(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([str(venv / "bin" / "sigma"), *arguments], capture_output=True, text=True, check=False)

    return run_sigma


def run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def put(folder: Path, text: str) -> str:
    file = folder / "some_rule.yml"
    file.write_text(text)
    return str(file)


def test_targets_are_listed(sigma: Sigma) -> None:
    listed = sigma("list", "targets").stdout
    for target in targets():
        assert f"| deadfall_{target.replace('-', '_')} " in listed
    assert listed.count("| deadfall |") == len(targets())


@pytest.mark.parametrize("text", [STOPPED, COUNTED], ids=["rule", "correlation"])
@pytest.mark.parametrize("target", targets())
def test_converts_as_our_compiler(sigma: Sigma, tmp_path: Path, target: str, text: str) -> None:
    (rule,) = parse(text, "some_rule")
    converted = sigma("convert", "-t", f"deadfall_{target.replace('-', '_')}", put(tmp_path, text))
    assert converted.returncode == 0, converted.stderr
    assert converted.stdout == "\n\n".join(targets()[target].write(rule, target).queries) + "\n"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (IN_A_LIST, "some_rule: a metric filter can't use requestParameters.secretIdList: it does not look"),
        (OF_A_STACK, "some_rule: %account_id% only has a value in a stack; use `deadfall rules compile --stack`"),
        (STOPPED.replace("product: aws", "product: okta"), "some_rule: is not about CloudTrail or GuardDuty"),
    ],
)
def test_refuses_in_one_sentence(sigma: Sigma, tmp_path: Path, text: str, reason: str) -> None:
    refused = sigma("convert", "-t", "deadfall_metric_filter", put(tmp_path, text))
    assert (refused.returncode, refused.stdout) == (1, "")
    (error,) = [line for line in refused.stderr.splitlines() if line.startswith("Error: ")]
    assert reason in error
    assert "Traceback" not in refused.stderr


def test_skips_what_is_refused(sigma: Sigma, tmp_path: Path) -> None:
    put(tmp_path, IN_A_LIST)
    (tmp_path / "other_rule.yml").write_text(STOPPED.replace("1f6a3f5c", "2f6a3f5c"))
    skipped = sigma("convert", "-s", "-t", "deadfall_metric_filter", str(tmp_path))
    assert skipped.returncode == 0, skipped.stderr
    assert skipped.stdout.startswith("{ ") and skipped.stdout.count("\n") == 1
    assert "does not look into lists" in skipped.stderr
