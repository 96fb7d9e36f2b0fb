"""Grade: points go into nbgrader's gradebook once, whole, and never over somebody's hand."""

import json
import os
import sqlite3
from datetime import datetime

import nbformat
import pytest
from nbgrader.api import MissingEntry

from backprop_lab.classroom import jobs as module
from backprop_lab.classroom import ledger
from backprop_lab.classroom.collect import collect
from backprop_lab.classroom.course import ClassError
from backprop_lab.classroom.grade import grade

from .conftest import FOUR, GOOD, ONE_WRONG, STUB, as_bytes, notebook


@pytest.fixture
def hand_in(course, download):
    def hand_in(data, student="ada", when=None):
        path = download / f"{student}.ipynb"
        path.write_bytes(data)
        if when:
            os.utime(path, (when, when))
        collect(course, download, FOUR)
        path.unlink()

    return hand_in


@pytest.fixture
def run(course, here):
    def run(**options):
        told = {}
        grade(
            course,
            FOUR,
            here,
            tell=lambda record, new: told.update({record.student: (record, new)}),
            **options,
        )
        return told

    return run


def forget_settings(course):
    for name in ("config", "_layout"):
        course.__dict__.pop(name, None)


def points(course, student="ada"):
    with course.gradebook() as gradebook:
        row = gradebook.find_submission_notebook(FOUR, FOUR, student)
        return {each.name: each.auto_score for each in row.grades}


def score(course, student="ada"):
    with course.gradebook() as gradebook:
        return gradebook.find_submission(FOUR, student).score


def test_points_are_those_of_the_checks_that_passed(course, hand_in, run):
    hand_in(ONE_WRONG)
    run()
    assert points(course) == {
        "check_affine_forward": 1,
        "check_sgd_step": 0,
        "check_affine_backward": 3,
        "check_softmax_cross_entropy": 3,
    }


@pytest.mark.parametrize(("data", "expected"), [(GOOD, 8), (STUB, 0), (ONE_WRONG, 7)])
def test_the_sum_is_what_nbgrader_shows(course, hand_in, run, data, expected):
    hand_in(data)
    run()
    assert score(course) == expected


def test_grading_twice_changes_nothing(course, hand_in, run):
    hand_in(GOOD)
    run()
    with course.gradebook() as gradebook:
        first = ledger.records(gradebook, FOUR)
    before = {path: path.stat().st_mtime_ns for path in course.root.rglob("*") if path.is_file()}
    told = run()
    assert not told["ada"][1]
    after = {path: path.stat().st_mtime_ns for path in course.root.rglob("*") if path.is_file()}
    with course.gradebook() as gradebook:
        assert ledger.records(gradebook, FOUR) == first
    assert after == before


def test_marking_anew_gives_the_same_from_the_same_seed(course, hand_in, run):
    hand_in(ONE_WRONG)
    first, again = run()["ada"][0], run(again=True)["ada"]
    assert again == (first, True)
    assert first.seed == again[0].marks[0].seed > 0


def test_seeds_differ_between_students(hand_in, run):
    hand_in(GOOD, "ada")
    hand_in(GOOD, "emmy")
    told = run()
    assert told["ada"][0].seed != told["emmy"][0].seed


def test_points_by_hand_and_extra_credit_stay(course, hand_in, run):
    hand_in(ONE_WRONG)
    run()
    with course.gradebook() as gradebook:
        row = gradebook.find_grade("check_sgd_step", FOUR, FOUR, "ada")
        row.manual_score, row.extra_credit, row.needs_manual_grade = 0.5, 0.25, False
        gradebook.db.commit()
    run()
    run(again=True)
    assert score(course) == 7.75
    with course.gradebook() as gradebook:
        assert not gradebook.find_grade("check_sgd_step", FOUR, FOUR, "ada").needs_manual_grade


