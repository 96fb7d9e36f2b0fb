"""Hostile code in a submission: each has its verdict, and costs nobody else theirs."""

import os
import textwrap
import time
import tracemalloc

import psutil
import pytest

from backprop_lab.classroom import marking
from backprop_lab.classroom.marking import mark
from backprop_lab.grading.tasks import TASKS
from backprop_lab.sandbox import Sandboxes

IMPORTS = "import numpy as np"
RIGHT = "def relu(z):\n    return np.maximum(z, 0)"
HONEST = "def tanh_backward(da, a):\n    return da * (1 - a**2)"
TRIES = len(TASKS["relu"].tries)


@pytest.fixture(scope="module")
def room():
    with Sandboxes() as room:
        yield room


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(marking, "CELLS", 2.0)
    monkeypatch.setattr(marking, "TASK", 2.0)


def marks(room, *cells, tasks=("relu", "tanh_backward")):
    """Mark a submission; afterwards nothing of it runs: the clean process and a spare box are."""
    cells = [IMPORTS, *map(textwrap.dedent, cells), HONEST]
    found = mark(cells, list(tasks), seed=7, room=room)
    clean, deadline = psutil.Process(room._home.process.pid), time.monotonic() + 30
    while len(left := clean.children(recursive=True)) != 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(left) == 2
    return found


def relu(body):
    """A relu with these lines."""
    return "def relu(z):\n" + textwrap.indent(textwrap.dedent(body).strip(), "    ")


IN_THE_FUNCTION = {
    "endless loop": ("timeout", "while True: pass"),
    "endless loop that catches everything": (
        "timeout",
        """
        while True:
            try:
                while True: pass
            except BaseException: pass
        """,
    ),
    "sleep": ("timeout", "import time; time.sleep(60)"),
    "sleep in C": ("timeout", "import signal; signal.pause()"),
    "endless print": ("timeout", "while True: print('flood' * 1000)"),
    "fork": ("failed", "import os; os.fork()"),
    "fork bomb": (
        "timeout",
        """
        import os
        while True:
            try: os.fork()
            except OSError: pass
        """,
    ),
    "threads without end": (
        "failed",
        """
        import threading, time
        while True: threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
        """,
    ),
    "daemon": (
        "failed",
        """
        import os
        if os.fork() == 0:
            os.setsid()
        """,
    ),
    "another program": ("failed", "import subprocess; subprocess.run(['/bin/sh', '-c', 'true'])"),
    "exec": ("failed", "import os, sys; os.execv(sys.executable, ['python'])"),
    "memory bomb": ("failed", "return bytearray(10**11)"),
    "memory bomb by and by": (
        "failed or timeout",
        """
        grown = []
        while True: grown.append(bytearray(10**7))
        """,
    ),
    "os._exit": ("died", "import os; os._exit(0)"),
    "segfault": ("died", "import ctypes; ctypes.string_at(0)"),
    "abort": ("died", "import ctypes; ctypes.CDLL(None).abort()"),
    "endless recursion": ("failed", "return relu(z)"),
    "sys.exit": ("failed", "import sys; sys.exit(0)"),
    "BaseException": ("failed", "raise BaseException('nobody catches me')"),
    "GeneratorExit": ("failed", "raise GeneratorExit"),
    "KeyboardInterrupt": ("failed", "raise KeyboardInterrupt"),
    "an error class that can't be looked at": (
        "failed",
        """
        class Hidden(Exception):
            def __getattribute__(self, name): raise SystemExit
            def __str__(self): raise SystemExit
        raise Hidden(1, 2)
        """,
    ),
    "input": ("failed", "return float(input('the answer? '))"),
    "network": ("failed", "import socket; socket.create_connection(('127.0.0.1', 80))"),
    "a socket": ("failed", "import socket; socket.socket(socket.AF_UNIX)"),
    "a file outside": ("failed", "open('/work.txt', 'w')"),
    "a gradebook": ("failed", "import sqlite3; sqlite3.connect('/gradebook.db').execute('drop')"),
    "a huge array": ("failed", "return np.zeros((40_000, 40_000), dtype=np.int8)"),
    "an endless array of no bytes": ("failed", "return np.broadcast_to(0.0, (10**9, 10**6))"),
    "an object array": ("failed", "return np.maximum(z, 0).astype(object)"),
    "an array of text": ("failed", "return np.maximum(z, 0).astype(str)"),
    "a structured array": ("failed", "return np.zeros(z.shape, dtype=[('a', float)])"),
    "nan": ("failed", "return np.full(z.shape, np.nan)"),
    "a list that holds itself": ("failed", "l = []; l.append(l); return l"),
    "deep nesting": (
        "failed",
        """
        l = []
        for _ in range(100_000): l = [l]
        return l
        """,
    ),
    "a long list": ("failed", "return [0.0] * 10**6"),
    "a long text": ("failed", "return 'x' * 10**7"),
    "a number of a million digits": ("failed", "return 10**10**5"),
    "keys that are no text": ("failed", "return {np.pi: 1, (1, 2): 2, None: 3}"),
    "a lying dtype": ("failed", "return np.ma.masked_array(z, mask=True)"),
    "equal to everything": (
        "failed",
        """
        class Agreeable(np.ndarray):
            def __eq__(self, other): return np.ones(self.shape, dtype=bool)
            def __sub__(self, other): return np.zeros(self.shape)
            __rsub__ = __sub__
            def __array_ufunc__(self, *_, **__): return np.ones(self.shape, dtype=bool)
        return z.view(Agreeable)
        """,
    ),
    "pretends to be an array": (
        "failed",
        """
        class Pretender:
            shape, dtype = z.shape, z.dtype
            def __array__(self, *_, **__): return np.maximum(z, 0)
            def __eq__(self, other): return True
        return Pretender()
        """,
    ),
    "patched NumPy": (
        "failed",
        """
        for name in ("allclose", "array_equal", "isclose", "all"):
            setattr(np, name, lambda *_, **__: True)
        np.testing.assert_allclose = np.testing.assert_array_equal = lambda *_, **__: None
        return z
        """,
    ),
    "patched grader": (
        "failed",
        """
        import sys
        import backprop_lab.grading
        from backprop_lab.grading import checking
        checking.grade = backprop_lab.grading.check = lambda *_: True
        for name in list(sys.modules):
            if "sandbox" in name or "grading" in name:
                vars(sys.modules[name])["passed"] = True
        return z
        """,
    ),
    "changes what it was given": ("failed", "z *= z > 0; return z"),
    "kills everybody": ("failed", "import os; os.kill(-1, 9); return z"),
    "closes all lines": ("died", "import os; os.closerange(0, 256); return np.maximum(z, 0)"),
    "writes garbage on the line": (
        "died",
        """
        import os
        for line in range(3, 64):
            try: os.write(line, b"garbage" * 100)
            except OSError: pass
        """,
    ),
    "a trace that looks over the shoulder": (
        "failed",
        """
        import sys
        def traced(frame, event, argument):
            for name in ("told", "before", "arguments"):
                if name in frame.f_locals: frame.f_locals[name] = {"passed": True}
            return traced
        sys.settrace(traced)
        return z
        """,
    ),
    "works as it is freed": (
        "failed",
        """
        class Last:
            def __del__(self): raise SystemExit
        Last()
        return [Last()]
        """,
    ),
}


