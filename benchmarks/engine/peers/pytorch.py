"""PyTorch: `torch.nn` modules and `torch.optim`, eager, with default or fused optimizer."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from .peer import Peer


class Eager(Peer):
    fused = None

    def build(self):
        torch.set_num_threads(1)
        torch.set_default_dtype(torch.float64)
        self.net = nn.Sequential(*map(make, self.workload.layers))
        self._set(self.workload.parameters())
        optimizer = torch.optim.Adam if self.workload.optimizer == "adam" else torch.optim.SGD
        self.params = list(self.net.parameters())
        self.optimizer = optimizer(self.params, lr=self.workload.lr, fused=self.fused)
        self.loss = LOSSES[self.workload.loss]
        self.weights = [m.weight for m in self.net if isinstance(m, nn.Linear)]

    def convert(self, x, y):
        return torch.from_numpy(x), torch.from_numpy(y)

    def step(self, x, y):
        loss = self.loss(self.net(x), y)
        if self.workload.l2:
            loss = loss + self.workload.l2 * sum(p.square().sum() for p in self.params)
        self.optimizer.zero_grad()
        loss.backward()
        if self.workload.read_norms:
            grads = [weight.grad for weight in self.weights]
            self.norms = torch.stack(torch._foreach_norm(grads)).tolist()
        self.optimizer.step()
        return loss

    def parameters(self):
        return [p.detach().numpy().T if turn else p.detach().numpy() for p, turn in self._walk()]

    def _set(self, values):
        for (p, turn), value in zip(self._walk(), values, strict=True):
            p.data = torch.from_numpy(np.ascontiguousarray(value.T if turn else value))

    def _walk(self):
        """Give each parameter, and whether it is our transpose, as a Linear's weight is."""
        for module in self.net.modules():
            for p in module.parameters(recurse=False):
                yield p, isinstance(module, nn.Linear) and p.ndim == 2


class Fused(Eager):
    fused = True


class Position(nn.Module):
    def __init__(self, length, d):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(length, d))

    def forward(self, x):
        return x + self.weight


class Residual(nn.Module):
    def __init__(self, *inner):
        super().__init__()
        self.f = nn.Sequential(*map(make, inner))

    def forward(self, x):
        return x + self.f(x)


class Attention(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.q, self.k, self.v = (nn.Linear(d, d, bias=False) for _ in range(3))
        self.out = nn.Linear(d, d)
        self.register_buffer("later", torch.ones(64, 64, dtype=torch.bool).triu(1), False)

    def forward(self, x):
        q, k, v = self.q(x), self.k(x), self.v(x)
        scores = (q @ k.mT * x.shape[-1] ** -0.5).masked_fill(self.later, -torch.inf)
        return self.out(scores.softmax(dim=-1) @ v)


def make(layer):
    match layer:
        case "linear", d, m:
            return nn.Linear(d, m)
        case "batchnorm", d:
            return nn.BatchNorm1d(d)
        case "dropout", p:
            return nn.Dropout(p)
        case "conv", channels, filters:
            return nn.Conv2d(channels, filters, 3)
        case ("pool",):
            return nn.MaxPool2d(2)
        case "embedding", vocab, d:
            return nn.Embedding(vocab, d)
        case "position", length, d:
            return Position(length, d)
        case "attention", d:
            return Attention(d)
        case "residual", *inner:
            return Residual(*inner)
        case (kind,):
            return {"relu": nn.ReLU, "tanh": nn.Tanh, "flatten": nn.Flatten}[kind]()


def softmax(scores, y):
    return F.cross_entropy(scores.flatten(0, -2), y.flatten())


def hinge(scores, y):
    return (1 - y * scores).clamp(min=0).mean()


LOSSES = {"bce": F.binary_cross_entropy_with_logits, "softmax": softmax, "hinge": hinge}
