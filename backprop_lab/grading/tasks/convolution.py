"""Convolution, forward and backward, and the way back through max pooling."""

from itertools import permutations, product

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from ..looks import written
from ..task import AnyWrong, Mistake, Probe, Task


def conv2d_forward(x, w, b, stride, pad):
    """Compute out[n, f, u, v] = b[f] + Σ_cij w[f, c, i, j] · x[n, c, u·stride + i, v·stride + j].

    Row and column are counted in x with its zero padding.
    """
    return correlate(windows(x, w, stride, pad), w, b)


def conv2d_backward(dout, x, w, stride, pad):
    """Give each pixel and each weight the sum of what its products with the other brought."""
    dx = inside(spread(dout, x, w, stride, pad), x, pad)
    return dx, filter_gradient(dout, windows(x, w, stride, pad)), dout.sum(axis=(0, 2, 3))


def maxpool2d_backward(dout, x, size):
    """Give dout to the first maximum of each window, and 0 to all others."""
    tiles = tiled(x, size)
    flat = tiles.reshape(*dout.shape, -1)
    first = np.arange(flat.shape[-1]) == flat.argmax(axis=-1)[..., None]
    return untiled(first.reshape(tiles.shape) * each_window(dout))


# Windows and sums, of which right and wrong convolutions are made.


def padded(x, pad):
    """Zeros on all four sides."""
    return np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))


def views(x, w):
    """All windows of the size of a filter, one at every pixel."""
    return sliding_window_view(x, w.shape[2:], axis=(2, 3))


def windows(x, w, stride, pad):
    """Windows that the filter meets, (N, C, OH, OW, KH, KW)."""
    return views(padded(x, pad), w)[:, :, ::stride, ::stride]


def windows_unstrided(x, w, stride, pad):
    """As many windows, but each only one pixel from the last."""
    oh, ow = windows(x, w, stride, pad).shape[2:4]
    return views(padded(x, pad), w)[:, :, :oh, :ow]


def windows_at_end(x, w, stride, pad):
    """Windows of an image that has its zeros below and on the right alone."""
    below = np.pad(x, ((0, 0), (0, 0), (0, pad), (0, pad)))
    return views(below, w)[:, :, ::stride, ::stride]


def correlate(view, w, b=None, how="ncuvij,fcij->nfuv"):
    """Sum of the products in each window, and the bias of each filter."""
    out = np.einsum(how, view, w)
    return out if b is None else out + b[:, None, None]


def filter_gradient(dout, view, how="nfuv,ncuvij->fcij"):
    """Sum over all windows of the window times its dout."""
    return np.einsum(how, dout, view)


def spread(dout, x, w, stride, pad, step=None, assign=False):
    """Gradient of the padded image: each window gets the filters times its dout.

    `step` is how far the windows lie apart, `assign` lets later ones overwrite earlier ones.
    """
    dpadded = np.zeros_like(padded(x, pad), dtype=dout.dtype)
    step, (oh, ow) = step or stride, dout.shape[2:]
    for u, v in np.ndindex(oh, ow):
        window = dpadded[:, :, u * step :, v * step :][:, :, : w.shape[2], : w.shape[3]]
        brought = np.einsum("nf,fcij->ncij", dout[:, :, u, v], w)
        window[...] = brought if assign else window + brought
    return dpadded


def spread_by_weight(dout, x, w, stride, pad):
    """Overwrite as `spread` does, in a loop over the places of a filter."""
    dpadded = np.zeros_like(padded(x, pad), dtype=dout.dtype)
    oh, ow = dout.shape[2:]
    for i, j in np.ndindex(w.shape[2:]):
        pixels = dpadded[:, :, i : i + stride * oh : stride, j : j + stride * ow : stride]
        pixels[...] = np.einsum("nfuv,fc->ncuv", dout, w[:, :, i, j])
    return dpadded


def inside(dpadded, x, pad):
    """Strip the padding."""
    return dpadded[:, :, pad : pad + x.shape[2], pad : pad + x.shape[3]]


def whole_dx(spreading, **how):
    """Make a wrong dx of a way of spreading dout."""
    return lambda dout, x, w, s, p: inside(spreading(dout, x, w, s, p, **how), x, p)


def flipped(w):
    """Turn each filter by 180 degrees."""
    return w[:, :, ::-1, ::-1]


def swapped(w):
    """Exchange the axes of filters and channels."""
    return w.swapaxes(0, 1)


def ones(dout):
    """Stand in for an upstream gradient that was forgotten."""
    return np.ones_like(dout)


def last_filter(dout):
    """Keep what came from the last filter alone."""
    return dout * (np.arange(dout.shape[1]) == dout.shape[1] - 1)[:, None, None]


def through_a_product(dout, w, how):
    """Gradient of a stride-1 convolution, with a matrix product in each window."""
    kh, kw = w.shape[2:]
    around = np.pad(dout, ((0, 0), (0, 0), (kh - 1, kh - 1), (kw - 1, kw - 1)))
    return np.einsum(how, sliding_window_view(around, (kh, kw), axis=(2, 3)), flipped(w))


