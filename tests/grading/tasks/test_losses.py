"""Softmax and cross-entropy: the mistakes as learners write them, and right ones in many forms."""

import numpy as np

from backprop_lab.grading import check

from .claims import assert_accepted, assert_named, assert_unnamed, for_each, for_each_mistake


def stable(z):
    e = np.exp(z - np.max(z, axis=1, keepdims=True))
    return e / np.sum(e, axis=1, keepdims=True)


def log_stable(z):
    m = z.max(axis=1, keepdims=True)
    return z - m - np.log(np.exp(z - m).sum(axis=1, keepdims=True))


def finish(p, y, log_p=None):
    """Mean loss and gradient, as in most notebooks."""
    N = p.shape[0]
    loss = -np.sum(np.log(p[range(N), y])) / N if log_p is None else -log_p[range(N), y].mean()
    dz = p.copy()
    dz[range(N), y] -= 1
    return loss, dz / N


def summed(z, y):
    loss, dz = finish(stable(z), y, log_stable(z))
    return loss * len(z), dz * len(z)


def loss_summed_only(z, y):
    loss, dz = finish(stable(z), y, log_stable(z))
    return -log_stable(z)[np.arange(len(z)), y].sum(), dz


def gradient_summed(z, y):
    loss = -log_stable(z)[np.arange(len(z)), y].mean()
    dz = stable(z)
    dz[np.arange(len(z)), y] -= 1
    return loss, dz


def mean_of_all(z, y):
    target = np.zeros(z.shape)
    target[np.arange(len(y)), y] = 1
    return np.mean(-target * log_stable(z)), (stable(z) - target) / z.size


def mean_of_all_in_the_loss(z, y):
    target = np.zeros(z.shape)
    target[np.arange(len(y)), y] = 1
    return np.mean(-target * log_stable(z)), (stable(z) - target) / len(y)


def reversed_difference(z, y):
    target = np.eye(z.shape[1])[y]
    return finish(stable(z), y, log_stable(z))[0], (target - stable(z)) / len(y)


def minus_forgotten(z, y):
    loss, dz = finish(stable(z), y, log_stable(z))
    return -loss, dz


def twice(z, y):
    return finish(stable(stable(z)), y)


def twice_in_the_gradient(z, y):
    p = stable(z)
    loss = finish(p, y, log_stable(z))[0]
    return loss, finish(stable(p), y)[1]


def whole_array(z, y):
    e = np.exp(z - np.max(z))
    return finish(e / np.sum(e), y)


def down_the_columns(z, y):
    e = np.exp(z - z.max(0))
    return finish(e / e.sum(0), y)


def sum_without_keepdims(z, y):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return finish(e / np.sum(e, axis=1), y)


def max_without_keepdims(z, y):
    e = np.exp(z - np.max(z, axis=1))
    return finish(e / np.sum(e, axis=1, keepdims=True), y)


def one_loss_each(z, y):
    loss = -log_stable(z)[np.arange(len(y)), y]
    return loss, finish(stable(z), y)[1]


def diagonal_only(z, y):
    p = stable(z)
    dp = np.zeros(z.shape)
    dp[np.arange(len(y)), y] = -1 / p[np.arange(len(y)), y] / len(y)
    return finish(p, y, log_stable(z))[0], dp * p * (1 - p)


def delta_rule(z, y):
    p = stable(z)
    loss, dz = finish(p, y, log_stable(z))
    return loss, dz * (p * (1 - p))


def plain_exp(z, y):
    return finish(np.exp(z) / np.sum(np.exp(z), axis=1, keepdims=True), y)


def plain_logsumexp(z, y):
    N = len(y)
    loss = np.mean(np.log(np.sum(np.exp(z), axis=1)) - z[np.arange(N), y])
    return loss, finish(stable(z), y)[1]


def one_max_for_all(z, y):
    e = np.exp(z - z.max())
    return finish(e / e.sum(axis=1, keepdims=True), y)


def log_of_p(z, y):
    return finish(stable(z), y)


def log_of_p_one_hot(z, y):
    target = np.eye(z.shape[1])[y]
    p = stable(z)
    return -np.sum(target * np.log(p)) / len(y), (p - target) / len(y)


def plus_epsilon(epsilon):
    def softmax_cross_entropy(z, y):
        p = stable(z)
        return -np.mean(np.log(p[np.arange(len(y)), y] + epsilon)), finish(p, y)[1]

    return softmax_cross_entropy


