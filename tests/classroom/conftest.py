"""A class of three, in a folder of its own, with one assignment released by nbgrader itself."""

import contextlib
import io
import json
import shutil
import zipfile
from pathlib import Path

import pytest

from backprop_lab.classroom.course import Course
from backprop_lab.classroom.marking import Mark
from backprop_lab.classroom.new import begin
from backprop_lab.classroom.release import release
from backprop_lab.grading.checking import grade as check_here
from backprop_lab.grading.tasks import TASKS

ROOT = Path(__file__).parents[2]
FOUR = "01_take_four_steps"
STUDENTS = """id,first_name,last_name,email,lms_user_id
ada,Ada,Lovelace,ada@example.org,1001
emmy,Emmy,Noether,emmy@example.org,1002
jose,José,Müller-Ruiz,jose@example.org,1003
"""


@pytest.fixture(scope="session")
def released_class(tmp_path_factory):
    """Make it once; tests get copies."""
    root = tmp_path_factory.mktemp("class") / "here"
    begin(root, ROOT / "solutions")
    (root / "students.csv").write_text(STUDENTS)
    release(Course(root), FOUR)
    return root


@pytest.fixture
def course(released_class, tmp_path):
    return Course(Path(shutil.copytree(released_class, tmp_path / "class")))


@pytest.fixture
def download(tmp_path):
    """A folder for what comes in."""
    folder = tmp_path / "download"
    folder.mkdir()
    return folder


def notebook(name=FOUR, folder="solutions", **texts):
    """Return a notebook of the course, with other texts in its solution cells."""
    found = json.loads((ROOT / folder / f"{name}.ipynb").read_text(encoding="utf-8"))
    # Without the long trainings at the end of an exercise: nobody is graded by them.
    found["cells"] = [
        each for each in found["cells"] if "uses-solutions" not in each["metadata"].get("tags", [])
    ]
    for cell in found["cells"]:
        grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id")
        cell["source"] = texts.get(grade_id, "".join(cell["source"]))
    return found


def as_bytes(found):
    return json.dumps(found).encode()


GOOD = as_bytes(notebook())
STUB = as_bytes(notebook(folder="exercises"))
ONE_WRONG = as_bytes(
    notebook(
        sgd_step="def sgd_step(params, grads, lr):\n    for n in params: params[n] += lr * grads[n]"
    )
)


def zipped(files, method=zipfile.ZIP_DEFLATED):
    """Return a zip with these files, dated by the order in which they are given."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", method) as archive:
        for hour, (name, data) in enumerate(files.items()):
            info = zipfile.ZipInfo(name, (2027, 1, 1, hour, 0, 0))
            info.compress_type = method
            archive.writestr(info, data)
    return held.getvalue()


def marked_here(cells, tasks, *, seed, room):
    """Stand in for the sandbox: run cells of our own in this process, and check as learners do."""
    names = {}
    for source in cells:
        with contextlib.suppress(Exception):
            exec(source, names)
    return [_mark(TASKS[task], names.get(task), seed) for task in tasks]


def _mark(task, solution, seed):
    if solution is None:
        status, says = "missing", f"No {task.name} is there."
        return Mark(task.name, False, status, says, says, None, False, "", seed, True)
    result = check_here(task, solution)
    status = "passed" if result.passed else "unwritten" if result.unwritten else "failed"
    hint = "" if result.passed else result.hints[0]
    says = "" if result.passed else result.message
    return Mark(
        task.name, result.passed, status, "", says, result.diagnosis, False, hint, seed, True
    )


@pytest.fixture
def here(monkeypatch):
    """A marker that marks in this process: these tests are about everything around it."""
    from backprop_lab.classroom import jobs as module

    monkeypatch.setattr(module, "mark", marked_here)
    return lambda jobs: (module.marked(each, None) for each in jobs)
