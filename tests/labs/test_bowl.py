import io

import numpy as np
import pytest
from PIL import Image

from backprop_lab.labs import BowlLab
from backprop_lab.labs.bowl import PRESETS, Bowl, Verdict, descend, factor, judge

pytestmark = pytest.mark.filterwarnings("error")
EVERY_PRESET = [(dimensions, name) for dimensions in PRESETS for name in PRESETS[dimensions]]
PROMISES = {
    "too slow": Verdict.SLOW,
    "good": Verdict.GLIDES,
    "one step": Verdict.ARRIVES,
    "oscillating": Verdict.JUMPS,
    "at the limit": Verdict.NEVER,
    "divergent": Verdict.DIVERGES,
    "round bowl": Verdict.GLIDES,
    "narrow valley": Verdict.SLOW,
    "with momentum": Verdict.SWINGS,
    "too much momentum": Verdict.SWINGS,
}


def line(lr, *, momentum=0.0, curvature=2.5, start=-3.0, steps=30):
    return descend((curvature,), (start,), lr=lr, momentum=momentum, steps=steps)


@pytest.fixture(scope="module", params=[1, 2])
def lab(request):
    lab = BowlLab(dimensions=request.param)
    yield lab
    lab.close()


@pytest.mark.parametrize("lr", [0.01, 0.2, 0.4, 0.7, 0.8, 0.9])
def test_without_momentum_each_step_multiplies_by_one_minus_lr_times_curvature(lr):
    path = line(lr).path[:, 0]
    z = factor(lr, 0.0, 2.5)
    assert z == pytest.approx(1 - lr * 2.5)
    np.testing.assert_allclose(path[1:], z.real * path[:-1], atol=1e-12)


@pytest.mark.parametrize("momentum", [0.0, 0.3, 0.6, 0.95])
@pytest.mark.parametrize("lr", [0.01, 0.05, 0.4, 0.79, 1.0, 1.6])
def test_the_factor_is_the_spectral_radius_of_the_step(lr, momentum):
    step = [[1 - lr * 2.5, momentum], [-lr * 2.5, momentum]]
    radius = abs(np.linalg.eigvals(step)).max()
    assert abs(factor(lr, momentum, 2.5)) == pytest.approx(radius)


@pytest.mark.parametrize(("lr", "momentum"), [(0.05, 0.6), (0.3, 0.9), (1.4, 0.6), (0.02, 0.3)])
def test_in_the_long_run_the_simulation_shrinks_as_foretold(lr, momentum):
    way = abs(line(lr, momentum=momentum, steps=100).path[:, 0])
    z = abs(factor(lr, momentum, 2.5))
    early, late = way[20:50].max(), way[70:].max()  # the swing's width, whatever its phase
    assert (late / early) ** (1 / 50) == pytest.approx(z, rel=0.02)


def test_a_path_takes_plain_momentum_steps():
    w, v, expected = -3.0, 0.0, [-3.0]
    for _ in range(5):
        v = 0.6 * v - 0.05 * 2.5 * w
        w += v
        expected.append(w)
    path = line(0.05, momentum=0.6, steps=5).path
    np.testing.assert_allclose(path[:, 0], expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("factors", "verdict"),
    [
        ([0.99], Verdict.SLOW),
        ([0.5], Verdict.GLIDES),
        ([0.0], Verdict.ARRIVES),
        ([-0.75], Verdict.JUMPS),
        ([-1.0], Verdict.NEVER),
        ([-1.01], Verdict.DIVERGES),
        ([0.6 + 0.5j], Verdict.SWINGS),
        ([0.2, -0.9], Verdict.JUMPS),  # the larger one decides
        ([-0.2, 0.97], Verdict.SLOW),
        ([], Verdict.RESTS),
    ],
)
def test_verdict_follows_from_the_factors(factors, verdict):
    assert judge(np.array(factors, complex), 30) is verdict


@pytest.mark.parametrize("momentum", [0.0, 0.3, 0.9])
@pytest.mark.parametrize("lr", np.round(np.arange(0.02, 1.6, 0.06), 2))
def test_verdict_and_simulation_agree(lr, momentum):
    walk = line(lr, momentum=momentum, steps=100)
    way, left = walk.path[:, 0], walk.left[-1]
    crossings = np.count_nonzero(way[1:] * way[:-1] < 0)
    match walk.verdict:
        case Verdict.DIVERGES:
            assert left > 1
        case Verdict.GLIDES:
            assert left < 0.1
            assert crossings <= 1
        case Verdict.SLOW:
            assert left > 0.05
        case Verdict.JUMPS:
            assert left < 1
            assert crossings > 90
        case Verdict.SWINGS:
            assert left < 1
            assert crossings >= 1
        case Verdict.NEVER:
            assert way[-1] == pytest.approx(-way[-2], rel=1e-3)


@pytest.mark.parametrize(("dimensions", "preset"), EVERY_PRESET)
def test_every_preset_shows_what_it_promises(dimensions, preset):
    lab = BowlLab(preset, dimensions=dimensions)
    assert lab.frame.verdict is PROMISES[preset]
    lab.close()


