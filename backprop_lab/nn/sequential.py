"""A network: layers one after the other."""

from .layer import Layer


class Sequential(Layer):
    """Layers in a row: the output of each is the input of the next.

    Forward, numbers run through the layers in order. Backward, gradients run through them in
    reverse, and each layer turns ∂loss/∂(its output) into ∂loss/∂(its input): the chain rule.

    Parameters
    ----------
    *layers : Layer
        At least one, none of them twice. Their numbers move into this network's flat vectors.

    Raises
    ------
    ValueError
        If two neighbours do not fit together, or a layer stands in the row twice.

    Examples
    --------
    >>> import numpy as np
    >>> from backprop_lab import nn
    >>> rng = np.random.default_rng(0)
    >>> net = nn.Sequential(nn.Linear(64, 32, rng=rng), nn.ReLU(), nn.Linear(32, 10, rng=rng))
    >>> net.params.shape  # 64 · 32 + 32 + 32 · 10 + 10
    (2410,)
    >>> scores, cache = net.forward(np.zeros((5, 64)))
    >>> scores.shape
    (5, 10)
    """

    def __init__(self, *layers):
        if not layers:
            raise ValueError("Sequential needs at least one layer")
        if len(set(map(id, layers))) < len(layers):
            raise ValueError("a layer stands in this Sequential twice: make a second one")
        self.layers = layers
        self.output_shape(None)
        super().__init__(*layers)
        # Below the first layer with parameters, nobody needs a gradient in training.
        self._first = next((i for i, layer in enumerate(layers) if layer.params.size), 0)

    def _forward(self, x, cache):
        for layer, inner in zip(self.layers, cache.inner, strict=True):
            inner.train, inner.rng = cache.train, cache.rng
            x = layer._forward(x, inner)
        cache.y = x
        return x

    def _backward(self, dy, cache):
        last = 0 if cache.input_grad else self._first
        cache.inner[last].input_grad = cache.input_grad
        for i in reversed(range(last, len(self.layers))):
            dy = self.layers[i]._backward(dy, cache.inner[i])
        cache.dx = dy
        return dy

    def _check_numbers(self, x):
        self.layers[0]._check_numbers(x)

    def output_shape(self, shape):
        for i, layer in enumerate(self.layers):
            try:
                shape = layer.output_shape(shape)
            except ValueError as error:
                raise ValueError(f"layer {i}: {error}") from None
        return shape
