"""L2 and clipping: the mistakes as learners write them, and right solutions in many forms."""

import math

import numpy as np

from backprop_lab.grading import check

from .claims import assert_accepted, assert_named, assert_unnamed, for_each, for_each_mistake


def l2(loss="0.5 * lam * np.sum(W * W)", grad="lam * W", add="+=", last="loss"):
    """A learner's loop over the matrices."""
    source = f"""
def l2_penalty(weights, lam):
    loss, grads = 0.0, []
    for W in weights:
        loss {add} {loss}
        grads.append({grad})
    return {last}, grads
"""
    names = {"np": np}
    exec(source, names)
    return names["l2_penalty"]


def list_of_losses(weights, lam):
    return [0.5 * lam * np.sum(W**2) for W in weights], [lam * W for W in weights]


def array_of_losses(weights, lam):
    losses = np.zeros(len(weights))
    for i, W in enumerate(weights):
        losses[i] = lam / 2 * np.sum(W**2)
    return losses, [lam * W for W in weights]


def mean_over_all(weights, lam):
    every = np.concatenate([W.ravel() for W in weights])
    return lam / 2 * np.mean(every**2), [lam * W / len(every) for W in weights]


def shrinks_the_weights(weights, lam):
    loss = sum(lam / 2 * (W**2).sum() for W in weights)
    for W in weights:
        W *= lam
    return loss, [W.copy() for W in weights]


L2 = [
    ("l2_loss_not_halved", l2(loss="lam * np.sum(W**2)")),
    ("l2_grad_doubled", l2(grad="2 * lam * W")),
    ("l2_no_half_convention", l2(loss="lam * np.sum(W**2)", grad="2 * lam * W")),
    ("factor_two_missing", l2(grad="lam / 2 * W")),
    ("square_not_differentiated", l2(grad="lam * W**2")),
    ("square_not_differentiated", l2(grad="lam / 2 * np.square(W)")),
    ("assign_for_accumulate", l2(add="=")),
    ("mean_for_sum", l2(loss="lam / 2 * np.mean(W**2)", grad="lam * W / W.size")),
    ("mean_for_sum", l2(loss="lam / 2 * np.mean(W**2)")),
    ("mean_for_sum", mean_over_all),
    ("grad_total_sum", l2(grad="lam * np.sum(W)")),
    ("sign_flipped", l2(grad="-lam * W")),
    ("sign_flipped", l2(add="-=")),
    ("square_missing", l2(loss="0.5 * lam * np.sum(np.abs(W))")),
    ("square_missing", l2(loss="0.5 * lam * np.sum(W)")),
    ("square_missing", l2(loss="0.5 * lam * np.linalg.norm(W)")),
    ("loss_not_scalar", list_of_losses),
    ("loss_not_scalar", array_of_losses),
    ("loss_not_scalar", l2(loss="0.5 * lam * W**2", add="=")),
    ("hyperparameter_ignored", l2(loss="0.5 * np.sum(W * W)", grad="W.copy()")),
    ("hyperparameter_ignored", l2(grad="1.0 * W")),
    ("swapped_return_order", lambda weights, lam: l2()(weights, lam)[::-1]),
    ("mutates_input", shrinks_the_weights),
]


@for_each_mistake(L2)
def test_l2_mistake_is_named(key, solution):
    assert_named("l2_penalty", solution, key)


@for_each(
    [
        l2(loss="lam / 3 * np.sum(W**2)"),
        l2(loss="lam / 2 * np.sum(W**4)"),
        l2(grad="lam**2 * W"),
        l2(grad="lam * W.T"),
        l2(grad="lam * np.sign(W)"),
        l2(grad="lam * W + 1"),
        l2(last="loss + 1"),
        lambda weights, lam: (l2()(weights, lam)[0], []),
        lambda weights, lam: (l2()(weights, lam)[0], [lam * weights[0]]),
        lambda weights, lam: (l2()(weights, lam)[0], [lam * W for W in weights] * 2),
        lambda weights, lam: l2()(weights, lam)[0],
        lambda weights, lam: (l2()(weights, lam)[0], lam * weights[0]),
    ],
)
def test_an_unknown_mistake_in_l2_is_rejected_without_a_name(solution):
    assert_unnamed("l2_penalty", solution)


def l2_by_entries(weights, lam):
    total, grads = 0.0, []
    for W in weights:
        grad = np.zeros(W.shape)
        for at in np.ndindex(W.shape):
            total += float(W[at]) ** 2
            grad[at] = lam * W[at]
        grads.append(grad)
    return lam * total / 2, grads


def l2_by_norms(weights, lam):
    return lam / 2 * math.fsum(np.linalg.norm(W) ** 2 for W in weights), [W * lam for W in weights]


def l2_by_traces(weights, lam):
    return [0.5 * lam * sum(np.trace(W.T @ W) for W in weights), tuple(lam * W for W in weights)]


def l2_by_einsum(weights, lam):
    loss = sum(np.einsum("ij,ij->", W, W) for W in weights) * lam / 2
    return np.float64(loss), list(map(lambda W: np.multiply(lam, W), weights))


@for_each([l2(), l2_by_entries, l2_by_norms, l2_by_traces, l2_by_einsum])
def test_right_l2_is_accepted_in_whatever_form(solution):
    assert_accepted("l2_penalty", solution)


