"""What one move of a lab's slider costs inside the kernel, beside a fresh pyplot figure.

Run `python benchmarks/labs.py`. Medians of interleaved rounds: read the ratios, the milliseconds
belong to the machine and to what else it is doing.
"""

import argparse
import io
import itertools
import time

import matplotlib
import numpy as np
from rich.console import Console
from rich.table import Table

matplotlib.use("agg")
import matplotlib.pyplot as plt  # noqa: E402

from backprop_lab.labs import LearningRateLab  # noqa: E402

RATES = itertools.cycle(10 ** np.arange(-3, 4, 0.05))


def parts(lab):
    """Name the parts of a move, each as a function to be timed."""
    picture = lab.picture
    return {
        "train": lambda: lab._compute(lr=next(RATES)),
        "update artists": lambda: picture.view.update(lab.frame),
        "repaint": picture.pixels,
        "repaint and JPEG": picture.jpeg,
        "whole move": lambda: lab.slider.set_trait("value", next(RATES)),
        "resting PNG, twice the pixels": lambda: picture.png,
        "fresh pyplot figure and PNG": lambda: fresh_figure(lab),
    }


def fresh_figure(lab):
    """Draw the same run the usual way: what `plt.show()` does in a notebook."""
    run, view = lab.frame, lab.picture.view
    figure, (loss, right, digits) = plt.subplots(1, 3, figsize=(11.2, 4))
    figure.suptitle(run.finding)
    loss.semilogy(run.loss)
    loss.set(xlabel="steps", ylabel="loss (nats)", ylim=(0.005, 100))
    right.plot(100 * run.training, label="training")
    right.plot(100 * run.held_out, label="held out")
    right.set(xlabel="steps", ylabel="digits read right (%)", ylim=(0, 100))
    right.legend()
    images = [image.get_array() for image in view.digits.axes.images]
    digits.imshow(np.block([images[:5], images[5:]]), cmap="Greys")
    for i, caption in enumerate(view.digits.captions):
        digits.text(8 * (i % 5) + 4, 8 * (i // 5) + 7, caption.get_text())
    figure.savefig(io.BytesIO(), format="png", bbox_inches="tight")
    plt.close(figure)


def measure(lab, rounds):
    times = {name: [] for name in parts(lab)}
    for _ in range(rounds):
        for name, part in parts(lab).items():
            with lab.picture._lock:  # the picture that comes to rest in between must wait
                start = time.perf_counter()
                part()
                times[name].append(1000 * (time.perf_counter() - start))
    return {name: float(np.median(row)) for name, row in times.items()}


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--rounds", type=int, default=60)
    lab = LearningRateLab()
    medians = measure(lab, arguments.parse_args().rounds)
    lab.close()
    usual = medians["train"] + medians["fresh pyplot figure and PNG"]
    table = Table(
        "part", "median ms", "part of train + fresh figure", title="One move of the slider"
    )
    for name, ms in medians.items():
        table.add_row(name, f"{ms:.1f}", f"{ms / usual:.2f}")
    Console().print(table)


if __name__ == "__main__":
    main()
