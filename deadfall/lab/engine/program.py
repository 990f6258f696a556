"""Run a Pulumi program in this process, as `pulumi-language-python-exec` of the pulumi CLI does.

    python program.py <project directory> <program directory> <monitor address> <project> <stack> <dry run: true|false>

The config is in PULUMI_CONFIG and PULUMI_CONFIG_SECRET_KEYS. If the program fails, its error is logged to the engine as
one sentence and the exit code is 32, as in the original.
"""

import asyncio
import gc
import logging
import os
import runpy
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pulumi
import pulumi.runtime

PARALLEL = 16
ERROR_ALREADY_LOGGED = 32


def main(root: str, directory: str, monitor: str, project: str, stack: str, dry_run: str) -> int:
    pulumi.runtime.set_all_config(pulumi.runtime.get_config_env(), pulumi.runtime.get_config_secret_keys_env())
    pulumi.runtime.configure(
        pulumi.runtime.Settings(
            monitor=monitor,
            engine=monitor,
            project=project,
            stack=stack,
            parallel=PARALLEL,
            dry_run=dry_run == "true",
            organization="organization",  # the value for backends without organizations
            root_directory=root,
        )
    )
    pulumi.log.debug = _discard  # thousands of messages that the engine would discard, each a call of its own
    gc.disable()  # the program soon ends, and its many tasks are hardly ever garbage
    os.chdir(directory)
    sys.argv = ["."]
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    executor = ThreadPoolExecutor(max_workers=PARALLEL * 4)
    loop.set_default_executor(executor)
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)  # it would report the pending futures of a failed program
    try:
        loop.run_until_complete(pulumi.runtime.run_in_stack(lambda: _run(directory)))
    except Exception as error:
        pulumi.log.error(_sentence(error, Path(directory)))
        return ERROR_ALREADY_LOGGED
    finally:
        executor.shutdown(wait=True)
        loop.close()
    return 0


def _discard(*_: object, **__: object) -> None:
    pass


def _run(directory: str) -> None:
    if not Path(directory, "__main__.py").exists():
        raise pulumi.RunError(f"there is no __main__.py in {directory}")
    runpy.run_path(".", run_name="__main__")


def _sentence(error: Exception, directory: Path) -> str:
    message = " ".join(str(error).split())
    if isinstance(error, pulumi.RunError):  # already written for the user
        return message
    frames = [f for f in traceback.extract_tb(error.__traceback__) if _within(Path(f.filename), directory)]
    where = f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""
    return f"the program failed: {type(error).__name__}: {message}{where}"


def _within(file: Path, directory: Path) -> bool:
    """Return whether a file belongs to the program, not to a library installed below its directory."""
    file = file.resolve()
    return file.is_relative_to(directory) and "site-packages" not in file.relative_to(directory).parts


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