@pytest.mark.parametrize("name", IN_THE_FUNCTION)
def test_hostile_function(room, name):
    status, body = IN_THE_FUNCTION[name]

    hostile, honest = marks(room, relu(body))

    assert not hostile.passed
    assert hostile.status in status.split(" or "), hostile
    assert hostile.says
    assert honest.passed, honest


AROUND_IT = {
    "prints much": relu("for i in range(10_000): print(i)\nreturn np.maximum(z, 0)"),
    "warns": relu("import warnings; warnings.warn('harmless')\nreturn np.maximum(z, 0)"),
    "writes to stderr": relu("import sys; print('!', file=sys.stderr)\nreturn np.maximum(z, 0)"),
    "writes to the real stderr": relu("import os; os.write(2, b'!')\nreturn np.maximum(z, 0)"),
    "leaves a thread behind": (
        f"import threading, time\nthreading.Thread(target=time.sleep, args=(600,)).start()\n{RIGHT}"
    ),
    "one array for all answers": (
        "OUT = np.zeros(1000)\n"
        + relu("return np.maximum(z, 0, out=OUT[: z.size].reshape(z.shape))")
    ),
    "an alarm": relu("import signal; signal.alarm(1); return np.maximum(z, 0)"),
    "a file of its own": relu("open('/tmp/mine', 'w').write('x'); return np.maximum(z, 0)"),
    "patches print": f"print = None\n{RIGHT}",
    "no output": f"import sys, io\nsys.stdout.close(); sys.stdout = None\n{RIGHT}",
    "swallows errors": f"import sys\nsys.excepthook = None\n{RIGHT}",
}


