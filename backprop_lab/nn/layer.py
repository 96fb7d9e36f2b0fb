"""A layer is one step of a network: a formula, its derivative, and its parameters."""

import copy
import math

import numpy as np


class Cache:
    """What one forward pass leaves behind for its backward pass.

    Its arrays carry the names of the layer's formula and are None until a pass makes them. NumPy
    takes `out=None` for "make a new array": a layer that writes `np.tanh(x, out=cache.y)` makes its
    arrays in a fresh cache, and writes over them in a reused one.

    Attributes
    ----------
    train, rng :
        The mode and the random generator of this pass.
    input_grad : bool
        Whether the backward pass has to work out dx.
    x, y, dx : ndarray or None
        Input (where the backward pass asks for it), output, and gradient of the input.
    inner : list of Cache
        The caches of the layer's children.
    """

    train = False
    rng = None
    input_grad = True
    x = y = dx = None

    def __init__(self, layer):
        self.layer = layer
        self.inner = [child.Cache(child) for child in layer.children]


class Layer:
    """One step of a network, y = f(x; parameters).

    A subclass writes its mathematics in `_forward` and `_backward`. Everyone else calls `forward`
    and `backward`, which are the same with the checks in front. A layer remembers nothing between
    calls: what the backward pass needs is in the cache that the forward pass returns.

    All parameters, those of inner layers included, are views into one flat vector `params`, and
    their gradients into `grads`: entry i of `grads` is ∂loss/∂(entry i of `params`). Assigning to
    `params`, `grads` or a parameter writes the numbers in place, so the views always hold.

    Parameters
    ----------
    *children : Layer
        Inner layers, in the order in which their parameters stand in the flat vector.
    **parameters : ndarray
        Initial values by name. `W=...` gives the layer `layer.W`, and `layer.dW` for its gradient.

    Attributes
    ----------
    params, grads : ndarray, shape (number of parameters,)
    state : dict of ndarray
        Numbers that belong to the layer but are not learned by gradient, such as the running
        statistics of batch normalization. The only thing a forward pass may change, in training.
    """

    Cache = Cache

    def __init__(self, *children, **parameters):
        self.children = children
        self.state = {}
        self.shapes = {name: np.shape(value) for name, value in parameters.items()}
        own = [np.ravel(value) for value in parameters.values()]
        params = np.concatenate([np.zeros(0), *own, *(child.params for child in children)])
        self._place(params, np.zeros_like(params))

    def forward(self, x, *, train=False, rng=None, reuse=None):
        """Compute y = f(x), and what the backward pass needs.

        Parameters
        ----------
        x : ndarray, shape (N, ...)
            A batch of N samples, in floating point.
        train : bool
            Training mode (True) or inference (False), for the layers in which they differ.
        rng : numpy.random.Generator, optional
            Source of randomness, for the layers that draw random numbers.
        reuse : Cache, optional
            A cache that is no longer needed. Its arrays are written over, y among them, which
            saves the time of making new ones in a training loop.

        Returns
        -------
        y : ndarray, shape (N, ...)
        cache : Cache

        Raises
        ------
        TypeError, ValueError
            If x is not a finite, non-empty batch of the shape that this layer expects.
        FloatingPointError
            If y is not finite. The message names the first layer in which that happened.
        """
        x = np.asarray(x)
        if x.dtype != self.params.dtype and x.dtype.kind == "f" and self.params.size:
            x = x.astype(self.params.dtype)
        if reuse is not None and (reuse.layer, reuse.x_like) == (self, (x.shape, x.dtype)):
            cache = reuse
        else:
            self._check_input(x)
            cache = self.Cache(self)
            cache.x_like = x.shape, x.dtype
        cache.train, cache.rng = train, rng
        y = self._forward(x, cache)
        cache.y_shape = y.shape
        flat = y.ravel()
        if not math.isfinite(flat.dot(flat)):  # a product notices inf and nan at no cost
            self._check_output(cache, type(self).__name__)
        return y, cache

    def backward(self, dy, cache, *, input_grad=True):
        """Compute the gradients of the loss, given its gradient with respect to y.

        The gradients of the parameters are written into `grads`, over what was there before.

        Parameters
        ----------
        dy : ndarray, shape of y
            ∂loss/∂y, the upstream gradient.
        cache : Cache
            The cache that `forward` returned with this y.
        input_grad : bool
            False leaves out ∂loss/∂x where nobody asks for it, as below a network's first layer.

        Returns
        -------
        dx : ndarray, shape of x, or None
            ∂loss/∂x; None if `input_grad` is False, or x holds tokens.

        Raises
        ------
        ValueError
            If the cache is another layer's, or dy has not the shape of y.
        """
        if getattr(cache, "layer", None) is not self:
            raise ValueError(
                f"this cache is not from a forward pass of this {type(self).__name__}: "
                "pass the cache that its forward returned last"
            )
        if np.shape(dy) != cache.y_shape:
            raise ValueError(
                f"backward expects dy of the shape of y, {cache.y_shape}, got {np.shape(dy)}: "
                "does the gradient belong to another batch?"
            )
        cache.input_grad = input_grad
        dx = self._backward(np.asarray(dy), cache)
        if dx is None or not input_grad:
            return None
        return dx.copy()  # the cache keeps its own: a second call leaves this one alone

    def output_shape(self, shape):
        """Give the shape of one sample's output, the batch axis left out.

        Parameters
        ----------
        shape : tuple of int, or None
            The shape of one sample's input; None where it is not known yet.

        Raises
        ------
        ValueError
            If this layer cannot take such an input.
        """
        return shape

    def saturated(self, y):
        """Mark the entries of an output that lie on a flat end; None where there are no such ends.

        Flat is a slope below a twentieth of the steepest.
        """
        return None

    def dead(self, y):
        """Mark the units that are silent for every sample of y; None where none can be."""
        return None

    def mask(self, *names):
        """Mark parameters by name, say `net.mask("W")` for what weight decay should act on.

        Returns
        -------
        mask : ndarray, shape of params
            1 for every entry of a parameter with one of these names, 0 for all others.
        """
        own = [np.full(math.prod(s), float(name in names)) for name, s in self.shapes.items()]
        return np.concatenate([np.zeros(0), *own, *(c.mask(*names) for c in self.children)])

    def astype(self, dtype):
        """Make a copy whose numbers are of another type: np.float32 is faster, and less exact."""
        twin = copy.deepcopy(self)
        twin._place(self.params.astype(dtype), self.grads.astype(dtype))
        return twin

    def _forward(self, x, cache):
        raise NotImplementedError

    def _backward(self, dy, cache):
        raise NotImplementedError

    def _check_input(self, x):
        if x.size == 0 or x.ndim == 0:
            name = type(self).__name__
            raise ValueError(f"{name} expects a batch of at least one sample, got shape {x.shape}")
        self._check_numbers(x)
        try:
            self.output_shape(x.shape[1:])
        except ValueError as error:
            raise ValueError(f"{error} in x of shape {x.shape}{self._remedy(x.shape)}") from None

    def _check_numbers(self, x):
        if x.dtype.kind != "f":
            raise TypeError(
                f"{type(self).__name__} expects floating-point numbers, got {x.dtype}: "
                "scale images to [0, 1] (x / x.max()), or call x.astype(float)"
            )
        if not np.isfinite(x).all():
            at = tuple(np.argwhere(~np.isfinite(x))[0].tolist())
            raise ValueError(
                f"x holds {x[at]} in sample {at[0]}, at {list(at)}: look for missing values "
                "or a division by zero where the data is prepared"
            )

    def _remedy(self, shape):
        """Name the change to x, if there is one, that would make it fit."""
        for sample_shape, advice in (
            (shape[-2::-1], "did you pass the transpose? x.T fits"),
            (shape, "one sample is a batch too: x[None] fits"),
            ((math.prod(shape[1:]),), "each sample should be flat: x.reshape(len(x), -1) fits"),
        ):
            try:
                self.output_shape(sample_shape)
            except ValueError:
                continue
            return f": {advice}"
        return ""

    def _check_output(self, cache, name):
        """Name the first layer in which a number is not finite, children first."""
        for i, (child, inner) in enumerate(zip(self.children, cache.inner, strict=True)):
            child._check_output(inner, f"layer {i}, {child}")
        if cache.y is not None and not np.isfinite(cache.y).all():
            count = np.count_nonzero(~np.isfinite(cache.y))
            raise FloatingPointError(
                f"{name} is the first to give numbers that are not finite, {count} of "
                f"{cache.y.size}: training has diverged (try a smaller learning rate), or weights "
                "were set to such numbers"
            )

    def _place(self, params, grads):
        """Make `params` and `grads` the home of this layer's numbers, here and in its children."""
        views = {"params": params, "grads": grads}
        start = 0
        for name, shape in self.shapes.items():
            stop = start + math.prod(shape)
            views[name] = params[start:stop].reshape(shape)
            views["d" + name] = grads[start:stop].reshape(shape)
            start = stop
        for child in self.children:
            stop = start + child.params.size
            child._place(params[start:stop], grads[start:stop])
            start = stop
        self.state = {name: value.astype(params.dtype) for name, value in self.state.items()}
        self.__dict__.update(views, _views=views.keys())

    def __setattr__(self, name, value):
        if name in self.__dict__.get("_views", ()):
            self.__dict__[name][...] = value
        else:
            super().__setattr__(name, value)

    def __getstate__(self):
        return {name: value for name, value in vars(self).items() if name != "_views"}

    def __setstate__(self, state):
        self.__dict__.update(state)
        self._place(self.params, self.grads)  # a copy's arrays are views of the copy's own vector

    def __repr__(self):
        return f"{type(self).__name__}({', '.join(map(repr, self.children))})"
