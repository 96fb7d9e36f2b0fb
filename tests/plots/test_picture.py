import io
import subprocess
import sys

import numpy as np
from PIL import Image

from backprop_lab import plots


def make():
    return plots.bars([0.1, 0.7, 0.2], right=1, title="It says 1")


def test_a_picture_shows_itself_as_png_with_its_finding_in_words():
    data, metadata = make()._repr_mimebundle_()
    assert data["text/plain"] == "It says 1. Largest at 1 (0.70); the right class, 1, has 0.70"
    image = Image.open(io.BytesIO(data["image/png"]))
    shown = metadata["image/png"]
    assert image.size == (2 * shown["width"], 2 * shown["height"])
    assert shown["alt"] == data["text/plain"]


def test_the_same_picture_is_the_same_bytes():
    assert make().png() == make().png()


def test_nothing_here_imports_pyplot():
    code = "import sys, backprop_lab.labs; print('matplotlib.pyplot' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "False"


def test_png_has_ink():
    pixels = np.asarray(Image.open(io.BytesIO(make().png(1))).convert("L"))
    assert pixels.min() < 60
    assert pixels[0, 0] == 255
