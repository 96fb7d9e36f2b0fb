"""The clean process: NumPy is loaded, no test was ever seen, and each box is forked from here.

`Sandboxes` starts it, as a program of its own. A box is forked ahead of the time when it is asked
for, since to build its walls takes a while.
"""

import gc
import os
import signal
import socket
import struct
import sysconfig
from contextlib import nullcontext, suppress
from importlib import import_module
from pathlib import Path

import numpy as np

from . import box, walls

ORDER = struct.Struct("<cq")
COURSE = Path(__file__).parents[1]
# Loaded before the root is changed; NumPy imports some of its parts only when they are used.
LOADED = (
    *(f"numpy.{part}" for part in ("fft", "linalg", "ma", "polynomial", "random", "testing")),
    "backprop_lab.nn",
    "backprop_lab.data",
)


def views() -> list[Path]:
    """List what a box may see: Python's library, NumPy, and the course's network and data."""
    library = {Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib")}
    numpy = Path(np.__file__).parent
    course = [COURSE / name for name in ("__init__.py", "nn", "data")]
    return sorted({*library, numpy, *numpy.parent.glob("numpy.libs"), *course})


def main(line: int, kind: str) -> None:
    """Serve the checker: ``b`` asks for a box, ``k`` for the end of the one of this number.

    ``f`` asks for the same, and for no answer.
    """
    checker = socket.socket(fileno=line)
    try:
        nursery = Nursery(kind)
        spare = nursery.born()
        first = spare[1].recv(500, socket.MSG_PEEK)
        if first != box.READY:
            raise OSError(first.decode(errors="replace"))
    except OSError as error:
        checker.sendall(f"{error}\n".encode())
        return
    checker.sendall(b"\n")
    while order := checker.recv(ORDER.size):
        what, number = ORDER.unpack(order)
        if what == b"b":
            process, end = spare
            socket.send_fds(checker, [ORDER.pack(b"b", process)], [end.fileno()])
            end.close()
            spare = nursery.born()
        elif what == b"k":
            checker.sendall(ORDER.pack(b"k", nursery.ended(number)))
        else:
            nursery.ended(number)
    for process in list(nursery.alive):
        nursery.ended(process)


def alone(line: int) -> None:
    """Be a single box, where somebody else has built the walls."""
    _load()
    walls.give_up_rights()
    box.live(line)


class Nursery:
    """Forks boxes, and ends them.

    Parameters
    ----------
    kind : ``"namespaces"``, or ``"none"`` for boxes without walls

    Raises
    ------
    OSError
        If there are no namespaces for this user.
    """

    def __init__(self, kind: str):
        _load()
        self.walled, self.alive, self.proc = kind == "namespaces", set(), -1
        if self.walled:
            self.proc = os.open("/proc", os.O_PATH | os.O_DIRECTORY)
            walls.move_out()
            walls.build_root(views())
            self.own = os.open("self/ns/pid", os.O_RDONLY, dir_fd=self.proc)
        gc.collect()
        gc.freeze()  # what is here by now need not be walked through again in every box

    def born(self) -> tuple[int, socket.socket]:
        """Fork a box; return its process and the other end of its line."""
        here, there = socket.socketpair()
        with walls.own_processes(self.own) if self.walled else nullcontext():
            process = os.fork()
            if process == 0:
                self._live(here.fileno())  # and never back from there
        here.close()
        self.alive.add(process)
        return process, there

    def ended(self, process: int) -> int:
        """Kill a box; return the status with which it had ended before, or -1 if it had not."""
        if process not in self.alive:
            return -1
        self.alive.remove(process)
        early, status = os.waitpid(process, os.WNOHANG)
        if not self.walled:
            with suppress(ProcessLookupError):  # what it has left behind dies, too
                os.killpg(process, signal.SIGKILL)
        if early:
            return status
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        return -1

    def _live(self, line: int) -> None:
        try:
            for other in {*range(3, 256)} - {line, self.proc}:
                with suppress(OSError):
                    os.close(other)
            if self.walled:
                walls.go_inside(self.proc)
            else:
                os.setsid()
                walls.set_limits("RLIMIT_CPU", "RLIMIT_AS", "RLIMIT_FSIZE", "RLIMIT_CORE")
            box.live(line)
        except OSError as error:
            os.write(line, str(error).encode())
        finally:
            os._exit(1)


def _load() -> None:
    for name in LOADED:
        import_module(name)
    box.rehearse()
