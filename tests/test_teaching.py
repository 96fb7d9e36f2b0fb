"""The instructor's pages hold together with the lessons, and `workshop` makes agendas of them."""

import re
import tomllib
from pathlib import Path

import nbformat
import pytest
from typer.testing import CliRunner

from backprop_lab.cli import app
from backprop_lab.cli.workshop import outlines, read_outline

ROOT = Path(__file__).parents[1]
TEACHING = ROOT / "docs" / "teaching"
PAGES = sorted(TEACHING.glob("[0-9c]*_*.md"))
PLANS = tomllib.loads((TEACHING / "workshops.toml").read_text(encoding="utf-8"))


def opening(lesson):
    return nbformat.read(ROOT / "notebooks" / f"{lesson}.ipynb", as_version=4).cells[0].source


@pytest.fixture
def run(monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setenv("NO_COLOR", "1")
    return lambda *arguments: CliRunner().invoke(app, ["workshop", *arguments])


@pytest.fixture(params=PAGES, ids=lambda page: page.stem)
def page(request):
    return request.param


def test_every_lesson_has_an_instructors_page():
    lessons = {path.stem for path in ROOT.glob("notebooks/*_*.ipynb")}
    assert lessons == {page.stem for page in PAGES}


def test_an_outline_lasts_as_long_as_the_lesson_says(page):
    said = re.search(r"\*\*It takes\*\* \| about (\d+) minutes", opening(page.stem))
    assert read_outline(page).minutes == int(said[1])


def test_an_outline_has_the_lessons_title(page):
    assert opening(page.stem).startswith(f"# {read_outline(page).title}\n")


def test_a_page_says_what_to_ask_what_goes_wrong_and_what_to_drop(page):
    headings = re.findall(r"^## (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert headings == ["Outline", "Ask the room", "Usual misunderstandings", "If time is short"]


@pytest.mark.parametrize("name", PLANS)
def test_a_workshop_fills_its_time_and_no_more(name):
    planned = sum(each.minutes for each in outlines(PLANS[name], TEACHING))
    assert 0.9 * PLANS[name]["minutes"] <= planned <= PLANS[name]["minutes"]


def test_an_agenda_tells_the_time_of_day_of_each_part(run):
    lines = run("90 minutes", "--start", "13:30").stdout.splitlines()
    rows = [line.split() for line in lines if re.match(r"\d\d:\d\d ", line.strip())]
    first, second, third = rows[:3]
    assert first[:3] == ["13:30", "10", "Arrive,"]
    assert second[:2] == ["13:40", "30"]
    assert "steps" in second
    assert third[:2] == ["13:40", "3"]
    assert rows[-1] == ["15:00", "End"]


def test_without_a_length_it_says_what_there_is(run):
    result = run()
    assert result.exit_code == 0
    assert all(name in result.stdout for name in PLANS)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["a week"], "choose '90 minutes', 'half a day' or 'a day'"),
        (["a day", "--start", "nine"], "such as 09:30, got 'nine'"),
    ],
)
def test_what_it_does_not_know_it_says(run, arguments, says):
    result = run(*arguments)
    assert result.exit_code == 1
    assert says in result.stderr
