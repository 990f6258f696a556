"""The pulumi CLI as an engine: it is read right, it does what the built-in one does, and nothing of it stays."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from deadfall.lab.emulator import Emulator
from deadfall.lab.engine import Changes, Deployment, DeploymentError, Diagnostic, Event, PulumiDeployment, Result
from deadfall.lab.engine.pulumi_events import EventReader
from deadfall.lab.engine.pulumi_process import run_operation
from deadfall.lab.engine.pulumi_state import of_preview, plain, resources
from deadfall.lab.engine.urn import STACK_TYPE
from deadfall.lab.provider.values import SECRET, SIGNATURE, secret

from .programs import PRELUDE, PROJECT, display_name, names, topics, urn

needs_cli = pytest.mark.skipif(shutil.which("pulumi") is None, reason="needs the pulumi CLI on PATH")


def failure(call: Callable[[], Any]) -> str:
    with pytest.raises(DeploymentError) as failed:
        call()
    return str(failed.value)


# What is missing


def test_without_the_cli_there_is_one_sentence(
    environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    settings: dict[str, Any] = {"provider_environment": environment, "folder": tmp_path / "pulumi"}
    assert failure(lambda: PulumiDeployment(tmp_path, "dev", **settings)) == (
        "engine pulumi: there is no pulumi CLI on PATH; install it "
        "(https://www.pulumi.com/docs/iac/download-install/), or use engine builtin"
    )


def test_without_the_virtual_environment_there_is_one_sentence(
    environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_cli(tmp_path / "bin", "exit 1", monkeypatch)
    runtime = {"name": "python", "options": {"virtualenv": ".venv"}}
    (tmp_path / "Pulumi.yaml").write_text(yaml.safe_dump({"name": "small", "runtime": runtime}))
    deployment = PulumiDeployment(tmp_path, "dev", provider_environment=environment, folder=tmp_path / "pulumi")
    assert failure(deployment.preview) == (
        f"engine pulumi: the virtual environment that Pulumi.yaml names, {tmp_path / '.venv'}, does not exist; "
        "create it with `make .venv/installed` in a checkout (an installed package has none), or use engine builtin"
    )


def fake_cli(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.mkdir()
    (folder / "pulumi").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "pulumi").chmod(0o700)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


# Processes

# Opens the log twice, as the CLI does for a preview and an update; leaves a plugin behind that is in a process group of
# its own, as the CLI's are.
CLI = """
import json, os, subprocess, sys, time
log = sys.argv[sys.argv.index("--event-log") + 1]
plugin = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], process_group=0)
for phase in ("preview", "update"):
    with open(log, "r+b", buffering=0) as events:
        for number in range(3):
            events.write(json.dumps({"phase": phase, "number": number, "plugin": plugin.pid}).encode() + b"\\n")
