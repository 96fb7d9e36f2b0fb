"""Plain NumPy: the same layers as one would write them first, every array made anew."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from .peer import Peer


class Plain(Peer):
    def build(self):
        values = iter(self.workload.parameters())
        self.rng = np.random.default_rng(0)
        self.layers = [make(layer, values, self.rng) for layer in self.workload.layers]
        self.loss = {"bce": bce, "softmax": softmax, "hinge": hinge}[self.workload.loss]
        self.params = [p for layer in self.layers for p in layer.params]
        self.m = [np.zeros_like(p) for p in self.params]
        self.v = [np.zeros_like(p) for p in self.params]
        self.t = 0

    def step(self, x, y):
        for layer in self.layers:
            x = layer.forward(x)
        loss, dy = self.loss(x, y)
        for layer in reversed(self.layers):
            dy = layer.backward(dy)
        grads = [g for layer in self.layers for g in layer.grads]
        if self.workload.l2:
            loss += self.workload.l2 * sum((p**2).sum() for p in self.params)
            grads = [g + 2 * self.workload.l2 * p for p, g in zip(self.params, grads)]
        if self.workload.read_norms:
            self.norms = [np.linalg.norm(g) for g in grads if g.ndim == 2]
        self._sgd(grads) if self.workload.optimizer == "sgd" else self._adam(grads)
        return loss

    def _sgd(self, grads):
        for p, g in zip(self.params, grads):
            p -= self.workload.lr * g

    def _adam(self, grads):
        self.t += 1
        for p, g, m, v in zip(self.params, grads, self.m, self.v):
            m[...] = 0.9 * m + 0.1 * g
            v[...] = 0.999 * v + 0.001 * g**2
            m_hat, v_hat = m / (1 - 0.9**self.t), v / (1 - 0.999**self.t)
            p -= self.workload.lr * m_hat / (np.sqrt(v_hat) + 1e-8)

    def parameters(self):
        return self.params


class Layer:
    params = grads = ()


class Linear(Layer):
    def __init__(self, W, b):
        self.params = [W, b]

    def forward(self, x):
        self.x, (W, b) = x, self.params
        return x @ W + b

    def backward(self, dy):
        W, _ = self.params
        x, rows = self.x.reshape(-1, W.shape[0]), dy.reshape(-1, W.shape[1])
        self.grads = [x.T @ rows, rows.sum(axis=0)]
        return dy @ W.T


class Tanh(Layer):
    def forward(self, x):
        self.y = np.tanh(x)
        return self.y

    def backward(self, dy):
        return dy * (1 - self.y**2)


class ReLU(Layer):
    def forward(self, x):
        self.on = x > 0
        return np.maximum(x, 0)

    def backward(self, dy):
        return dy * self.on


class Dropout(Layer):
    def __init__(self, p, rng):
        self.p, self.rng = p, rng

    def forward(self, x):
        self.mask = (self.rng.random(x.shape) >= self.p) / (1 - self.p)
        return x * self.mask

    def backward(self, dy):
        return dy * self.mask


class BatchNorm(Layer):
    def __init__(self, gamma, beta):
        self.params = [gamma, beta]
        self.mean, self.var = np.zeros_like(gamma), np.ones_like(gamma)

    def forward(self, x):
        (gamma, beta), mean, var = self.params, x.mean(axis=0), x.var(axis=0)
        self.mean, self.var = 0.9 * self.mean + 0.1 * mean, 0.9 * self.var + 0.1 * var
        self.inv = 1 / np.sqrt(var + 1e-5)
        self.xhat = (x - mean) * self.inv
        return gamma * self.xhat + beta

    def backward(self, dy):
        self.grads = [(dy * self.xhat).sum(axis=0), dy.sum(axis=0)]
        d = dy * self.params[0]
        return self.inv * (d - d.mean(axis=0) - self.xhat * (d * self.xhat).mean(axis=0))


class Conv(Layer):
    def __init__(self, w, b):
        self.params = [w, b]

    def forward(self, x):
        w, b = self.params
        self.shape = n, _, height, width = x.shape
        windows = sliding_window_view(x, (3, 3), axis=(2, 3))  # (N, C, OH, OW, 3, 3)
        self.rows = windows.transpose(0, 2, 3, 1, 4, 5).reshape(-1, w[0].size)
        y = self.rows @ w.reshape(len(w), -1).T + b
        return y.reshape(n, height - 2, width - 2, -1).transpose(0, 3, 1, 2)

    def backward(self, dy):
        w, _ = self.params
        n, channels, height, width = self.shape
        dy = dy.transpose(0, 2, 3, 1).reshape(-1, len(w))
        self.grads = [(dy.T @ self.rows).reshape(w.shape), dy.sum(axis=0)]
        drows = (dy @ w.reshape(len(w), -1)).reshape(n, height - 2, width - 2, channels, 3, 3)
        dx = np.zeros(self.shape)
        for i, j in np.ndindex(3, 3):
            dx[:, :, i : i + height - 2, j : j + width - 2] += drows[..., i, j].transpose(
                0, 3, 1, 2
            )
        return dx


class Pool(Layer):
    def forward(self, x):
        n, c, h, w = self.shape = x.shape
        self.parts = x[:, :, : h // 2 * 2, : w // 2 * 2].reshape(n, c, h // 2, 2, w // 2, 2)
        self.y = self.parts.max(axis=(3, 5), keepdims=True)
        return self.y[:, :, :, 0, :, 0]

    def backward(self, dy):
        n, c, h, w = self.shape
        dx = np.zeros(self.shape)
        largest = (self.parts == self.y) * dy[:, :, :, None, :, None]
        dx[:, :, : h // 2 * 2, : w // 2 * 2] = largest.reshape(n, c, h // 2 * 2, w // 2 * 2)
        return dx


class Flatten(Layer):
    def forward(self, x):
        self.shape = x.shape
        return x.reshape(len(x), -1)

    def backward(self, dy):
        return dy.reshape(self.shape)


class Embedding(Layer):
    def __init__(self, W):
        self.params = [W]

    def forward(self, x):
        self.x = x
        return self.params[0][x]

    def backward(self, dy):
        self.grads = [np.zeros_like(self.params[0])]
        np.add.at(self.grads[0], self.x, dy)


class Position(Layer):
    def __init__(self, W):
        self.params = [W]

    def forward(self, x):
        return x + self.params[0]

    def backward(self, dy):
        self.grads = [dy.sum(axis=0)]
        return dy


class Attention(Layer):
    def __init__(self, Wq, Wk, Wv, W, b):
        self.params = [Wq, Wk, Wv, W, b]
        self.later = np.triu(np.ones((64, 64), bool), 1)

    def forward(self, x):
        Wq, Wk, Wv, W, b = self.params
        self.x, self.q, self.k, self.v = x, x @ Wq, x @ Wk, x @ Wv
        scores = np.where(self.later, -np.inf, self.q @ self.k.mT / np.sqrt(x.shape[-1]))
        e = np.exp(scores - scores.max(axis=-1, keepdims=True))
        self.p = e / e.sum(axis=-1, keepdims=True)
        self.h = self.p @ self.v
        return self.h @ W + b

    def backward(self, dy):
        *inputs, W, _ = self.params
        d = len(W)
        x, rows = self.x.reshape(-1, d), dy.reshape(-1, d)
        dh = dy @ W.T
        dv, dp = self.p.mT @ dh, dh @ self.v.mT
        ds = self.p * (dp - (dp * self.p).sum(axis=-1, keepdims=True)) / np.sqrt(d)
        upstream = [ds @ self.k, ds.mT @ self.q, dv]
        self.grads = [x.T @ g.reshape(-1, d) for g in upstream]
        self.grads += [self.h.reshape(-1, d).T @ rows, rows.sum(axis=0)]
        return sum(g @ Wi.T for g, Wi in zip(upstream, inputs))


class Residual(Layer):
    def __init__(self, *layers):
        self.layers = layers
        self.params = [p for layer in layers for p in layer.params]

    def forward(self, x):
        y = x
        for layer in self.layers:
            y = layer.forward(y)
        return x + y

    def backward(self, dy):
        dx = dy
        for layer in reversed(self.layers):
            dx = layer.backward(dx)
        self.grads = [g for layer in self.layers for g in layer.grads]
        return dy + dx


def make(layer, values, rng):
    """Make a layer, with its parameters taken from the iterator `values`."""
    match layer:
        case "attention", _:
            return Attention(*(next(values) for _ in range(5)))
        case "residual", *inner:
            return Residual(*(make(layer, values, rng) for layer in inner))
        case "dropout", p:
            return Dropout(p, rng)
        case "embedding", *_:
            return Embedding(next(values))
        case "position", *_:
            return Position(next(values))
        case (("linear" | "batchnorm" | "conv") as kind, *_):
            return {"linear": Linear, "batchnorm": BatchNorm, "conv": Conv}[kind](
                next(values), next(values)
            )
        case (kind,):
            return {"relu": ReLU, "tanh": Tanh, "pool": Pool, "flatten": Flatten}[kind]()


def bce(z, y):
    loss = (np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z)))).mean()
    return loss, (1 / (1 + np.exp(-z)) - y) / z.size


def hinge(scores, y):
    margin = 1 - y * scores
    return np.maximum(margin, 0).mean(), -y * (margin > 0) / scores.size


def softmax(scores, y):
    z = scores.reshape(-1, scores.shape[-1])
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p, rows = e / e.sum(axis=1, keepdims=True), np.arange(len(z))
    loss = -np.log(p[rows, y.ravel()]).mean()
    p[rows, y.ravel()] -= 1
    return loss, (p / len(p)).reshape(scores.shape)
