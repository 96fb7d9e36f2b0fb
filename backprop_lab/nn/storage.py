"""Saving a network's numbers, and loading them into a network of the same layers."""

import numpy as np


def save(net, path):
    """Write all parameters and all state to an `.npz` file of plain numbers.

    Parameters
    ----------
    net : Layer
    path : str or Path
        Should end in .npz. A file that stands there is replaced.
    """
    states = {f"state {name}": value for name, value in _states(net)}
    with open(path, "wb") as file:
        np.savez(file, layers=repr(net), params=net.params, **states)


def load(net, path):
    """Read what `save` wrote into a network of the same layers, in place.

    Parameters
    ----------
    net : Layer
        Made the same way as the one that was saved.
    path : str or Path

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file is of another kind, or holds another network. The network stays as it was.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            stored = {name: file[name] for name in file.files}
        layers = str(stored.pop("layers"))
    except (KeyError, ValueError, AttributeError, EOFError, OSError) as error:
        if isinstance(error, FileNotFoundError):
            raise
        raise ValueError(f"{path} is not a network that backprop_lab saved: {error}") from error
    if layers != repr(net) or stored["params"].shape != net.params.shape:
        raise ValueError(f"{path} holds {layers}, not {net}: make the network as it was saved")
    net.params = stored["params"]
    for name, value in _states(net):
        value[...] = stored[f"state {name}"]


def _states(layer, path=""):
    """Walk through the state of a layer and its children: name, array."""
    for name, value in layer.state.items():
        yield path + name, value
    for i, child in enumerate(layer.children):
        yield from _states(child, f"{path}{i}.")
