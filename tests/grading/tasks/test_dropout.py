"""Dropout: the mistakes as learners write them, and right solutions in many forms."""

import numpy as np

from backprop_lab.grading import check

from .claims import assert_accepted, assert_named, assert_unnamed, for_each, for_each_mistake


def forward_with(train, evaluate=lambda x, p: (x, np.ones_like(x, dtype=float))):
    """A forward pass with its two halves as given; p_drop = 1 is taken care of."""

    def dropout_forward(x, p_drop, training, rng):
        if not training:
            return evaluate(x, p_drop)
        if p_drop >= 1:
            return np.zeros(x.shape), np.zeros(x.shape)
        return train(x, p_drop, rng)

    return dropout_forward


def applied(mask):
    def train(x, p, rng):
        m = mask(x, p, rng)
        return m * x, m

    return train


def usual(x, p, rng):
    return rng.binomial(1, 1 - p, size=x.shape) / (1 - p)


def never_mind_training(x, p_drop, training, rng):
    return forward_with(applied(usual))(x, p_drop, True, rng)


def flag_the_wrong_way(x, p_drop, training, rng):
    return forward_with(applied(usual))(x, p_drop, not training, rng)


def one_row(x, p, rng):
    return np.tile(rng.random(x.shape[1]) > p, (len(x), 1)) / (1 - p)


def one_row_to_broadcast(x, p, rng):
    return (rng.random((1, x.shape[1])) > p) / (1 - p)


def scaled_output_only(x, p, rng):
    keep = (rng.random(x.shape) > p).astype(float)
    return x * keep / (1 - p), keep


def scaled_output_and_bools(x, p, rng):
    keep = rng.random(x.shape) > p
    return np.where(keep, x / (1 - p), 0), keep


def kept_out_of_it(x, p, rng):
    return x.copy(), usual(x, p, rng)


def overwrites_x(x, p_drop, training, rng):
    out, mask = forward_with(applied(usual))(x, p_drop, training, rng)
    x *= mask.astype(x.dtype)
    return out, mask


def in_place(x, p_drop, training, rng):
    mask = forward_with(applied(usual))(x, p_drop, training, rng)[1]
    x[mask == 0] = 0
    return x * mask, mask


def seeded_the_old_way(x, p, rng):
    np.random.seed(0)  # noqa: NPY002
    return (np.random.rand(*x.shape) > p) / (1 - p)  # noqa: NPY002


def divides_by_zero(x, p_drop, training, rng):
    if not training:
        return x, np.ones(x.shape)
    mask = (rng.random(x.shape) >= p_drop) / (1 - p_drop)
    return x * mask, mask


def divides_in_python(x, p_drop, training, rng):
    if not training:
        return x, np.ones(x.shape)
    scale = 1 / (1 - p_drop)
    mask = np.where(rng.uniform(size=x.shape) < p_drop, 0.0, scale)
    return x * mask, mask


def mask_like_x(x, p, rng):
    mask = np.zeros_like(x)
    mask[rng.random(x.shape) >= p] = 1 / (1 - p)
    return mask


def out_like_x(x, p, rng):
    mask = usual(x, p, rng)
    out = np.empty_like(x)
    out[...] = x * mask
    return out, mask


def scales_in_place(x, p, rng):
    mask = usual(x, p, rng)
    out = x.copy()
    out *= mask
    return out, mask


ones = np.ones_like

