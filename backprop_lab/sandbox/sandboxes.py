"""The checker's side: own the clean process, ask it for boxes, talk to them."""

import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from . import nursery, walls
from .box import READY
from .syscalls import known_processor
from .wire import LENGTHS, Garbled, Stray, measured, pack, unpack

SOURCE = Path(__file__).parents[2]
START = 30.0  # seconds, for a clean process
MOST_MESSAGES = 10_000  # from one box in answer to one request
ENVIRONMENT = {
    **dict.fromkeys(["OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"], "1"),
    "HOME": "/tmp",
    "TMPDIR": "/tmp",
    "LC_ALL": "C.UTF-8",
    "PATH": "",
}


class NoWalls(RuntimeError):
    """Neither namespaces nor bubblewrap are to be had here; its words say what to do."""


class TimeOut(Exception):
    """A box did not answer in time."""


class BoxLost(Exception):
    """A box ended, or said something that is no answer; its words say which."""


class Sandboxes:
    """Owns the clean process: ``with Sandboxes() as room: ...``. Leaves nothing behind.

    Parameters
    ----------
    unsandboxed : run without walls where there are none to be had; `sandboxed` tells
    kinds : which walls to try, in this order

    Raises
    ------
    NoWalls
        On entering, where neither namespaces nor bubblewrap are to be had, unless `unsandboxed`.
    """

    def __init__(
        self,
        *,
        unsandboxed: bool = False,
        kinds: Sequence[str] = ("namespaces", "bubblewrap"),
    ):
        self.kinds = [*kinds, *["none"] * unsandboxed]
        self.kind, self._home = "", None

    @property
    def sandboxed(self) -> bool:
        """Whether there are walls."""
        return self.kind != "none"

    def __enter__(self) -> "Sandboxes":
        reasons = []
        for kind in self.kinds:
            try:
                self._home, self.kind = HOMES[kind](), kind
                return self
            except NoWalls as reason:
                reasons.append(f"{kind}: {reason}")
        raise NoWalls(
            "There is no safe place for a stranger's code here "
            f"({'; '.join(reasons)}). Install bubblewrap, let users have namespaces "
            "(`sysctl user.max_user_namespaces`), or, for code that you trust, say unsandboxed."
        )

    def __exit__(self, *exception) -> None:
        home, self._home = self._home, None
        home.close()

    def renewed(self) -> bool:
        """Replace a clean process that has died, and its boxes with it; tell whether it had."""
        if self._home is None or self._home.is_alive:
            return False
        self._home.close()
        self._home = HOMES[self.kind]()
        return True

    def box(self) -> "Box":
        """Give a new box.

        Raises
        ------
        BoxLost
            If there is none to be had any more.
        """
        if self._home is None:
            raise BoxLost("The room was closed.")
        return Box(self._home)


class Box:
    """One submission behind walls; ``with room.box() as box: ...`` ends it."""

    def __init__(self, home: "_CleanProcess | _Bubbles"):
        self._home = home
        self._process, self._line = home.born()
        self._number, self._buffer = 0, bytearray()
        if self._read(len(READY), time.monotonic() + START) != READY:
            raise BoxLost("Its walls did not stand.")

    def __enter__(self) -> "Box":
        return self

    def __exit__(self, *exception) -> None:
        self.end()

    def leave(self) -> None:
        """Let whatever runs inside be killed, and don't wait for it."""
        if self._left():
            self._home.forget(self._process)

    def end(self) -> str:
        """Kill whatever runs inside; say how it had ended before, if it had."""
        return _how(self._home.ended(self._process)) if self._left() else ""

    def _left(self) -> bool:
        """Close the line; tell whether it was open."""
        line, self._line = self._line, None
        if line:
            line.close()
        return line is not None

    def ask(
        self,
        request: dict,
        seconds: float,
        *,
        stray: Callable[[str], Any] = Stray,
        heard: Callable[[dict], None] = lambda message: None,
    ) -> dict:
        """Send a request and return its answer.

        Parameters
        ----------
        seconds : how long to wait for all of it
        stray : makes something of what could not travel, from what it is
        heard : is told of messages on the way

        Raises
        ------
        TimeOut, BoxLost
            If there is no answer in time, or none that is one. The box is of no use any more.
        """
        self._number += 1
        deadline = time.monotonic() + seconds
        self._send(pack({**request, "number": self._number}), deadline)
        for _ in range(MOST_MESSAGES):
            message = self._receive(deadline, stray)
            number = message.get("number")
            if type(number) is int and number == self._number:
                return message
            heard(message)
        raise BoxLost("It talks without end.")

    def _send(self, frame: bytes, deadline: float) -> None:
        try:
            self._line.settimeout(max(deadline - time.monotonic(), 0.001))
            self._line.sendall(frame)
        except TimeoutError:
            raise TimeOut from None
        except OSError:
            raise BoxLost("It has ended.") from None

    def _receive(self, deadline: float, stray: Callable) -> dict:
        try:
            text, blob = measured(self._read(LENGTHS.size, deadline))
            message = unpack(self._read(text, deadline), self._read(blob, deadline), stray=stray)
        except Garbled as error:
            raise BoxLost(f"It sent {error}.") from None
        if type(message) is not dict:
            raise BoxLost("It sent no message.")
        return message

    def _read(self, size: int, deadline: float) -> bytes:
        while len(self._buffer) < size:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeOut
            self._line.settimeout(left)
            try:
                part = self._line.recv(2**16)
            except TimeoutError:
                raise TimeOut from None
            except OSError:
                part = b""
            if not part:
                raise BoxLost("It has ended.")
            self._buffer += part
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken


