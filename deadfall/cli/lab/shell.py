"""A shell in the lab: its environment, and the start-up files that protect it and mark the prompt. Pure."""

import os
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from deadfall.lab.daemon.folder import LabFolder

LAB = "DEADFALL_LAB"  # the folder of the lab that the commands use


@dataclass(frozen=True)
class Start:
    """The command line and complete environment of a shell, and the files that it needs, by their path below the lab's
    folder for shells."""

    command: list[str]
    environment: Mapping[str, str]
    files: Mapping[str, str] = field(default_factory=dict)


def aws_environment(folder: LabFolder, profile: str, endpoint: str) -> dict[str, str]:
    """Return the variables that make every AWS tool use the lab and this profile."""
    return {
        "AWS_CONFIG_FILE": str(folder.aws_config),
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_PROFILE": profile,
        "AWS_ENDPOINT_URL": endpoint,  # for other profiles, and for tools that use none
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_PAGER": "",
    }


def prepare(
    shell: str,
    folder: LabFolder,
    aws: Mapping[str, str],
    pulumi: Mapping[str, str] | None,
    inherited: Mapping[str, str],
) -> Start:
    """Prepare `shell` (a path such as /bin/bash) so that it ignores the caller's own AWS configuration and its prompt
    begins with `(lab PROFILE)`.

    The user's own start-up file runs first; afterwards the lab's variables and PATH override its changes, so that the
    shell reaches only the lab.

    Args:
        aws: the variables from `aws_environment`.
        pulumi: the environment of the pulumi CLI for the lab's stack, if the lab uses the pulumi engine.
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
    """Render a wrapper of the pulumi CLI with the lab's backend and the deploy role's session; nothing else in the
    shell gets that session."""
    here, _, path = needed["PATH"].partition(os.pathsep)
    exports = "".join(
        f"export {name}={shlex.quote(value)}\n" for name, value in sorted(needed.items()) if name != "PATH"
    )
    exports = f"unset PULUMI_CONFIG_PASSPHRASE\n{exports}"  # it would override the passphrase file
    return f'#!/bin/sh\n{exports}export PATH={shlex.quote(here)}:{shlex.quote(path)}\nexec pulumi "$@"\n'
