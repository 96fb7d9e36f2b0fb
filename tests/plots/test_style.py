import itertools

import matplotlib
import numpy as np
import pytest

from backprop_lab import plots
from backprop_lab.plots import style

# Machado, Oliveira & Fernandes (2009), severity 1; rows act on linear RGB.
EYES = {
    "normal": np.eye(3),
    "protanope": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranope": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanope": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def linear(color):
    rgb = np.array(matplotlib.colors.to_rgb(color))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def lab(rgb):
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    xyz = np.array(to_xyz) @ np.clip(rgb, 0, 1) / [0.9505, 1.0, 1.089]
    x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("eye", EYES)
def test_no_two_roles_look_alike(eye):
    seen = {role: lab(EYES[eye] @ linear(color)) for role, color in plots.COLORS.items()}
    for a, b in itertools.combinations(seen, 2):
        assert np.linalg.norm(seen[a] - seen[b]) > 12, f"{a} and {b} look alike"


@pytest.mark.parametrize("role", plots.COLORS)
def test_colors_stand_out_from_paper(role):
    luminance = linear(plots.COLORS[role]) @ [0.2126, 0.7152, 0.0722]
    assert 1.05 / (luminance + 0.05) >= 3  # WCAG 2.2 for lines and for large or bold text


def test_style_leaves_the_global_settings_alone():
    before = dict(matplotlib.rcParams)
    plots.curves({"loss": [3, 2, 1]}, xlabel="steps", ylabel="loss (nats)", title="It falls").png()
    assert dict(matplotlib.rcParams) == before


def test_a_learner_s_own_style_does_not_reach_the_pictures():
    def draw():
        picture = plots.bars([0.2, 0.8], right=1, title="A 1")
        return picture.png(1)

    plain = draw()
    with matplotlib.rc_context({"figure.facecolor": "black", "text.color": "red", "font.size": 30}):
        assert draw() == plain


def test_a_name_without_a_role_gets_a_color_too():
    assert style.color("loss") == plots.COLORS["loss"]
    assert style.color("lr = 3", 1) in plots.COLORS.values()
