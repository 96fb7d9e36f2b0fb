"""Binary cross-entropy: the mistakes as learners write them, and right ones in many forms."""

import math

import numpy as np

from backprop_lab.grading.tasks import TASKS

from .claims import assert_accepted, assert_named, assert_unnamed, for_each, for_each_mistake


def sigmoid(z):
    return np.exp(-np.logaddexp(0, -z))


def losses_of(z, y):
    return np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z)))


def binary(loss=None, dz=None):
    """The right answer, with one line replaced as a learner would have written it."""

    def bce_with_logits(z, y):
        p = sigmoid(z)
        return (
            loss(z, y, p) if loss else losses_of(z, y).mean(),
            dz(z, y, p) if dz else (p - y) / z.size,
        )

    return bce_with_logits


def naive(z, y):
    p = 1 / (1 + np.exp(-z))
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)), (p - y) / z.size


def naive_by_choice(z, y, p):
    return np.mean(np.where(y > 0, -np.log(p), -np.log(1 - p)))


def naive_with_math(z, y):
    total, dz = 0.0, np.zeros(z.shape)
    for at in np.ndindex(z.shape):
        p = 1 / (1 + math.exp(-z[at]))
        total -= y[at] * math.log(p) + (1 - y[at]) * math.log(1 - p)
        dz[at] = (p - y[at]) / z.size
    return total / z.size, dz


def twice(z, y):
    return binary()(sigmoid(z), y)


def summed(z, y):
    return losses_of(z, y).sum(), sigmoid(z) - y


def per_sample(z, y):
    return losses_of(z, y).sum() / len(z), (sigmoid(z) - y) / len(z)


def floor(low):
    def bce_with_logits(z, y):
        p = np.clip(sigmoid(z), low, 1 - low)
        return -(y * np.log(p) + (1 - y) * np.log(1 - p)).mean(), (sigmoid(z) - y) / z.size

    return bce_with_logits


def epsilon(low):
    return binary(
        loss=lambda z, y, p: -np.mean(y * np.log(p + low) + (1 - y) * np.log(1 - p + low))
    )


def clips_the_scores(z, y):
    z = np.clip(z, -10, 10)
    return losses_of(z, y).mean(), (sigmoid(z) - y) / z.size


def matrix_product(z, y, p):
    y = y.astype(float)
    together = np.dot(y.T, np.log(p)) + np.dot((1 - y).T, np.log(1 - p))
    return -np.sum(together) / z.size


def matrix_product_left_as_it_is(z, y, p):
    return -(y.T @ np.log(p) + (1 - y).T @ np.log(1 - p)) / len(z)


MISTAKES = [
    ("sum_for_mean", summed),
    ("sum_for_mean", binary(loss=lambda z, y, p: np.sum(losses_of(z, y)))),
    ("mean_over_batch_only", per_sample),
    ("grad_not_averaged", binary(dz=lambda z, y, p: p - y)),
    ("grad_mean_over_batch_only", binary(dz=lambda z, y, p: (p - y) / z.shape[0])),
    ("loss_not_scalar", binary(loss=lambda z, y, p: losses_of(z, y))),
    ("loss_not_scalar", binary(loss=lambda z, y, p: losses_of(z, y).mean(axis=1))),
    ("sign_flipped", binary(dz=lambda z, y, p: (y - p) / y.size)),
    ("loss_sign_flipped", binary(loss=lambda z, y, p: -losses_of(z, y).mean())),
    ("activation_applied_twice", twice),
    ("activation_applied_twice", binary(dz=lambda z, y, p: (sigmoid(p) - y) / z.size)),
    ("activation_grad_missing", binary(dz=lambda z, y, p: ((1 - y) / (1 - p) - y / p) / z.size)),
    ("extra_activation_grad", binary(dz=lambda z, y, p: (p - y) * (p - p**2) / z.size)),
    ("zero_label_grad_zero", binary(dz=lambda z, y, p: -y * (1 - p) / z.size)),
    ("bce_second_term_missing", binary(loss=lambda z, y, p: -np.mean(y * np.log(p)))),
    ("grad_for_loss", binary(loss=lambda z, y, p: np.mean(p - y))),
    ("all_pairs_product", binary(loss=matrix_product)),
    ("all_pairs_product", binary(loss=matrix_product_left_as_it_is)),
    ("log_of_zero", naive),
    ("log_of_zero", binary(loss=naive_by_choice)),
    ("log_of_zero", naive_with_math),
    ("unstable_exp", binary(loss=lambda z, y, p: np.mean(np.log(1 + np.exp(z)) - y * z))),
    ("unstable_exp", binary(dz=lambda z, y, p: (np.exp(z) / (1 + np.exp(z)) - y) / z.size)),
    ("over_clipping", floor(1e-3)),
    ("over_clipping", floor(1e-7)),
    ("over_clipping", floor(1e-15)),
    ("over_clipping", epsilon(1e-8)),
    ("over_clipping", epsilon(1e-12)),
    ("over_clipping", clips_the_scores),
    ("over_clipping", binary(dz=lambda z, y, p: (sigmoid(np.clip(z, -5, 5)) - y) / z.size)),
]


@for_each_mistake(MISTAKES)
def test_mistake_is_named(key, solution):
    assert_named("bce_with_logits", solution, key)


@for_each(
    [
        binary(loss=lambda z, y, p: losses_of(z, y).mean() / np.log(2)),
        binary(loss=lambda z, y, p: np.mean((p - y) ** 2)),
        binary(loss=lambda z, y, p: losses_of(z, 1 - y).mean()),
        binary(dz=lambda z, y, p: p / z.size),
        binary(dz=lambda z, y, p: (p - y) / z.size / 2),
        binary(dz=lambda z, y, p: (z - y) / z.size),
    ]
)
def test_an_unknown_mistake_is_rejected_without_a_name(solution):
    assert_unnamed("bce_with_logits", solution)


def by_choice(z, y):
    loss = np.where(y == 1, np.logaddexp(0, -z), np.logaddexp(0, z))
    return np.average(loss), (1 / (1 + np.exp(-z)) - y) / z.size


def by_signs(z, y):
    signs = 2 * y - 1
    return np.logaddexp(0, -signs * z).mean(), -signs * sigmoid(-signs * z) / z.size


def by_entries(z, y):
    loss, dz = 0.0, np.zeros(z.shape)
    for at in np.ndindex(z.shape):
        v, t = float(z[at]), float(y[at])
        loss += max(v, 0) - v * t + math.log1p(math.exp(-abs(v)))
        p = 1 / (1 + math.exp(-v)) if v >= 0 else math.exp(v) / (1 + math.exp(v))
        dz[at] = p - t
    return loss / z.size, dz / z.size


def both_terms(z, y):
    loss = y * np.logaddexp(0, -z) + (1 - y) * np.logaddexp(0, z)
    return loss.sum() / z.size, np.where(y == 1, -sigmoid(-z), sigmoid(z)) / z.size


@for_each([binary(), by_choice, by_signs, by_entries, both_terms])
def test_right_binary_loss_is_accepted_in_whatever_form(solution):
    assert_accepted("bce_with_logits", solution)


def test_every_known_mistake_is_met():
    assert {row.key for row in TASKS["bce_with_logits"].mistakes} <= {key for key, _ in MISTAKES}
