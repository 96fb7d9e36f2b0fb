"""Convolution and pooling: the same small pattern, looked for at every place of an image.

Images are of shape (N, C, H, W): samples, channels, rows, columns.
"""

import numpy as np

from .layer import Cache, Layer


class Conv2D(Layer):
    """Slide F small filters over an image; each gives a map of where it was found.

    y[n, f, u, v] = b[f] + Σ over c, i, j of w[f, c, i, j] · x[n, c, u·stride + i, v·stride + j]

    This is cross-correlation (the filter isn't flipped), with zeros around the image.

    Parameters
    ----------
    channels, filters : int
        Number of channels in, C, and of filters, F, which are the channels out.
    size : int or (int, int)
        Height and width of a filter.
    stride : int
        Step from one window to the next.
    pad : int
        Rows and columns of zeros added on each side.
    rng : numpy.random.Generator
        Source of the initial filters (He). The biases start at zero.

    Attributes
    ----------
    w, b : ndarray, shapes (F, C, KH, KW) and (F,)

    Notes
    -----
    All windows are laid side by side as the columns of one matrix, so that the convolution becomes
    a matrix product, y = w · columns, and its gradients those of a linear layer::

        dw = dy · columnsᵀ
        dcolumns = wᵀ · dy, each entry then added to the pixel that it was copied from

    References
    ----------
    Chellapilla, Puri & Simard, "High Performance Convolutional Neural Networks for Document
    Processing", 2006.
    """

    class Cache(Cache):
        """Adds the padded image, its windows as columns, dy as a matrix, and their gradients."""

        padded = columns = maps = ones = dcolumns = dpadded = None

    def __init__(self, channels, filters, size, *, stride=1, pad=0, rng):
        self.size = size if isinstance(size, tuple) else (size, size)
        if min(channels, filters, *self.size, stride) < 1 or pad < 0:
            raise ValueError(
                "Conv2D needs at least one channel, filter, pixel and step, and no negative pad, "
                f"got {channels}, {filters}, {self.size}, {stride} and {pad}"
            )
        self.channels, self.filters, self.stride, self.pad = channels, filters, stride, pad
        shape = (filters, channels, *self.size)
        deviation = np.sqrt(2.0 / (channels * self.size[0] * self.size[1]))
        super().__init__(w=rng.normal(0.0, deviation, shape), b=np.zeros(filters))

    def _forward(self, x, cache):
        n, _, oh, ow = self._prepare(x, cache)
        h, w = x.shape[2:]
        cache.padded[:, :, self.pad : self.pad + h, self.pad : self.pad + w] = x
        for (i, j), windows in self._windows(cache.padded, oh, ow):
            cache.columns[:, i, j] = windows.transpose(1, 2, 3, 0)  # (C, OH, OW, N)
        columns = cache.columns.reshape(-1, n * oh * ow)
        maps = cache.maps = self._matrix().dot(columns, out=cache.maps)  # (F, CKK) @ (CKK, OHOWN)
        maps += self.b[:, None]
        cache.y = maps.reshape(self.filters, oh, ow, n).transpose(3, 0, 1, 2)
        return cache.y

    def _backward(self, dy, cache):
        n, f, oh, ow = dy.shape
        dmaps = dy.transpose(1, 2, 3, 0).reshape(f, -1)  # (F, OHOWN)
        columns = cache.columns.reshape(-1, n * oh * ow)
        dmaps.dot(columns.T, out=self.dw.reshape(f, -1))  # (F, OHOWN) @ (OHOWN, CKK)
        dmaps.dot(cache.ones, out=self.db)  # the sum over samples and places
        if not cache.input_grad:
            return None
        cache.dcolumns = self._matrix().T.dot(dmaps, out=cache.dcolumns)  # (CKK, F) @ (F, OHOWN)
        dcolumns = cache.dcolumns.reshape(cache.columns.shape)
        cache.dpadded[...] = 0.0
        for (i, j), windows in self._windows(cache.dpadded, oh, ow):
            windows += dcolumns[:, i, j].transpose(3, 0, 1, 2)  # overlapping windows add up
        h, w = (side - 2 * self.pad for side in cache.dpadded.shape[2:])
        cache.dx = cache.dpadded[:, :, self.pad : self.pad + h, self.pad : self.pad + w]
        return cache.dx

    def _matrix(self):
        return self.w.reshape(self.filters, -1)  # (F, C·KH·KW)

    def _windows(self, image, oh, ow):
        """Give the pixels that each place (i, j) of a filter meets, as a view (N, C, OH, OW)."""
        for i, j in np.ndindex(self.size):
            rows = slice(i, i + self.stride * oh, self.stride)
            columns = slice(j, j + self.stride * ow, self.stride)
            yield (i, j), image[:, :, rows, columns]

    def _prepare(self, x, cache):
        """Make the cache's arrays at the first pass; give the shape of y."""
        n, c, h, w = x.shape
        _, oh, ow = self.output_shape(x.shape[1:])
        if cache.padded is None:
            # Samples stand last in memory, so that each row of a window is one long run of numbers.
            padded = np.zeros((c, h + 2 * self.pad, w + 2 * self.pad, n), x.dtype)
            cache.padded = padded.transpose(3, 0, 1, 2)
            cache.dpadded = np.empty_like(cache.padded)
            cache.columns = np.empty((c, *self.size, oh, ow, n), x.dtype)
            cache.ones = np.ones(n * oh * ow, x.dtype)
        return n, c, oh, ow

    def output_shape(self, shape):
        if shape is None:
            return None
        if len(shape) != 3 or shape[0] != self.channels:
            raise ValueError(
                f"{self} expects images of shape ({self.channels}, H, W), got {shape}: "
                "for one channel, x[:, None] adds its axis"
            )
        h, w = (
            (side + 2 * self.pad - k) // self.stride + 1
            for side, k in zip(shape[1:], self.size, strict=True)
        )
        if min(h, w) < 1:
            raise ValueError(f"{self} has filters larger than the image, {shape}: pad it")
        return (self.filters, h, w)

    def __repr__(self):
        size = "×".join(map(str, self.size))
        return f"Conv2D({self.channels}, {self.filters}, {size})"