@pytest.mark.parametrize("name", AROUND_IT)
def test_what_is_strange_but_right_passes(room, name):
    assert [each.passed for each in marks(room, AROUND_IT[name])] == [True, True]


CELLS = {
    "an error": "1 / 0",
    "no Python": "this is no Python",
    "magics": "%matplotlib inline\n!ls\nfiles = !ls\nnp.sum?",
    "a cell magic": "%%bash\nrm -rf /",
    "what isn't installed": "import pandas, torch",
    "what is silent": "import matplotlib.pyplot as plt\nplt.plot([1]).show()\nplt.figure(2)[0]()",
    "an endless loop": "while True: pass",
    "os._exit": "import os\nos._exit(3)",
    "sys.exit": "import sys\nsys.exit(3)",
    "input": "name = input()",
    "deep brackets": "(" * 5000,
    "many minus signs": "x = " + "-" * 100_000 + "1",
    "many attributes": "x = a" + ".b" * 100_000,
    "a null byte": "x = '\0'",
    "lone surrogates": "x = '\ud800'",
}


@pytest.mark.parametrize("name", CELLS)
def test_a_bad_cell_costs_only_itself(room, name):
    assert [each.passed for each in marks(room, CELLS[name], RIGHT)] == [True, True]


def test_too_many_bad_cells_are_given_up(room):
    bad = ["import os\nos._exit(1)"] * 6

    found = marks(room, *bad, RIGHT)

    assert {each.status for each in found} == {"died"}
    assert "Code cell 2" in found[0].reason


def test_what_isnt_there_is_missing_and_says_why(room):
    (found,) = marks(room, "def relu(z):\n    return undefined_name +", tasks=["relu"])

    assert found.status == "missing"
    assert "Code cell 2 raised SyntaxError" in found.reason


@pytest.mark.parametrize("stripping", ["transformer", "optimised"])
def test_asserts_that_are_stripped_change_nothing(room, stripping):
    strip = {
        "transformer": """
            import ast, builtins
            compiled = builtins.compile
            class Strip(ast.NodeTransformer):
                def visit_Assert(self, node): return ast.Pass()
            def compile(source, *a, **k):
                if isinstance(source, str):
                    tree = compiled(source, "", "exec", ast.PyCF_ONLY_AST)
                    source = ast.fix_missing_locations(Strip().visit(tree))
                return compiled(source, *a, **k)
            builtins.compile = compile
            """,
        "optimised": "import sys\nsys.flags = None\n__debug__ = False",
    }[stripping]

    assert marks(room, strip, relu("return z"))[0].status == "failed"


FORGE = """
import os
from backprop_lab.sandbox.wire import pack

def forge(value):
    for number in range(1, 20):
        frame = pack({{"number": number, "told": [{{"value": value}}] * {tries}, "passed": True}})
        for line in range(3, 64):
            try: os.write(line, frame)
            except OSError: pass
"""


def forged(room, value):
    forging = FORGE.format(tries=TRIES) + f"forge({value})"
    cells = [IMPORTS, forging, RIGHT, HONEST]
    return mark(cells, ["relu", "tanh_backward"], seed=1, room=room)


@pytest.mark.parametrize(
    "message",
    [
        "{'number': np.zeros(2)}",
        "{'number': True}",
        "{'number': number}",
        "{'number': number, 'told': np.zeros(3)}",
        "{'number': number, 'told': [np.zeros(3)] * 99}",
        "{'number': number, 'told': [{'value': {}, 'after': np.zeros(2), 'drew': {}}] * TRIES}",
        "{'number': number, 'told': [{'raised': ['TimeUp', [1], [9**9, -1, 'a']]}] * TRIES}",
        "{'number': number, 'told': [{'raised': [np.zeros(2), 1, 2]}] * TRIES}",
        "{'number': number, 'told': [{'printed': ['a', np.inf]}] * TRIES}",
        "{'number': number, 'told': [{'warned': [np.zeros(2)]}] * TRIES}",
        "{'number': number, 'errors': np.zeros(2), 'looks': np.zeros(2)}",
        "{'number': number, 'errors': {0: np.zeros(2)}, 'looks': {'relu': np.zeros(2)}}",
        "{'number': number, 'errors': {}, 'looks': {'relu': {'value': LOOKS}}}",
        "{'begun': np.zeros(2)}",
        "{'begun': 10**6}",
    ],
)
def test_a_reply_of_any_form_is_only_a_failure(room, message):
    forging = FORGE.format(tries=TRIES).replace(
        '{"number": number, "told": [{"value": value}] * ' + f'{TRIES}, "passed": True}}', message
    )
    odd = "STEP = ['LOAD', np.zeros(2), np.zeros(2), '']\nLOOKS = dict(what='', callable=True, "
    odd += "is_class=False, promises=False, yields=False, parameters=None, methods=None, written="
    odd += f"dict(arguments=[], names=[], steps=[STEP] * 3))\nTRIES = {TRIES}"
    assert message in forging

    cells = [IMPORTS, odd, forging + "forge(0)", relu("forge(0); return z"), HONEST]
    found = mark(cells, ["relu", "tanh_backward"], seed=1, room=room)

    assert not found[0].passed


