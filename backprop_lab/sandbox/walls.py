"""The walls of a box: namespaces, a root that holds Python alone, limits, no rights, few calls.

`build_root` is for the clean process, once: everything forked from it sees the same narrow root.
`go_inside` is for each box: it takes away the rest. What it shuts stays shut, for there is no
right left to open it with. Linux alone; man pages: unshare(2), pivot_root(2), seccomp(2).
"""

import ctypes
import os
import resource
import sys
from contextlib import contextmanager
from pathlib import Path

from .syscalls import filter_program, known_processor

MEGABYTE = 2**20
LIMITS = {
    "RLIMIT_CPU": 30,  # seconds
    "RLIMIT_AS": 1024 * MEGABYTE,
    "RLIMIT_FSIZE": 8 * MEGABYTE,
    "RLIMIT_NOFILE": 64,
    "RLIMIT_NPROC": 32,
    "RLIMIT_CORE": 0,
    "RLIMIT_MEMLOCK": 0,
    "RLIMIT_MSGQUEUE": 0,
}
NOBODY = 65534

NEWNS, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET = (
    0x00020000,
    0x04000000,
    0x08000000,
    0x10000000,
    0x20000000,
    0x40000000,
)
_RDONLY, _NOSUID, _NODEV, _NOEXEC, _REMOUNT, _BIND, _REC, _PRIVATE = (
    *(1, 2, 4, 8, 32, 4096, 16384, 1 << 18),
)
_STAYS = _RDONLY | _NOSUID | _NODEV | _NOEXEC | 1024 | 2048  # and noatime, nodiratime
_DETACH = 2
_SET_DEATH_SIGNAL, _SET_DUMPABLE, _DROP_BOUNDING, _NO_NEW_RIGHTS, _SECCOMP = 1, 4, 24, 38, 22
_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
_SIGKILL = 9

_libc = ctypes.CDLL(None, use_errno=True)


def unavailable() -> str:
    """Say why this system can't have such walls at all; "" where it may."""
    if sys.platform != "linux":
        return "namespaces are Linux's"
    return "" if known_processor() else f"no filter is known for {os.uname().machine}"


def move_out() -> None:
    """Go on as the first process of a namespace of our own: when it ends, so does all inside.

    Raises
    ------
    OSError
        If the system doesn't let this user have namespaces.
    """
    user, group = os.geteuid(), os.getegid()
    _call("unshare", NEWNS | NEWPID | (NEWUSER if user else 0))
    if user:
        _map_identity(Path("/proc/self"), user, user, group, group)
    if process := os.fork():
        os._exit(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) & 255)
    _call("prctl", _SET_DEATH_SIGNAL, _SIGKILL, 0, 0, 0)


def build_root(folders: list[Path]) -> None:
    """Move this process to a root that holds these folders and files, read-only, and nothing else.

    Raises
    ------
    OSError
        If something that is to be shown is not there.
    """
    _mount("none", "/", None, _REC | _PRIVATE)
    sources = {each: os.open(each, os.O_PATH) for each in folders}  # the new root may cover them
    _mount("tmpfs", "/tmp", "tmpfs", _NOSUID | _NODEV, "mode=755")
    os.mkdir("/tmp/tmp")
    for source, handle in sources.items():
        _show(f"/proc/self/fd/{handle}", Path("/tmp") / source.relative_to("/"))
        os.close(handle)
    os.chdir("/tmp")
    _check(_libc.syscall(_PIVOT_ROOT[os.uname().machine], b".", b"."), "pivot_root")
    _call("umount2", b".", _DETACH)
    os.chdir("/")
    _mount("tmpfs", "/", None, _REMOUNT | _RDONLY | _NOSUID | _NODEV)


@contextmanager
def own_processes(here: int):
    """Let the next fork be the first process of a namespace; `here` is a handle of the own one."""
    _call("unshare", NEWPID)
    try:
        yield
    finally:
        _call("setns", here, NEWPID)


def go_inside(proc: int) -> None:
    """Shut this process in, for ever; `proc` is a handle of /proc, which the root doesn't hold."""
    user, group = os.geteuid(), os.getegid()
    if user == 0:  # root is exempt from limits
        user = group = NOBODY
        os.setgroups([])
        os.setresgid(group, group, group)
        os.setresuid(user, user, user)
        _call("prctl", _SET_DUMPABLE, 1, 0, 0, 0)  # or its own /proc files would be root's
    _call("unshare", NEWUSER | NEWNS | NEWNET | NEWIPC | NEWUTS)
    os.fchdir(proc)
    _map_identity(Path("self"), NOBODY, user, NOBODY, group)
    Path("self/oom_score_adj").write_text("1000")
    _mount_private()
    os.chdir("/tmp")
    os.close(proc)
    _call("prctl", _SET_DEATH_SIGNAL, _SIGKILL, 0, 0, 0)  # a change of user would clear it
    give_up_rights()


def _mount_private() -> None:
    """Make /tmp the box's own, and show again what lies there to be seen, such as a course.

    The working folder is /proc, through which a handle has a path.
    """
    seen = {name: os.open(f"/tmp/{name}", os.O_PATH) for name in os.listdir("/tmp")}
    _mount("tmpfs", "/tmp", "tmpfs", _NOSUID | _NODEV | _NOEXEC, "mode=700,size=16m,nr_inodes=1000")
    for name, handle in seen.items():
        os.mkdir(f"/tmp/{name}")
        _mount(f"self/fd/{handle}", f"/tmp/{name}", None, _BIND | _REC)
        os.close(handle)


def give_up_rights() -> None:
    """Limit this process, take all its rights, and close the kernel's doors but a few."""
    set_limits(*LIMITS)
    for right in range(64):
        _libc.prctl(_DROP_BOUNDING, right, 0, 0, 0)
    header, nothing = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    _call("capset", header, nothing)
    _call("prctl", _NO_NEW_RIGHTS, 1, 0, 0, 0)
    steps = filter_program()
    program = _Program(len(steps) // 8, ctypes.cast(steps, ctypes.c_void_p))
    _call("prctl", _SECCOMP, 2, ctypes.byref(program), 0, 0)


def set_limits(*names: str) -> None:
    """Limit time, memory, files and processes."""
    for name in names:
        limit, most = getattr(resource, name), LIMITS[name]
        hard = resource.getrlimit(limit)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(limit, (most, most))


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("steps", ctypes.c_void_p)]


def _show(source: str, target: Path) -> None:
    """Make a folder or file visible at `target`, read-only."""
    if os.path.isdir(source):
        target.mkdir(parents=True, exist_ok=True)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()
    _mount(source, str(target), None, _BIND)
    stays = os.statvfs(target).f_flag & _STAYS  # a stranger's flags may not be taken away
    flags = _REMOUNT | _BIND | _RDONLY | _NOSUID | _NODEV | stays
    _mount("none", str(target), None, flags)


def _map_identity(process: Path, user: int, of_user: int, group: int, of_group: int) -> None:
    (process / "setgroups").write_text("deny")
    (process / "uid_map").write_text(f"{user} {of_user} 1")
    (process / "gid_map").write_text(f"{group} {of_group} 1")


def _mount(source: str, target: str, kind: str | None, flags: int, options: str = "") -> None:
    kind = kind.encode() if kind else None
    _call("mount", source.encode(), target.encode(), kind, ctypes.c_ulong(flags), options.encode())


def _call(name: str, *arguments) -> None:
    _check(getattr(_libc, name)(*arguments), name)


def _check(answer: int, what: str) -> None:
    if answer != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
