"""The layers, and what each is held against: adding a layer means adding one entry to `LAYERS`."""

from dataclasses import dataclass
from typing import Any

import autograd.numpy as anp
import numpy as np

from backprop_lab import nn

SEED = 7  # of every forward pass, so that dropout draws the same mask each time


@dataclass(frozen=True)
class Case:
    """A layer, a batch for it, and the same formula written for two independent libraries.

    `formula(x, *parameters)` is written for HIPS autograd. `torch(F, *parameters)` builds
    a function of x from torch.nn.functional; None: autograd is the only second opinion.
    """

    name: str
    make: Any  # rng -> Layer
    shape: tuple
    formula: Any
    torch: Any = None
    train: bool = False
    vocab: int = 0  # above 0: x holds that many different tokens
    mixes: bool = False  # whether a sample's output depends on the other samples of its batch

    def __str__(self):
        return self.name

    def x(self):
        rng = np.random.default_rng(2)
        return (
            rng.integers(self.vocab, size=self.shape) if self.vocab else rng.normal(size=self.shape)
        )

    def layer(self):
        """Make the layer, all parameters random: a zero bias would hide a forgotten one."""
        rng = np.random.default_rng(1)
        layer = self.make(rng)
        layer.params = rng.standard_normal(layer.params.size)
        for i, value in enumerate(layer.state.values()):
            value[...] = rng.standard_normal(value.shape) + 3 * i  # a variance is positive
        return layer

    def forward(self, layer, x, **options):
        return layer.forward(x, train=self.train, rng=np.random.default_rng(SEED), **options)


def parameters(layer):
    """List all parameters of a layer and its children, with their gradients."""
    own = [(getattr(layer, name), getattr(layer, f"d{name}")) for name in layer.shapes]
    return own + [pair for child in layer.children for pair in parameters(child)]


def linear(x, W, b):
    return anp.dot(x, W) + b


def torch_linear(F, W, b):
    return lambda x: F.linear(x, W.T, b)


def sigmoid(x):
    return 1 / (1 + anp.exp(-x))


def gelu(x):
    return 0.5 * x * (1 + anp.tanh(anp.sqrt(2 / anp.pi) * (x + 0.044715 * x**3)))


def normalize(x, axis, gamma, beta, eps):
    centred = x - anp.mean(x, axis=axis, keepdims=True)
    return gamma * centred / anp.sqrt(anp.mean(centred**2, axis=axis, keepdims=True) + eps) + beta


def batch_norm_at_inference(x, gamma, beta):
    state = BATCH_NORM_AT_INFERENCE.layer().state
    return gamma * (x - state["mean"]) / anp.sqrt(state["var"] + 0.3) + beta


def torch_batch_norm_at_inference(F, gamma, beta):
    import torch

    state = BATCH_NORM_AT_INFERENCE.layer().state
    mean, var = (torch.from_numpy(state[name].copy()) for name in ("mean", "var"))
    return lambda x: F.batch_norm(x, mean, var, gamma, beta, training=False, eps=0.3)


def dropout_mask(shape, p):
    return (np.random.default_rng(SEED).random(shape) >= p) / (1 - p)


def conv(x, w, b, stride, pad):
    """Convolve by the slow and obvious loop over windows."""
    x = anp.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), "constant")
    (kh, kw), (h, wide) = w.shape[2:], x.shape[2:]
    rows = [
        [
            anp.sum(x[:, None, :, i : i + kh, j : j + kw] * w, axis=(2, 3, 4)) + b
            for j in range(0, wide - kw + 1, stride)
        ]
        for i in range(0, h - kh + 1, stride)
    ]
    return anp.stack([anp.stack(row, axis=-1) for row in rows], axis=2)


def pool(x, size):
    """Take the maximum of each window, one window after the other."""
    h, w = x.shape[2] // size, x.shape[3] // size
    rows = [
        [
            anp.max(x[:, :, i * size : (i + 1) * size, j * size : (j + 1) * size], axis=(2, 3))
            for j in range(w)
        ]
        for i in range(h)
    ]
    return anp.stack([anp.stack(row, axis=-1) for row in rows], axis=2)


def recur(x, Wx, Wh, b):
    h, outputs = anp.zeros((x.shape[0], Wh.shape[0])), []
    for t in range(x.shape[1]):
        h = anp.tanh(anp.dot(x[:, t], Wx) + anp.dot(h, Wh) + b)
        outputs.append(h)
    return anp.stack(outputs, axis=1)


