import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from backprop_lab import plots
from backprop_lab.plots import Box, Wire
from backprop_lab.plots.graph import LEGIBLE, _placed, letters

SEED = ((0, 2), (1, 2), (2, 3), (3, 4))  # (w·x - 10)²
TWICE = ((0, 2), (1, 2), (2, 3), (0, 3))  # a·b + a
NEURON = ((0, 5), (1, 5), (2, 6), (3, 6), (5, 7), (6, 7), (7, 8), (4, 8), (8, 9))
WIDTH, HEIGHT = 1109, 345


def panel():
    return plots.GraphPanel(plots.Picture(WIDTH, HEIGHT).add_axes((0, 0, 1, 1)))


def boxes(number):
    return [Box(f"n{i}", str(i), "", "forward") for i in range(number)]


@st.composite
def graphs(draw):
    """Draw graphs in which every value but the last is used, and each after its operands."""
    variables, joins = draw(st.integers(1, 5)), []
    size = variables
    unused = list(range(variables))
    for _ in range(draw(st.integers(1, 6)) + variables):
        operands = [unused.pop(0) if unused else draw(st.integers(0, size - 1))]
        operands += [draw(st.integers(0, size - 1))] * draw(st.booleans())
        joins += [(operand, size) for operand in operands]
        unused = [u for u in unused if u not in operands] + [size]
        size += 1
    while len(unused) > 1:
        joins += [(unused.pop(0), size), (unused.pop(0), size)]
        unused.append(size)
        size += 1
    return size, tuple(joins)


@given(graphs())
def test_boxes_stand_right_of_their_operands_inside_the_picture_and_never_on_each_other(graph):
    size, joins = graph
    at, _, scale = _placed(size, joins, WIDTH, HEIGHT)
    half = scale * np.array([65, 38])
    for operand, result in joins:
        assert at[operand, 0] + half[0] < at[result, 0] - half[0]
    assert (at - half > 0).all()
    assert (at + half < (WIDTH, HEIGHT)).all()
    for i in range(size):
        for j in range(i):
            assert (np.abs(at[i] - at[j]) >= 2 * half - 1e-6).any()


@given(graphs())
def test_links_pass_between_the_boxes(graph):
    size, joins = graph
    at, routes, scale = _placed(size, joins, WIDTH, HEIGHT)
    half = scale * np.array([65, 38])
    for points, _ in routes:
        for stop in points[1:-1]:
            assert (np.abs(at - stop) > half - 1e-6).any(axis=1).all()


def test_variables_stand_next_to_where_they_are_used():
    at, _, _ = _placed(10, NEURON, WIDTH, HEIGHT)
    columns = sorted(set(at[:, 0].round(3)))
    assert len(columns) == 5
    assert columns.index(at[4, 0].round(3)) == columns.index(at[8, 0].round(3)) - 1


def test_a_neuron_can_be_read_from_the_back_of_a_room_and_a_long_chain_cannot():
    assert letters(10, NEURON, WIDTH, HEIGHT) > LEGIBLE
    chain = tuple((i, i + 1) for i in range(20))
    assert letters(21, chain, WIDTH, HEIGHT) < LEGIBLE


def test_two_links_between_the_same_boxes_can_be_told_apart():
    _, ((one, bend), (other, other_bend)), _ = _placed(2, ((0, 1), (0, 1)), WIDTH, HEIGHT)
    assert one[0][1] > other[0][1]
    assert one[-1][1] > other[-1][1]
    assert bend > 0 > other_bend


def test_numbers_stand_in_their_boxes_in_the_colours_of_their_roles():
    graph = panel()
    shown = [Box("w", "2", "−24", "parameter"), Box("L = w²", "16", "1", "loss", "gradient")]
    graph.update(shown, [Wire(0, 1)])
    assert [text.get_text() for text in graph.values[:3]] == ["2", "16", ""]
    assert [text.get_text() for text in graph.gradients[:3]] == ["−24", "1", ""]
    assert graph.values[0].get_color() == plots.COLORS["forward"]
    assert graph.gradients[0].get_color() == plots.COLORS["gradient"]
    assert list(graph.boxes.get_linewidths()) == [1.6, 4]


def test_what_flows_back_stands_at_its_link_and_turns_the_arrow():
    graph = panel()
    graph.update(boxes(2), [Wire(0, 1)])
    forward = graph.heads.get_paths()[0].vertices[0, 0]
    graph.update(boxes(2), [Wire(0, 1, "−8", "3", "−24")])
    assert graph.heads.get_paths()[0].vertices[0, 0] < forward
    assert [text.get_text() for text in graph.labels[:2]] == ["−8 × 3", "= −24"]


def test_where_room_is_short_the_upstream_gradient_is_left_to_its_box():
    graph, chain = panel(), [(i, i + 1) for i in range(7)]
    graph.update(boxes(8), [Wire(*join, "−0.5344", "0.3679", "−0.1966") for join in chain])
    assert graph.labels[0].get_text() == "× 0.3679"


@pytest.mark.parametrize(("size", "joins"), [(5, SEED), (4, TWICE), (10, NEURON)])
def test_nothing_is_left_of_a_larger_graph_before(size, joins):
    fresh, used = panel(), panel()
    used.update(boxes(24), [Wire(i, i + 1, "1", "1", "1") for i in range(23)])
    for graph in (fresh, used):
        graph.update(boxes(size), [Wire(*join, "2", "3", "6") for join in joins])
    pictures = [Image.open(io.BytesIO(graph.axes.figure.png(1))) for graph in (fresh, used)]
    np.testing.assert_array_equal(*map(np.asarray, pictures))