def test_points_by_hand_are_looked_at_again_when_the_work_changes(course, hand_in, run):
    hand_in(ONE_WRONG, when=1e9)
    run()
    with course.gradebook() as gradebook:
        row = gradebook.find_grade("check_sgd_step", FOUR, FOUR, "ada")
        row.manual_score, row.needs_manual_grade = 0.5, False
        gradebook.db.commit()
    hand_in(GOOD, when=2e9)
    run()
    with course.gradebook() as gradebook:
        row = gradebook.find_grade("check_sgd_step", FOUR, FOUR, "ada")
        assert (row.manual_score, row.auto_score, row.needs_manual_grade) == (0.5, 1, True)


def test_a_new_attempt_is_graded_and_counts(course, hand_in, run):
    hand_in(GOOD, when=1e9)
    run()
    hand_in(STUB, when=2e9)
    assert run()["ada"][1]
    assert score(course) == 0


def test_a_file_put_in_place_by_other_means_is_graded_and_stays(course, hand_in, run):
    hand_in(STUB, when=1e9)
    place = course.folder("submitted", "ada", FOUR)
    (place / f"{FOUR}.ipynb").write_bytes(GOOD)
    (place / "timestamp.txt").write_text("2026-12-01 10:00:00 UTC")
    run()
    assert score(course) == 8
    assert not run()["ada"][1]
    assert score(course) == 8


def test_the_best_attempt_counts_where_it_is_asked_for(course, hand_in, run):
    hand_in(GOOD, when=1e9)
    hand_in(STUB, when=2e9)
    run()
    assert score(course) == 0
    run(best=True)
    assert score(course) == 8
    place = course.folder("submitted", "ada", FOUR)
    assert (place / f"{FOUR}.ipynb").read_bytes() == GOOD
    assert not run(best=True)["ada"][1]


def test_the_best_attempt_is_the_best_after_its_late_penalty(course, hand_in, run):
    config = course.root / "nbgrader_config.py"
    config.write_text(config.read_text().replace("c.PerDay.share = 0.0", "c.PerDay.share = 0.2"))
    due = datetime(2027, 1, 1)
    with course.gradebook() as gradebook:
        gradebook.update_or_create_assignment(FOUR, duedate=due)
    hand_in(ONE_WRONG, when=datetime(2026, 12, 30).timestamp())
    hand_in(GOOD, when=datetime(2027, 1, 3, 12).timestamp())
    forget_settings(course)
    assert run(best=True)["ada"][0].points == 7


def test_lateness_costs_by_the_day_and_follows_a_changed_due_date(course, hand_in, run):
    config = course.root / "nbgrader_config.py"
    config.write_text(config.read_text().replace("c.PerDay.share = 0.0", "c.PerDay.share = 0.1"))
    forget_settings(course)
    with course.gradebook() as gradebook:
        gradebook.update_or_create_assignment(FOUR, duedate=datetime(2027, 1, 1))
    hand_in(GOOD, when=datetime(2027, 1, 2, 12).timestamp())

    def late():
        run()
        with course.gradebook() as gradebook:
            return gradebook.find_submission(FOUR, "ada").late_submission_penalty

    assert late() == pytest.approx(1.6)
    with course.gradebook() as gradebook:
        gradebook.grant_extension(FOUR, "ada", days=1)
    assert late() == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("data", "says"),
    [(b"", "empty"), (b"{", "JSON is broken"), (b"[" * 99_999, "nested"), (b"{}", "no cells")],
)
def test_a_broken_file_gets_no_points_and_a_reason_and_stops_no_other(
    course, hand_in, run, data, says
):
    hand_in(data or b"\n", "ada")
    hand_in(GOOD, "emmy")
    told = run()
    assert told["ada"][0].status == "unreadable"
    assert says in told["ada"][0].reason
    assert (score(course, "ada"), score(course, "emmy")) == (0, 8)