@pytest.mark.parametrize("value", ["0.0", "True", "None", "{'passed': True}", "np.zeros((4, 3))"])
def test_a_forged_reply_is_no_better_than_a_returned_value(room, value):
    hostile, _ = forged(room, value)

    assert not hostile.passed


def test_the_numbers_that_everybody_knows_are_not_enough(room):
    """A table of the answers to the known inputs, without a rule."""
    known = {
        each.pristine[0].tobytes(): TASKS["relu"].right(*each.pristine)
        for each in TASKS["relu"].probes
    }
    table = {key: (value.tobytes(), str(value.dtype), value.shape) for key, value in known.items()}
    cell = f"TABLE = {table!r}\n" + relu(
        """
        value, dtype, shape = TABLE.get(z.tobytes(), (z.tobytes(), str(z.dtype), z.shape))
        return np.frombuffer(value, dtype).reshape(shape).copy()
        """
    )

    hostile, honest = marks(room, cell)

    assert (hostile.status, hostile.diagnosis) == ("failed", None)
    assert "hidden" in hostile.reason
    assert "hidden" not in hostile.says
    assert honest.passed


def test_words_of_an_exception_carry_no_hidden_input(room):
    counting = f"""
        calls, seen = 0, []
        def relu(z):
            global calls
            calls += 1
            seen.append(z)
            if calls > {TRIES}:
                print("LEAK", z)
                raise ValueError(f"LEAK {{z}}")
            return np.maximum(z, 0)
        """
    telling = "def tanh_backward(da, a):\n    raise ValueError(f'seen {len(seen)}')"

    found = mark(
        [IMPORTS, textwrap.dedent(counting), telling], ["relu", "tanh_backward"], seed=3, room=room
    )

    assert found[0].status == "failed"
    assert "LEAK" not in repr(found)
    assert f"seen {TRIES}" in found[1].says  # of the other task, too, only known inputs


def test_what_is_broken_in_one_box_is_whole_in_the_next(room):
    breaking = """
        import builtins, sys
        np.maximum = np.zeros = lambda *_, **__: 0
        np.random.seed = None
        """

    assert marks(room, breaking, relu("return np.maximum(z, 0)"))[0].status in ("failed", "died")
    assert [each.passed for each in marks(room, RIGHT)] == [True, True]


def test_the_same_seed_gives_the_same_marks_and_another_one_other_inputs(room):
    lucky = relu("return np.where(abs(z.sum() * 1000) % 2 < 1, np.maximum(z, 0), z)")

    assert marks(room, lucky) == marks(room, lucky)
    first, second = (TASKS["relu"].drawn_anew(seed).probes[0].pristine[0] for seed in (1, 2))
    assert (first != second).any()


def test_a_clean_process_that_died_is_replaced(room):
    room._home.process.kill()

    assert [each.passed for each in marks(room, RIGHT)] == [True, True]


def test_nothing_is_left_behind():
    handles = sorted(os.listdir("/proc/self/fd"))
    with Sandboxes() as room:
        marks(room, RIGHT)
        clean = psutil.Process(room._home.process.pid)
        processes = [clean, *clean.children(recursive=True)]

    assert sorted(os.listdir("/proc/self/fd")) == handles
    assert len(processes) == 3
    assert not [each for each in processes if each.is_running()]


def test_messages_before_an_answer_are_not_hoarded(room):
    """A box may send thousands, each of megabytes, in the time of one request."""
    flood = FORGE.replace(
        '{{"number": number, "told": [{{"value": value}}] * {tries}, "passed": True}}',
        '{{"begun": np.zeros(400_000)}}',
    ).format(tries=0)
    tracemalloc.start()
    mark([IMPORTS, f"{flood}\nfor _ in range(10): forge(0)", RIGHT], ["relu"], seed=1, room=room)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 40e6  # of 600 million bytes that are sent
