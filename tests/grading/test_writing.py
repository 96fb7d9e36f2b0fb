"""What can be told from how a function is written."""

import functools

import numpy as np

from backprop_lab.grading.writing import stores


def adds(a, i, b):
    a[i] += b
    return a


def assigns(a, i, b):
    a[i] = b + a[i]
    return a


def assigns_in_loops(a, i, b):
    count = 0
    for n in range(len(i)):
        a[i[n]] = b[n]
        count += 1
    return a, count


def does_both(a, i, b):
    a[0] = 0
    a[i] += b


def writes_nothing(a, i, b):
    return a[i] + b


def test_assigning_and_adding_are_told_apart():
    assert stores(adds) == {"+="}
    assert stores(assigns) == {"="}
    assert stores(does_both) == {"=", "+="}


def test_names_that_are_raised_are_no_entries():
    assert stores(assigns_in_loops) == {"="}
    assert stores(writes_nothing) == set()


def test_nothing_is_known_of_what_is_not_written_in_python():
    assert stores(np.add) == set()
    assert stores(functools.partial(adds, [])) == set()
