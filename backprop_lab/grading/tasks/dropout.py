"""Inverted dropout: forward, which is random and told by facts, and backward."""

import numpy as np

from ..task import Mistake, Probe, Task


def dropout_forward(x, p_drop, training, rng):
    """Drop each entry with probability p_drop and scale what is kept by 1 / (1 - p_drop)."""
    if not training:
        return x, np.ones(x.shape)
    if p_drop == 1:
        return np.zeros(x.shape), np.zeros(x.shape)
    mask = (rng.random(x.shape) >= p_drop) / (1 - p_drop)
    return x * mask, mask


def dropout_backward(dout, mask):
    """Multiply by the mask of the forward pass."""
    return dout * mask


def facts(solution, x, p_drop, training, rng):
    """Run a random function and tell what is true of it, whatever numbers it drew."""
    start, before = rng.bit_generator.state, x.copy()
    legacy = np.random.get_state()[1:3]  # noqa: NPY002
    value = solution(x, p_drop, training, rng)
    drew = any(np.any(a != b) for a, b in zip(legacy, np.random.get_state()[1:3]))  # noqa: NPY002
    if type(value) not in (tuple, list) or len(value) != 2:
        return value
    out, mask = value
    on_out, on_mask = seen_in(out, before, p_drop, unit=before), seen_in(mask, before, p_drop)
    if len(on_mask) > 1:
        on_mask["rows that differ"], on_mask["columns that differ"] = different(mask)
    if len(on_out) > 1 and len(on_mask) > 1:
        on_mask["farthest from out / x"] = np.abs(out / before - mask).max()
    on_mask["np.random is used"] = float(drew)
    if training and 0 < p_drop < 1:
        another = np.random.default_rng()
        another.bit_generator.state = start
        masks = [solution(before.copy(), p_drop, True, each)[1] for each in (another, rng)]
        tells = 0 < on_mask.get("share of zeros", 0) < 1  # all kept, all dropped: nothing is drawn
        on_mask["same from an equal generator"] = float(not tells or same(mask, masks[0]))
        on_mask["same in the next call"] = float(tells and same(mask, masks[1]))
    return on_out, on_mask


def seen_in(array, x, p_drop, unit=1):
    """Tell which factors an array of the shape of x holds; of anything else, what it is."""
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "fiub":
        return {"every entry": array}
    finite = np.where(np.isfinite(array), 1.0, np.nan)
    if array.shape != x.shape:
        return {"every entry": finite}
    factors = array / unit
    kept = factors[factors != 0] if factors.any() else np.zeros(1)
    share = round(float(np.mean(factors == 0)), 1)  # chance moves it by 0.01 or so
    if 0 < share < 1 and 1 in different(array):
        share = p_drop  # one row or column is too short to judge a share by
    return {
        "every entry": finite,
        "share of zeros": share,
        "smallest factor": kept.min(),
        "largest factor": kept.max(),
    }


def different(mask):
    """Count the rows, and the columns, whose zeros stand in other places."""
    zeros = mask == 0
    return [len({row.tobytes() for row in each}) for each in (zeros, zeros.T)]


def same(mask, other):
    """Whether two masks are equal, nan included."""
    return isinstance(other, np.ndarray) and np.array_equal(mask, other, equal_nan=True)


SIZES = {"N": 50, "D": 50}


def signals(rng, N, D, p_drop=0.3, training=True, dtype=float):
    """Arguments: x (N, D) without a zero, so that a zero in out was dropped, and a generator."""
    x = rng.integers(1, 30, size=(N, D)) * rng.choice([-1, 1], size=(N, D))
    return (x if dtype is int else (x / 10).astype(dtype)), p_drop, training, rng


def varied(**more):
    """Make arguments with some options set."""
    return lambda rng, **sizes: signals(rng, **sizes, **more)


def kept(p, rng, x):
    """1 where an entry stays, else 0."""
    return (rng.random(x.shape) >= p).astype(float)


