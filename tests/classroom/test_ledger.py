"""Ledger: what is written comes back the same, and one attempt at a notebook counts."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime

import pytest

from backprop_lab.classroom import ledger
from backprop_lab.classroom.course import one_transaction
from backprop_lab.classroom.marking import Mark
from backprop_lab.classroom.record import Record

from .conftest import FOUR

ODD = "\x1b[31m\0\ud800\u202e😀 <script>"
MARK = Mark("relu", False, "failed", "Value.", ODD, None, False, "", 7, True)
FIRST = Record(
    FOUR, "ada", FOUR, "a" * 64, datetime(2027, 1, 1), 2**63 - 1, "graded", "", 1.5, (MARK,), True
)


@pytest.fixture
def keep(course):
    def keep(*records):
        with course.gradebook() as gradebook:
            ledger.prepare(gradebook)
            with one_transaction(gradebook) as connection:
                for each in records:
                    ledger.keep(connection, each)
            return ledger.records(gradebook, FOUR)

    return keep


def test_a_record_comes_back_the_same_whatever_a_student_wrote(keep):
    assert keep(FIRST) == [FIRST]


def test_of_two_attempts_one_counts_and_both_are_kept(course, keep):
    second = replace(FIRST, digest="b" * 64, handed_in=datetime(2027, 1, 2))
    assert keep(FIRST, second) == [replace(FIRST, counts=False), second]
    with course.gradebook() as gradebook:
        assert ledger.records(gradebook, FOUR, counting=True) == [second]


def test_the_same_attempt_marked_anew_is_one_record(keep):
    anew = replace(FIRST, points=2.0)
    assert keep(FIRST, anew) == [anew]


def test_another_student_still_counts(keep):
    other = replace(FIRST, student="emmy")
    assert keep(FIRST, other) == [FIRST, other]


def test_nothing_is_kept_of_what_was_broken_off(course):
    with course.gradebook() as gradebook:
        ledger.prepare(gradebook)
        with suppress(KeyboardInterrupt), one_transaction(gradebook) as connection:
            ledger.keep(connection, FIRST)
            raise KeyboardInterrupt
        assert ledger.records(gradebook, FOUR) == []
