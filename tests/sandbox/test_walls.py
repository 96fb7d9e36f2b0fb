"""What code finds inside a box: little, read-only, and no way out."""

import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import backprop_lab
from backprop_lab.grading.tasks import TASKS
from backprop_lab.sandbox import Sandboxes

KINDS = ["namespaces", "bubblewrap"]


@pytest.fixture(scope="module", params=KINDS)
def room(request):
    with Sandboxes(kinds=[request.param]) as room:
        yield room


def inside(room, body, *arguments):
    """Run the body of a function in a box; return its value, or the name of what it raised."""
    source = "def probe(*given):\n" + textwrap.indent(textwrap.dedent(body).strip(), "    ")
    with room.box() as box:
        box.ask({"do": "run", "cells": [source], "skip": [], "wanted": ["probe"]}, 20)
        request = {"do": "call", "name": "probe", "arguments": [arguments], "times": [1]}
        ((told,),) = box.ask(request, 20)["told"]
    return told["raised"][0] if "raised" in told else told["value"]


def test_it_is_nobody_with_no_rights(room):
    assert inside(room, "import os; return os.getuid(), os.getegid()") == (65534, 65534)


@pytest.mark.parametrize(
    "body",
    [
        "import os; os.fork()",
        "import os; os.setuid(0)",
        "import os; os.chroot('/')",
        "import socket; socket.socket()",
        "import socket; socket.socketpair()",
        "import subprocess; subprocess.run(['true'])",
        "import os; os.mkfifo('/tmp/fifo')",
        "import os; os.symlink('/', '/tmp/link')",
        "import os; os.chmod('/tmp', 0o777)",
        "import multiprocessing; multiprocessing.Process(target=print).start()",
    ],
)
def test_the_kernels_doors_are_shut(room, body):
    assert inside(room, body) in ("PermissionError", "OSError")


@pytest.mark.parametrize("call", [101, 165, 250, 321, 308, 272, 425, 310, 298, 41, 62_000])
def test_system_calls_of_an_attacker_are_refused(room, call):
    """ptrace, mount, keyctl, bpf, setns, unshare, io_uring, process_vm_readv, perf, socket."""
    body = f"""
        import ctypes
        libc = ctypes.CDLL(None, use_errno=True)
        return libc.syscall({call}, 0, 0, 0, 0, 0, 0), ctypes.get_errno()
        """

    assert inside(room, body) == (-1, 1)


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "/proc/1/environ", "/proc/self/mem", "/sys", "/home", "/dev/null"]
)
def test_the_machine_is_out_of_sight(path):
    with Sandboxes(kinds=["namespaces"]) as room:
        assert inside(room, f"import os; return os.path.exists({path!r})") is False


@pytest.mark.parametrize("part", ["grading", "classroom", "cli", "labs"])
def test_answers_and_grader_are_not_there_to_be_read(room, part):
    home = Path(backprop_lab.__file__).parent

    assert inside(room, "import os; return os.path.exists(given[0])", str(home / part)) is False
    assert inside(room, "import os; return os.path.exists(given[0])", str(home / "nn")) is True


@pytest.mark.parametrize("kind", KINDS)
def test_a_course_that_lies_in_the_temporary_folder_is_seen_as_anywhere_else(kind, tmp_path):
    copy = tmp_path / "backprop_lab"
    shutil.copytree(Path(backprop_lab.__file__).parent, copy)
    program = f"""
        from backprop_lab.sandbox import Sandboxes
        from tests.sandbox.test_walls import inside
        with Sandboxes(kinds=[{kind!r}]) as room:
            print(inside(room, "from backprop_lab import data; return len(data.digits()[0])"))
        """
    paths = os.pathsep.join([str(tmp_path), str(Path(__file__).parents[2])])
    ran = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        env=os.environ | {"PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=True,
    )

    assert ran.stdout.strip() == "1797"


def test_nothing_of_the_tests_is_in_memory(room):
    secrets = [row.says for row in TASKS["relu"].mistakes]
    body = """
        import gc, sys
        names = [each for each in sys.modules if "grading" in each or "classroom" in each]
        texts = [each for each in gc.get_objects() if type(each) in (tuple, list, dict)]
        found = [text for text in given if any(text[::-1] in repr(each) for each in texts[:2000])]
        kinds = {type(each).__name__ for each in gc.get_objects()}
        return names, found, sorted(kinds & {"Task", "Probe", "Mistake"})
        """

    assert inside(room, body, *(each[::-1] for each in secrets)) == ([], [], [])


def test_the_library_is_there_to_be_read_and_not_to_be_written(room):
    assert inside(room, "import decimal, statistics, numpy.testing; return 1") == 1
    assert inside(room, "import os; open(os.__file__, 'a')") in ("OSError", "PermissionError")
    assert inside(room, "open('/new', 'w')") in ("OSError", "PermissionError")


def test_its_folder_is_its_own_and_small(room):
    name = f"/tmp/backprop-lab-{os.getpid()}"

    assert inside(room, f"return open({name!r}, 'w').write('mine')") == 4
    assert not Path(name).exists()
    assert inside(room, f"import os; return os.path.exists({name!r})") is False
    assert inside(room, f"open({name!r}, 'w').write('x' * 10**8)") == "OSError"


def test_its_environment_says_nothing(room):
    names = inside(room, "import os; return sorted(os.environ)")

    assert not [each for each in names if each not in {*ALLOWED}]


ALLOWED = [
    *("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"),
    *("HOME", "TMPDIR", "LC_ALL", "LC_CTYPE", "PATH", "PWD"),
]


def test_memory_has_an_end(room):
    assert inside(room, "return len(bytearray(2 * 10**9))") == "MemoryError"


def test_data_and_network_of_the_course_are_there(room):
    body = "from backprop_lab import data, nn; return len(data.digits()[0]), callable(nn.Linear)"

    assert inside(room, body) == (1797, True)