def drops(train, at_eval=lambda x, p, rng: (x, np.ones(x.shape))):
    """Make a whole solution of (x, p, rng) -> (out, mask), in training and outside."""

    def wrong(x, p_drop, training, rng):
        if training and p_drop == 1:
            return np.zeros(x.shape), np.zeros(x.shape)
        return (train if training else at_eval)(x, p_drop, rng)

    return wrong


def masked(mask):
    """Apply a mask: (x, p, rng) -> mask."""

    def both(x, p, rng):
        m = mask(x, p, rng)
        return x * m, m

    return both


def factor(kept, scale):
    """Make a whole solution of (draws, p) -> which are kept, and p -> their factor."""
    return drops(masked(lambda x, p, rng: kept(rng.random(x.shape), p) * scale(p)))


def right_mask(x, p, rng):
    """Make the mask as it should be."""
    return kept(p, rng, x) / (1 - p)


def drawn_by(generator):
    """Make a whole solution that draws from another generator: () -> generator."""
    return drops(masked(lambda x, p, rng: right_mask(x, p, generator())))


def from_np_random(x, p, rng):
    """Draw from the generator that all programs share."""
    return (np.random.random(x.shape) >= p) / (1 - p)  # noqa: NPY002


def shared(shape, whole):
    """One row (or column) of the mask for all."""

    def mask(x, p, rng):
        m = right_mask(x, p, rng)[shape]
        return x * m, np.broadcast_to(m, x.shape).copy() if whole else m

    return drops(mask)


def unapplied(x, p, rng):
    """Return x itself, and a mask that was made for nothing."""
    return x, right_mask(x, p, rng)


def unscaled_mask(x, p, rng):
    """Return the right output and a mask of 0 and 1."""
    m = kept(p, rng, x)
    return x * m / (1 - p), m


def unprotected(of_out, of_mask):
    """Divide 0 by 0 where p_drop is 1."""

    def wrong(x, p_drop, training, rng):
        out, mask = dropout_forward(x, p_drop, training, rng)
        nan = np.full(x.shape, np.nan)
        at_one = training and p_drop == 1
        return (nan if at_one and of_out else out), (nan if at_one and of_mask else mask)

    return wrong


def divides(x, p_drop, training, rng):
    """1 / 0 in plain Python."""
    if not training:
        return x, np.ones(x.shape)
    mask = kept(p_drop, rng, x) * (1 / (1 - p_drop))
    return x * mask, mask


def whole_mask(x, p, rng):
    """Make the mask in the dtype of x."""
    return (kept(p, rng, x) / (1 - p)).astype(x.dtype)


def whole_out(x, p, rng):
    """Make the output in the dtype of x."""
    m = right_mask(x, p, rng)
    return (x * m).astype(x.dtype), m


def whole_both(x, p, rng):
    """Make both in the dtype of x, each from the right values."""
    out, m = whole_out(x, p, rng)
    return out, m.astype(x.dtype)


def evaluated(out, mask):
    """Make a whole solution whose evaluation gives (x, p) -> out, (x, p) -> mask."""
    return drops(masked(right_mask), lambda x, p, rng: (out(x, p), mask(x, p)))


def classic(factor, train=kept):
    """Make a whole solution without a scale in training and p -> factor outside."""
    zero_one = drops(masked(lambda x, p, rng: kept(p, rng, x)))
    masks = [lambda x, p: np.ones(x.shape), lambda x, p: np.full(x.shape, factor(p))]

    def whole(mask):
        def wrong(x, p_drop, training, rng):
            if training:
                return zero_one(x, p_drop, training, rng)
            return x * factor(p_drop), mask(x, p_drop)

        return wrong

    return [whole(each) for each in [*masks, lambda x, p: None]]