def test_a_link_as_submission_is_refused_and_its_target_is_copied_nowhere(course, run, tmp_path):
    secret = tmp_path / "secret.ipynb"
    secret.write_bytes(GOOD.replace(b"import numpy", b"# TOP SECRET\\nimport numpy"))
    folder = course.folder("submitted", "ada", FOUR)
    folder.mkdir(parents=True)
    (folder / f"{FOUR}.ipynb").symlink_to(secret)
    record, _ = run()["ada"]
    assert (record.status, record.points) == ("unreadable", 0)
    assert "a link" in record.reason
    others = (path for path in course.root.rglob("*") if path.is_file() and not path.is_symlink())
    assert not any(b"TOP SECRET" in path.read_bytes() for path in others)


def test_a_submission_without_its_notebook_gets_no_points_and_a_reason(course, run):
    course.folder("submitted", "ada", FOUR).mkdir(parents=True)
    record, _ = run()["ada"]
    assert (record.status, record.reason) == ("missing", f"{FOUR}.ipynb was not handed in")
    assert score(course) == 0
    assert not run()["ada"][1]


def test_a_folder_of_nobody_is_told_and_makes_no_student(course, run):
    course.folder("submitted", "eve", FOUR).mkdir(parents=True)
    assert run()["eve"][0].status == "unknown student"
    with course.gradebook() as gradebook, pytest.raises(MissingEntry):
        gradebook.find_student("eve")


def test_the_graders_own_fault_costs_nobody_points_and_is_tried_again(
    course, hand_in, run, monkeypatch
):
    hand_in(GOOD, "ada")
    hand_in(GOOD, "emmy")
    works = module.mark

    def stumbles(cells, tasks, *, seed, room):
        if not told:
            told.append(seed)
            raise RuntimeError("no walls left")
        return works(cells, tasks, seed=seed, room=room)

    told = []
    monkeypatch.setattr(module, "mark", stumbles)
    first = run()
    assert first["ada"][0].status == "error"
    assert "no walls left" in first["ada"][0].reason
    with course.gradebook() as gradebook, pytest.raises(MissingEntry):
        gradebook.find_submission(FOUR, "ada")
    assert score(course, "emmy") == 8
    assert run()["ada"][0].status == "graded"
    assert score(course, "ada") == 8


def test_an_interrupted_run_goes_on_where_it_stopped(course, hand_in, here, run):
    for student in ("ada", "emmy", "jose"):
        hand_in(GOOD, student)

    def interrupted(jobs):
        for at, record in enumerate(here(jobs)):
            if at == 1:
                raise KeyboardInterrupt
            yield record

    with pytest.raises(KeyboardInterrupt):
        grade(course, FOUR, interrupted)
    assert score(course, "ada") == 8
    assert [new for _, new in run().values()] == [False, True, True]
    assert score(course, "jose") == 8


def test_records_may_come_in_any_order(course, hand_in, here):
    for student in ("ada", "emmy", "jose"):
        hand_in(GOOD, student)
    grade(course, FOUR, lambda jobs: reversed(list(here(jobs))))
    assert [score(course, each) for each in ("ada", "emmy", "jose")] == [8, 8, 8]


def test_a_database_without_its_driver_is_told_in_a_sentence(course):
    config = course.root / "nbgrader_config.py"
    config.write_text(config.read_text() + 'c.CourseDirectory.db_url = "oracle://staff@host/x"\n')
    forget_settings(course)
    with pytest.raises(ClassError, match="needs a driver that is not installed here"):
        course.released()


def test_a_locked_gradebook_is_told_in_a_sentence_and_the_next_run_mends_it(
    course, hand_in, run, monkeypatch
):
    hand_in(GOOD)
    config = course.root / "nbgrader_config.py"
    file = course.root / "gradebook.db"
    wait = f'c.CourseDirectory.db_url = "sqlite:///{file}?timeout=0.1"\n'
    config.write_text(config.read_text() + wait)
    forget_settings(course)
    other = sqlite3.connect(file)
    works = module.marked

    def meanwhile(job, room):
        other.execute("begin exclusive")
        return works(job, room)

    monkeypatch.setattr(module, "marked", meanwhile)
    with pytest.raises(ClassError, match="The gradebook is locked: another program"):
        run()
    other.close()
    monkeypatch.setattr(module, "marked", works)
    with course.gradebook() as gradebook, pytest.raises(MissingEntry):
        gradebook.find_submission(FOUR, "ada")
    run()
    assert score(course) == 8


