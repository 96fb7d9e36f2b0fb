"""JAX: the whole step compiled, one call per step."""

import jax
import jax.numpy as jnp
from jax import lax

from .peer import Peer

jax.config.update("jax_enable_x64", True)


class Jax(Peer):
    def build(self):
        params = [jnp.asarray(p) for p in self.workload.parameters()]
        zeros = [jnp.zeros_like(p) for p in params]
        running = [
            (jnp.zeros(layer[1]), jnp.ones(layer[1]))
            for layer in self.workload.layers
            if layer[0] == "batchnorm"
        ]
        memory = (zeros, [z.copy() for z in zeros]) if self.workload.optimizer == "adam" else ()
        self.state = params, memory, running, jnp.zeros(()), jax.random.key(0)
        self.compiled = jax.jit(self._train, donate_argnums=0)

    def convert(self, x, y):
        return jnp.asarray(x), jnp.asarray(y)

    def run(self, n):
        super().run(n)
        jax.block_until_ready(self.state)
        return n

    def step(self, x, y):
        self.state, loss, norms = self.compiled(self.state, x, y)
        if self.workload.read_norms:
            self.norms = norms.tolist()
        return loss

    def parameters(self):
        return self.state[0]

    def _train(self, state, x, y):
        params, memory, running, t, key = state
        key, noise = jax.random.split(key)
        value_and_grad = jax.value_and_grad(self._loss, has_aux=True)
        (loss, running), grads = value_and_grad(params, running, x, y, noise)
        params, memory = self._update(params, grads, memory, t + 1)
        norms = jnp.stack([jnp.linalg.norm(g.ravel()) for g in grads if g.ndim == 2])
        return (params, memory, running, t + 1, key), loss, norms

    def _loss(self, params, running, x, y, key):
        values, followed = iter(params), []
        for i, layer in enumerate(self.workload.layers):
            x = apply(layer, values, x, jax.random.fold_in(key, i), followed)
        kept = [(0.9 * a + 0.1 * c, 0.9 * b + 0.1 * d) for (a, b), (c, d) in zip(running, followed)]
        penalty = self.workload.l2 * sum(jnp.square(p).sum() for p in params)
        return LOSSES[self.workload.loss](x, y) + penalty, kept

    def _update(self, params, grads, memory, t):
        lr = self.workload.lr
        if self.workload.optimizer == "sgd":
            return [p - lr * g for p, g in zip(params, grads)], memory
        m = [0.9 * m + 0.1 * g for m, g in zip(memory[0], grads)]
        v = [0.999 * v + 0.001 * g * g for v, g in zip(memory[1], grads)]
        return [
            p - lr * m / (1 - 0.9**t) / (jnp.sqrt(v / (1 - 0.999**t)) + 1e-8)
            for p, m, v in zip(params, m, v)
        ], (m, v)


def apply(layer, values, x, key, followed):
    match layer:
        case "linear", *_:
            return x @ next(values) + next(values)
        case "batchnorm", _:
            mean, var = x.mean(axis=0), x.var(axis=0)
            followed.append((mean, var))
            return next(values) * (x - mean) / jnp.sqrt(var + 1e-5) + next(values)
        case "dropout", p:
            return jnp.where(jax.random.bernoulli(key, p, x.shape), 0.0, x / (1 - p))
        case "conv", *_:
            y = lax.conv(x, next(values), (1, 1), "VALID")
            return y + next(values)[:, None, None]
        case ("pool",):
            return lax.reduce_window(x, -jnp.inf, lax.max, (1, 1, 2, 2), (1, 1, 2, 2), "VALID")
        case "embedding", *_:
            return next(values)[x]
        case "position", *_:
            return x + next(values)
        case "attention", _:
            return attend(x, *(next(values) for _ in range(5)))
        case "residual", *inner:
            y = x
            for part in inner:
                y = apply(part, values, y, key, followed)
            return x + y
        case (kind,):
            return {"relu": jax.nn.relu, "tanh": jnp.tanh, "flatten": flatten}[kind](x)


def attend(x, Wq, Wk, Wv, W, b):
    scores = (x @ Wq) @ (x @ Wk).mT / jnp.sqrt(x.shape[-1])
    later = jnp.triu(jnp.ones(scores.shape[-2:], bool), 1)
    return jax.nn.softmax(jnp.where(later, -jnp.inf, scores)) @ (x @ Wv) @ W + b


def flatten(x):
    return x.reshape(len(x), -1)


def softmax(scores, y):
    return -jnp.take_along_axis(jax.nn.log_softmax(scores), y[..., None], axis=-1).mean()


def bce(z, y):
    return (jnp.maximum(z, 0) - z * y + jnp.log1p(jnp.exp(-jnp.abs(z)))).mean()


def hinge(scores, y):
    return jnp.maximum(0, 1 - y * scores).mean()


LOSSES = {"bce": bce, "softmax": softmax, "hinge": hinge}