FORWARD = Task(
    right=dropout_forward,
    returns={"out": "N, D", "mask": "N, D"},
    use=facts,
    probes=[
        Probe(signals, SIZES),
        Probe(varied(p_drop=0.8), SIZES, seed=1),
        Probe(varied(training=False), SIZES, seed=2),
        Probe(varied(training=False, p_drop=0.6), SIZES, seed=3),
        Probe(varied(p_drop=0.0), {"N": 4, "D": 3}, edge=True, seed=4),
        Probe(varied(p_drop=1.0), {"N": 4, "D": 3}, edge=True, seed=5),
        Probe(varied(p_drop=1.0, training=False), {"N": 4, "D": 3}, edge=True, seed=6),
        Probe(varied(dtype=int), SIZES, edge=True, seed=7),
        Probe(varied(p_drop=0.2, dtype=np.float32), SIZES, edge=True, seed=8),
    ],
    hints={
        "out": (
            "Dropout is a product: some entries times 0, the others times a number a little above "
            "1. Which entries, the mask says. In evaluation nothing is dropped.",
            "A share p_drop of the entries becomes 0, and the others are divided by 1 - p_drop, so "
            "that the mean stays what it was. With p_drop = 1 there are no others.",
            "`out = x * mask`, in training and in evaluation; what differs is the mask.",
        ),
        "mask": (
            "Each entry of x gets a random number of its own, from rng, and a comparison with "
            "p_drop decides.",
            "`rng.random(x.shape)` lies below p_drop for a share p_drop of the entries: those are "
            "dropped. The mask holds the scale as well: 0, or 1 / (1 - p_drop).",
            "`mask = (rng.random(x.shape) >= p_drop) / ...`; ones in evaluation, zeros where "
            "p_drop is 1.",
        ),
    },
    mistakes=[
        Mistake(
            "training_flag_inverted",
            "You drop when training is False and do nothing when it is True. It is the other way "
            "round: dropout is for training, a test uses every unit.",
            lambda x, p, training, rng: dropout_forward(x, p, not training, rng),
        ),
        Mistake(
            "dropout_active_at_eval",
            "Entries are dropped when training is False too. In evaluation out is x, and the mask "
            "is all ones.",
            drops(masked(right_mask), masked(right_mask)),
        ),
        Mistake(
            "dropout_no_mask_at_eval",
            "In evaluation your mask is None, and the backward pass, dout * mask, would fail. A "
            "mask of ones serves both.",
            evaluated(lambda x, p: x, lambda x, p: None),
        ),
        Mistake(
            "seed_fixed_inside",
            "Every call makes the same mask: the generator is made, or its seed set, inside. Draw "
            "from the argument rng, which goes on from call to call.",
            drawn_by(lambda: np.random.default_rng(0)),
        ),
        Mistake(
            "global_rng",
            "Your numbers do not come from the argument rng: two equal generators give different "
            "masks, so nobody can repeat the run. Draw with `rng.random(x.shape)`.",
            [drops(masked(from_np_random)), drawn_by(np.random.default_rng)],
        ),
        Mistake(
            "dropout_mask_shared",
            "One row of the mask serves the whole batch, so every sample loses the same units. "
            "Each entry is dropped by itself: draw {N} · {D} numbers, `rng.random(x.shape)`.",
            [shared(at, whole) for at in (0, slice(1)) for whole in (True, False)],
        ),
        Mistake(
            "dropout_mask_shared",
            "One column of the mask serves all units, so a sample loses all of them or none. Each "
            "entry is dropped by itself: draw {N} · {D} numbers, `rng.random(x.shape)`.",
            [shared((slice(None), slice(1)), whole) for whole in (True, False)],
        ),
        Mistake(
            "dropout_classic_form",
            "This is dropout as first published: no scale in training, and 1 - p_drop in "
            "evaluation. In this course training divides by 1 - p_drop, and evaluation is left "
            "alone.",
            classic(lambda p: 1 - p),
            convention=True,
        ),
        Mistake(
            "dropout_classic_times_p",
            "You scale in evaluation, as dropout was first published, but by p_drop, the share "
            "that is lost. What is kept is 1 - p_drop; this course divides by it in training.",
            classic(lambda p: p),
        ),
        Mistake(
            "dropout_mask_not_applied",
            "Your mask is right, and out is x itself: multiply the two.",
            drops(unapplied),
        ),
        Mistake(
            "dropout_mask_unscaled",
            "Your out is right, and your mask holds 0 and 1. The backward pass multiplies by the "
            "mask alone, so the scale 1 / (1 - p_drop) belongs into it.",
            drops(unscaled_mask),
        ),
        Mistake(
            "dropout_keep_drop_swapped",
            "You take p_drop for the probability to keep, in the mask and in the scale. It is the "
            "probability to drop: keep 1 - p_drop and divide by that.",
            factor(lambda u, p: u < p, lambda p: 1 / p),
        ),
        Mistake(
            "dropout_comparison_flipped",
            "Your scale is right, but the entries whose random number is below p_drop are kept. "
            "Those should go: a share p_drop of the numbers lies there.",
            factor(lambda u, p: u < p, lambda p: 1 / (1 - p)),
        ),
        Mistake(
            "dropout_not_scaled",
            "What you keep is not scaled: on average out is smaller than x by the factor "
            "1 - p_drop. Divide the mask by 1 - p_drop.",
            factor(lambda u, p: u >= p, lambda p: 1),
            alone=True,
        ),
        Mistake(
            "dropout_scaled_by_p",
            "You divide what you keep by p_drop. The share that is kept is 1 - p_drop: divide by "
            "that, and the mean stays what it was.",
            factor(lambda u, p: u >= p, lambda p: 1 / p),
            alone=True,
        ),
        Mistake(
            "multiply_for_divide",
            "You multiply what you keep by 1 - p_drop, which makes it smaller still. Divide: the "
            "few have to stand for all.",
            factor(lambda u, p: u >= p, lambda p: 1 - p),
            alone=True,
        ),
        Mistake(
            "hyperparameter_hard_coded",
            "Your mask is the same for every p_drop: a fixed number stands where the argument "
            "belongs.",
            [
                factor(lambda u, p, c=c: u >= c, lambda p, c=c: 1 / (1 - c))
                for c in (0.1, 0.2, 0.4, 0.5, 0.6, 0.7, 0.9)
            ],
        ),
        Mistake(
            "dropout_eval_scaled_again",
            "Training is right, and evaluation multiplies by 1 - p_drop once more. What is kept "
            "was divided by it in training, so evaluation leaves x alone.",
            [
                evaluated(lambda x, p: x * (1 - p), mask)
                for mask in (
                    lambda x, p: np.ones(x.shape),
                    lambda x, p: np.full(x.shape, 1 - p),
                )
            ],
        ),
        Mistake(
            "zero_over_zero",
            "With p_drop = 1 nothing is kept, and 1 - p_drop is 0: you divide by it. Return zeros "
            "there.",
            [unprotected(*each) for each in [(True, True), (True, False), (False, True)]]
            + [divides],
        ),
        Mistake(
            "int_dtype_truncation",
            "Right for fractions in x, but where x holds whole numbers your array takes over its "
            "dtype and cuts the fractions off. Make it with `dtype=float`, or let the product "
            "make it.",
            [
                drops(masked(whole_mask)),
                drops(whole_out),
                drops(whole_both),
            ],
        ),
    ],
)


