"""Initial weights: small enough not to explode, large enough not to vanish."""

import numpy as np


def he(fan_in, fan_out, rng):
    """Draw normal weights with variance 2 / fan_in, which suits ReLU.

    ReLU silences half of a layer; the 2 makes up for it, so that signals keep their size on the
    way through many layers.

    Parameters
    ----------
    fan_in, fan_out : int
        Number of inputs and of outputs of the layer.
    rng : numpy.random.Generator

    Returns
    -------
    W : ndarray, shape (fan_in, fan_out)

    References
    ----------
    He et al., "Delving Deep into Rectifiers", ICCV 2015, equation 10.
    """
    return rng.normal(0.0, np.sqrt(2.0 / fan_in), (fan_in, fan_out))


def xavier(fan_in, fan_out, rng):
    """Draw normal weights with variance 2 / (fan_in + fan_out), which suits tanh and sigmoid.

    A compromise: 1 / fan_in would keep the size of the signals, 1 / fan_out that of the gradients.

    Parameters
    ----------
    fan_in, fan_out : int
        Number of inputs and of outputs of the layer.
    rng : numpy.random.Generator

    Returns
    -------
    W : ndarray, shape (fan_in, fan_out)

    References
    ----------
    Glorot & Bengio, "Understanding the difficulty of training deep feedforward neural networks",
    AISTATS 2010, equation 12.
    """
    return rng.normal(0.0, np.sqrt(2.0 / (fan_in + fan_out)), (fan_in, fan_out))
