"""What notebooks say of the tasks: their order, their solutions; a broken one is passed over."""

import json

import pytest

from backprop_lab.grading import exercises
from backprop_lab.grading.exercises import tasks_in_order, written_solution
from backprop_lab.grading.tasks import TASKS


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course of two exercises, and the learner in its folder `exercises`."""

    def write(path, *sources):
        path.parent.mkdir(exist_ok=True)
        cells = [{"cell_type": "code", "source": source} for source in sources]
        path.write_text(json.dumps({"cells": cells}))

    checks = ['check("sgd_step", sgd_step)', 'check("affine_forward", affine_forward)']
    write(tmp_path / "exercises/01_a.ipynb", *checks)
    write(tmp_path / "exercises/02_b.ipynb", *checks, ['check("affine_', 'backward", f)'])
    solved = "def sgd_step(a):\n    ### BEGIN SOLUTION\n    pass\n    ### END SOLUTION\n"
    write(tmp_path / "solutions/01_a.ipynb", "def sgd_step_by_step(): pass", solved)
    monkeypatch.chdir(tmp_path / "exercises")
    return tmp_path


def test_tasks_come_in_the_order_of_the_exercises_each_once_the_others_last(course):
    order = tasks_in_order()
    assert list(order.items())[:3] == [
        ("sgd_step", "01_a"),
        ("affine_forward", "01_a"),
        ("affine_backward", "02_b"),
    ]
    assert set(order) == set(TASKS)
    assert set(list(order.values())[3:]) == {""}


@pytest.mark.parametrize("text", ["", "{", "[]", '{"cells": 3}', '{"cells": [{}]}', "null"])
def test_a_broken_notebook_is_passed_over(course, text):
    (course / "exercises/01_a.ipynb").write_text(text)
    assert next(iter(tasks_in_order().items())) == ("sgd_step", "02_b")


def test_a_name_that_no_task_has_is_passed_over(course):
    (course / "exercises/01_a.ipynb").write_text(
        json.dumps({"cells": [{"cell_type": "code", "source": 'check("soup", soup)'}]})
    )
    assert "soup" not in tasks_in_order()


def test_the_solution_is_the_marked_cell_without_its_marks(course):
    assert written_solution("sgd_step") == "def sgd_step(a):\n    pass"
    assert written_solution("sgd_step_by_step") is None


def test_from_anywhere_the_notebooks_beside_the_package_are_found(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert tasks_in_order()["affine_forward"] == "01_take_four_steps"


def test_every_task_is_listed_where_there_are_no_notebooks(monkeypatch):
    monkeypatch.setattr(exercises, "_notebooks", lambda folder: [])
    assert tasks_in_order() == dict.fromkeys(TASKS, "")
