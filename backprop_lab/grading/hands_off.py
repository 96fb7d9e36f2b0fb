"""Keep files and programs out of reach of a function that is being checked."""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

_EVENTS = {
    *("os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.truncate"),
    *("os.chmod", "os.chdir", "os.system", "os.exec", "os.fork", "os.posix_spawn", "os.putenv"),
    *("shutil.rmtree", "shutil.move", "shutil.copyfile", "subprocess.Popen"),
}
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_TRUNC
_watched = threading.local()


class HandsOff(PermissionError):
    """Raised in place of changing a file or starting a program."""


@contextmanager
def hands_off() -> Iterator[None]:
    """Refuse this thread, for as long as it lasts, to change files and to start programs."""
    _install()
    _watched.now = True
    try:
        yield
    finally:
        _watched.now = False


@cache
def _install():
    sys.addaudithook(_refuse)  # Python never lets go of a hook: it sleeps between checks


def _refuse(event: str, arguments: tuple):
    if getattr(_watched, "now", False) and (
        event in _EVENTS or (event == "open" and _writes(*arguments))
    ):
        raise HandsOff(f"{event} is out of reach during a check")


def _writes(path, mode, flags) -> bool:
    return bool(set(mode or "") & set("wax+") or (flags or 0) & _WRITING)
