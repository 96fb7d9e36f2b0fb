"""Attention: each place of a text asks the places before it, and mixes their answers."""

import numpy as np

from .activations import GELU
from .initializers import xavier
from .layer import Cache, Layer
from .linear import Linear
from .normalization import LayerNorm
from .residual import Residual
from .sequential import Sequential


class CausalSelfAttention(Layer):
    """Each place looks back: y = out(concat over heads of softmax(q kᵀ / √d_head) v).

    Every place makes a query q, a key k and a value v from its own numbers. How well its query fits
    the key of an earlier place, or its own, is how much of that place's value it takes. Later
    places are hidden, so that a model can be trained to predict them.

    Parameters
    ----------
    d : int
        Numbers per place.
    heads : int
        Number of mixtures taken side by side, each over d / heads of the numbers.
    rng : numpy.random.Generator

    Attributes
    ----------
    query, key, value : Linear
        Without biases, d to d.
    out : Linear
        Brings the heads' mixtures together, d to d.

    Notes
    -----
    With p the weights (rows sum to 1), and for each head::

        dv = pᵀ dh
        dp = dh vᵀ
        ds = p ⊙ (dp - Σ over the row of p ⊙ dp) / √d_head      softmax's backward pass
        dq = ds k,  dk = dsᵀ q

    References
    ----------
    Vaswani et al., "Attention Is All You Need", NeurIPS 2017, equation 1 and section 3.2.
    """

    class Cache(Cache):
        """Adds what the notes name, by head, and `later`: -inf for what lies later, 0 elsewhere."""

        q = k = v = p = h = dv = ds = dq = dk = later = None

    def __init__(self, d, heads=1, *, rng):
        if heads < 1 or d < 1 or d % heads:
            raise ValueError(f"d must be a multiple of heads, got d={d} and heads={heads}")
        self.d, self.heads, self.scale = d, heads, (d // heads) ** -0.5
        self.query, self.key, self.value = (
            Linear(d, d, rng=rng, init=xavier, bias=False) for _ in range(3)
        )
        self.out = Linear(d, d, rng=rng, init=xavier)
        super().__init__(self.query, self.key, self.value, self.out)

    def _forward(self, x, cache):
        to_q, to_k, to_v, to_y = cache.inner
        q = cache.q = self._part(self.query._forward(x, to_q))  # (N, heads, T, d_head)
        k = cache.k = self._part(self.key._forward(x, to_k))
        v = cache.v = self._part(self.value._forward(x, to_v))
        if cache.later is None:
            cache.later = np.triu(np.full((x.shape[1],) * 2, -np.inf, x.dtype), k=1)
        p = cache.p = np.matmul(q, k.swapaxes(2, 3), out=cache.p)  # (N, heads, T, T)
        p *= self.scale
        p += cache.later  # exp(-inf) is 0: no place takes anything from a later one
        p -= p.max(axis=-1, keepdims=True)
        np.exp(p, out=p)
        p /= p.sum(axis=-1, keepdims=True)
        h = cache.h = np.matmul(p, v, out=cache.h)
        cache.y = self.out._forward(self._join(h), to_y)
        return cache.y

    def _backward(self, dy, cache):
        to_q, to_k, to_v, to_y = cache.inner
        dh = self._part(self.out._backward(dy, to_y))
        dv = cache.dv = np.matmul(cache.p.swapaxes(2, 3), dh, out=cache.dv)
        ds = cache.ds = np.matmul(dh, cache.v.swapaxes(2, 3), out=cache.ds)  # dp, so far
        ds -= np.einsum("nhtu,nhtu->nht", cache.p, ds)[..., None]
        ds *= cache.p
        ds *= self.scale
        dq = cache.dq = np.matmul(ds, cache.k, out=cache.dq)
        dk = cache.dk = np.matmul(ds.swapaxes(2, 3), cache.q, out=cache.dk)
        dx = cache.dx = self.query._backward(self._join(dq), to_q)
        dx += self.key._backward(self._join(dk), to_k)  # x was used three times: gradients add up
        dx += self.value._backward(self._join(dv), to_v)
        return dx

    def _part(self, x):
        """Deal out the numbers of each place to the heads: (N, T, d) to (N, heads, T, d_head)."""
        n, t, _ = x.shape
        return x.reshape(n, t, self.heads, -1).swapaxes(1, 2)

    def _join(self, parts):
        """Bring the heads' numbers together again: (N, heads, T, d_head) to (N, T, d)."""
        n, _, t, _ = parts.shape
        return parts.swapaxes(1, 2).reshape(n, t, self.d)

    def output_shape(self, shape):
        if shape is not None and (len(shape) != 2 or shape[1] != self.d):
            raise ValueError(f"{self} expects samples of shape (T, {self.d}), got {shape}")
        return shape

    def __repr__(self):
        return f"CausalSelfAttention({self.d}, heads={self.heads})"


class TransformerBlock(Sequential):
    """The block that language models are stacked from: look around, then think.

    y = x + attention(norm(x)), then y + mlp(norm(y)), where mlp is two linear layers and a GELU.

    Parameters
    ----------
    d, heads : int
        Numbers per place, and heads of attention.
    hidden : int
        Units of the mlp, usually 4 d.
    rng : numpy.random.Generator

    References
    ----------
    Radford et al., "Language Models are Unsupervised Multitask Learners", 2019, section 2.3 (norm
    in front of each part, unlike Vaswani et al. 2017).
    """

    def __init__(self, d, heads, hidden, *, rng):
        super().__init__(
            Residual(LayerNorm(d), CausalSelfAttention(d, heads, rng=rng)),
            Residual(LayerNorm(d), Linear(d, hidden, rng=rng), GELU(), Linear(hidden, d, rng=rng)),
        )
