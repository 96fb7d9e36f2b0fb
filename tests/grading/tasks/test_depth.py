"""A gradient through a stack: mistakes as learners write them, and right ones in many forms."""

import numpy as np

from backprop_lab.grading import check
from backprop_lab.grading.tasks import TASKS

from .claims import assert_accepted, assert_named, assert_unnamed, for_each, for_each_mistake


def learner(slope="a * (1 - a)", norm="np.sqrt(np.sum(dz * dz))", back="dz @ W.T", last="norms"):
    """A learner's loop from the last layer to the first."""
    source = f"""
def gradient_norms(dout, weights, outputs):
    norms = np.zeros(len(weights))
    dh = dout
    for i in range(len(weights) - 1, -1, -1):
        W, a = weights[i], outputs[i]
        dz = dh * ({slope})
        norms[i] = {norm}
        dh = {back}
    return {last}
"""
    names = {"np": np}
    exec(source, names)
    return names["gradient_norms"]


def in_the_order_met(dout, weights, outputs):
    norms = []
    for i in reversed(range(len(weights))):
        dout = dout * outputs[i] * (1 - outputs[i])
        norms.append(np.linalg.norm(dout))
        dout = dout @ weights[i].T
    return norms


def forwards(dout, weights, outputs):
    norms = []
    for W, a in zip(weights, outputs):
        dz = dout * a * (1 - a)
        norms.append(np.linalg.norm(dz))
        dout = dz @ W.T
    return norms


def too_late(dout, weights, outputs):
    norms = []
    for W, a in zip(weights[::-1], outputs[::-1]):
        dout = (dout * a * (1 - a)) @ W.T
        norms.insert(0, np.linalg.norm(dout))
    return norms


def too_early(dout, weights, outputs):
    norms = []
    for W, a in zip(weights[::-1], outputs[::-1]):
        norms.insert(0, np.linalg.norm(dout))
        dout = (dout * a * (1 - a)) @ W.T
    return norms


def in_place(dout, weights, outputs):
    norms = []
    for W, a in zip(weights[::-1], outputs[::-1]):
        dout *= a * (1 - a)
        norms.insert(0, np.linalg.norm(dout))
        dout = dout @ W.T
    return norms


def turns_the_lists_round(dout, weights, outputs):
    weights.reverse()
    outputs.reverse()
    return in_the_order_met(dout, weights[::-1], outputs[::-1])[::-1]


MISTAKES = [
    ("norms_reversed", in_the_order_met),
    ("norms_reversed", learner(last="norms[::-1]")),
    ("stack_from_the_front", forwards),
    ("transpose_missing_dx", learner(back="dz @ W")),
    ("transpose_missing_dx", learner(back="np.dot(dz, W)")),
    ("gradient_not_carried", learner(back="dout")),
    ("weights_skipped", learner(back="dz")),
    ("norm_before_slope", too_early),
    ("norm_before_slope", learner(norm="np.linalg.norm(dh)")),
    ("norm_after_weights", too_late),
    ("norm_after_weights", learner(norm="np.linalg.norm(np.dot(dz, W.T))")),
    ("activation_grad_missing", learner(slope="1.0")),
    ("activation_applied_twice", learner(slope="np.exp(-a) / (1 + np.exp(-a))**2")),
    ("wrong_activation_rule", learner(slope="1 - a * a")),
    ("local_factor_lost", learner(slope="1 - a")),
    ("local_factor_lost", learner(slope="a")),
    ("slope_at_its_best", learner(slope="1 / 4")),
    ("sqrt_missing", learner(norm="np.sum(dz ** 2)")),
    ("mean_for_sum", learner(norm="np.sqrt(np.mean(dz ** 2))")),
    ("mean_for_sum", learner(norm="np.linalg.norm(dz) / dz.shape[0]")),
    ("mean_for_sum", learner(norm="np.mean(np.sqrt((dz ** 2).sum(axis=1)))")),
    ("another_norm", learner(norm="np.linalg.norm(dz, ord=2)")),
    ("another_norm", learner(norm="abs(dz).sum()")),
    ("another_norm", learner(norm="abs(dz).mean()")),
    ("mutates_input", in_place),
    ("mutates_input", turns_the_lists_round),
]


@for_each_mistake(MISTAKES)
def test_mistake_is_named(key, solution):
    assert_named("gradient_norms", solution, key)


@for_each(
    [
        learner(slope="a * (1 + a)"),
        learner(slope="0.5 * a * (1 - a)"),
        learner(norm="np.linalg.norm(dz) + 1"),
        learner(norm="np.linalg.norm(dz) ** 3"),
        learner(back="dz @ W.T / 2"),
        learner(back="-3 * dz @ W.T"),
        learner(last="norms / norms[-1]"),
        learner(last="np.log10(norms)"),
        learner(last="norms[1:]"),
        learner(last="norms.sum()"),
        learner(last="dh"),
    ]
)
def test_an_unknown_mistake_is_rejected_without_a_name(solution):
    assert_unnamed("gradient_norms", solution)


def test_one_number_for_the_whole_stack_is_told_by_its_shape():
    result = check("gradient_norms", learner(last="norms[0]"))

    assert result.failure == "shape"
    assert "(L) = (3,)" in result.message


def by_recursion(dout, weights, outputs):
    if not weights:
        return []
    dz = outputs[-1] * dout * (1 - outputs[-1])
    return [*by_recursion(dz @ weights[-1].T, weights[:-1], outputs[:-1]), np.linalg.norm(dz)]


def by_entries(dout, weights, outputs):
    norms = []
    for W, a in zip(weights[::-1], outputs[::-1]):
        dz = np.zeros_like(a)
        for at in np.ndindex(a.shape):
            dz[at] = dout[at] * (a[at] - a[at] ** 2)
        norms = [sum(entry**2 for entry in dz.ravel()) ** 0.5, *norms]
        dout = np.einsum("nm,dm->nd", dz, W)
    return tuple(norms)


def as_a_list_of_floats(dout, weights, outputs):
    return [float(norm) for norm in learner()(dout, weights, outputs)]


@for_each(
    [
        learner(),
        learner(norm="np.linalg.norm(dz)", slope="a - a**2"),
        learner(norm="np.linalg.norm(dz.ravel())", back="(W @ dz.T).T"),
        learner(norm="np.linalg.norm(dz, 'fro')", back="np.dot(dz, W.T)"),
        by_recursion,
        by_entries,
        as_a_list_of_floats,
    ]
)
def test_right_answer_is_accepted_in_whatever_form(solution):
    assert_accepted("gradient_norms", solution)


def test_a_gradient_shrinks_on_its_way_back_through_the_deepest_probe():
    probe = next(each for each in TASKS["gradient_norms"].probes if each.sizes["L"] == 6)
    norms = learner()(*probe.pristine)

    assert norms[0] < norms[-1] / 10
