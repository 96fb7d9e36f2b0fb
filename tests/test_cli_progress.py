"""`backprop-lab progress`: shows where a learner stands, and deletes it only when asked twice."""

import pytest
from typer.testing import CliRunner

from backprop_lab.cli import app
from backprop_lab.grading import journal
from backprop_lab.grading.journal import Attempt, HintShown, Predicted, SolutionSeen, add, events


@pytest.fixture
def run(monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setenv("NO_COLOR", "1")
    return lambda *arguments, **more: CliRunner().invoke(app, ["progress", *arguments], **more)


@pytest.fixture
def begun():
    add(Attempt("affine_forward", False, "bias_missing", "out"))
    add(Attempt("affine_forward", False, "bias_missing", "out"))
    add(Attempt("affine_forward", True))
    add(Attempt("sgd_step", False, "ascent_sign"))
    add(HintShown("sgd_step", "", 1))
    add(SolutionSeen("affine_forward"))
    add(Predicted("?", "1", True))


def rows(text):
    return [" ".join(line.split()) for line in text.splitlines()]


def test_it_shows_what_is_done_what_is_next_and_where_it_was_hard(run, begun):
    result = run()
    assert result.exit_code == 0
    for words in (
        "01 take four steps affine_forward ✓ passed 3 bias missing (2) solution",
        "sgd_step ✗ not yet 1 ascent sign 1 hint",
        "affine_backward ○ not begun",
    ):
        assert words in rows(result.stdout)
    assert "Next: sgd_step in exercises/01_take_four_steps.ipynb." in result.stdout
    assert "Hardest so far: affine_forward (2 failed checks)." in result.stdout
    assert "1 of 1 predictions right." in result.stdout


def test_it_says_where_progress_is_kept(run, begun, progress_file):
    assert str(progress_file) in run().stdout.replace("\n", "")


def test_looking_makes_no_file(run, progress_file):
    assert run().exit_code == 0
    assert not progress_file.exists()


def test_what_is_in_the_file_is_shown_as_text(run):
    add(Attempt("sgd_step", False, "[bold]soup[/bold] [/]"))
    result = run()
    assert result.exit_code == 0
    assert "[bold]soup[/bold] [/]" in result.stdout


def test_reset_asks_first_and_no_means_no(run, begun):
    result = run("--reset", input="n\n")
    assert "Delete your progress" in result.stdout
    assert result.exit_code == 1
    assert len(events(Attempt)) == 4


def test_reset_without_anybody_to_ask_deletes_nothing(run, begun):
    assert run("--reset", input="").exit_code == 1
    assert len(events(Attempt)) == 4


def test_reset_deletes_after_a_yes(run, begun):
    result = run("--reset", input="y\n")
    assert result.exit_code == 0
    assert [each for kind in journal.TABLES for each in events(kind)] == []


def test_yes_skips_the_question(run, begun):
    result = run("--reset", "--yes")
    assert "[y/N]" not in result.stdout
    assert events(Attempt) == []


def test_yes_alone_deletes_nothing(run, begun):
    run("--yes")
    assert len(events(Attempt)) == 4


def test_reset_of_nothing_says_so(run):
    assert "no progress" in run("--reset").stdout


def test_reset_that_fails_says_so(run, begun, monkeypatch):
    def refuse(work):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(journal, "_on_disk", refuse)
    result = run("--reset", "--yes")
    assert result.exit_code == 1
    assert "could not be deleted" in result.stderr
