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


def zeros(fan_in, fan_out, rng):
    """Give zeros, to see what goes wrong: all units of a layer stay the same for ever.

    Parameters and returns are those of `he`.
    """
    return np.zeros((fan_in, fan_out))


def normal(deviation):
    """Give an initializer that draws normal weights of this standard deviation, whatever the size.

    Parameters
    ----------
    deviation : float
        Standard deviation, at least 0.

    Returns
    -------
    init : callable
        init(fan_in, fan_out, rng) -> W
    """
    if not deviation >= 0:
        raise ValueError(f"a standard deviation is 0 or above, got {deviation}")
    return lambda fan_in, fan_out, rng: rng.normal(0.0, deviation, (fan_in, fan_out))


def orthogonal(fan_in, fan_out, rng):
    """Draw a random rotation: W keeps the length of every signal (or of every gradient).

    Columns are orthonormal if fan_in ≥ fan_out, rows if not.

    Parameters and returns are those of `he`.

    References
    ----------
    Saxe, McClelland & Ganguli, "Exact solutions to the nonlinear dynamics of learning in deep
    linear neural networks", ICLR 2014, section 3.
    """
    tall = rng.standard_normal((max(fan_in, fan_out), min(fan_in, fan_out)))
    q, r = np.linalg.qr(tall)
    q *= np.sign(np.diag(r))  # makes every rotation equally likely
    return q if fan_in >= fan_out else q.T
