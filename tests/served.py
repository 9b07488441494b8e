"""A server of the tests' in a process of its own: the doubles of AWS and the tape player."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import tabula_rasa


@contextlib.contextmanager
def served(module: str, *arguments) -> Iterator[str]:
    """The URL that `python -m module` prints as its first line; the process ends with the block."""
    path = [Path(__file__).parent, Path(tabula_rasa.__file__).parent.parent]
    # A session of its own, so that Ctrl-C in a psql beside it is psql's; and it ends when its owner is killed.
    command = ["setsid", "setpriv", "--pdeathsig", "TERM", sys.executable, "-m", module, *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, path))}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            url = process.stdout.readline().strip()
            if not url:
                raise RuntimeError(f"{module} did not start: exit status {process.wait()}")
            yield url
        finally:
            process.terminate()
