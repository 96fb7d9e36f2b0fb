from backprop_lab import plots
from backprop_lab.plots import Part


def equation(*parts):
    panel = plots.EquationPanel(plots.Picture(800, 100).add_axes((0, 0, 1, 1)))
    panel.update([Part("", "−8", "upstream", "gradient")] * 5)
    panel.update(parts)
    return panel


def test_each_part_has_its_number_its_name_and_the_colour_of_its_role():
    panel = equation(Part("", "−8", "upstream", "gradient"), Part("×", "3", "local", "forward"))
    assert [text.get_text() for text in panel.texts] == ["−8", "3", "", "", ""]
    assert [text.get_text() for text in panel.names] == ["upstream", "local", "", "", ""]
    assert panel.texts[1].get_color() == plots.COLORS["forward"]


def test_signs_stand_between_the_parts():
    panel = equation(Part("", "1", "one"), Part("+", "3", "other"), Part("=", "4", "both"))
    assert [sign.get_text() for sign in panel.signs] == ["", "+", "=", "", ""]
    left, sign, right = panel.texts[0], panel.signs[1], panel.texts[1]
    assert left.get_position()[0] < sign.get_position()[0] < right.get_position()[0]


def test_a_long_equation_shrinks_until_it_fits():
    short, long = equation(Part("", "1", "one")), equation(*[Part("=", "9" * 14, "n")] * 5)
    assert long.texts[0].get_fontsize() < short.texts[0].get_fontsize()
    assert long.texts[4].get_position()[0] < long.width


def test_nothing_is_left_of_a_longer_equation():
    panel = equation()
    assert not any(text.get_text() for text in panel.moving)
