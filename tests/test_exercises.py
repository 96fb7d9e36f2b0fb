"""Exercises come from solutions: they agree, solutions pass, untouched stubs meet kind words."""

import nbformat
import pytest
from nbclient import NotebookClient
from nbgrader.utils import determine_grade, is_grade, is_solution

from backprop_lab.classroom.release import STUB
from backprop_lab.grading.tasks import TASKS
from scripts.make_exercises import exercise_path, exercise_text, solutions

SOLUTIONS = solutions()


@pytest.fixture(scope="module", params=SOLUTIONS, ids=lambda path: path.stem)
def solution(request):
    return request.param


def run(path):
    """Run a notebook in a real kernel, past its errors."""
    notebook = nbformat.read(path, as_version=4)
    folder = {"metadata": {"path": str(path.parent)}}
    client = NotebookClient(notebook, timeout=120, allow_errors=True, resources=folder)
    return client.execute()


@pytest.fixture(scope="module")
def solved(solution):
    return run(solution)


@pytest.fixture(scope="module")
def untouched(solution):
    return run(exercise_path(solution))


def checks(notebook):
    return [cell for cell in notebook.cells if is_grade(cell)]


def outputs(notebook, kind):
    return [o for cell in notebook.cells for o in cell.get("outputs", []) if o.output_type == kind]


def test_there_are_exercises():
    assert SOLUTIONS


def test_exercise_is_what_its_solution_makes(solution):
    stored = exercise_path(solution).read_text(encoding="utf-8")

    assert stored == exercise_text(solution), "run python scripts/make_exercises.py"


def test_making_an_exercise_twice_gives_the_same_bytes(solution):
    assert exercise_text(solution) == exercise_text(solution)


def test_exercise_gives_no_solution_away(solution):
    text = exercise_text(solution)

    assert "SOLUTION" not in text
    exercise = nbformat.reads(text, as_version=4)
    assert all(STUB in cell.source for cell in exercise.cells if is_solution(cell))
    assert not any(cell.get("outputs") for cell in exercise.cells)


def test_every_check_stands_below_the_function_that_it_checks(solution):
    cells = nbformat.read(solution, as_version=4).cells
    for above, cell in zip(cells, cells[1:]):
        if is_grade(cell):
            task = next(name for name in TASKS if f'check("{name}", {name})' in cell.source)
            assert is_solution(above)
            begins = f"def {task}({', '.join(TASKS[task].parameters)}):"
            assert (f"class {task}:" if task == "Value" else begins) in above.source


def test_solution_runs_without_an_error(solved):
    assert outputs(solved, "error") == []


def test_every_solution_passes_its_checks(solved):
    for cell in checks(solved):
        (card,) = cell.outputs
        assert "Passed" in card.data["text/html"]
        assert "passed>" in card.data["text/plain"]


def test_a_grader_gives_a_solution_every_point(solved):
    for cell in checks(solved):
        points, most = determine_grade(cell)
        assert points == most > 0


def test_an_untouched_stub_is_told_in_a_friendly_card(untouched):
    for cell in checks(untouched):
        card, error = cell.outputs
        assert "Not written yet" in card.data["text/html"]
        assert "Nothing to check so far" in card.data["text/html"]
        assert error.ename == "NotPassed"
        assert "\n".join(error.traceback).count("\n") == 0


def test_a_grader_gives_an_untouched_stub_nothing(untouched):
    for cell in checks(untouched):
        points, _ = determine_grade(cell)
        assert points == 0


def test_run_all_goes_on_after_a_check_that_did_not_pass(solution):
    notebook = nbformat.read(exercise_path(solution), as_version=4)
    folder = {"metadata": {"path": str(solution.parent)}}

    NotebookClient(notebook, timeout=120, resources=folder).execute()

    assert all(cell.execution_count for cell in notebook.cells if cell.cell_type == "code")
