import numpy as np
import pytest

from backprop_lab import nn


def network(width=4, seed=0):
    rng = np.random.default_rng(seed)
    inner = nn.Residual(nn.Linear(width, width, rng=rng), nn.BatchNorm(width))
    return nn.Sequential(nn.Linear(3, width, rng=rng), inner, nn.BatchNorm(width))


def test_what_is_saved_is_loaded_state_included(tmp_path):
    net, x = network(), np.random.default_rng(1).standard_normal((5, 3))
    net.forward(x, train=True)  # moves the running statistics
    nn.save(net, tmp_path / "net.npz")
    twin = network(seed=9)
    nn.load(twin, tmp_path / "net.npz")
    np.testing.assert_array_equal(twin.params, net.params)
    np.testing.assert_array_equal(twin.forward(x)[0], net.forward(x)[0])


def test_another_network_is_refused_and_left_alone(tmp_path):
    nn.save(network(4), tmp_path / "net.npz")
    other = network(5)
    before = other.params.copy()
    with pytest.raises(ValueError, match=r"holds Sequential\(Linear\(3, 4\).* not Sequential"):
        nn.load(other, tmp_path / "net.npz")
    np.testing.assert_array_equal(other.params, before)


def pickled(path):
    np.savez(path, layers=np.array([{"a": 1}], dtype=object), params=np.zeros(3))


@pytest.mark.parametrize(
    "write",
    [
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"not a network"),
        lambda path: np.savez(path, a=np.zeros(3)),
        pickled,
    ],
)
def test_files_of_another_kind_are_refused(tmp_path, write):
    write(tmp_path / "net.npz")
    with pytest.raises(ValueError, match="not a network that backprop_lab saved"):
        nn.load(network(), tmp_path / "net.npz")


def test_a_missing_file_is_missing(tmp_path):
    with pytest.raises(FileNotFoundError):
        nn.load(network(), tmp_path / "none.npz")