def matrix_products_dx(how):
    """Make dx with `@` between a window of the widened dout and a turned filter."""

    def wrong(dout, x, w, stride, pad):
        high, broad = views(padded(x, pad), w).shape[2:4]
        wide = np.zeros((*dout.shape[:2], high, broad))
        wide[:, :, ::stride, ::stride] = dout
        return inside(through_a_product(wide, w, how), x, pad)

    return wrong


def last_summand(view, w, which):
    """Sum the products over a part of the channels and places of the filter."""
    c, i, j = which
    return correlate(view[:, c, :, :, i, j], w[:, c, i, j])


def cropped(out, x, w, stride, pad):
    """Keep as many places as a size formula with a single pad would give."""
    oh, ow = ((x.shape[i] + pad - w.shape[i]) // stride + 1 for i in (2, 3))
    return out[:, :, :oh, :ow]


def lays_zeros(where):
    """Ask how a solution pads; its numbers don't tell.

    ``(pad, pad)`` and ``pad:-pad`` lay zeros on both sides, ``(pad, 0)`` and ``pad:`` on one.
    """
    return lambda solution: {where} == set(_padded_sides(written(solution)))


def _padded_sides(code):
    loaded = [None, None]
    for step in code.steps if code and len(code.arguments) == 5 else ():
        two, pad = loaded[-2:], code.arguments[4]
        if step.opname in ("BUILD_TUPLE", "BUILD_SLICE") and step.arg == 2 and two[0] == pad:
            yield "one side" if two[1] in (0, None) else "both sides"
        if step.opname not in ("CACHE", "NOP"):
            double = isinstance(step.argval, tuple) and step.opname.startswith("LOAD_FAST")
            loaded += step.argval if double else [step.argval]


def only_square(right):
    """Do as is right for square images and filters, anything elsewhere."""

    def wrong(x, w, *more):
        if x.shape[2] == x.shape[3] and w.shape[2] == w.shape[3]:
            return right(x, w, *more)
        raise AnyWrong

    return wrong


def sized_from_output(dout, x, w, stride, pad, high):
    """Gradient of the part of the image that some window has met."""
    sides = [(o - 1) * stride + k for o, k in zip(dout.shape[2:], w.shape[2:])]
    met = spread(dout, x, w, stride, pad)[:, :, : sides[0], : sides[1]]
    ends = [high(met.shape[2 + i], x.shape[2 + i], pad) for i in (0, 1)]
    return met[:, :, pad : ends[0], pad : ends[1]]


def reordered(order):
    """Return the right gradients in another order."""

    def wrong(*arguments):
        gradients = conv2d_backward(*arguments)
        return tuple(gradients[i] for i in order)

    return wrong


# Arguments.


def tenths(rng, *shape, dtype=float):
    """Numbers of one decimal, which are easy to compare."""
    return ((rng.normal(size=shape) * 2).round(1) + 0.0).astype(dtype)  # no -0. to puzzle over


def image(rng, N, C, H, W, F, KH, KW, stride, pad, dtype=float, **_):
    """Arguments of the forward pass: x, w, b, stride, pad."""
    x, w = tenths(rng, N, C, H, W, dtype=dtype), tenths(rng, F, C, KH, KW, dtype=dtype)
    return x, w, tenths(rng, F, dtype=dtype), stride, pad


def upstream(rng, N, F, OH, OW, dtype=float, **sizes):
    """Arguments of the backward pass: dout, x, w, stride, pad."""
    x, w, _, stride, pad = image(rng, N=N, F=F, dtype=dtype, **sizes)
    return tenths(rng, N, F, OH, OW, dtype=dtype), x, w, stride, pad


def whole_image(rng, **sizes):
    """Whole numbers in x alone."""
    x, *more = image(rng, **sizes)
    return (x * 3).astype(int), *more


def single(make):
    """Make the same arguments in float32."""
    return lambda rng, **sizes: make(rng, **sizes, dtype=np.float32)


def sizes(N, C, H, W, F, KH, KW, stride, pad):
    """All letters, with those of the output."""
    OH, OW = ((side + 2 * pad - k) // stride + 1 for side, k in [(H, KH), (W, KW)])
    return dict(N=N, C=C, H=H, W=W, F=F, KH=KH, KW=KW, stride=stride, pad=pad, OH=OH, OW=OW)


WIDE = sizes(2, 3, 5, 7, 4, 3, 3, stride=2, pad=1)
TINY = sizes(1, 1, 3, 3, 1, 2, 2, stride=1, pad=1)


def probes(make):
    """Wide, high and square images and filters, strides and paddings, then the edges."""
    return [
        Probe(make, WIDE),
        Probe(make, sizes(2, 2, 4, 4, 3, 2, 2, stride=2, pad=1), seed=1),
        Probe(make, sizes(3, 2, 5, 4, 2, 2, 3, stride=1, pad=2), seed=2),
        Probe(make, sizes(3, 1, 5, 5, 2, 3, 3, stride=2, pad=1), seed=3),
        Probe(make, sizes(2, 2, 4, 4, 3, 3, 2, stride=1, pad=1), seed=4),
        Probe(make, sizes(2, 1, 5, 4, 2, 3, 2, stride=2, pad=2), seed=5),
        Probe(make, sizes(2, 1, 2, 2, 1, 2, 2, stride=1, pad=1), seed=14),
        Probe(make, WIDE, seed=6),
        Probe(make, TINY, edge=True, seed=7),
        Probe(make, sizes(1, 1, 3, 4, 1, 2, 2, stride=1, pad=0), edge=True, seed=8),
        Probe(make, sizes(2, 2, 6, 6, 2, 3, 3, stride=2, pad=0), edge=True, seed=9),
        Probe(make, sizes(1, 1, 6, 7, 1, 2, 2, stride=3, pad=1), edge=True, seed=10),
        Probe(make, sizes(2, 3, 2, 3, 2, 1, 1, stride=1, pad=0), edge=True, seed=11),
        Probe(single(make), WIDE, edge=True, seed=12),
    ]


FORWARD = Task(
    right=conv2d_forward,
    returns={"out": "N, F, OH, OW"},
    probes=[*probes(image), Probe(whole_image, TINY, edge=True, seed=13)],
    hints={
        "out": (
            "Take one sample, one filter and one place first: cut the window out of the padded "
            "image, multiply it by the filter entry by entry, sum everything, add the bias.",
            "The image gets `pad` zeros on all four sides, so OH = (H + 2·pad - KH) // stride + 1. "
            "The window of place (u, v) begins at row u·stride and column v·stride.",
            "With `xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))` a window is "
            "`xp[n, :, u*stride : u*stride + KH, v*stride : v*stride + KW]`, and out[n, f, u, v] "
            "is the sum of it times `w[f]`, plus `b[f]`.",
        )
    },
    mistakes=[
        Mistake(
            "hyperparameter_ignored",
            "Your out is that of an image without padding: pad does not take part. Lay pad rows "
            "and columns of zeros around x first.",
            {"out": lambda x, w, b, s, p: correlate(windows(x, w, s, 0), w, b)},
        ),
        Mistake(
            "conv_pads_one_side",
            "Your zeros lie on one side of the image, below and on the right. The padding goes "
            "all around: `(pad, pad)` for the rows and for the columns.",
            {"out": lambda x, w, b, s, p: correlate(windows_at_end(x, w, s, p), w, b)},
        ),
        Mistake(
            "conv_pads_one_side",
            "Your zeros lie on one side of the image, above and on the left. The padding goes all "
            "around, `(pad, pad)` for the rows and for the columns, and out is larger: "
            "(H + 2·pad - KH) // stride + 1 high.",
            {"out": lambda x, w, b, s, p: cropped(conv2d_forward(x, w, b, s, p), x, w, s, p)},
            written=lays_zeros("one side"),
        ),
        Mistake(
            "conv_output_size",
            "Your out is right as far as it goes, and too small. The padding lies on both sides: "
            "OH = (H + 2·pad - KH) // stride + 1, and OW in the same way.",
            {"out": lambda x, w, b, s, p: cropped(conv2d_forward(x, w, b, s, p), x, w, s, p)},
            written=lays_zeros("both sides"),
        ),
        Mistake(
            "conv_output_size",
            "Your out lacks its last row and column. From the first window to the last there are "
            "(H + 2·pad - KH) // stride steps, and one window more than steps: add 1.",
            {"out": lambda x, w, b, s, p: conv2d_forward(x, w, b, s, p)[:, :, :-1, :-1]},
        ),
        Mistake(
            "conv_stride_ignored",
            "Your windows lie one pixel apart, whatever the stride is. The window of place (u, v) "
            "begins at row u·stride and column v·stride.",
            [
                {"out": lambda x, w, b, s, p: correlate(windows_unstrided(x, w, s, p), w, b)},
                {"out": lambda x, w, b, s, p: conv2d_forward(x, w, b, 1, p)},
            ],
        ),
        Mistake(
            "matmul_for_elementwise",
            "You take a matrix product of window and filter. Each pixel of the window meets the "
            "weight that lies on it: multiply entry by entry with `*`, then sum.",
            [
                {"out": lambda x, w, b, s, p, how=how: correlate(windows(x, w, s, p), w, b, how)}
                for how in [
                    "ncuvik,fckj->nfuv",
                    "ncuvkj,fcik->nfuv",
                    "ncuvik,fdkj->nfuv",
                    "ncuvkj,fdik->nfuv",
                    "ncuvik,fcjk->nfuv",
                    "ncuvki,fckj->nfuv",
                ]
            ],
        ),
        Mistake(
            "bias_wrong_axis",
            "You add b along the rows or columns of the image. Each filter has one bias, for its "
            "whole map: b belongs to axis 1, so give it the shape (F, 1, 1), as in "
            "`b[:, None, None]`.",
            [
                {"out": lambda x, w, b, s, p: correlate(windows(x, w, s, p), w) + b},
                {"out": lambda x, w, b, s, p: correlate(windows(x, w, s, p), w) + b[:, None]},
                {
                    "out": lambda x, w, b, s, p: (
                        correlate(windows(x, w, s, p), w) + b[:, None, None, None]
                    )
                },
            ],
        ),
        Mistake(
            "conv_height_width_swapped",
            "Right for square images and filters alone: somewhere height and width change places, "
            "or one stands for both. An image is (N, C, H, W): rows before columns, and so "
            "everywhere.",
            [
                only_square(conv2d_forward),
                only_square(lambda *arguments: conv2d_forward(*arguments).swapaxes(2, 3)),
                {"out": lambda x, w, b, s, p: conv2d_forward(x, w, b, s, p).swapaxes(2, 3)},
            ],
        ),
        Mistake(
            "conv_kernel_flipped",
            "Your filter lies upside down: it is turned by 180 degrees before it meets the window. "
            "Here pixel (i, j) of the window meets w[f, c, i, j] itself (cross-correlation).",
            [
                lambda x, w, b, s, p: conv2d_forward(x, flipped(w), b, s, p),
                lambda x, w, b, s, p: conv2d_forward(x, flipped(w)[:, ::-1], b, s, p),
            ],
        ),
        Mistake(
            "assign_for_accumulate",
            "Your out keeps the last summand alone. A window's products add up over all {C} "
            "channels, rows and columns of the filter: `+=` where `=` stands.",
            [
                {
                    "out": lambda x, w, b, s, p, h=h, c=c: (
                        last_summand(windows(x, w, s, p), w, h) + c(b)
                    )
                }
                for h, c in product(
                    [
                        (slice(-1, None), slice(None), slice(None)),
                        (slice(None), slice(-1, None), slice(-1, None)),
                        (slice(-1, None), slice(-1, None), slice(-1, None)),
                    ],
                    [lambda b: b[:, None, None], lambda b: 0],
                )
            ],
        ),
        Mistake(
            "bias_missing",
            "Your out is right but for the bias: each filter f adds its own b[f] to its whole map.",
            {"out": lambda x, w, b, s, p: correlate(windows(x, w, s, p), w)},
        ),
    ],
)


BACKWARD = Task(
    right=conv2d_backward,
    returns={"dx": "N, C, H, W", "dw": "F, C, KH, KW", "db": "F"},
    probes=probes(upstream),
    hints={
        "dx": (
            "A pixel was in several windows, and each of them has a say. Walk over the windows as "
            "in the forward pass, and let each one give something back to its pixels.",
            "The window of place (u, v) gets w[f] · dout[n, f, u, v], added to what its pixels "
            "have already. Do it in an array of the size of the padded image.",
            "`dxp[n, :, top:top+KH, left:left+KW] += w[f] * dout[n, f, u, v]`, and in the end "
            "`dx = dxp[:, :, pad:pad+H, pad:pad+W]`, which also holds for pad = 0.",
        ),
        "dw": (
            "A weight was used at every place of every sample. What does each use add to its "
            "gradient?",
            "At place (u, v) weight w[f, c, i, j] met one pixel of the window, and brought it to "
            "out[n, f, u, v]. So dw[f] is the sum over all n, u, v of window · dout[n, f, u, v].",
            "`dw[f] += dout[n, f, u, v] * xp[n, :, top:top+KH, left:left+KW]`, with "
            "top = u·stride and left = v·stride.",
        ),
        "db": (
            "db has the shape of b, (F,). dout has shape (N, F, OH, OW): which axes have to go?",
            "b[f] was added at every place of every sample: db[f] is the sum over n, u and v.",
            "`db = dout.sum(axis=(..., ..., ...))`, with the numbers of all axes but that of the "
            "filters.",
        ),
    },
    mistakes=[
        Mistake(
            "swapped_return_order",
            "Your gradients are right, in another order than agreed: `return dx, dw, db`.",
            [reordered(order) for order in list(permutations(range(3)))[1:]],
        ),
        Mistake(
            "conv_channels_not_swapped",
            "Your dx exchanges the axes of w: it sums over the channels where it should sum over "
            "the filters. w is (F, C, KH, KW); dout comes with F maps and dx goes back to C "
            "channels, so the sum runs over the first axis of w.",
            {
                "dx": lambda dout, x, w, s, p: inside(spread(dout, x, swapped(w), s, p), x, p),
            },
        ),
        Mistake(
            "matmul_for_elementwise",
            "Your dw takes a matrix product of pixels and dout. Each pixel meets the dout of the "
            "place where it was used: multiply entry by entry with `*`, then sum.",
            [
                {
                    "dw": lambda dout, x, w, s, p, how=how: filter_gradient(
                        dout, windows(x, w, s, p), how
                    )
                }
                for how in [
                    "nfkv,ncukij->fcij",
                    "nfuk,nckvij->fcij",
                    "nfvk,ncukij->fcij",
                    "nfku,nckvij->fcij",
                ]
            ],
        ),
        Mistake(
            "matmul_for_elementwise",
            "Your dx takes a matrix product of dout and filter. Each dout meets the weight that "
            "joined it to the pixel: multiply entry by entry with `*`, then sum.",
            [{"dx": matrix_products_dx(how)} for how in ["nfuvik,fckj->ncuv", "nfuvkj,fcik->ncuv"]],
        ),
        Mistake(
            "conv_padding_not_stripped",
            "Your dx has the shape of the padded image. The zeros around it are no pixels of x: "
            "give back the inner part, `dxp[:, :, pad:pad+H, pad:pad+W]`.",
            {"dx": lambda dout, x, w, s, p: spread(dout, x, w, s, p)},
        ),
        Mistake(
            "conv_pad_zero_slice",
            "Right with padding, but with pad = 0 the slice `pad:-pad` is `0:0`, which is empty. "
            "`pad:pad+H` means the same and holds for every pad.",
            {"dx": lambda dout, x, w, s, p: spread(dout, x, w, s, p)[:, :, p:-p, p:-p]},
        ),
        Mistake(
            "conv_dx_size_from_output",
            "Right where the windows reach the last row and column. With stride {stride} some "
            "pixels at the end are in no window: their gradient is 0, but they are there. Make dx "
            "of the size of x, not of the size that OH and OW lead to.",
            [
                {"dx": lambda *arguments, high=high: sized_from_output(*arguments, high)}
                for high in [
                    lambda side, wanted, pad: side - pad,
                    lambda side, wanted, pad: pad + wanted,
                ]
            ],
        ),
        Mistake(
            "bias_grad_not_summed",
            "Your db keeps axes that b does not have. One b[f] was added at all {OH}·{OW} places "
            "of all {N} samples, so all their gradients add up: sum over axes 0, 2 and 3.",
            [
                {"db": lambda dout, x, w, s, p, axes=axes: dout.sum(axis=axes)}
                for axes in [(), (0,), (2,), (3,), (2, 3), (0, 2), (0, 3)]
            ],
        ),
        Mistake(
            "bias_grad_keepdims_shape",
            "Your db has the right values in a shape with extra axes. b has shape ({F},), and a "
            "gradient has the shape of what it belongs to: leave out `keepdims=True`.",
            [
                {"db": lambda dout, x, w, s, p: dout.sum(axis=(0, 2, 3), keepdims=True)},
                {"db": lambda dout, x, w, s, p: dout.sum(axis=(0, 2, 3))[None]},
                {"db": lambda dout, x, w, s, p: dout.sum(axis=(0, 2, 3))[:, None]},
                {"db": lambda dout, x, w, s, p: dout.sum(axis=(0, 2, 3))[:, None, None]},
            ],
        ),
        Mistake(
            "bias_grad_total_sum",
            "Your db is one number, the sum of everything in dout. Each of the {F} filters has "
            "its own bias: sum over all axes but axis 1.",
            [
                {"db": lambda dout, x, w, s, p: dout.sum()},
                {"db": lambda dout, x, w, s, p: dout.sum(keepdims=True)},
                {"db": lambda dout, x, w, s, p: np.full(1, dout.sum())},
                {"db": lambda dout, x, w, s, p: np.full(w.shape[0], dout.sum())},
            ],
        ),
        Mistake(
            "bias_grad_wrong_axis",
            "Your db sums over the filters and keeps another axis. It is the other way round: "
            "keep axis 1, one entry for each of the {F} filters, and sum over axes 0, 2 and 3.",
            [
                {"db": lambda dout, x, w, s, p, axes=axes: dout.sum(axis=axes)}
                for axes in [(1, 2, 3), (0, 1, 2), (0, 1, 3), (1,), (0, 1), (1, 2), (1, 3)]
            ],
        ),
        Mistake(
            "conv_stride_ignored",
            "Your dw and dx walk over windows that lie one pixel apart. The window of place "
            "(u, v) begins at row u·stride and column v·stride, as in the forward pass.",
            [
                {
                    "dx": whole_dx(spread, step=1),
                    "dw": lambda dout, x, w, s, p: filter_gradient(
                        dout, windows_unstrided(x, w, s, p)
                    ),
                },
                {"dx": whole_dx(spread, step=1)},
                {
                    "dw": lambda dout, x, w, s, p: filter_gradient(
                        dout, windows_unstrided(x, w, s, p)
                    )
                },
            ],
        ),
        Mistake(
            "conv_kernel_flipped",
            "Your dx turns the filter by 180 degrees once too often or too rarely. Pixel (i, j) of "
            "a window met w[f, c, i, j], so that is what it gets back, times dout.",
            [
                {"dx": lambda dout, x, w, s, p: inside(spread(dout, x, flipped(w), s, p), x, p)},
                {
                    "dx": lambda dout, x, w, s, p: inside(
                        spread(dout, x, flipped(w)[:, ::-1], s, p), x, p
                    )
                },
            ],
        ),
        Mistake(
            "conv_kernel_flipped",
            "Your dw is the right one with each filter turned by 180 degrees. Weight (i, j) met "
            "pixel (i, j) of every window, and there its gradient stands.",
            {"dw": lambda dout, x, w, s, p: flipped(filter_gradient(dout, windows(x, w, s, p)))},
        ),
        Mistake(
            "missing_upstream",
            "Your dx does not depend on dout. The filter is only the local part: the chain rule "
            "multiplies it by the gradient that arrives, dout.",
            {"dx": lambda dout, x, w, s, p: inside(spread(ones(dout), x, w, s, p), x, p)},
        ),
        Mistake(
            "missing_upstream",
            "Your dw does not depend on dout. The window is only the local part: the chain rule "
            "multiplies it by the gradient that arrives, dout.",
            {"dw": lambda dout, x, w, s, p: filter_gradient(ones(dout), windows(x, w, s, p))},
        ),
        Mistake(
            "missing_upstream",
            "Your db does not depend on dout. That the output moves by 1 when b moves by 1 is only "
            "the local part: the chain rule multiplies it by the gradient that arrives, dout.",
            [
                {"db": lambda dout, x, w, s, p: ones(dout).sum(axis=(0, 2, 3))},
                {"db": lambda dout, x, w, s, p: np.ones(dout.shape[1])},
                {"db": lambda dout, x, w, s, p: np.full(dout.shape[1], len(dout))},
            ],
        ),
        Mistake(
            "assign_for_accumulate",
            "Your dx keeps what the last window or filter brought. A pixel was in several windows "
            "and met all {F} filters: what they bring adds up, `+=` where `=` stands.",
            [
                {"dx": whole_dx(spread, assign=True)},
                {
                    "dx": lambda dout, x, w, s, p: inside(
                        spread(last_filter(dout), x, w, s, p, assign=True), x, p
                    )
                },
                {"dx": whole_dx(spread_by_weight)},
                {
                    "dx": lambda dout, x, w, s, p: inside(
                        spread_by_weight(last_filter(dout), x, w, s, p), x, p
                    )
                },
                {
                    "dx": lambda dout, x, w, s, p: inside(
                        spread(last_filter(dout), x, w, s, p), x, p
                    )
                },
            ],
        ),
        Mistake(
            "assign_for_accumulate",
            "Your dw keeps what the last window brought. A weight was used in all {OH}·{OW} "
            "windows of every sample: what they bring adds up, `+=` where `=` stands.",
            [
                {
                    "dw": lambda dout, x, w, s, p, n=n, u=u: filter_gradient(
                        dout[n:, :, u:, -1:], windows(x, w, s, p)[n:, :, u:, -1:]
                    )
                }
                for n, u in product([-1, 0], repeat=2)
            ],
        ),
        Mistake(
            "assign_for_accumulate",
            "Your db keeps what the last place brought. b[f] was added at all {OH}·{OW} places of "
            "every sample: what they bring adds up, `+=` where `=` stands.",
            [
                {"db": lambda dout, x, w, s, p, n=n, u=u: dout[n:, :, u:, -1:].sum(axis=(0, 2, 3))}
                for n, u in product([-1, 0], repeat=2)
            ],
        ),
        Mistake(
            "batch_not_accumulated",
            "Your dw holds the gradient of one sample alone. All {N} samples used the same w: add "
            "up their gradients. (In a loop: `+=` where `=` stands?)",
            [
                {
                    "dw": lambda dout, x, w, s, p, n=n: filter_gradient(
                        dout[n][None], windows(x, w, s, p)[n][None]
                    )
                }
                for n in (-1, 0)
            ],
        ),
        Mistake(
            "batch_not_accumulated",
            "Your db holds the gradient of one sample alone. All {N} samples used the same b: add "
            "up their gradients. (In a loop: `+=` where `=` stands?)",
            [{"db": lambda dout, x, w, s, p, n=n: dout[n].sum(axis=(1, 2))} for n in (-1, 0)],
        ),
        Mistake(
            "conv_dw_averaged",
            "Your dw is the mean over all {N}·{OH}·{OW} windows. A weight that was used in each "
            "of them gets the sum; the loss has divided by what there was to divide by.",
            {
                "dw": lambda dout, x, w, s, p: (
                    filter_gradient(dout, windows(x, w, s, p)) / dout[:, 0].size
                )
            },
        ),
        Mistake(
            "extra_batch_mean",
            "Your dw is the right one divided by {N}, and {N} is your batch size. The loss has "
            "already divided by N, and that is in dout: here you only sum.",
            {"dw": lambda dout, x, w, s, p: filter_gradient(dout, windows(x, w, s, p)) / len(x)},
        ),
        Mistake(
            "extra_batch_mean",
            "Your dx is the right one divided by {N}, and {N} is your batch size. The loss has "
            "already divided by N, and that is in dout.",
            {"dx": lambda dout, x, w, s, p: inside(spread(dout, x, w, s, p), x, p) / len(x)},
        ),
        Mistake(
            "bias_grad_mean",
            "Your db is a mean. b[f] was added at all {OH}·{OW} places of all {N} samples, and "
            "gets the sum of their gradients; the loss has divided by what there was to divide by.",
            [
                {"db": lambda dout, x, w, s, p: dout.mean(axis=(0, 2, 3))},
                {"db": lambda dout, x, w, s, p: dout.sum(axis=(2, 3)).mean(axis=0)},
                {"db": lambda dout, x, w, s, p: dout.mean(axis=(2, 3)).sum(axis=0)},
            ],
        ),
    ],
)


# Pooling.


def tiled(x, size):
    """Windows that don't overlap, (N, C, OH, OW, size, size)."""
    N, C, H, W = x.shape
    return x.reshape(N, C, H // size, size, W // size, size).swapaxes(3, 4)


def untiled(tiles):
    """Lay the windows together again, (N, C, H, W)."""
    N, C, OH, OW, size, _ = tiles.shape
    return tiles.swapaxes(3, 4).reshape(N, C, OH * size, OW * size)


def each_window(a):
    """One number for each window, beside its pixels."""
    return a[..., None, None]


def largest(tiles):
    """Maximum of each window, beside its pixels."""
    return tiles.max(axis=(4, 5), keepdims=True)


def by_mask(mask):
    """Make a whole solution of a rule: (windows, x) -> share that each pixel gets."""

    def wrong(dout, x, size):
        tiles = tiled(x, size)
        return untiled(mask(tiles, x) * each_window(dout))

    return wrong


def near(absolute=1e-8, relative=1e-5):
    """Pixels that lie no further than this from the maximum."""
    return lambda tiles, x: np.isclose(tiles, largest(tiles), relative, absolute)


def unstrided(accumulate):
    """Walk over windows that lie one pixel apart."""

    def wrong(dout, x, size):
        dx = np.zeros_like(x)
        for n, c, u, v in np.ndindex(dout.shape):
            window = x[n, c, u : u + size, v : v + size]
            at = np.unravel_index(window.argmax(), window.shape)
            into = dx[n, c, u : u + size, v : v + size]
            if not accumulate:
                into[...] = 0
            into[at] += dout[n, c, u, v]
        return dx

    return wrong


def until(first):
    """Give the gradient to the first windows only: (dout) -> slices."""
    return lambda dout, x, size: maxpool2d_backward(first(dout), x, size)


def only(dout, *at):
    """Keep a part of dout."""
    kept = np.zeros_like(dout)
    kept[at] = dout[at]
    return kept


# The four ways to cut an image into blocks with one reshape; the first is the right one.
CUTS = [
    (lambda N, C, OH, OW, s: (N, C, OH, s, OW, s), (0, 1, 2, 4, 3, 5)),
    (lambda N, C, OH, OW, s: (N, C, OH, OW, s, s), (0, 1, 2, 3, 4, 5)),
    (lambda N, C, OH, OW, s: (N, C, s, OH, s, OW), (0, 1, 3, 5, 2, 4)),
    (lambda N, C, OH, OW, s: (N, C, s, s, OH, OW), (0, 1, 4, 5, 2, 3)),
]


def cut_and_laid(cut, lay):
    """Cut windows in one way and lay their gradients together in another."""

    def wrong(dout, x, size):
        shape, axes = cut
        tiles = x.reshape(shape(*dout.shape, size)).transpose(axes)
        flat = tiles.reshape(*dout.shape, -1)
        first = np.arange(flat.shape[-1]) == flat.argmax(axis=-1)[..., None]
        shape, axes = lay
        share = first.reshape(tiles.shape) * each_window(dout)
        return share.transpose(np.argsort(axes)).reshape(x.shape)

    return wrong


def pooled(rng, N, C, H, W, size, dtype=float, **_):
    """Arguments: dout (N, C, OH, OW), x (N, C, H, W) without two equal pixels, size."""
    x = rng.permutation(N * C * H * W).reshape(N, C, H, W) / 10
    dout = rng.permutation(np.arange(1, N * C * H * W // size**2 + 1)) / 10
    signs = rng.choice([-1, 1], size=dout.shape)
    dout = (dout * signs).reshape(N, C, H // size, W // size)
    return dout.astype(dtype), (x - x.mean().round(1)).astype(dtype), size


def equal_pixels(rng, **sizes):
    """One window of equal pixels, others with two equal maxima."""
    dout, x, size = pooled(rng, **sizes)
    x[..., :size, :size] = -1.0
    x[..., -1, -2:] = x.max() + 1
    return dout, x, size


def nearly_equal(gap):
    """Give each window two pixels that are nearly as large as its maximum."""

    def make(rng, **sizes):
        dout, x, size = pooled(rng, **sizes)
        tiles = tiled(x, size).copy()
        tiles[..., 0, 0] = tiles.max(axis=(4, 5)) - gap
        return dout, untiled(tiles), size

    return make


def pools(N, C, OH, OW, size):
    """All letters, with those of the image."""
    return dict(N=N, C=C, H=OH * size, W=OW * size, size=size, OH=OH, OW=OW)


POOL = Task(
    right=maxpool2d_backward,
    returns={"dx": "N, C, H, W"},
    probes=[
        Probe(pooled, pools(2, 2, 2, 3, size=2)),
        Probe(pooled, pools(2, 3, 2, 2, size=2), seed=1),
        Probe(pooled, pools(3, 1, 3, 2, size=3), seed=2),
        Probe(pooled, pools(2, 2, 2, 3, size=2), seed=3),
        Probe(pooled, pools(1, 1, 1, 2, size=2), edge=True, seed=4),
        Probe(equal_pixels, pools(1, 1, 2, 2, size=2), edge=True, seed=5),
        Probe(equal_pixels, pools(2, 2, 2, 1, size=3), edge=True, seed=6),
        Probe(nearly_equal(5e-3), pools(1, 1, 1, 2, size=2), edge=True, seed=7),
        Probe(nearly_equal(5e-7), pools(1, 2, 2, 2, size=2), edge=True, seed=8),
        Probe(pooled, pools(2, 1, 2, 2, size=1), edge=True, seed=9),
        Probe(single(pooled), pools(2, 2, 2, 3, size=2), edge=True, seed=10),
    ],
    hints={
        "dx": (
            "The forward pass let one pixel of each window through, the largest. Which pixels can "
            "have had a say in the loss?",
            "In each window the largest pixel gets dout of that window, the others get 0. Of "
            "several equal ones the first in row order gets it: `argmax` finds that one.",
            "For each window: `at = np.unravel_index(window.argmax(), window.shape)`, then "
            "`dx[n, c, u*size + at[0], v*size + at[1]] = ...`.",
        )
    },
    mistakes=[
        Mistake(
            "return_inside_loop",
            "Only the first of your windows have a gradient, the rest of dx is 0: a `return` "
            "stands inside a loop and ends it at its first round. Move it to the left.",
            [
                until(lambda dout: only(dout, 0, 0, 0, 0)),
                until(lambda dout: only(dout, 0, 0, 0)),
                until(lambda dout: only(dout, 0, 0)),
                until(lambda dout: only(dout, 0)),
                until(lambda dout: only(dout, ..., 0, 0)),
                until(lambda dout: only(dout, ..., 0, slice(None))),
            ],
        ),
        Mistake(
            "conv_stride_ignored",
            "Your windows lie one pixel apart, so they overlap. The window of place (u, v) begins "
            "at row u·size and column v·size.",
            [unstrided(accumulate=True), unstrided(accumulate=False)],
        ),
        Mistake(
            "pool_wrong_reshape",
            "Your windows mix distant pixels: a reshape takes the axes in another order than the "
            "image has them. x splits into (N, C, OH, size, OW, size), each window axis beside "
            "its own place axis, and dx is put together in the same order.",
            [cut_and_laid(*each) for each in list(product(CUTS, repeat=2))[1:]],
        ),
        Mistake(
            "global_max",
            "You look for one maximum in a whole map or array. Each window of {size} by {size} "
            "pixels has its own.",
            [
                by_mask(lambda tiles, x: tiles == x.max()),
                by_mask(lambda tiles, x: tiles == tiles.max(axis=(2, 3, 4, 5), keepdims=True)),
                by_mask(lambda tiles, x: tiles == tiles.max(axis=(1, 2, 3, 4, 5), keepdims=True)),
                by_mask(lambda tiles, x: tiles == tiles.max(axis=(0, 2, 3, 4, 5), keepdims=True)),
            ],
        ),
        Mistake(
            "missing_upstream",
            "Your dx does not depend on dout: it says which pixel was the largest. That is the "
            "local part; the chain rule multiplies it by the gradient that arrives, dout.",
            lambda dout, x, size: maxpool2d_backward(np.ones_like(dout), x, size),
        ),
        Mistake(
            "value_for_derivative",
            "Your dx has the maximum itself as a factor. The output grows by 1 when the largest "
            "pixel grows by 1, however large it is: its derivative is 1.",
            [
                by_mask(lambda tiles, x: (tiles == largest(tiles)) * tiles),
                by_mask(lambda tiles, x: largest(tiles) * np.ones_like(tiles)),
            ],
        ),
        Mistake(
            "pool_ties_all",
            "Where several pixels of a window are equally large, each of yours gets the whole "
            "gradient. Here the first of them in row order gets it, and the others get 0.",
            by_mask(lambda tiles, x: tiles == largest(tiles)),
            convention=True,
        ),
        Mistake(
            "pool_ties_split",
            "Where several pixels of a window are equally large, yours share the gradient. Here "
            "the first of them in row order gets all of it, and the others get 0.",
            by_mask(
                lambda tiles, x: (
                    (tiles == largest(tiles))
                    / (tiles == largest(tiles)).sum(axis=(4, 5), keepdims=True)
                )
            ),
            convention=True,
        ),
        Mistake(
            "pool_tolerant_mask",
            "Pixels that are nearly as large as the maximum get its gradient too: `isclose` is "
            "more generous than it looks. The maximum is one of the pixels itself, so `==` or "
            "`argmax` find it exactly.",
            [by_mask(near(1e-2)), by_mask(near(1e-5))]
            + [by_mask(near(relative=share)) for share in (1e-1, 1e-2, 1e-3)],
        ),
    ],
)