print("done")
print("said", file=sys.stderr)
time.sleep({seconds})
sys.exit(3)
"""


def operate(tmp_path: Path, on_event: Callable[[Any], None], seconds: int = 0) -> Any:
    command = [sys.executable, "-c", CLI.replace("{seconds}", str(seconds))]
    environment = dict(os.environ)
    return run_operation(command, directory=tmp_path, environment=environment, pipe=tmp_path / "p", on_event=on_event)


def is_gone(pid: int, seconds: float = 5) -> bool:
    for attempt in range(int(seconds * 20) + 1):
        time.sleep(0.05 if attempt else 0)
        status = subprocess.run(["/bin/ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
        if not status.stdout.strip() or status.stdout.startswith("Z"):
            return True
    return False


def test_every_event_is_handed_over_and_no_process_is_left(tmp_path: Path) -> None:
    events: list[Any] = []
    ended = operate(tmp_path, events.append)
    assert [(e["phase"], e["number"]) for e in events] == [(p, n) for p in ("preview", "update") for n in range(3)]
    assert (ended.code, ended.stdout, ended.stderr) == (3, "done\n", "said\n")
    assert is_gone(events[0]["plugin"])
    assert list(tmp_path.iterdir()) == []


def test_an_operation_that_is_broken_off_leaves_no_process(tmp_path: Path) -> None:
    seen: list[int] = []

    def stop(event: Any) -> None:
        seen.append(event["plugin"])
        os.kill(seen[0], 0)  # it was running
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        operate(tmp_path, stop, seconds=600)
    assert is_gone(seen[0])
    assert list(tmp_path.iterdir()) == []


# Ends without cleaning up: a signal that Python does not handle, and one that nothing can.
DRIVER = """
import sys
from pathlib import Path
from deadfall.lab.engine import PulumiDeployment
folder = Path(sys.argv[1])
environment = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_ACCESS_KEY_ID": "1", "AWS_SECRET_ACCESS_KEY": "test"}
PulumiDeployment(folder, "dev", provider_environment=environment, folder=folder / "pulumi").preview()
"""


@pytest.mark.parametrize(("name", "verb"), [("SIGTERM", "stack"), ("SIGTERM", "preview"), ("SIGKILL", "preview")])
def test_the_cli_ends_with_the_process_that_started_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, verb: str
) -> None:
    pids = tmp_path / "pids"
    config = 'test "$1" = stack && echo "config: {}" > Pulumi.dev.yaml'
    plugin = f"{sys.executable} -c 'import os, time; os.setpgid(0, 0); time.sleep(600)' & echo $$ $! > {pids}.new"
    hang = f'test "$1" = {verb} && {{ {plugin}; mv {pids}.new {pids}; trap "" TERM HUP; while :; do sleep 600; done; }}'
    fake_cli(tmp_path / "bin", f"{hang}\n{config}\nexit 0", monkeypatch)
    (tmp_path / "Pulumi.yaml").write_text(PROJECT)
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {}\n")
    with subprocess.Popen([sys.executable, "-c", DRIVER, str(tmp_path)]) as driver:
        try:
            until(pids.exists)
            started = [int(pid) for pid in pids.read_text().split()]
            assert not any(is_gone(pid, seconds=0) for pid in started)
        finally:
            driver.send_signal(getattr(signal, name))
    assert driver.returncode == -getattr(signal, name)
    left = [pid for pid in started if not is_gone(pid, seconds=1)]
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    assert left == []


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


# Reading what the engine writes

TOPIC = urn("it")
COMPONENT = urn("parent", "small:index:Component")


def step(kind: str, op: str, of: str = TOPIC, *, custom: bool = True, planning: bool = False) -> dict[str, Any]:
    return {kind: {"planning": planning, "metadata": {"op": op, "urn": of, "new": {"custom": custom}}}}


def said(message: str, severity: str, **more: Any) -> dict[str, Any]:
    return {"diagnosticEvent": {"message": message, "severity": severity, **more}}


def read(*events: dict[str, Any], preview: bool = False) -> tuple[EventReader, list[tuple[str, str]]]:
    told: list[Event] = []
    reader = EventReader(preview=preview, on_event=told.append)
    for event in events:
        reader.process(event)
    return reader, [(event.stage, event.action) for event in told]


@pytest.mark.parametrize(
    ("ops", "changes", "told"),
    [
        (["create"], Changes(created=[TOPIC]), [("started", "create"), ("done", "create")]),
        (["update"], Changes(updated=[TOPIC]), [("started", "update"), ("done", "update")]),
        (["delete"], Changes(deleted=[TOPIC]), [("started", "delete"), ("done", "delete")]),
        (["same"], Changes(same=[TOPIC]), []),
        (
            ["create-replacement", "replace", "delete-replaced"],
            Changes(replaced=[TOPIC]),
            [("started", "replace"), ("done", "replace"), ("started", "delete"), ("done", "delete")],
        ),
        (["import"], Changes(same=[TOPIC]), [("started", "read"), ("done", "read")]),
    ],
)
def test_what_was_done_is_told_and_counted(ops: list[str], changes: Changes, told: list[tuple[str, str]]) -> None:
    events = [step(kind, op) for op in ops for kind in ("resourcePreEvent", "resOutputsEvent")]
    reader, heard = read(*events)
    assert (reader.changes, heard) == (changes, told)


def test_only_what_is_really_done_counts_and_in_a_preview_what_is_planned() -> None:
    planned = step("resOutputsEvent", "create", planning=True)
    assert read(planned)[0].changes == Changes()
    assert read(planned, preview=True)[0].changes == Changes(created=[TOPIC])


def test_the_stack_outputs_are_those_told_last() -> None:
    stack = {"op": "create", "urn": urn("small-dev", STACK_TYPE), "type": STACK_TYPE}
    told = [{"resOutputsEvent": {"metadata": {**stack, "new": {"outputs": {"a": value}}}}} for value in (1, 2)]
    assert read(*told)[0].stack_outputs == {"a": 2}
    assert plain({"a": {SIGNATURE: SECRET, "ciphertext": "[secret]"}}) == {"a": secret("[secret]")}


def test_components_are_counted_but_no_steps() -> None:
    events = [step(kind, "create", COMPONENT, custom=False) for kind in ("resourcePreEvent", *["resOutputsEvent"] * 2)]
    for heard_of in (events, events[:1]):  # outputs are told twice, or never
        reader, heard = read(*heard_of)
        assert (reader.changes, heard) == (Changes(created=[COMPONENT]), [])


@pytest.mark.parametrize("found", ["same", "update", "delete"])
def test_a_refresh_reads_whatever_it_finds(found: str) -> None:
    reader, heard = read(step("resourcePreEvent", "refresh"), step("resOutputsEvent", found))
    assert heard == [("started", "read"), ("done", "read")]
    lists = {"same": reader.changes.same, "update": reader.changes.updated, "delete": reader.changes.deleted}
    assert lists[found] == [TOPIC]


def test_what_was_said() -> None:
    violation = {"policyName": "named", "message": "Has a name.\nwhat?", "resourceUrn": TOPIC}
    reader, heard = read(
        said("from the program\n", "info"),
        said("to debug", "debug"),
        said("soon gone", "info", ephemeral=True),
        said("careful", "warning", urn=TOPIC),
        said("careful", "warning", urn=TOPIC),
        said("creating it: it is there\n", "error", urn=TOPIC),
        said("update failed", "error"),
        {"policyEvent": {**violation, "enforcementLevel": "mandatory"}},
        {"policyEvent": {**violation, "enforcementLevel": "advisory", "policyName": "soft"}},
        step("resOpFailedEvent", "create"),
        {"summaryEvent": {}},
    )
    assert reader.diagnostics == [
        Diagnostic("info", "from the program"),
        Diagnostic("warning", "careful", TOPIC),
        Diagnostic("warning", "policy soft: it: Has a name. what?", TOPIC),
    ]
    assert reader.failures == ["policy named: it: Has a name. what?", "creating it: it is there"]
    assert heard == [("failed", "create")]


@pytest.mark.parametrize(
    ("events", "failures"),
    [
        (
            [said("Program failed with an unhandled exception:\nTraceback (most recent call last):\nE: no\n", "error")],
            ["the program failed: E: no"],
        ),
        (
            [
                said("Traceback (most recent call last):\n", "info#err"),
                said("ModuleNotFoundError: No module named 'pulumi'\n", "info#err"),
                said("an unhandled error occurred: program exited with non-zero exit code: 1\n", "error"),
            ],
            ["the program failed: ModuleNotFoundError: No module named 'pulumi'"],
        ),
        (
            [said("an unhandled error occurred: program exited with non-zero exit code: 3\n", "error")],
            ["an unhandled error occurred: program exited with non-zero exit code: 3"],
        ),
        ([said("Preview failed: resource 'x' does not exist", "error")], ["resource 'x' does not exist"]),
    ],
)
def test_a_failure_is_one_sentence(events: list[dict[str, Any]], failures: list[str]) -> None:
    assert read(*events)[0].failures == failures


def test_secrets_of_the_state_are_wrapped_and_internals_left_out() -> None:
    plaintext = {SIGNATURE: SECRET, "plaintext": '{"password":"p"}'}
    state = {"urn": TOPIC, "type": "t", "custom": True, "inputs": {"a": [plaintext], "__defaults": []}}
    (resource,) = resources([state, {**state, "delete": True}])
    assert resource.inputs == {"a": [secret({"password": "p"})]}
    steps = [{"urn": TOPIC, "newState": {**state, "inputs": {"a": "[secret]"}}}, {"urn": urn("gone"), "oldState": {}}]
    assert [r.inputs for r in of_preview({"steps": steps})] == [{"a": secret("[secret]")}]


# Both engines over the same small programs

TWO_TOPICS = """
aws = Provider()
one = topic("one", provider=aws)
two = topic("two", provider=aws, inputs={"name": "two", "displayName": config.require("word")}, parent=Component("c"))
pulumi.export("arn", one.arn)
pulumi.export("hidden", pulumi.Output.secret({"word": config.require("word")}))
"""


class Both:
    """The same program under both engines, each over an account of its own."""

    def __init__(self, folder: Path, emulators: tuple[Emulator, Emulator]) -> None:
        self.directory = folder / "program"
        self.emulators = emulators
        self._folder = folder
        self.directory.mkdir()
        runtime = {"name": "python", "options": {"virtualenv": sys.prefix}}
        (self.directory / "Pulumi.yaml").write_text(yaml.safe_dump({**yaml.safe_load(PROJECT), "runtime": runtime}))
        (self.directory / "Pulumi.dev.yaml").write_text("config: {}\n")

    def write(self, program: str, **config: str) -> tuple[Deployment, PulumiDeployment]:
        (self.directory / "__main__.py").write_text(PRELUDE + program)
        builtin, pulumi = (
            {
                "AWS_ENDPOINT_URL": emulator.endpoint,
                "AWS_ACCESS_KEY_ID": emulator.account_id,
                "AWS_SECRET_ACCESS_KEY": "test",
            }
            for emulator in self.emulators
        )
        state, folder = self._folder / "state.json", self._folder / "pulumi"
        return (
            Deployment(self.directory, "dev", config=config, provider_environment=builtin, state=state),
            PulumiDeployment(self.directory, "dev", config=config, provider_environment=pulumi, folder=folder),
        )


@pytest.fixture(scope="module")
def emulators(emulator: Emulator) -> Iterator[tuple[Emulator, Emulator]]:
    with Emulator.start(emulator.account_id) as other:
        yield emulator, other


@pytest.fixture
def both(tmp_path: Path, emulators: tuple[Emulator, Emulator], monkeypatch: pytest.MonkeyPatch) -> Iterator[Both]:
    # The user's own Pulumi and AWS are none of the lab's business.
    monkeypatch.setenv("PULUMI_BACKEND_URL", "https://nowhere.invalid")
    monkeypatch.setenv("PULUMI_STACK", "prod")
    monkeypatch.setenv("AWS_PROFILE", "work")
    both = Both(tmp_path, emulators)
    yield both
    if (tmp_path / "state.json").exists():
        for deployment in both.write(""):
            deployment.destroy()


def outcome(result: Result) -> tuple[dict[str, list[str]], dict[str, Any], dict[str, Any]]:
    graph = {r.urn: (r.type, r.name, r.parent, r.custom, r.inputs, r.protect) for r in result.resources}
    changes = {what: sorted(urns) for what, urns in vars(result.changes).items()}
    # A component and the provider have no inputs for the engines to differ in, but the SDK's own.
    return changes, {u: g for u, g in graph.items() if g[0].startswith("aws:")}, dict(result.stack_outputs)


@needs_cli
def test_both_engines_do_the_same(both: Both) -> None:
    deployments = both.write(TWO_TOPICS)
    for operation in ("up", "preview", "refresh", "up"):
        builtin, pulumi = (getattr(deployment, operation)() for deployment in deployments)
        changes, graph, outputs = outcome(pulumi)
        expected_changes, expected_graph, expected_outputs = outcome(builtin)
        if operation == "refresh":  # the built-in engine reports no step for components
            changes["same"] = [u for u in changes["same"] if ":Topic::" in u]
        if operation == "preview":  # the CLI does not tell secrets in a preview
            expected_outputs["hidden"] = secret("[secret]")
        assert (changes, graph, outputs) == (expected_changes, expected_graph, expected_outputs)

    changed = both.write(TWO_TOPICS.replace('topic("one"', 'topic("three"'), word="world")
    builtin, pulumi = (outcome(deployment.up()) for deployment in changed)
    assert pulumi == builtin
    for emulator in both.emulators:
        assert (topics(emulator), display_name(emulator, "two")) == (["three", "two"], "world")
        emulator.client("sns", "eu-west-1").delete_topic(TopicArn=f"arn:aws:sns:eu-west-1:{emulator.account_id}:three")
    builtin, pulumi = (deployment.refresh().changes for deployment in changed)
    assert pulumi.deleted == builtin.deleted == [urn("three")]


@needs_cli
@pytest.mark.parametrize(
    ("program", "sentence"),
    [
        ("raise pulumi.RunError('the key is missing; set it')", "the key is missing; set it"),
        ("Provider()\nprint('hello')\nraise ValueError('boom')", "the program failed: ValueError: boom"),
        ("topic('it', provider=Provider(region=''))", "the AWS provider needs a region"),
        (
            "aws = Provider()\nResource('aws:sns/topic:Topic', 'it', {'nmae': 'x'}, provider=aws)",
            "nmae is not a property that the lab implements; it has ",
        ),
    ],
)
def test_what_is_wrong_is_said_by_both_engines(both: Both, program: str, sentence: str) -> None:
    before = {path for path in both.directory.rglob("*") if "__pycache__" not in path.parts}
    for deployment in both.write(program):
        assert sentence in failure(deployment.preview)
    assert "Traceback" not in sentence
    after = {path for path in both.directory.rglob("*") if "__pycache__" not in path.parts}
    assert after - before == {both.directory / "__main__.py"}
    assert (both.directory / "Pulumi.dev.yaml").read_text() == "config: {}\n"


@needs_cli
def test_the_raw_state_and_the_raw_preview(both: Both) -> None:
    _, deployment = both.write(TWO_TOPICS)
    document = deployment.preview_document()
    assert names([s["urn"] for s in document["steps"]]) == ["aws", "c", "one", "small-dev", "two"]
    deployment.up()
    state = deployment.export()
    (stack,) = (r for r in state["resources"] if r["type"] == "pulumi:pulumi:Stack")
    assert stack["outputs"]["hidden"].keys() == {SIGNATURE, "ciphertext"}
    assert "world" not in json.dumps(state)
    assert names(deployment.destroy().changes.deleted) == ["aws", "c", "one", "small-dev", "two"]
