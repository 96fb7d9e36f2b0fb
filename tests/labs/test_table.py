from dataclasses import dataclass, field
from xml.etree import ElementTree

import numpy as np
import pytest

from backprop_lab import labs
from backprop_lab.labs import table as table_module
from backprop_lab.labs.table import tables
from tests.labs.cases import LABS, finish, presets

pytestmark = pytest.mark.filterwarnings("error")


@dataclass
class Frame:
    finding: str = "It <b>falls</b>."
    tables: dict = field(
        default_factory=lambda: {
            "Step & step": {"step": range(3), "loss": [2.5, -0.125, float("nan")]},
            "Units": {"unit": ["<i>first</i>", "second"], "dead": np.array([1, 0])},
        }
    )


def read(text):
    """Read the HTML as a browser would: captions, and rows of cells with their tags."""
    root = ElementTree.fromstring(f"<root>{text}</root>")
    return {
        table.find("caption").text: [
            [(cell.tag, cell.get("scope"), cell.text) for cell in row] for row in table.iter("tr")
        ]
        for table in root.iter("table")
    }


def plain(rows):
    return [[text for _, _, text in row] for row in rows]


def test_a_table_has_the_finding_as_its_caption_and_a_heading_for_each_column_and_row():
    found = read(tables(Frame()))
    steps = found["It <b>falls</b>. Step & step"]
    assert plain(steps) == [["step", "loss"], ["0", "2.5"], ["1", "−0.125"], ["2", "NaN"]]
    assert [cell[:2] for cell in steps[0]] == [("th", "col"), ("th", "col")]
    assert [cell[:2] for cell in steps[1]] == [("th", "row"), ("td", None)]


def test_what_a_frame_says_can_not_become_markup():
    text = tables(Frame())
    assert "<i>" not in text
    assert "<b>" not in text
    assert plain(read(text)["It <b>falls</b>. Units"])[1] == ["<i>first</i>", "1"]


def test_a_frame_without_tables_says_so():
    assert tables(object()) == "<p>This picture has no table.</p>"


def test_columns_of_different_lengths_are_refused():
    frame = Frame(tables={"": {"a": [1, 2], "b": [1]}})
    with pytest.raises(ValueError, match="shorter"):
        tables(frame)


@pytest.mark.parametrize("kind", LABS)
def test_every_lab_shows_its_data_on_demand_and_lets_them_follow(kind):
    lab = kind()
    assert lab.data.value == ""
    lab.show_data.value = True
    assert lab.show_data.description == "hide the data"
    before = read(lab.data.value)
    assert before
    assert all(lab.frame.finding in caption for caption in before)
    slider = next(control for control in lab._controls.values() if hasattr(control, "min"))
    slider.value = slider.max if slider.value == slider.min else slider.min
    after = read(lab.data.value)
    assert after != before
    assert all(lab.frame.finding in caption for caption in after)
    lab.show_data.value = False
    assert (lab.data.value, lab.show_data.description) == ("", "show the data")
    lab.close()


@pytest.mark.parametrize("kind", LABS)
def test_every_preset_has_tables(kind):
    for place, options in presets(kind):
        lab = kind(*place, **options)
        finish(lab)
        assert all(len(rows) > 1 for rows in read(tables(lab.frame)).values())
        lab.close()


def test_hidden_data_cost_nothing(monkeypatch):
    lab = labs.LossLab()
    monkeypatch.setattr(table_module, "table", lambda *_: pytest.fail("nobody looks"))
    lab.score.value = 2.0
    assert lab.frame.score == 2.0
    assert "could not show" not in lab.words.value
    lab.close()


def test_the_learning_rate_s_table_holds_its_curves():
    lab = labs.LearningRateLab("good", steps=5)
    lab.show_data.value = True
    ((caption, rows),) = read(lab.data.value).items()
    assert caption == f"{lab.frame.finding} Step by step"
    shown = [float(row[1]) for row in plain(rows)[1:]]
    np.testing.assert_allclose(shown, lab.frame.loss, rtol=1e-3)
    lab.close()
