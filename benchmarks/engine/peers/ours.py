"""backprop-lab: the four lines of the course, with its caches used again."""

import numpy as np

from backprop_lab import nn

from .peer import Peer


class Ours(Peer):
    def build(self):
        rng = self.rng = np.random.default_rng(0)
        self.net = nn.Sequential(*(make(layer, rng) for layer in self.workload.layers))
        self.net.params = np.concatenate([p.ravel() for p in self.workload.parameters()])
        lr = self.workload.lr
        self.optimizer = nn.Adam(lr=lr) if self.workload.optimizer == "adam" else nn.SGD(lr=lr)
        self.loss = LOSSES[self.workload.loss]
        self.linears = [layer for layer in self.net.layers if isinstance(layer, nn.Linear)]
        self.cache = None

    def step(self, x, y):
        net = self.net
        scores, self.cache = net.forward(x, train=True, rng=self.rng, reuse=self.cache)
        loss, dscores = self.loss(scores, y)
        net.backward(dscores, self.cache, input_grad=False)
        if self.workload.l2:
            penalty, dparams = nn.l2(net.params, 2 * self.workload.l2)
            loss += penalty
            np.add(net.grads, dparams, out=net.grads)
        if self.workload.read_norms:
            self.norms = [np.linalg.norm(layer.dW) for layer in self.linears]
        self.optimizer.step(net.params, net.grads)
        return loss

    def parameters(self):
        return np.split(self.net.params, np.cumsum([p.size for p in self.workload.parameters()]))


def make(layer, rng):
    match layer:
        case "linear", d, m:
            return nn.Linear(d, m, rng=rng)
        case "batchnorm", d:
            return nn.BatchNorm(d)
        case "dropout", p:
            return nn.Dropout(p)
        case "conv", channels, filters:
            return nn.Conv2D(channels, filters, 3, rng=rng)
        case ("pool",):
            return nn.MaxPool2D(2)
        case "embedding", vocab, d:
            return nn.Embedding(vocab, d, rng=rng)
        case "position", length, d:
            return nn.Position(length, d, rng=rng)
        case "attention", d:
            return nn.CausalSelfAttention(d, rng=rng)
        case "residual", *inner:
            return nn.Residual(*(make(layer, rng) for layer in inner))
        case (kind,):
            return {"relu": nn.ReLU, "tanh": nn.Tanh, "flatten": nn.Flatten}[kind]()


def hinge(scores, y):
    margin = np.maximum(1.0 - y * scores, 0.0)
    return margin.sum() / len(y), np.sign(margin) * y / -len(y)


LOSSES = {"bce": nn.bce_with_logits, "softmax": nn.softmax_cross_entropy, "hinge": hinge}