class MaxPool2D(Layer):
    """Keep the largest entry of each window: y[n, c, i, j] = max of x's size × size window there.

    Windows don't overlap; rows and columns that don't fill a window are left out. Backward, the
    entry that was the largest gets all of dy, the first in row order where several are equal.

    Parameters
    ----------
    size : int
        Height and width of a window, and the step from one to the next.
    """

    def __init__(self, size):
        if size < 1:
            raise ValueError(f"a window has at least one row, got size={size}")
        self.size = size
        super().__init__()

    def _forward(self, x, cache):
        cache.x = x
        first, *others = self._corners(x)
        y = cache.y = np.positive(first, out=cache.y)
        for corner in others:
            np.maximum(y, corner, out=y)
        return y

    def _backward(self, dy, cache):
        if cache.dx is None:
            cache.dx = np.zeros_like(cache.x)
        free = np.ones_like(cache.y, bool)  # windows that have not found their maximum yet
        for corner, dcorner in zip(self._corners(cache.x), self._corners(cache.dx), strict=True):
            largest = (corner == cache.y) & free
            np.multiply(dy, largest, out=dcorner)
            free ^= largest
        return cache.dx

    def _corners(self, x):
        """Give the size² views of x that hold one entry of each window, in row order."""
        s = self.size
        h, w = (side // s * s for side in x.shape[2:])
        return [x[:, :, i:h:s, j:w:s] for i in range(s) for j in range(s)]

    def output_shape(self, shape):
        if shape is None:
            return None
        if len(shape) != 3 or min(shape[1:]) < self.size:
            raise ValueError(f"{self} expects images of shape (C, H, W) that hold it, got {shape}")
        return (shape[0], shape[1] // self.size, shape[2] // self.size)

    def __repr__(self):
        return f"MaxPool2D({self.size})"


class Flatten(Layer):
    """Lay each sample's entries in one row: (N, C, H, W) becomes (N, C·H·W)."""

    def _forward(self, x, cache):
        cache.x = x
        cache.y = x.reshape(len(x), -1)
        return cache.y

    def _backward(self, dy, cache):
        if cache.dx is None:
            cache.dx = np.empty_like(cache.x)
        cache.dx[...] = dy.reshape(cache.x.shape)  # in the memory order of the maps below
        return cache.dx

    def output_shape(self, shape):
        return None if shape is None else (int(np.prod(shape)),)