def test_momentum_helps_in_the_valley_until_it_is_too_much():
    ends = {}
    for preset in ("narrow valley", "with momentum", "too much momentum"):
        lab = BowlLab(preset, dimensions=2)
        ends[preset] = lab.frame.loss[-1]
        lab.close()
    assert ends["with momentum"] < 1e-4 * ends["narrow valley"]
    assert ends["too much momentum"] > ends["narrow valley"]


def test_a_walk_from_the_bottom_stays_there():
    walk = line(0.9, start=0.0)
    assert walk.verdict is Verdict.RESTS
    assert walk.words.startswith("It sets out at the bottom: no slope, no step.")
    assert (walk.left == 0).all()


def test_an_axis_without_a_way_to_go_decides_nothing():
    walk = descend((1.0, 4.0), (-3.0, 0.0), lr=0.6, momentum=0.0, steps=10)
    assert abs(walk.factors[1]) > 1
    assert walk.verdict is Verdict.GLIDES
    assert walk.finding.startswith("Along w₁, ")


@pytest.mark.parametrize(
    ("lr", "momentum", "finding"),
    [
        (0.01, 0, "lr = 0.01 is far below 1/λ = 0.4: after 30 steps 47 % of the way is left."),
        (0.2, 0, "lr = 0.2 is below 1/λ = 0.4: each step leaves 50 % of the way."),
        (0.4, 0, "lr = 0.4 is 1/λ: one step lands at the bottom."),
        (0.7, 0, "lr = 0.7 is above 1/λ = 0.4: each step lands across, 75 % as far out."),
        (0.8, 0, "lr = 0.8 is 2/λ: each step lands across, just as far out."),
        (0.9, 0, "lr = 0.9 is beyond 2/λ = 0.8: each step lands 1.25 times as far out."),
        (
            0.05,
            0.6,
            "Momentum 0.6 overshoots: a step leaves 77.5 %, without it 87.5 %.",
        ),
    ],
)
def test_the_headline_gives_the_numbers(lr, momentum, finding):
    assert line(lr, momentum=momentum).finding == finding


def test_the_condition_number_is_steepest_over_flattest():
    assert Bowl((0.2, 5.0)).condition == pytest.approx(25)
    assert "Condition number 25" in BowlLab("narrow valley", dimensions=2).frame.explanation


def test_the_picture_shows_the_walk(lab):
    view, frame = lab.picture.view, lab.frame
    on_paper = frame.loss > 1e-6
    np.testing.assert_array_equal(view.loss.lines[0].get_ydata()[on_paper], frame.loss[on_paper])
    assert view.headline.get_text() == frame.finding
    for dot, z in zip(view.dots, frame.factors, strict=True):
        assert dot.get_xydata().tolist() == [[frame.lr, 100 * abs(z)]]
    trail = view.bowl.trail if frame.path.shape[1] == 1 else view.bowl.trails[0]
    np.testing.assert_array_equal(trail.path[:, 0], frame.path[:, 0])


def test_repainting_what_moved_equals_drawing_everything(lab):
    for preset in PRESETS[len(lab.picture.view.dots)].values():
        lab.move(**preset)
        with lab.picture._lock:
            painted = lab.picture.pixels()
            drawn = np.asarray(Image.open(io.BytesIO(lab.picture.view.picture.png(1))))
        np.testing.assert_array_equal(painted, drawn)


def test_arguments_replace_what_the_preset_says():
    lab = BowlLab(lr=0.3, momentum=0.5, curvature=1.5, start=2.0, steps=7)
    assert lab.frame.bowl == Bowl((1.5,))
    assert (lab.frame.lr, lab.frame.momentum, lab.frame.steps) == (0.3, 0.5, 7)
    assert lab.frame.path[0] == [2.0]
    lab.close()
    lab = BowlLab("narrow valley", dimensions=2, curvature=(1, 3))
    assert lab.frame.bowl.curvatures == (1, 3)
    lab.close()


def test_the_wildest_walk_stays_in_numbers():
    lab = BowlLab(lr=1.6, curvature=5, steps=100)
    assert lab.frame.verdict is Verdict.DIVERGES
    assert np.isfinite(lab.frame.loss).all()
    lab.close()


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"preset": "perfect"}, ValueError, "preset is one of 'too slow', 'good'"),
        ({"dimensions": 3}, ValueError, "dimensions is one of 1, 2, got 3"),
        ({"preset": "one step", "dimensions": 2}, ValueError, "preset is one of"),
        ({"lr": 2}, ValueError, "lr goes from 0.01 to 1.6, got 2"),
        ({"lr": "fast"}, TypeError, "lr is a number"),
        ({"momentum": 1}, ValueError, "momentum goes from 0 to 0.99, got 1"),
        ({"curvature": 0}, ValueError, "curvature goes from 0.1 to 5"),
        ({"dimensions": 2, "curvature": 1}, ValueError, "a bowl in the plane has two curvatures"),
        ({"dimensions": 2, "start": 1}, ValueError, "leave start out"),
        ({"steps": 0}, ValueError, "steps goes from 1 to 100"),
    ],
)
def test_bad_arguments_are_explained(arguments, error, message):
    with pytest.raises(error, match=message):
        BowlLab(**arguments)
