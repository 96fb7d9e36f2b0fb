"""The guard: whatever a function does, the caller gets an answer and finds everything in place."""

import builtins
import contextlib
import random
import sys
import threading
import time
import warnings

import numpy as np
import pytest

from backprop_lab.grading.guard import AskedForInput, guarded


def call(function, *arguments, seconds=0.2):
    with guarded(seconds) as guard:
        outcome = guard.call(function, *arguments)
    outcome.printed = guard.printed
    return outcome


def on_main_thread(function):
    return call(function)


def on_another_thread(function):
    answers = []
    thread = threading.Thread(target=lambda: answers.append(call(function)))
    thread.start()
    thread.join(10)
    return answers[0]


def loops():
    while True:
        pass


def swallows_everything():
    while True:
        try:  # noqa: SIM105
            time.sleep(0.001)
        except:  # noqa: E722
            pass


def swallows_twice():
    while True:
        try:
            while True:
                try:
                    time.sleep(0.001)
                except:  # noqa: E722
                    print("inner")
        except:  # noqa: E722
            print("outer")


def swallows_from_a_helper():
    def helper():
        while True:
            sum(range(50))

    while True:
        with contextlib.suppress(BaseException):
            helper()


def prints_for_ever():
    while True:
        print("again and again")


def recurses_in_a_loop():
    def recurse():
        return recurse()

    while True:
        with contextlib.suppress(RecursionError):
            recurse()


ENDLESS = [
    loops,
    swallows_everything,
    swallows_twice,
    swallows_from_a_helper,
    prints_for_ever,
    recurses_in_a_loop,
]


@pytest.mark.parametrize("where", [on_main_thread, on_another_thread])
@pytest.mark.parametrize("endless", ENDLESS)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # from callbacks
def test_an_endless_function_is_stopped_and_leaves_no_thread(endless, where):
    before = set(threading.enumerate())

    outcome = where(endless)

    assert outcome.time_up
    for thread in set(threading.enumerate()) - before:
        thread.join(30)
        assert not thread.is_alive()


def test_a_function_asleep_in_c_is_left_behind():
    woken = threading.Event()

    def sleeps():
        woken.wait(60)

    outcome = call(sleeps)
    woken.set()

    assert outcome.time_up


def test_one_budget_for_all_calls():
    with guarded(0.2) as guard:
        first = guard.call(loops)
        second = guard.call(loops)

    assert first.time_up
    assert second.time_up


def test_values_and_errors_come_back():
    assert call(lambda: 42).value == 42
    assert isinstance(call(lambda: 1 / 0).error, ZeroDivisionError)
    assert isinstance(call(sys.exit).error, SystemExit)
    assert isinstance(call(lambda: input()).error, AskedForInput)
    assert call(lambda: sys.stdin.read()).value == ""


def test_a_flood_of_output_is_kept_short_and_counted():
    def floods():
        for i in range(10_000):
            print(i)
        print("to stderr", file=sys.stderr)

    printed = call(floods, seconds=5).printed

    assert printed.lines == 10_001
    assert len(printed.text) == printed.limit
    assert printed.text.startswith("0\n1\n2\n")


def test_what_other_threads_print_is_not_taken_from_them(capsys):
    def lets_another_print():
        other = threading.Thread(target=lambda: print("from elsewhere"))
        other.start()
        other.join()

    printed = call(lets_another_print, seconds=5).printed

    assert printed.text == ""
    assert capsys.readouterr().out == "from elsewhere\n"


def test_warnings_are_caught_and_their_filters_put_back():
    with warnings.catch_warnings(record=True) as outside:
        warnings.simplefilter("always")
        filters = list(warnings.filters)
        with guarded(5) as guard:
            guard.call(lambda: np.ones(1) / np.zeros(1))
            inside = [str(each.message) for each in guard.caught]

        assert "divide by zero" in inside[0]
        assert outside == []
        assert warnings.filters == filters


def test_everything_is_as_it_was_before():
    def vandal():
        np.seterr(all="raise")
        np.random.seed(0)  # noqa: NPY002
        random.seed(0)
        warnings.simplefilter("error")
        sys.stdout, sys.stderr = None, None
        sys.setrecursionlimit(10_000)
        sys.settrace(lambda *_: None)
        np.exp = builtins.print = builtins.input = None
        del np.log

    before = observed()
    call(vandal)

    assert observed() == before


def observed():
    return (
        np.geterr(),
        np.random.get_state()[1].tolist(),  # noqa: NPY002
        random.getstate(),
        list(warnings.filters),
        (sys.stdout, sys.stderr, sys.stdin),
        sys.getrecursionlimit(),
        sys.gettrace(),
        (np.exp, np.log, builtins.print, builtins.input),
    )


def test_the_callers_own_numpy_settings_do_not_reach_the_function():
    with np.errstate(all="raise"):
        outcome = call(lambda: np.exp(-1000.0) + np.ones(1) / 0)

    assert outcome.error is None


def test_an_interrupt_by_the_user_ends_the_check_and_its_function(monkeypatch):
    stopped = threading.Event()

    def runs():
        try:
            while True:
                time.sleep(0.001)
        finally:
            stopped.set()

    real_join = threading.Thread.join

    def interrupted(thread, timeout=None):
        monkeypatch.setattr(threading.Thread, "join", real_join)
        raise KeyboardInterrupt

    stdout = sys.stdout
    monkeypatch.setattr(threading.Thread, "join", interrupted)
    with pytest.raises(KeyboardInterrupt):
        call(runs, seconds=5)

    assert stopped.wait(5)
    assert sys.stdout is stdout
