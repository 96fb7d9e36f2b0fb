"""Start and stop the course's own JupyterLab, as on a learner's first day."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

BACKPROP_LAB = str(Path(sys.executable).with_name("backprop-lab"))


@dataclass(frozen=True)
class Server:
    """A running JupyterLab: its address, its token, the folder with the course, and its log."""

    url: str
    token: str
    folder: Path
    log: Path


@contextmanager
def running(
    command: Sequence[str], *, folder: Path, home: Path, timeout: float = 60, **variables: str
) -> Iterator[Server]:
    """Run a command that starts JupyterLab in `folder`; yield once it listens, stop it after.

    `home` takes the place of this machine's own Jupyter settings.
    """
    log = home / "log.txt"
    with log.open("w") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=os.environ | newcomer(home) | variables,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        runtime = home / "runtime"
        address = wait_for(lambda: listening(runtime) or process.poll() is not None, timeout)
        assert isinstance(address, dict), f"JupyterLab did not start:\n{log.read_text()}"
        yield Server(address["url"], address["token"], folder, log)
    finally:
        process.terminate()
        process.wait(timeout=30)


def newcomer(home: Path) -> dict[str, str]:
    """Return the variables that hide this machine's own Jupyter settings."""
    return {
        "JUPYTER_CONFIG_DIR": str(home),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "IPYTHONDIR": str(home / "ipython"),
    }


def listening(runtime: Path) -> dict | None:
    """Return what a server says of itself once it listens: it may have moved to another port."""
    for file in runtime.glob("jpserver-*.json"):
        try:
            address = json.loads(file.read_text())
            socket.create_connection((address["hostname"], address["port"])).close()
        except (json.JSONDecodeError, OSError):  # half written, or not listening yet
            continue
        return address
    return None


def wait_for(answer: Callable, timeout: float = 60):
    """Ask again and again until the answer is a true one, or the time (in seconds) is up."""
    deadline = time.monotonic() + timeout
    while not (found := answer()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