def clip(
    total="sum(np.sum(g * g) for g in grads)",
    norm="np.sqrt(total)",
    scale="min(1.0, max_norm / norm) if norm > 0 else 1.0",
    new="[g * scale for g in grads]",
):
    """A learner's clipping, step by step."""
    source = f"""
def clip_by_global_norm(grads, max_norm):
    total = {total}
    norm = {norm}
    scale = {scale}
    return {new}
"""
    names = {"np": np, "math": math}
    exec(source, names)
    return names["clip_by_global_norm"]


def rebinds(grads, max_norm):
    norm = math.sqrt(sum((g**2).sum() for g in grads))
    for g in grads:
        if norm > max_norm:
            g = g * max_norm / norm
    return grads


def one_by_one(grads, max_norm):
    new = []
    for g in grads:
        norm = np.linalg.norm(g)
        new.append(g * (max_norm / norm) if norm > max_norm else g)
    return new


def overwrites_the_total(grads, max_norm):
    for g in grads:
        total = np.sum(g**2)
    norm = np.sqrt(total)
    if norm <= max_norm:
        return [g.copy() for g in grads]
    return [g * max_norm / norm for g in grads]


def in_place(grads, max_norm):
    norm = np.sqrt(sum(np.sum(g**2) for g in grads))
    if norm > max_norm:
        for g in grads:
            g *= max_norm / norm
    return grads


CLIP = [
    ("clip_returns_norm", clip(new="[g * scale for g in grads], norm")),
    ("rebinding_no_effect", rebinds),
    ("clip_per_tensor", one_by_one),
    ("clip_always_scales", clip(scale="max_norm / norm")),
    ("clip_always_scales", clip(scale="max_norm / (norm + 1e-6)")),
    ("assign_for_accumulate", overwrites_the_total),
    ("sqrt_missing", clip(norm="total")),
    ("sqrt_missing", clip(scale="max_norm / total if norm > max_norm else 1")),
    ("sqrt_missing", clip(scale="max_norm / norm if total > max_norm else 1")),
    ("hyperparameter_hard_coded", clip(scale="min(1.0, 1.0 / norm) if norm > 0 else 1.0")),
    ("hyperparameter_hard_coded", clip(scale="5.0 / norm if norm > 5 else 1.0")),
    ("clip_torch_eps_form", clip(scale="min(1.0, max_norm / (norm + 1e-6))")),
    ("clip_torch_eps_form", clip(scale="np.clip(max_norm / (norm + 1e-6), None, 1.0)")),
    ("zero_over_zero", clip(scale="np.minimum(norm, max_norm) / norm")),
    ("zero_over_zero", clip(norm="math.sqrt(total)", scale="min(1, max_norm / norm)")),
    ("mutates_input", in_place),
]


@for_each_mistake(CLIP)
def test_clip_mistake_is_named(key, solution):
    assert_named("clip_by_global_norm", solution, key)


def test_other_libraries_forms_are_called_conventions():
    for key, solution in CLIP:
        other = key in ("clip_returns_norm", "clip_torch_eps_form")
        assert check("clip_by_global_norm", solution).convention is other
    assert check("l2_penalty", dict(L2)["l2_no_half_convention"]).convention
    assert not check("l2_penalty", dict(L2)["l2_grad_doubled"]).convention


@for_each(
    [
        lambda grads, max_norm: [np.clip(g, -max_norm, max_norm) for g in grads],
        clip(total="sum(np.abs(g).sum() for g in grads) ** 2"),
        clip(total="max(np.sum(g * g) for g in grads)"),
        clip(total="sum(np.linalg.norm(g) for g in grads) ** 2"),
        clip(scale="min(1.0, max_norm / norm / 2) if norm > 0 else 1"),
        clip(scale="min(1.0, max_norm**2 / total) if norm > 0 else 1"),
        clip(new="[g * scale for g in grads[:1]]"),
        clip(new="[np.zeros_like(g) for g in grads]"),
        clip(new="[g * scale for g in grads][::-1]"),
        clip(new="tuple([g * scale for g in grads] + [norm])"),
        clip(new="scale"),
    ],
)
def test_an_unknown_mistake_in_clipping_is_rejected_without_a_name(solution):
    assert_unnamed("clip_by_global_norm", solution)


def clip_as_one_vector(grads, max_norm):
    norm = np.linalg.norm(np.concatenate([np.ravel(g) for g in grads]))
    if norm <= max_norm:
        return list(grads)
    return [np.divide(g, norm) * max_norm for g in grads]


def clip_by_entries(grads, max_norm):
    norm = math.sqrt(sum(float(each) ** 2 for g in grads for each in g.flat))
    new = []
    for g in grads:
        scaled = np.zeros(g.shape)
        for at, each in np.ndenumerate(g):
            scaled[at] = each * max_norm / norm if norm > max_norm else each
        new.append(scaled)
    return new


def clip_in_a_tuple(grads, max_norm):
    norm = math.hypot(*(np.linalg.norm(g) for g in grads))
    return tuple(g / max(1.0, norm / max_norm) for g in grads)


def clip_copies(grads, max_norm):
    new = [g.copy() for g in grads]
    norm = np.sqrt(sum(np.vdot(g, g) for g in new))
    for g in new:
        g *= np.minimum(1, max_norm / np.maximum(norm, 1e-300))
    return new


@for_each([clip(), clip_as_one_vector, clip_by_entries, clip_in_a_tuple, clip_copies])
def test_right_clipping_is_accepted_in_whatever_form(solution):
    assert_accepted("clip_by_global_norm", solution)
