"""Handwritten digits: 1,797 real images, small enough to read each pixel."""

from pathlib import Path

import numpy as np

FILE = Path(__file__).with_name("digits.npz")


def digits():
    """Load the handwritten digits.

    Returns
    -------
    x : ndarray of float64, shape (1797, 64)
        One image a row, its 8 × 8 pixels from 0 (paper) to 1 (ink). `x[i].reshape(8, 8)` is the
        picture.
    y : ndarray of int64, shape (1797,)
        The digit that was written, 0 to 9.

    References
    ----------
    Alpaydin & Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning Repository,
    1998, CC BY 4.0. See DIGITS.md beside this file.
    """
    with np.load(FILE) as stored:
        x = stored["images"].reshape(-1, 64) / 16.0  # stored as whole numbers from 0 to 16
        y = stored["labels"].astype(np.int64)
    return x, y