def clipped_p(low):
    def softmax_cross_entropy(z, y):
        p = np.clip(stable(z), low, 1 - low)
        return -np.mean(np.log(p[np.arange(len(y)), y])), finish(stable(z), y)[1]

    return softmax_cross_entropy


def clipped_z(z, y):
    z = np.clip(z, -10, 10)
    return finish(stable(z), y, log_stable(z))


MISTAKES = [
    ("sum_for_mean", summed),
    ("sum_for_mean", loss_summed_only),
    ("grad_not_averaged", gradient_summed),
    ("mean_over_elements", mean_of_all),
    ("mean_over_elements", mean_of_all_in_the_loss),
    ("sign_flipped", reversed_difference),
    ("loss_sign_flipped", minus_forgotten),
    ("activation_applied_twice", twice),
    ("activation_applied_twice", twice_in_the_gradient),
    ("softmax_global_sum", whole_array),
    ("softmax_wrong_axis", down_the_columns),
    ("keepdims_missing", sum_without_keepdims),
    ("keepdims_missing", max_without_keepdims),
    ("loss_not_scalar", one_loss_each),
    ("softmax_diag_jacobian", diagonal_only),
    ("extra_activation_grad", delta_rule),
    ("unstable_exp", plain_exp),
    ("unstable_exp", plain_logsumexp),
    ("global_max", one_max_for_all),
    ("log_of_zero", log_of_p),
    ("log_of_zero", log_of_p_one_hot),
    ("over_clipping", plus_epsilon(1e-8)),
    ("over_clipping", plus_epsilon(1e-12)),
    ("over_clipping", plus_epsilon(1e-15)),
    ("over_clipping", clipped_p(1e-7)),
    ("over_clipping", clipped_p(1e-15)),
    ("over_clipping", clipped_z),
]


@for_each_mistake(MISTAKES)
def test_mistake_is_named(key, solution):
    assert_named("softmax_cross_entropy", solution, key)


def test_subtracting_the_maximum_in_place_changes_the_scores_of_the_caller():
    def softmax_cross_entropy(z, y):
        z -= z.max(axis=1, keepdims=True)
        log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
        return finish(np.exp(log_p), y, log_p)

    assert_named("softmax_cross_entropy", softmax_cross_entropy, "mutates_input")


def p_alone(z, y):
    return finish(stable(z), y, log_stable(z))[0], stable(z) / len(y)


def first_class_always(z, y):
    return finish(stable(z), np.zeros_like(y), log_stable(z))


def base_two(z, y):
    loss, dz = finish(stable(z), y, log_stable(z))
    return loss / np.log(2), dz


@for_each([p_alone, first_class_always, base_two])
def test_an_unknown_mistake_is_rejected_without_a_name(solution):
    assert_unnamed("softmax_cross_entropy", solution)


def test_a_gradient_right_off_the_true_class_is_told_by_its_count():
    assert "is right in 1 of its 2 entries" in check("softmax_cross_entropy", p_alone).message


def test_overflow_warnings_are_passed_on():
    def softmax_cross_entropy(z, y):
        loss, dz = finish(stable(z), y, log_stable(z))
        return loss + 0 * np.exp(z).sum(), dz

    assert "overflow" in check("softmax_cross_entropy", softmax_cross_entropy).message


def by_loops(z, y):
    N, K = z.shape
    loss, dz = 0.0, np.zeros((N, K))
    for n in range(N):
        top = max(z[n])
        total = sum(np.exp(z[n, k] - top) for k in range(K))
        loss += np.log(total) + top - z[n, y[n]]
        for k in range(K):
            dz[n, k] = np.exp(z[n, k] - top) / total - (k == y[n])
    return loss / N, dz / N


def by_logaddexp(z, y):
    log_p = z - np.logaddexp.reduce(z.astype(float), axis=1, keepdims=True)
    return finish(np.exp(log_p), y, log_p)


def through_the_jacobian(z, y):
    N, K = z.shape
    p = stable(z)
    dz = np.zeros((N, K))
    for n in range(N):
        jacobian = np.diag(p[n]) - np.outer(p[n], p[n])
        dz[n] = -jacobian[y[n]] / p[n, y[n]] if p[n, y[n]] > 1e-200 else p[n] - np.eye(K)[y[n]]
    return finish(p, y, log_stable(z))[0], dz / N


def python_float(z, y):
    loss, dz = by_logaddexp(z, y)
    return float(loss), dz


@for_each([by_loops, by_logaddexp, through_the_jacobian, python_float])
def test_right_answer_is_accepted_in_whatever_form(solution):
    assert_accepted("softmax_cross_entropy", solution)