def torch_recur(F, Wx, Wh, b):
    import torch

    def run(x):
        h, outputs = torch.zeros(x.shape[0], Wh.shape[0], dtype=x.dtype), []
        for t in range(x.shape[1]):
            h = torch.tanh(x[:, t] @ Wx + h @ Wh + b)
            outputs.append(h)
        return torch.stack(outputs, dim=1)

    return run


def attend(x, Wq, Wk, Wv, W, b, heads):
    """Attend head by head and place by place."""
    d, mixtures = x.shape[2] // heads, []
    for head in range(heads):
        q, k, v = (anp.dot(x, M)[:, :, head * d : (head + 1) * d] for M in (Wq, Wk, Wv))
        places = []
        for t in range(x.shape[1]):
            scores = anp.sum(q[:, t : t + 1] * k[:, : t + 1], axis=2) / anp.sqrt(d)
            weights = anp.exp(scores) / anp.sum(anp.exp(scores), axis=1, keepdims=True)
            places.append(anp.sum(weights[:, :, None] * v[:, : t + 1], axis=1))
        mixtures.append(anp.stack(places, axis=1))
    return anp.dot(anp.concatenate(mixtures, axis=2), W) + b


def torch_attend(heads):
    def build(F, Wq, Wk, Wv, W, b):
        def run(x):
            n, t, d = x.shape
            q, k, v = ((x @ M).reshape(n, t, heads, -1).transpose(1, 2) for M in (Wq, Wk, Wv))
            mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
            return mixed.transpose(1, 2).reshape(n, t, d) @ W + b

        return run

    return build


def transform(x, *p):
    """Run a transformer block of 2 heads; 7 arrays for its first half, 6 for its second."""
    x = x + attend(normalize(x, -1, p[0], p[1], 1e-5), *p[2:7], heads=2)
    return x + linear(gelu(linear(normalize(x, -1, p[7], p[8], 1e-5), *p[9:11])), *p[11:13])


def torch_transform(F, *p):
    attention = torch_attend(2)(F, *p[2:7])

    def run(x):
        x = x + attention(F.layer_norm(x, (4,), p[0], p[1]))
        h = F.gelu(F.linear(F.layer_norm(x, (4,), p[7], p[8]), p[9].T, p[10]), approximate="tanh")
        return x + F.linear(h, p[11].T, p[12])

    return run


BATCH_NORM_AT_INFERENCE = Case(
    "BatchNorm, inference",
    lambda rng: nn.BatchNorm(4, eps=0.3),
    (5, 4),
    batch_norm_at_inference,
    torch_batch_norm_at_inference,
)