FORWARD = [
    ("dropout_not_scaled", forward_with(applied(lambda x, p, rng: rng.random(x.shape) > p))),
    (
        "dropout_keep_drop_swapped",
        forward_with(applied(lambda x, p, rng: rng.binomial(1, p, size=x.shape) / p)),
    ),
    (
        "dropout_comparison_flipped",
        forward_with(applied(lambda x, p, rng: (rng.random(x.shape) < p) / (1 - p))),
    ),
    (
        "dropout_scaled_by_p",
        forward_with(applied(lambda x, p, rng: (rng.random(x.shape) > p) / p)),
    ),
    (
        "multiply_for_divide",
        forward_with(applied(lambda x, p, rng: (rng.random(x.shape) > p) * (1 - p))),
    ),
    ("dropout_active_at_eval", never_mind_training),
    ("training_flag_inverted", flag_the_wrong_way),
    (
        "dropout_eval_scaled_again",
        forward_with(applied(usual), lambda x, p: ((1 - p) * x, ones(x, dtype=float))),
    ),
    (
        "dropout_classic_form",
        forward_with(
            applied(lambda x, p, rng: rng.random(x.shape) > p),
            lambda x, p: (x * (1 - p), ones(x, dtype=float)),
        ),
    ),
    (
        "dropout_classic_form",
        forward_with(
            applied(lambda x, p, rng: rng.binomial(1, 1 - p, x.shape)),
            lambda x, p: (x * (1 - p), (1 - p) * ones(x, dtype=float)),
        ),
    ),
    (
        "dropout_classic_times_p",
        forward_with(
            applied(lambda x, p, rng: rng.random(x.shape) > p),
            lambda x, p: (x * p, ones(x, dtype=float)),
        ),
    ),
    (
        "global_rng",
        forward_with(applied(lambda x, p, rng: (np.random.rand(*x.shape) > p) / (1 - p))),  # noqa: NPY002
    ),
    (
        "global_rng",
        forward_with(applied(lambda x, p, rng: usual(x, p, np.random.default_rng()))),
    ),
    (
        "seed_fixed_inside",
        forward_with(applied(lambda x, p, rng: usual(x, p, np.random.default_rng(42)))),
    ),
    ("seed_fixed_inside", forward_with(applied(seeded_the_old_way))),
    ("dropout_mask_shared", forward_with(applied(one_row))),
    ("dropout_mask_shared", forward_with(applied(one_row_to_broadcast))),
    (
        "dropout_mask_shared",
        forward_with(applied(lambda x, p, rng: one_row(x.T, p, rng).T)),
    ),
    ("dropout_mask_not_applied", forward_with(kept_out_of_it)),
    ("dropout_mask_unscaled", forward_with(scaled_output_only)),
    ("dropout_mask_unscaled", forward_with(scaled_output_and_bools)),
    ("dropout_no_mask_at_eval", forward_with(applied(usual), lambda x, p: (x, None))),
    ("zero_over_zero", divides_by_zero),
    ("zero_over_zero", divides_in_python),
    ("int_dtype_truncation", forward_with(applied(mask_like_x))),
    ("int_dtype_truncation", forward_with(out_like_x)),
    ("int_dtype_truncation", forward_with(scales_in_place)),
    (
        "hyperparameter_hard_coded",
        forward_with(applied(lambda x, p, rng: (rng.random(x.shape) > 0.5) / 0.5)),
    ),
    ("mutates_input", overwrites_x),
    ("mutates_input", in_place),
]


@for_each_mistake(FORWARD)
def test_forward_mistake_is_named(key, solution):
    assert_named("dropout_forward", solution, key)


def test_classic_dropout_is_called_another_convention():
    (classic, *_) = [solution for key, solution in FORWARD if key == "dropout_classic_form"]

    assert check("dropout_forward", classic).convention


def test_a_share_is_told_in_numbers():
    half_too_many = forward_with(applied(lambda x, p, rng: (rng.random(x.shape) > p**2) / (1 - p)))

    message = check("dropout_forward", half_too_many).message

    assert "share of zeros" in message
    assert "the right one 0.3" in message


class Remembers:
    """Draws once for a shape, and then never again."""

    def __init__(self):
        self.masks = {}

    def __call__(self, x, p_drop, training, rng):
        if training and 0 < p_drop < 1 and (x.shape, p_drop) in self.masks:
            return x * self.masks[x.shape, p_drop], self.masks[x.shape, p_drop]
        out, mask = forward_with(applied(usual))(x, p_drop, training, rng)
        self.masks[x.shape, p_drop] = mask
        return out, mask


def one_mask_of_nan(x, p, rng):
    return np.where(usual(x, p, rng) == 0, np.nan, 1 / (1 - p))


def half_the_columns(x, p, rng):
    mask = usual(x, p, rng)
    mask[:, ::2] = mask[:, 1::2]
    return mask


@for_each(
    [
        forward_with(applied(lambda x, p, rng: (rng.random(x.shape) > p) / (1 - p**2))),
        forward_with(applied(lambda x, p, rng: (rng.normal(size=x.shape) > p) / (1 - p))),
        forward_with(applied(lambda x, p, rng: usual(x, p, rng) * np.sqrt(1 - p))),
        forward_with(applied(half_the_columns)),
        forward_with(applied(one_mask_of_nan)),
        forward_with(applied(usual), lambda x, p: (2 * x, ones(x, dtype=float))),
        forward_with(lambda x, p, rng: (x, ones(x, dtype=float))),
        forward_with(lambda x, p, rng: (x * usual(x, p, rng), usual(x, p, rng))),
    ]
)
def test_an_unknown_forward_mistake_is_rejected_without_a_name(solution):
    assert_unnamed("dropout_forward", solution)