def single_run(solution, dout, mask):
    """Return dx, or where it is random, that it is: its numbers would say nothing."""
    dx = solution(dout, mask)
    return {"is random": 1.0} if _redrawn(solution, dx, dout, mask) else dx


def _redrawn(solution, dx, dout, mask):
    """Whether some entries are dropped, and which ones does not depend on the mask."""
    if not isinstance(dx, np.ndarray) or dx.shape != mask.shape or dx.dtype.kind not in "fiu":
        return False
    dropped = dx == 0
    if not 0 < dropped.mean() < 1 or dx.size < 20:
        return False
    again = solution(dout.copy(), mask.copy())
    other = solution(dout.copy(), np.roll(mask, 1, axis=1))
    return bool(np.any((again == 0) != dropped) or np.all((other == 0) == dropped))


def upstream(rng, N, D, p=0.3, dtype=float):
    """Arguments: dout (N, D) without a zero, and a mask of 0 and 1 / (1 - p)."""
    dout = rng.integers(1, 30, size=(N, D)) * rng.choice([-1, 1], size=(N, D))
    keep = rng.permutation(np.arange(N * D) >= round(p * N * D)).reshape(N, D)
    mask = keep / (1 - p) if p < 1 else np.zeros((N, D))
    dout = np.where(mask == 0, abs(dout), dout)  # no -0. to puzzle over
    if dtype is int:
        return dout, mask
    return (dout / 10).astype(dtype), mask.astype(dtype)


