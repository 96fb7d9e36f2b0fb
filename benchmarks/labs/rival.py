"""What runs in the notebook's kernel: labs the usual way, and the memory of a lab."""

import functools
import gc
from unittest.mock import patch

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
import psutil


def afresh(kind):
    """Make a lab that trains at every move, also where it could remember."""
    with patch("functools.lru_cache", _forget):
        return kind()


def _forget(*size, cached=functools.lru_cache, **options):
    """Stand in for the decorator; a lab of ours gives it a size, and nothing else."""
    ours = size and isinstance(size[0], int)
    return (lambda function: function) if ours else cached(*size, **options)


def rival(kind):
    """Show a lab the usual way: `interact`, and at each move a fresh figure by `plt.show()`.

    The computation is the lab's own, and so are the controls and what is in the figure.
    """
    lab, make_view = _taken_apart(kind)
    for control in lab._controls.values():
        control.unobserve(lab._moved, "value")
    ipywidgets.interact(
        lambda **values: _show(make_view(), lab._compute(**values)), **lab._controls
    )


def live_rival(kind):
    """Play a training the usual way."""
    lab, make_view = _taken_apart(kind)

    def show(step):
        lab.training.advance(lab.speed.value)
        _show(make_view(), lab.training.frame)

    ipywidgets.interact(show, step=ipywidgets.Play(max=100_000, interval=33))


def yardstick():
    """Move a plain picture the usual way: it takes so long because of the machine, not of a lab."""
    rng = np.random.default_rng(0)
    x, y = np.meshgrid(*[np.linspace(-3, 3, 60)] * 2)
    steps, points, sizes = np.arange(200), rng.standard_normal((2, 200)), rng.random(6)

    def show(lr=(1, 50)):
        _, (loss, gradients, boundary) = plt.subplots(1, 3, figsize=(12, 3.6), dpi=100)
        loss.plot(np.exp(-steps * lr / 1000))
        loss.set(xlabel="steps", ylabel="loss", title="Loss")
        gradients.bar(range(6), sizes**lr)
        gradients.set(xlabel="layer", ylabel="norm", title="Gradients")
        boundary.imshow(np.sin(x * lr / 10) + y, extent=(-3, 3, -3, 3), aspect="auto")
        boundary.scatter(*points, c=points[0] > 0, s=12)
        boundary.set(title="Decision boundary")
        plt.show()

    ipywidgets.interact(show)


def _show(view, frame):
    view.update(frame)
    plt.figure(view.picture)
    plt.show()


def _taken_apart(kind):
    """Make a lab; give it, and a way to make another view like the one that it has."""
    spare = kind()
    view_kind = type(spare.picture.view)
    spare.close()
    calls, init = [], view_kind.__init__

    def noted(self, *args, **options):
        calls.append((args, options))
        init(self, *args, **options)

    view_kind.__init__ = noted
    try:
        lab = afresh(kind)
    finally:
        view_kind.__init__ = init
    args, options = calls[0]
    return lab, lambda: view_kind(*args, **options)


def memory(lab, moves):
    """Give the megabytes that a kernel holds more after so many moves of random controls."""
    rng = np.random.default_rng(0)
    _move_about(lab, 200, rng)  # every word is painted once, every buffer made
    before = _megabytes()
    _move_about(lab, moves, rng)
    return round(_megabytes() - before, 1)


def _move_about(lab, moves, rng):
    for _ in range(moves):
        control = rng.choice(list(lab._controls.values()))
        control.value = _any_value(control, rng)


def _any_value(control, rng):
    if hasattr(control, "options"):
        values = [option[1] if isinstance(option, tuple) else option for option in control.options]
        return values[rng.integers(len(values))]
    if isinstance(control, ipywidgets.FloatLogSlider):
        return float(control.base ** rng.uniform(control.min, control.max))
    if isinstance(control, ipywidgets.IntSlider):
        return int(rng.integers(control.min, control.max + 1))
    if isinstance(control, ipywidgets.FloatSlider):
        return float(rng.uniform(control.min, control.max))
    if isinstance(control, ipywidgets.Checkbox):
        return not control.value
    return control.value  # words that a learner types


def _megabytes():
    gc.collect()
    return psutil.Process().memory_info().rss / 1e6