def _how(status: int) -> str:
    """Say how a process ended, from its status; "" where it had not."""
    if status == -1:
        return ""
    code = os.waitstatus_to_exitcode(status)
    if code >= 0:
        return f"It ended itself (exit code {code})."
    known = {
        signal.SIGXCPU: "It took more than its share of processor time.",
        signal.SIGKILL: "It was killed: out of memory, or out of time.",
        signal.SIGSYS: "It called what no notebook needs from the system.",
    }
    return known.get(-code, f"It crashed ({signal.Signals(-code).name}).")


class _CleanProcess:
    """Forks boxes: a program that has NumPy loaded, and never loads more of the course."""

    def __init__(self, kind: str):
        if kind == "namespaces" and (reason := walls.unavailable()):
            raise NoWalls(reason)
        self.line, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(
                _python(f"nursery.main({theirs.fileno()}, {kind!r})"),
                pass_fds=[theirs.fileno()],
                **_apart(),
            )
        self.line.settimeout(START)
        reason = self._heard()
        if reason != "\n":
            self.close()
            raise NoWalls(reason.strip() or "the clean process did not start")

    @property
    def is_alive(self) -> bool:
        """Whether it runs."""
        return self.process.poll() is None

    def _heard(self) -> str:
        said = b""
        try:
            while not said.endswith(b"\n") and (part := self.line.recv(1000)):
                said += part
        except OSError:
            return ""
        return said.decode(errors="replace")

    def born(self) -> tuple[int, socket.socket]:
        """Ask for a box: its number, and the line to it."""
        try:
            self.line.sendall(nursery.ORDER.pack(b"b", 0))
            answer, handles, *_ = socket.recv_fds(self.line, nursery.ORDER.size, 1)
        except OSError:
            handles = []
        if not handles:
            raise BoxLost("The clean process has died.")
        return nursery.ORDER.unpack(answer)[1], socket.socket(fileno=handles[0])

    def ended(self, process: int) -> int:
        """Let a box be killed; return its status if it had ended before, or else -1."""
        try:
            self.line.sendall(nursery.ORDER.pack(b"k", process))
            return nursery.ORDER.unpack(self.line.recv(nursery.ORDER.size))[1]
        except (OSError, struct.error):
            return -1  # the clean process has died, and its boxes with it

    def forget(self, process: int) -> None:
        """Let a box be killed, whenever there is time for it."""
        with suppress(OSError):  # the clean process has died, and its boxes with it
            self.line.sendall(nursery.ORDER.pack(b"f", process))

    def close(self) -> None:
        """End it, and with it all its boxes."""
        self.line.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class _Bubbles:
    """Starts a new Python in bubblewrap for each box: slow, where namespaces are not for us."""

    is_alive = True

    def __init__(self):
        self.program = shutil.which("bwrap")
        if not self.program:
            raise NoWalls("not installed")
        if not known_processor():
            raise NoWalls(f"no filter is known for {os.uname().machine}")
        self.alive: dict[int, subprocess.Popen] = {}
        process, line = self.born()
        with line:
            line.settimeout(START)
            works = line.recv(len(READY))
        self.ended(process)
        if not works:
            raise NoWalls("it does not run here")

    def born(self) -> tuple[int, socket.socket]:
        """Start a box: its number, and the line to it."""
        here, theirs = socket.socketpair()
        with theirs:
            program = _python(f"nursery.alone({theirs.fileno()})")
            process = subprocess.Popen(
                [self.program, *_wrapping(), "--", *program],
                pass_fds=[theirs.fileno()],
                **_apart(),
            )
        self.alive[process.pid] = process
        return process.pid, here

    def ended(self, number: int) -> int:
        """Kill a box; return -1, for how it ended bubblewrap doesn't tell."""
        process = self.alive.pop(number)
        process.kill()
        process.wait()
        return -1

    forget = ended

    def close(self) -> None:
        """End all boxes."""
        for number in list(self.alive):
            self.ended(number)


HOMES = {
    "namespaces": lambda: _CleanProcess("namespaces"),
    "bubblewrap": _Bubbles,
    "none": lambda: _CleanProcess("none"),
}


def _python(what: str) -> list[str]:
    begin = f"import sys; sys.path.insert(0, {str(SOURCE)!r})"
    return [
        sys.executable,
        "-I",
        "-c",
        f"{begin}; from backprop_lab.sandbox import nursery; {what}",
    ]


def _apart() -> dict:
    """Let a process have nothing of ours: no terminal, no words, no environment."""
    silent = dict.fromkeys(["stdin", "stdout", "stderr"], subprocess.DEVNULL)
    return {**silent, "env": ENVIRONMENT, "start_new_session": True}


def _wrapping() -> list[str]:
    """Tell bubblewrap which walls to build."""
    room = Path(__file__).parent
    python = [Path(sys.executable), Path(sys.prefix, "pyvenv.cfg"), Path(sys.base_prefix, "bin")]
    library = [Path(sysconfig.get_config_var("LIBDIR")), *map(Path, ("/lib", "/lib64", "/usr/lib"))]
    shown = [each for each in [*python, *library, *nursery.views(), room] if each.exists()]
    shown += [each.resolve() for each in shown]
    options = ["--unshare-all", "--unshare-user", "--uid", str(walls.NOBODY), "--die-with-parent"]
    options += ["--gid", str(walls.NOBODY), "--cap-drop", "ALL", "--tmpfs", "/tmp"]
    for each in sorted({*shown}, key=lambda path: len(path.parts)):
        options += ["--ro-bind", str(each), str(each)]
    return [*options, "--remount-ro", "/", "--chdir", "/tmp"]
