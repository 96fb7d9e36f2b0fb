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
    """Each place looks back: y = concat over heads of softmax(q kᵀ / √d_head) v, times W, plus b.

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
    Wq, Wk, Wv, W : ndarray, shape (d, d)
    b : ndarray, shape (d,)

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
        """Adds queries, keys, values and weights p by head, and the mixtures h by place."""

        q = k = v = p = h = None

    def __init__(self, d, heads=1, *, rng):
        if heads < 1 or d < 1 or d % heads:
            raise ValueError(f"d must be a multiple of heads, got d={d} and heads={heads}")
        self.d, self.heads = d, heads
        super().__init__(
            Wq=xavier(d, d, rng),
            Wk=xavier(d, d, rng),
            Wv=xavier(d, d, rng),
            W=xavier(d, d, rng),
            b=np.zeros(d),
        )

    def _forward(self, x, cache):
        cache.x = rows = x.reshape(-1, self.d)
        q, k, v = (self._part(rows.dot(W), x.shape) for W in (self.Wq, self.Wk, self.Wv))
        p = cache.p = np.matmul(q, k.swapaxes(2, 3), out=cache.p)  # (N, heads, T, T)
        p *= (self.d // self.heads) ** -0.5
        p += self._hide_later(x.shape[1])
        p -= p.max(axis=-1, keepdims=True)
        np.exp(p, out=p)
        p /= p.sum(axis=-1, keepdims=True)
        cache.q, cache.k, cache.v = q, k, v
        cache.h = self._join(p @ v)
        cache.y = (cache.h.dot(self.W) + self.b).reshape(x.shape)
        return cache.y

    def _backward(self, dy, cache):
        q, k, v, p = cache.q, cache.k, cache.v, cache.p
        rows = dy.reshape(-1, self.d)
        cache.h.T.dot(rows, out=self.dW)
        rows.sum(axis=0, out=self.db)
        dh = self._part(rows.dot(self.W.T), dy.shape)
        dv = p.swapaxes(2, 3) @ dh
        ds = dh @ v.swapaxes(2, 3)  # dp, and in place what softmax makes of it
        ds -= np.einsum("nhtu,nhtu->nht", p, ds)[..., None]
        ds *= p
        ds *= (self.d // self.heads) ** -0.5
        dq, dk = ds @ k, ds.swapaxes(2, 3) @ q
        dx = np.zeros_like(rows)
        for dpart, W, dW in (
            (dq, self.Wq, self.dWq),
            (dk, self.Wk, self.dWk),
            (dv, self.Wv, self.dWv),
        ):
            joined = self._join(dpart)
            cache.x.T.dot(joined, out=dW)
            dx += joined.dot(W.T)
        cache.dx = dx.reshape(dy.shape)
        return cache.dx

    def _part(self, rows, shape):
        """Deal out the numbers of each place to the heads: (N·T, d) to (N, heads, T, d_head)."""
        n, t, _ = shape
        return rows.reshape(n, t, self.heads, -1).swapaxes(1, 2)

    def _join(self, parts):
        """Bring the heads' numbers together again: (N, heads, T, d_head) to (N·T, d)."""
        return parts.swapaxes(1, 2).reshape(-1, self.d)

    def _hide_later(self, t):
        """Give -inf where a place would look at a later one, 0 elsewhere: shape (T, T)."""
        return np.triu(np.full((t, t), -np.inf, self.W.dtype), k=1)

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