def cheating(**changes):
    """Return a stub of which somebody changed what nbgrader believes in."""
    found = notebook(folder="exercises")
    for cell in found["cells"]:
        meta = cell["metadata"].get("nbgrader", {})
        if meta.get("grade"):
            for name, value in changes.items():
                (meta if name in ("points", "grade", "grade_id", "locked") else cell)[name] = value
    return as_bytes(found)


@pytest.mark.parametrize(
    "changes",
    [
        {"points": 1000},
        {"points": "many"},
        {"grade": False},
        {"grade_id": "mine"},
        {"grade_id": "check_sgd_step"},
        {"source": "pass"},
        {"source": "", "outputs": [{"output_type": "execute_result", "data": {"text/plain": "8"}}]},
        {"cell_type": "markdown"},
        {"cell_type": "raw"},
        {"locked": False},
    ],
    ids=str,
)
def test_whatever_a_submission_says_of_its_checks_is_not_believed(course, hand_in, run, changes):
    hand_in(cheating(**changes))
    run()
    assert points(course) == dict.fromkeys(points(course), 0)
    with course.gradebook() as gradebook:
        assert gradebook.find_submission(FOUR, "ada").max_score == 8


def shuffled():
    found = notebook()
    found["cells"].reverse()
    return found


def doubled():
    found = notebook()
    found["cells"] += [dict(each) for each in found["cells"]]
    return found


def without_checks():
    found = notebook()
    found["cells"] = [
        each for each in found["cells"] if not each["metadata"].get("nbgrader", {}).get("grade")
    ]
    return found


def renamed():
    found = notebook()
    for each in found["cells"]:
        each["metadata"] = {}
        each["id"] = "x"
    return found


def bad_kernel():
    found = notebook()
    found["metadata"] = {"kernelspec": {"name": "../../bin/sh", "display_name": ["<script>"]}}
    return found


@pytest.mark.parametrize("make", [shuffled, doubled, without_checks, renamed, bad_kernel])
def test_good_work_in_a_battered_notebook_keeps_its_points(course, hand_in, run, make):
    hand_in(as_bytes(make()))
    run()
    assert score(course) == 8


def test_what_formgrader_shows_is_whole_and_gives_nbgrader_the_same_points(course, hand_in, run):
    from nbgrader.utils import determine_grade, is_grade

    hand_in(as_bytes(without_checks() | {"metadata": {}}))
    hand_in(ONE_WRONG, "emmy")
    run()
    for student, total in (("ada", 8), ("emmy", 7)):
        path = course.folder("autograded", student, FOUR) / f"{FOUR}.ipynb"
        shown = nbformat.read(path, as_version=4)
        nbformat.validate(shown)
        got = [determine_grade(each) for each in shown.cells if is_grade(each)]
        assert (sum(a for a, _ in got), sum(b for _, b in got)) == (total, 8)


def test_what_is_recorded_is_plain_json(course, hand_in, run):
    hand_in(ONE_WRONG)
    run()
    with sqlite3.connect(course.root / "gradebook.db") as file:
        (marks,) = file.execute("select marks from backprop_lab_marks").fetchone()
    diagnoses = [each["diagnosis"] for each in json.loads(marks)]
    assert [each for each in diagnoses if each] == ["ascent_sign"]


def test_a_second_run_at_the_same_time_is_told_to_wait_and_the_first_goes_on(course, hand_in, here):
    hand_in(GOOD)

    def interrupted(jobs):
        with pytest.raises(ClassError, match="Another grade run is at work"):
            grade(course, FOUR, here)
        yield from here(jobs)

    grade(course, FOUR, interrupted)
    assert score(course) == 8
