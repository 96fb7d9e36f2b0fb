import numpy as np

from backprop_lab import nn

P = np.array([3.0, -4.0, 0.0])


def test_l1_by_hand():
    loss, dparams = nn.l1(P, 0.1)
    np.testing.assert_allclose(loss, 0.7)
    np.testing.assert_allclose(dparams, [0.1, -0.1, 0.0])


def test_l2_by_hand():
    loss, dparams = nn.l2(P, 0.1)
    np.testing.assert_allclose(loss, 0.5 * 0.1 * 25)
    np.testing.assert_allclose(dparams, 0.1 * P)


def test_gradients_are_those_of_the_penalties():
    x = np.array([0.5, -1.5, 2.0])
    for penalty in (nn.l1, nn.l2):
        numerical = nn.numerical_gradient(lambda x: penalty(x, 0.3)[0], x)  # noqa: B023
        np.testing.assert_allclose(penalty(x, 0.3)[1], numerical, rtol=1e-8)


def test_decay_shrinks_in_place():
    params = P.copy()
    assert nn.weight_decay(params, 0.5, lr=0.1) is None
    np.testing.assert_allclose(params, 0.95 * P)


def test_a_mask_leaves_biases_alone():
    rng = np.random.default_rng(0)
    net = nn.Sequential(nn.Linear(2, 2, rng=rng), nn.BatchNorm(2), nn.Linear(2, 1, rng=rng))
    mask = net.mask("W")
    assert mask.tolist() == [1] * 4 + [0] * 2 + [0] * 4 + [1] * 2 + [0]
    _, dparams = nn.l2(np.ones(net.params.size), 1.0, mask=mask)
    np.testing.assert_array_equal(dparams, mask)
    nn.weight_decay(net.params, mask, lr=1.0)
    np.testing.assert_array_equal(net.params, [0] * 6 + [1, 1, 0, 0] + [0] * 3)