def test_outputs_of_another_kind_are_told_by_what_they_are():
    for strange in (None, 3.0, "mask", [1, 2], np.ones(3)):
        result = check("dropout_forward", lambda x, p, t, rng, mask=strange: (x, mask))
        assert not result.passed
        assert 'mask["every entry"]' in result.message
    assert check("dropout_forward", lambda x, p, t, rng: x).failure == "outputs"


def by_loops(x, p_drop, training, rng):
    out, mask = np.zeros(x.shape), np.zeros(x.shape)
    for n in range(x.shape[0]):
        for d in range(x.shape[1]):
            if not training:
                mask[n, d] = 1.0
            elif rng.random() >= p_drop:
                mask[n, d] = 1 / (1 - p_drop)
            out[n, d] = x[n, d] * mask[n, d]
    return out, mask


def by_choice(x, p_drop, training, rng):
    if not training or p_drop == 0:
        return x.copy(), np.ones(x.shape)
    keep = 1 - p_drop
    mask = rng.choice([0.0, 1 / keep if keep else 0.0], size=x.shape, p=[p_drop, keep])
    return [x * mask, mask]


def by_where(x, p_drop, training, rng):
    p = p_drop if training else 0.0
    dropped = rng.uniform(0, 1, x.shape) < p
    scale = 1.0 if p == 1 else 1 / (1 - p)
    return np.where(dropped, 0, x * scale), np.where(dropped, 0, scale)


def by_columns(x, p_drop, training, rng):
    if not training:
        return 1 * x, np.ones(x.shape)
    keep = 1 - p_drop
    columns = [rng.binomial(1, keep, size=len(x)) for _ in range(x.shape[1])]
    mask = np.stack(columns, axis=1) / max(keep, 1e-300)
    return x * mask, mask


@for_each([by_loops, by_choice, by_where, by_columns])
def test_right_forward_is_accepted_in_whatever_form(solution):
    assert_accepted("dropout_forward", solution)


def draws_again(dout, mask):
    p = np.mean(mask == 0)
    return dout * (np.random.rand(*dout.shape) >= p) / (1 - p)  # noqa: NPY002


def draws_again_from_a_seed(dout, mask):
    return dout * np.random.default_rng(7).binomial(1, 0.7, size=dout.shape) / 0.7


def writes_into_dout(dout, mask):
    dout *= mask
    return dout


BACKWARD = [
    ("dropout_not_scaled", lambda dout, mask: np.where(mask > 0, dout, 0)),
    ("multiply_for_divide", lambda dout, mask: dout * (mask > 0) / np.max([mask.max(), 1])),
    ("mask_inverted", lambda dout, mask: dout * (mask == 0)),
    ("mask_inverted", lambda dout, mask: np.where(mask == 0, dout * mask.max(), 0)),
    ("inverse_derivative", lambda dout, mask: np.divide(dout, mask)),
    ("dropout_mask_not_applied", lambda dout, mask: 1.0 * dout),
    ("dropout_new_mask", draws_again),
    ("dropout_new_mask", draws_again_from_a_seed),
    ("dropout_scaled_twice", lambda dout, mask: dout * mask**2),
    ("dropout_scaled_twice", lambda dout, mask: dout * mask * mask.max()),
    ("missing_upstream", lambda dout, mask: mask.copy()),
    ("mutates_input", writes_into_dout),
]


@for_each_mistake(BACKWARD)
def test_backward_mistake_is_named(key, solution):
    assert_named("dropout_backward", solution, key)


@for_each(
    [
        lambda dout, mask: -dout * mask,
        lambda dout, mask: dout * mask.T if mask.shape[0] == mask.shape[1] else dout * mask,
        lambda dout, mask: dout * mask[::-1],
        lambda dout, mask: dout + mask,
        lambda dout, mask: dout * (1 - mask),
        lambda dout, mask: abs(dout) * mask,
        lambda dout, mask: dout * np.sqrt(mask),
    ]
)
def test_an_unknown_backward_mistake_is_rejected_without_a_name(solution):
    assert_unnamed("dropout_backward", solution)


def backward_by_loops(dout, mask):
    dx = np.zeros(dout.shape)
    for n in range(len(dout)):
        for d in range(dout.shape[1]):
            dx[n, d] = dout[n, d] * mask[n, d]
    return dx


def backward_where_kept(dout, mask):
    dx = np.zeros(dout.shape)
    kept = mask != 0
    dx[kept] = dout[kept] * mask.max()
    return dx


@for_each(
    [
        backward_by_loops,
        backward_where_kept,
        lambda dout, mask: np.einsum("nd,nd->nd", dout, mask),
        lambda dout, mask: np.where(mask == 0, 0.0, dout * mask),
    ]
)
def test_right_backward_is_accepted_in_whatever_form(solution):
    assert_accepted("dropout_backward", solution)
