import numpy as np
import pytest

from backprop_lab import plots


@pytest.fixture
def rows():
    axes = plots.Picture(400, 300).add_axes((0.1, 0.1, 0.8, 0.8))
    axes.set_xlim(0, 4)
    return plots.HistogramRows(axes, 3, bins=4)


def test_a_bin_is_as_tall_as_the_root_of_its_count(rows):
    rows.update([("a", np.array([0.5, 0.5, 0.5, 0.5, 2.5]), "")])
    outline = rows.shapes[0].get_xy()
    tops = [outline[1 + 2 * i, 1] - 2 for i in range(4)]  # the first row stands on 2
    np.testing.assert_allclose(np.array(tops) / tops[0], [1, 0, 0.5, 0])


def test_what_lies_outside_is_counted_at_the_ends(rows):
    rows.update([("a", np.array([-9.0, 99.0]), "")])
    outline = rows.shapes[0].get_xy()
    assert outline[1, 1] == outline[-3, 1] > 2
    np.testing.assert_array_equal(outline[3:-4, 1], 2)


def test_rows_carry_names_and_notes_and_spare_rows_are_empty(rows):
    rows.update([("layer 1", np.ones(3), "± 0"), ("layer 2", np.ones(3), "± 0")], "It fades")
    rows.update([("layer 7", np.ones(3), "± 1")], "It holds")
    assert [text.get_text() for text in rows.names] == ["layer 7", "", ""]
    assert [text.get_text() for text in rows.notes] == ["± 1", "", ""]
    assert np.ptp(rows.shapes[1].get_xy()[:, 1]) == 0
    assert rows.title.get_text() == "It holds"