def passed(p=0.3, dtype=float):
    """Make arguments with another rate or type."""
    return lambda rng, N, D: upstream(rng, N, D, p, dtype)


def drawn_anew(dout, mask):
    """Multiply by a mask of the same rate and scale, drawn here."""
    return dout * np.random.default_rng().permutation(mask.ravel()).reshape(mask.shape)


BACKWARD = Task(
    right=dropout_backward,
    returns={"dx": "N, D"},
    use=single_run,
    probes=[
        Probe(upstream, {"N": 8, "D": 5}),
        Probe(passed(0.8), {"N": 5, "D": 8}, seed=1),
        Probe(upstream, {"N": 6, "D": 6}, seed=2),
        Probe(passed(0.5), {"N": 4, "D": 3}, edge=True, seed=3),
        Probe(passed(0.0), {"N": 4, "D": 3}, edge=True, seed=4),
        Probe(passed(1.0), {"N": 4, "D": 3}, edge=True, seed=5),
        Probe(passed(0.3, int), {"N": 4, "D": 5}, edge=True, seed=6),
        Probe(passed(0.3, np.float32), {"N": 4, "D": 5}, edge=True, seed=7),
    ],
    hints={
        "dx": (
            "Forward, every entry of x was multiplied by one number. What is the derivative of "
            "that product?",
            "out = x · mask, entry by entry, so mask is the local derivative, and the scale is in "
            "it already.",
            "One product: `dx = dout * ...`.",
        )
    },
    mistakes=[
        Mistake(
            "dropout_new_mask",
            "Your function draws a new mask, so the gradient goes through entries that were "
            "dropped and misses some that were kept. The argument mask is the one that was used.",
            drawn_anew,
        ),
        Mistake(
            "dropout_mask_not_applied",
            "Your dx is dout itself. What was dropped had no say in the output: multiply by the "
            "mask.",
            {"dx": lambda dout, mask: dout},
        ),
        Mistake(
            "mask_inverted",
            "Your dx passes where the mask is 0 and stops where it is not. It is the other way "
            "round: dropped entries had no say.",
            [
                {"dx": lambda dout, mask: dout * (mask == 0)},
                {"dx": lambda dout, mask: dout * (mask == 0) * mask.max()},
                {"dx": lambda dout, mask: dout * (mask.max() - mask)},
            ],
        ),
        Mistake(
            "inverse_derivative",
            "You divide by the mask, and where it is 0 that gives inf. The output was x · mask: "
            "its derivative is the mask itself, a factor.",
            {"dx": lambda dout, mask: dout / mask},
        ),
        Mistake(
            "dropout_not_scaled",
            "Where entries were kept your dx is dout, without the scale. The forward pass "
            "multiplied by 1 / (1 - p_drop) there, and the mask holds it: dout · mask.",
            {"dx": lambda dout, mask: dout * (mask != 0)},
        ),
        Mistake(
            "multiply_for_divide",
            "Where entries were kept you divide by the number in the mask, or multiply by "
            "1 - p_drop. The forward pass multiplied by the mask, and so does the backward pass.",
            {"dx": lambda dout, mask: np.where(mask == 0, 0, dout / (mask + (mask == 0)))},
        ),
        Mistake(
            "dropout_scaled_twice",
            "The scale 1 / (1 - p_drop) goes in twice. The mask holds it already: dout · mask is "
            "all.",
            {"dx": lambda dout, mask: dout * mask * mask},
        ),
        Mistake(
            "missing_upstream",
            "Your dx does not depend on dout. The mask is only the local part: the chain rule "
            "multiplies it by the gradient that arrives, dout.",
            {"dx": lambda dout, mask: mask},
        ),
    ],
)
