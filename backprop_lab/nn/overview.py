"""A network at a glance: its layers, the shapes between them, and where the parameters are."""


def summary(net, shape):
    """Describe a network in a table.

    Parameters
    ----------
    net : Sequential
    shape : tuple of int
        The shape of one sample, the batch axis left out: (64,) for the digits.

    Returns
    -------
    table : str
        A row for each layer: what it is, the shape of its output for N samples, and its parameters.

    Raises
    ------
    ValueError
        If the network cannot take such a sample.

    Examples
    --------
    >>> import numpy as np
    >>> from backprop_lab import nn
    >>> rng = np.random.default_rng(0)
    >>> net = nn.Sequential(nn.Linear(64, 32, rng=rng), nn.ReLU(), nn.Linear(32, 10, rng=rng))
    >>> print(nn.summary(net, (64,)))
    layer           output   parameters
    input           (N, 64)
    Linear(64, 32)  (N, 32)       2,080
    ReLU()          (N, 32)           0
    Linear(32, 10)  (N, 10)         330
    total                         2,410
    """
    rows = [("layer", "output", "parameters"), ("input", _batch_of(shape), "")]
    for layer in net.children or (net,):
        shape = layer.output_shape(shape)
        rows.append((repr(layer), _batch_of(shape), f"{layer.params.size:,}"))
    rows.append(("total", "", f"{net.params.size:,}"))
    left, middle, right = (max(map(len, column)) for column in zip(*rows, strict=True))
    lines = (f"{a:<{left}}  {b:<{middle}}  {c:>{right}}".rstrip() for a, b, c in rows)
    return "\n".join(lines)


def _batch_of(shape):
    return f"(N, {', '.join(map(str, shape))})"
