"""The bound: the matrix products of a step and nothing else, into arrays made beforehand."""

import numpy as np

from ..workloads import flat
from .peer import Peer


class Bound(Peer):
    def build(self):
        rng, n = np.random.default_rng(0), self.workload.batch
        self.calls, side, first = [], 28, True
        rows = n * 64 if "attention" in self.workload.kinds() else n
        for layer in flat(self.workload.layers):
            match layer:
                case "linear", d, m:
                    self._product(rng, rows, d, m, first)
                case "attention", d:
                    for _ in range(4):
                        self._product(rng, rows, d, d, False)
                    self._mixtures(rng, n, 64, d)
                case "conv", channels, filters:
                    side -= 2
                    self._convolution(rng, n * side * side, 9 * channels, filters, first)
                case ("pool",):
                    side //= 2
            first = first and layer[0] not in ("linear", "conv", "embedding")

    def _product(self, rng, rows, d, m, first):
        """Add y = x W, dW = xᵀ dy and, above the first layer, dx = dy Wᵀ."""
        x, W, dy = rng.random((rows, d)), rng.random((d, m)), rng.random((rows, m))
        self._add(x, W)
        self._add(x.T, dy)
        if not first:
            self._add(dy, W.T)

    def _convolution(self, rng, places, d, filters, first):
        columns, w = rng.random((d, places)), rng.random((filters, d))
        dy = rng.random((filters, places))
        self._add(w, columns)
        self._add(dy, columns.T)
        if not first:
            self._add(w.T, dy)

    def _mixtures(self, rng, n, t, d):
        """Add q kᵀ and p v, with two products backward for each."""
        p, q = rng.random((n, t, t)), rng.random((n, t, d))
        for a, b in ((q, q.mT), (p, q), (p.mT, q), (q, q.mT), (p, q), (p.mT, q)):
            self.calls.append((np.matmul, a, b, np.empty((n, a.shape[1], b.shape[2]))))

    def _add(self, a, b):
        self.calls.append((a.dot, b, np.empty((a.shape[0], b.shape[1]))))

    def step(self, x, y):
        for product, *operands in self.calls:
            product(*operands)
