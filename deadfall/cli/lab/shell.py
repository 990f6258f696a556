"""A shell in the lab: its environment, and how each shell is made to keep it and to show in its prompt where it is.
Pure."""

import os
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from deadfall.lab.daemon.folder import LabFolder

LAB = "DEADFALL_LAB"  # which lab the commands are about


@dataclass(frozen=True)
class Start:
    """How to start a shell: its command line, its whole environment, and files that it needs, by their path below the
    lab's folder for shells."""

    command: list[str]
    environment: Mapping[str, str]
    files: Mapping[str, str] = field(default_factory=dict)


def aws_environment(folder: LabFolder, profile: str, endpoint: str) -> dict[str, str]:
    """What makes every AWS tool talk to the lab as that profile."""
    return {
        "AWS_CONFIG_FILE": str(folder.aws_config),
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_PROFILE": profile,
        "AWS_ENDPOINT_URL": endpoint,  # for whatever profile is chosen, and for tools that ask no profile
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_PAGER": "",
    }


def start(
    shell: str,
    folder: LabFolder,
    aws: Mapping[str, str],
    pulumi: Mapping[str, str] | None,
    inherited: Mapping[str, str],
) -> Start:
    """How to start `shell` (a path such as /bin/bash) with nothing of the caller's own AWS set-up, and with a prompt
    that says `(lab PROFILE)`.

    The user's own start-up file is read first. What it does to `AWS_…` and before the PATH is taken back: a shell in
    the lab reaches nothing else.

    Args:
        aws: of `aws_environment`.
        pulumi: what the pulumi CLI needs for the lab's stack, if there is one that the real engine knows.
    """
    programs = os.pathsep.join([str(folder.shell / "bin"), str(Path(sys.executable).parent)])
    environment = _environment(folder, aws, programs, inherited)
    files = {"bin/pulumi": _pulumi(pulumi)} if pulumi else {}
    mark = f"(lab {aws['AWS_PROFILE']}) "
    exports = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in aws.items())
    exports += f"export PATH={shlex.quote(programs)}:$PATH\n"
    match Path(shell).name:
        case "bash":
            files["bashrc"] = f'[ -r ~/.bashrc ] && . ~/.bashrc\nunset "${{!AWS_@}}"\n{exports}PS1="{mark}${{PS1-}}"\n'
            return Start([shell, "--rcfile", str(folder.shell / "bashrc"), "-i"], environment, files)
        case "zsh":
            own = shlex.quote(inherited.get("ZDOTDIR") or inherited.get("HOME") or "/")
            files[".zshenv"] = f"[ -r {own}/.zshenv ] && . {own}/.zshenv\nZDOTDIR={shlex.quote(str(folder.shell))}\n"
            files[".zshrc"] = (
                f"ZDOTDIR={own}\n[ -r {own}/.zshrc ] && . {own}/.zshrc\n"
                f"unset -m 'AWS_*'\n{exports}PROMPT=\"{mark}$PROMPT\"\n"
            )
            return Start([shell, "-i"], {**environment, "ZDOTDIR": str(folder.shell)}, files)
        case "fish":
            lines = [
                "set --erase (set --names | string match 'AWS_*')",
                *(f"set --global --export {name} {shlex.quote(value)}" for name, value in aws.items()),
                f"set --global --export PATH {shlex.quote(programs)} $PATH",
                "functions --copy fish_prompt _own_prompt",
                f"function fish_prompt; echo -n '{mark}'; _own_prompt; end",
            ]
            return Start([shell, "--interactive", "--init-command", "; ".join(lines)], environment, files)
        case _:
            return Start([shell], {**environment, "PS1": f"{mark}$ "}, files)


def _environment(
    folder: LabFolder, aws: Mapping[str, str], programs: str, inherited: Mapping[str, str]
) -> dict[str, str]:
    kept = {name: value for name, value in inherited.items() if not name.startswith("AWS_")}
    no_proxy = ",".join(filter(None, (inherited.get("NO_PROXY") or inherited.get("no_proxy"), "127.0.0.1")))
    path = os.pathsep.join(filter(None, (programs, inherited.get("PATH"))))
    return {**kept, **aws, "NO_PROXY": no_proxy, "no_proxy": no_proxy, "PATH": path, LAB: str(folder.path)}


def _pulumi(needed: Mapping[str, str]) -> str:
    """The pulumi CLI with the lab's backend and the deploy role's session, which is for it alone: whatever else runs in
    the shell is somebody else."""
    here, _, path = needed["PATH"].partition(os.pathsep)
    exports = "".join(
        f"export {name}={shlex.quote(value)}\n" for name, value in sorted(needed.items()) if name != "PATH"
    )
    exports = f"unset PULUMI_CONFIG_PASSPHRASE\n{exports}"  # it would win over the file
    return f'#!/bin/sh\n{exports}export PATH={shlex.quote(here)}:{shlex.quote(path)}\nexec pulumi "$@"\n'
