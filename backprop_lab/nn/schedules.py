"""Schedules: the learning rate as a function of the step, `optimizer.lr = schedule(step)`.

Each of these gives a function from the number of the step, from 0, to a learning rate.
"""

import math


def constant(lr):
    """Keep the same rate at every step."""
    return lambda step: lr


def step_decay(lr, *, every, factor=0.1):
    """Multiply the rate by `factor` after every so many steps: lr · factor^(step // every)."""
    if every < 1:
        raise ValueError(f"every is a number of steps, at least 1, got {every}")
    return lambda step: lr * factor ** (step // every)


def cosine(lr, *, steps, final=0.0):
    """Come down along half a cosine, from lr to `final` in so many steps, and stay there.

    References
    ----------
    Loshchilov & Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", ICLR 2017,
    equation 5.
    """
    if steps < 1:
        raise ValueError(f"steps is at least 1, got {steps}")
    return lambda step: final + (lr - final) * (1 + math.cos(math.pi * min(step / steps, 1))) / 2


def warm_up(schedule, *, steps):
    """Climb in equal parts to the schedule's first rate, in so many steps, then follow it.

    References
    ----------
    Goyal et al., "Accurate, Large Minibatch SGD: Training ImageNet in 1 Hour", 2017, section 2.2.
    """
    if steps < 1:
        raise ValueError(f"steps is at least 1, got {steps}")

    def rate(step):
        return schedule(0) * (step + 1) / steps if step < steps else schedule(step - steps)

    return rate