LAYERS = [
    Case("Linear", lambda rng: nn.Linear(4, 3, rng=rng), (5, 4), linear, torch_linear),
    Case(
        "Linear, square",  # N = D = M: a missing transpose raises nothing here
        lambda rng: nn.Linear(4, 4, rng=rng),
        (4, 4),
        linear,
        torch_linear,
    ),
    Case("Linear, text", lambda rng: nn.Linear(4, 3, rng=rng), (2, 5, 4), linear, torch_linear),
    Case("Sigmoid", lambda rng: nn.Sigmoid(), (5, 4), sigmoid, lambda F: F.sigmoid),
    Case("Tanh", lambda rng: nn.Tanh(), (5, 4), anp.tanh, lambda F: F.tanh),
    Case("ReLU", lambda rng: nn.ReLU(), (5, 4), lambda x: anp.maximum(0, x), lambda F: F.relu),
    Case(
        "LeakyReLU",
        lambda rng: nn.LeakyReLU(0.3),
        (5, 4),
        lambda x: anp.where(x > 0, x, 0.3 * x),
        lambda F: lambda x: F.leaky_relu(x, 0.3),
    ),
    Case(
        "GELU",
        lambda rng: nn.GELU(),
        (5, 4),
        gelu,
        lambda F: lambda x: F.gelu(x, approximate="tanh"),
    ),
    Case(
        "BatchNorm, training",
        lambda rng: nn.BatchNorm(4, eps=0.3),
        (5, 4),
        lambda x, gamma, beta: normalize(x, 0, gamma, beta, 0.3),
        lambda F, g, b: lambda x: F.batch_norm(x, None, None, g, b, training=True, eps=0.3),
        train=True,
        mixes=True,
    ),
    BATCH_NORM_AT_INFERENCE,
    Case(
        "LayerNorm",
        lambda rng: nn.LayerNorm(4, eps=0.3),
        (5, 4),
        lambda x, gamma, beta: normalize(x, -1, gamma, beta, 0.3),
        lambda F, g, b: lambda x: F.layer_norm(x, (4,), g, b, eps=0.3),
    ),
    Case(
        "LayerNorm, text",
        lambda rng: nn.LayerNorm(4, eps=0.3),
        (2, 5, 4),
        lambda x, gamma, beta: normalize(x, -1, gamma, beta, 0.3),
        lambda F, g, b: lambda x: F.layer_norm(x, (4,), g, b, eps=0.3),
    ),
    Case(
        "Dropout, training",
        lambda rng: nn.Dropout(0.4),
        (5, 4),
        lambda x: x * dropout_mask((5, 4), 0.4),
        train=True,
        mixes=True,
    ),
    Case(
        "Dropout, inference",
        lambda rng: nn.Dropout(0.4),
        (5, 4),
        lambda x: x,
        lambda F: lambda x: x,
    ),
    Case(
        "Residual",
        lambda rng: nn.Residual(nn.Linear(4, 3, rng=rng), nn.Tanh(), nn.Linear(3, 4, rng=rng)),
        (5, 4),
        lambda x, W1, b1, W2, b2: x + linear(anp.tanh(linear(x, W1, b1)), W2, b2),
        lambda F, W1, b1, W2, b2: lambda x: x + F.linear(F.tanh(F.linear(x, W1.T, b1)), W2.T, b2),
    ),
    Case(
        "Conv2D",
        lambda rng: nn.Conv2D(2, 3, (3, 2), rng=rng),
        (2, 2, 5, 4),
        lambda x, w, b: conv(x, w, b, 1, 0),
        lambda F, w, b: lambda x: F.conv2d(x, w, b),
    ),
    Case(
        "Conv2D, stride with a rest, padded",
        lambda rng: nn.Conv2D(2, 3, 3, stride=2, pad=1, rng=rng),
        (2, 2, 6, 5),
        lambda x, w, b: conv(x, w, b, 2, 1),
        lambda F, w, b: lambda x: F.conv2d(x, w, b, stride=2, padding=1),
    ),
    Case(
        "MaxPool2D, with a rest",
        lambda rng: nn.MaxPool2D(2),
        (2, 3, 5, 4),
        lambda x: pool(x, 2),
        lambda F: lambda x: F.max_pool2d(x, 2),
    ),
    Case(
        "Flatten",
        lambda rng: nn.Flatten(),
        (2, 3, 2, 2),
        lambda x: anp.reshape(x, (len(x), -1)),
        lambda F: lambda x: x.flatten(1),
    ),
    Case(
        "Embedding",
        lambda rng: nn.Embedding(5, 3, rng=rng),
        (3, 4),  # 12 tokens of 5 kinds: some must come twice
        lambda x, W: W[x],
        lambda F, W: lambda x: F.embedding(x, W),
        vocab=5,
    ),
    Case(
        "Position",
        lambda rng: nn.Position(6, 3, rng=rng),
        (2, 4, 3),
        lambda x, W: x + W[:4],
        lambda F, W: lambda x: x + W[:4],
    ),
    Case("RNN", lambda rng: nn.RNN(3, 4, rng=rng), (2, 5, 3), recur, torch_recur),
    Case(
        "CausalSelfAttention",
        lambda rng: nn.CausalSelfAttention(4, rng=rng),
        (2, 5, 4),
        lambda x, *p: attend(x, *p, heads=1),
        torch_attend(1),
    ),
    Case(
        "CausalSelfAttention, 2 heads",
        lambda rng: nn.CausalSelfAttention(4, 2, rng=rng),
        (3, 4, 4),
        lambda x, *p: attend(x, *p, heads=2),
        torch_attend(2),
    ),
    Case(
        "TransformerBlock",
        lambda rng: nn.TransformerBlock(4, 2, 6, rng=rng),
        (2, 3, 4),
        transform,
        torch_transform,
    ),
    Case(
        "Sequential",
        lambda rng: nn.Sequential(
            nn.Linear(4, 3, rng=rng), nn.Tanh(), nn.Linear(3, 2, rng=rng), nn.Sigmoid()
        ),
        (5, 4),
        lambda x, W1, b1, W2, b2: sigmoid(linear(anp.tanh(linear(x, W1, b1)), W2, b2)),
        lambda F, W1, b1, W2, b2: (
            lambda x: F.sigmoid(F.linear(F.tanh(F.linear(x, W1.T, b1)), W2.T, b2))
        ),
    ),
]
