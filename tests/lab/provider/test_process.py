"""The provider's process ends with the engine that reads its output."""

import os
import subprocess
import sys

from tests.conftest import ROOT


def test_it_ends_when_nothing_reads_its_output_any_more() -> None:
    environment = os.environ | {
        "PYTHONPATH": str(ROOT),
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_ACCESS_KEY_ID": "1",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
    with subprocess.Popen(
        [sys.executable, "-m", "deadfall.lab.provider"], env=environment, stdout=subprocess.PIPE, text=True
    ) as provider:
        try:
            assert provider.stdout is not None
            assert int(provider.stdout.readline()) > 0
            assert provider.poll() is None
            provider.stdout.close()  # as the kernel does for an engine that is killed
            assert provider.wait(timeout=5) == 0
        finally:
            provider.kill()
