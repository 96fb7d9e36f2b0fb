"""Convolution and pooling: the mistakes as learners write them, and right solutions in forms."""

import numpy as np

from backprop_lab import nn
from backprop_lab.grading import check

from .claims import assert_accepted, assert_named, assert_unnamed, for_each, for_each_mistake


def framed(x, pad):
    return np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))


def forward_with(
    pixel=lambda window, w: np.sum(window * w),
    frame=framed,
    size=lambda side, k, stride, pad: (side + 2 * pad - k) // stride + 1,
    step=lambda stride: stride,
    bias=lambda out, b: out + b[None, :, None, None],
):
    """Five loops, with one line replaced as a learner would have written it."""

    def conv2d_forward(x, w, b, stride, pad):
        N, C, H, W = x.shape
        F, C, KH, KW = w.shape
        xp = frame(x, pad)
        OH, OW = size(H, KH, stride, pad), size(W, KW, stride, pad)
        out = np.zeros((N, F, OH, OW))
        for n in range(N):
            for f in range(F):
                for i in range(OH):
                    for j in range(OW):
                        top, left = i * step(stride), j * step(stride)
                        window = xp[n, :, top : top + KH, left : left + KW]
                        out[n, f, i, j] = pixel(window, w[f])
        return bias(out, b)

    return conv2d_forward


def last_channel(window, w):
    for c in range(len(w)):
        total = np.sum(window[c] * w[c])
    return total


def last_weight(window, w):
    for i in range(w.shape[1]):
        for j in range(w.shape[2]):
            total = (window[:, i, j] * w[:, i, j]).sum()
    return total


def last_product(window, w):
    for at in np.ndindex(w.shape):
        total = window[at] * w[at]
    return total


def forward_height_from_width(x, w, b, stride, pad):
    N, C, W, H = x.shape
    F, C, KW, KH = w.shape
    xp = framed(x, pad)
    OH = (H + 2 * pad - KH) // stride + 1
    OW = (W + 2 * pad - KW) // stride + 1
    out = np.zeros((N, F, OH, OW))
    for i in range(OH):
        for j in range(OW):
            window = xp[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
            for f in range(F):
                out[:, f, i, j] = np.sum(window * w[f], axis=(1, 2, 3)) + b[f]
    return out


def forward_one_size(x, w, b, stride, pad):
    H, K = x.shape[2], w.shape[2]
    O = (H + 2 * pad - K) // stride + 1  # noqa: E741
    xp = framed(x, pad)
    out = np.zeros((len(x), len(w), O, O))
    for i in range(O):
        for j in range(O):
            window = xp[:, :, i * stride : i * stride + K, j * stride : j * stride + K]
            out[:, :, i, j] = np.tensordot(window, w, axes=((1, 2, 3), (1, 2, 3))) + b
    return out


def forward_one_kernel_side(x, w, b, stride, pad):
    K = w.shape[-1]
    xp = framed(x, pad)
    OH, OW = ((side + 2 * pad - K) // stride + 1 for side in x.shape[2:])
    out = np.empty((len(x), len(w), OH, OW))
    for n, f, i, j in np.ndindex(out.shape):
        window = xp[n, :, i * stride : i * stride + K, j * stride : j * stride + K]
        out[n, f, i, j] = (window * w[f]).sum() + b[f]
    return out


def forward_width_first(x, w, b, stride, pad):
    return np.transpose(nn_forward(x, w, b, stride, pad), (0, 1, 3, 2))


def forward_in_integers(x, w, b, stride, pad):
    right = forward_with()(x, w, b, stride, pad)
    out = np.zeros_like(x, shape=right.shape)
    for at in np.ndindex(out.shape):
        out[at] = right[at]
    return out


def forward_small_by_one_pad(x, w, b, stride, pad):
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode="constant")
    OH, OW = (H + pad - KH) // stride + 1, (W + pad - KW) // stride + 1
    out = np.zeros((N, F, OH, OW))
    for i in range(OH):
        for j in range(OW):
            window = xp[:, None, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
            out[:, :, i, j] = (window * w).sum(axis=(2, 3, 4)) + b
    return out


def forward_padded_above(x, w, b, stride, pad):
    F, _, KH, KW = w.shape
    xp = np.pad(x, ((0, 0), (0, 0), (pad, 0), (pad, 0)))
    OH, OW = (xp.shape[2] - KH) // stride + 1, (xp.shape[3] - KW) // stride + 1
    out = np.zeros((len(x), F, OH, OW))
    for i in range(OH):
        for j in range(OW):
            window = xp[:, None, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
            out[:, :, i, j] = (window * w).sum(axis=(2, 3, 4)) + b
    return out


def forward_zeros_above(x, w, b, stride, pad):
    N, C, H, W = x.shape
    xp = np.zeros((N, C, H + pad, W + pad))
    xp[:, :, pad:, pad:] = x
    return nn_forward(xp, w, b, stride, 0)


def forward_zeros_below(x, w, b, stride, pad):
    N, C, H, W = x.shape
    xp = np.zeros((N, C, H + pad, W + pad))
    xp[:, :, :H, :W] = x
    return nn_forward(xp, w, b, stride, 0)


def nn_forward(x, w, b, stride, pad):
    """By the engine's own layer."""
    layer = nn.Conv2D(
        w.shape[1], len(w), w.shape[2:], stride=stride, pad=pad, rng=np.random.default_rng(0)
    )
    layer.w, layer.b = w, b
    return np.ascontiguousarray(layer.forward(x * 1.0)[0])


def forward_columns_first(x, w, b, stride, pad):
    KH, KW = w.shape[2:]
    xp = framed(x, pad)
    OH, OW = (xp.shape[2] - KH) // stride + 1, (xp.shape[3] - KW) // stride + 1
    out = np.zeros((len(x), len(w), OH, OW))
    for n, f, i, j in np.ndindex(out.shape):
        window = xp[n, :, j * stride : j * stride + KH, i * stride : i * stride + KW]
        out[n, f, i, j] = (window * w[f]).sum() + b[f]
    return out


FORWARD = [
    ("conv_kernel_flipped", forward_with(lambda p, w: np.sum(p * w[:, ::-1, ::-1]))),
    ("conv_kernel_flipped", forward_with(lambda p, w: np.sum(p * np.rot90(w, 2, (1, 2))))),
    ("conv_kernel_flipped", forward_with(lambda p, w: np.sum(p * np.flip(w)))),
    ("conv_stride_ignored", forward_with(step=lambda stride: 1)),
    (
        "conv_stride_ignored",
        forward_with(step=lambda stride: 1, size=lambda side, k, s, p: side + 2 * p - k + 1),
    ),
    ("conv_height_width_swapped", forward_height_from_width),
    ("conv_height_width_swapped", forward_one_size),
    ("conv_height_width_swapped", forward_one_kernel_side),
    ("conv_height_width_swapped", forward_width_first),
    ("conv_height_width_swapped", forward_columns_first),
    ("conv_output_size", forward_small_by_one_pad),
    ("conv_output_size", forward_with(size=lambda side, k, s, p: (side + 2 * p - k) // s)),
    ("conv_pads_one_side", forward_padded_above),
    ("conv_pads_one_side", forward_zeros_above),
    ("conv_pads_one_side", forward_zeros_below),
    (
        "hyperparameter_ignored",
        forward_with(frame=lambda x, p: x, size=lambda side, k, s, p: (side - k) // s + 1),
    ),
    ("matmul_for_elementwise", forward_with(lambda p, w: np.sum(p @ w))),
    ("matmul_for_elementwise", forward_with(lambda p, w: np.matmul(w, p).sum())),
    ("matmul_for_elementwise", forward_with(lambda p, w: np.dot(p, w).sum())),
    ("matmul_for_elementwise", forward_with(lambda p, w: np.sum(p @ w.swapaxes(1, 2)))),
    ("matmul_for_elementwise", forward_with(lambda p, w: sum(map(np.sum, map(np.dot, p, w))))),
    ("bias_wrong_axis", forward_with(bias=lambda out, b: out + b)),
    ("bias_wrong_axis", forward_with(bias=lambda out, b: out + b.reshape(-1, 1))),
    ("bias_missing", forward_with(bias=lambda out, b: out)),
    ("assign_for_accumulate", forward_with(last_channel)),
    ("assign_for_accumulate", forward_with(last_weight)),
    ("assign_for_accumulate", forward_with(last_product)),
    ("assign_for_accumulate", forward_with(last_channel, bias=lambda out, b: out)),
    ("int_dtype_truncation", forward_in_integers),
]


@for_each_mistake(FORWARD)
def test_forward_mistake_is_named(key, solution):
    assert_named("conv2d_forward", solution, key)


@for_each(
    [
        forward_with(lambda p, w: np.sum(p * w[:, ::-1])),
        forward_with(lambda p, w: np.max(p * w)),
        forward_with(lambda p, w: np.mean(p * w)),
        forward_with(lambda p, w: np.sum(p[0] * w[0])),
        forward_with(bias=lambda out, b: out - b[None, :, None, None]),
        forward_with(bias=lambda out, b: out + b.sum()),
        forward_with(frame=lambda x, p: framed(x, p) + (framed(np.ones_like(x), p) == 0)),
        forward_with(frame=lambda x, p: np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)), "edge")),
        forward_with(lambda p, w: np.sum(p * w.mean(axis=0))),
    ]
)
def test_an_unknown_forward_mistake_is_rejected_without_a_name(solution):
    assert_unnamed("conv2d_forward", solution)


def test_a_padding_that_is_hidden_in_another_function_is_not_guessed():
    def frame(x, pad):
        return np.pad(x, ((0, 0), (0, 0), (pad, 0), (pad, 0)))

    def conv2d_forward(x, w, b, stride, pad):
        return nn_forward(frame(x, pad), w, b, stride, 0)

    assert_unnamed("conv2d_forward", conv2d_forward, failure="shape")


def forward_by_columns(x, w, b, stride, pad):
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    xp = np.zeros((N, C, H + 2 * pad, W + 2 * pad), dtype=x.dtype)
    xp[:, :, pad : pad + H, pad : pad + W] = x
    OH, OW = (H + 2 * pad - KH) // stride + 1, (W + 2 * pad - KW) // stride + 1
    columns = [
        xp[:, :, i : i + stride * OH : stride, j : j + stride * OW : stride]
        for i in range(KH)
        for j in range(KW)
    ]
    columns = np.stack(columns, axis=2).reshape(N, C * KH * KW, OH * OW)
    return (w.reshape(F, -1) @ columns + b[:, None]).reshape(N, F, OH, OW)


def forward_by_view(x, w, b, stride, pad):
    view = np.lib.stride_tricks.sliding_window_view(framed(x, pad), w.shape[2:], (2, 3))
    out = np.tensordot(view[:, :, ::stride, ::stride], w, axes=((1, 4, 5), (1, 2, 3)))
    return np.moveaxis(out, -1, 1) + b.reshape(-1, 1, 1)


def forward_by_shifts(x, w, b, stride, pad):
    xp = framed(x, pad)
    KH, KW = w.shape[2:]
    H, W = xp.shape[2] - KH + 1, xp.shape[3] - KW + 1
    out = sum(
        np.einsum("nchw,fc->nfhw", xp[:, :, i : i + H, j : j + W], w[:, :, i, j])
        for i in range(KH)
        for j in range(KW)
    )
    return out[:, :, ::stride, ::stride] + b[None, :, None, None]


@for_each([forward_with(), forward_by_columns, forward_by_view, forward_by_shifts, nn_forward])
def test_right_forward_is_accepted_in_whatever_form(solution):
    assert_accepted("conv2d_forward", solution)


def backward_with(
    to_dx=lambda dxp, window, given: dxp.__setitem__(window, dxp[window] + given),
    to_dw=lambda dw, f, given: dw.__setitem__(f, dw[f] + given),
    db=lambda dout: np.sum(dout, axis=(0, 2, 3)),
    dw=lambda dw, dout: dw,
    dx=lambda dx, dout: dx,
    weight=lambda w: w,
    step=lambda stride: stride,
    strip=lambda dxp, pad, H, W: dxp[:, :, pad : pad + H, pad : pad + W],
    upstream_x=lambda g: g,
    upstream_w=lambda g: g,
):
    """Four loops, with one line replaced as a learner would have written it."""

    def conv2d_backward(dout, x, w, stride, pad):
        N, C, H, W = x.shape
        F, _, KH, KW = w.shape
        xp = framed(x, pad)
        dxp, ddw = np.zeros(xp.shape), np.zeros(w.shape)
        for n in range(N):
            for f in range(F):
                for i in range(dout.shape[2]):
                    for j in range(dout.shape[3]):
                        top, left = i * step(stride), j * step(stride)
                        window = (n, slice(None), slice(top, top + KH), slice(left, left + KW))
                        to_dx(dxp, window, upstream_x(dout[n, f, i, j]) * weight(w)[f])
                        to_dw(ddw, f, upstream_w(dout[n, f, i, j]) * xp[window])
        return dx(strip(dxp, pad, H, W), dout), dw(ddw, dout), db(dout)

    return conv2d_backward


def overwrite(a, at, given):
    a[at] = given


def right_gradients(dout, x, w, stride, pad):
    layer = nn.Conv2D(
        w.shape[1], len(w), w.shape[2:], stride=stride, pad=pad, rng=np.random.default_rng(0)
    )
    layer.w = w
    dx = layer.backward(dout, layer.forward(x)[1])
    return np.ascontiguousarray(dx), layer.dw.copy(), layer.db.copy()


def but(**lines):
    """The engine's gradients, with some replaced."""

    def conv2d_backward(dout, x, w, stride, pad):
        grads = dict(zip(["dx", "dw", "db"], right_gradients(dout, x, w, stride, pad)))
        grads |= {name: line(dout, x, w, stride, pad) for name, line in lines.items()}
        return tuple(grads.values())

    return conv2d_backward


def dw_of_last_sample(dout, x, w, stride, pad):
    for n in range(len(x)):
        dw = right_gradients(dout[n : n + 1], x[n : n + 1], w, stride, pad)[1]
    return dw


def db_of_last_sample(dout, x, w, stride, pad):
    for sample in dout:
        db = sample.sum(axis=(1, 2))
    return db


def db_of_last_place(dout, x, w, stride, pad):
    db = np.zeros(len(w))
    for n, f, i, j in np.ndindex(dout.shape):
        db[f] = dout[n, f, i, j]
    return db


def dw_by_matrix_product(dout, x, w, stride, pad):
    xp, (OH, OW) = framed(x, pad), dout.shape[2:]
    dw = np.zeros(w.shape)
    for f, c, i, j in np.ndindex(w.shape):
        seen = xp[:, c, i : i + stride * OH : stride, j : j + stride * OW : stride]
        dw[f, c, i, j] = sum(np.sum(seen[n] @ dout[n, f]) for n in range(len(x)))
    return dw


def dx_by_matrix_product(dout, x, w, stride, pad):
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    wide = np.zeros((N, F, H + 2 * pad - KH + 1, W + 2 * pad - KW + 1))
    wide[:, :, ::stride, ::stride] = dout
    wide = np.pad(wide, ((0, 0), (0, 0), (KH - 1, KH - 1), (KW - 1, KW - 1)))
    dxp = np.zeros((N, C, H + 2 * pad, W + 2 * pad))
    turned = w[:, :, ::-1, ::-1]
    for n, c, i, j in np.ndindex(dxp.shape):
        for f in range(F):
            dxp[n, c, i, j] += np.sum(wide[n, f, i : i + KH, j : j + KW] @ turned[f, c])
    return dxp[:, :, pad : pad + H, pad : pad + W]


def dx_by_full_convolution(dout, x, w, stride, pad, turned=True, swapped=True):
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    wide = np.zeros((N, F, H + 2 * pad - KH + 1, W + 2 * pad - KW + 1))
    wide[:, :, ::stride, ::stride] = dout
    kernel = w[:, :, ::-1, ::-1] if turned else w
    kernel = kernel.transpose(1, 0, 2, 3) if swapped else kernel
    wide = np.pad(wide, ((0, 0), (0, 0), (KH - 1, KH - 1), (KW - 1, KW - 1)))
    dxp = forward_by_view(wide, kernel, np.zeros(len(kernel)), 1, 0)
    return dxp[:, :, pad : pad + H, pad : pad + W]


def dx_without_turning(*arguments):
    return dx_by_full_convolution(*arguments, turned=False)


def dx_without_swapping(*arguments):
    return dx_by_full_convolution(*arguments, swapped=False)


def dx_sized_by_output(dout, x, w, stride, pad):
    N, _, OH, OW = dout.shape
    _, C, KH, KW = w.shape
    dxp = np.zeros((N, C, (OH - 1) * stride + KH, (OW - 1) * stride + KW))
    for n, f, i, j in np.ndindex(dout.shape):
        dxp[n, :, i * stride : i * stride + KH, j * stride : j * stride + KW] += (
            dout[n, f, i, j] * w[f]
        )
    return dxp[:, :, pad : dxp.shape[2] - pad, pad : dxp.shape[3] - pad]


def dx_by_last_weight(dout, x, w, stride, pad):
    dxp, (OH, OW) = np.zeros(framed(x, pad).shape), dout.shape[2:]
    for i in range(w.shape[2]):
        for j in range(w.shape[3]):
            dxp[:, :, i : i + stride * OH : stride, j : j + stride * OW : stride] = np.einsum(
                "nfuv,fc->ncuv", dout, w[:, :, i, j]
            )
    return dxp[:, :, pad : pad + x.shape[2], pad : pad + x.shape[3]]


def dx_by_last_window(dout, x, w, stride, pad):
    dxp, (KH, KW) = np.zeros(framed(x, pad).shape), w.shape[2:]
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            given = np.tensordot(dout[:, :, i, j], w, axes=1)
            dxp[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW] = given
    return dxp[:, :, pad : pad + x.shape[2], pad : pad + x.shape[3]]


def returns_dw_first(*arguments):
    dx, dw, db = right_gradients(*arguments)
    return dw, db, dx


def dw_turned(dw, dout):
    return np.flip(dw, axis=(-1, -2))


BACKWARD = [
    ("bias_grad_not_summed", backward_with(db=lambda dout: dout * 1)),
    ("bias_grad_not_summed", backward_with(db=lambda dout: np.sum(dout, axis=0))),
    ("bias_grad_not_summed", backward_with(db=lambda dout: dout.sum(-1).sum(-1))),
    ("bias_grad_mean", backward_with(db=lambda dout: np.mean(dout, (0, 2, 3)))),
    ("bias_grad_mean", backward_with(db=lambda d: d.sum((0, 2, 3)) / d.shape[0])),
    ("bias_grad_total_sum", backward_with(db=np.sum)),
    ("bias_grad_wrong_axis", backward_with(db=lambda dout: np.sum(dout, axis=(0, 1, 2)))),
    ("bias_grad_wrong_axis", backward_with(db=lambda dout: np.sum(dout, axis=(1, 2, 3)))),
    (
        "bias_grad_keepdims_shape",
        backward_with(db=lambda dout: dout.sum(axis=(0, 2, 3), keepdims=True)),
    ),
    ("bias_grad_keepdims_shape", backward_with(db=lambda d: d.sum((0, 2, 3)).reshape(-1, 1))),
    ("batch_not_accumulated", but(dw=dw_of_last_sample)),
    ("batch_not_accumulated", but(db=db_of_last_sample)),
    ("batch_not_accumulated", backward_with(db=lambda dout: dout[0].sum(axis=(-1, -2)))),
    ("missing_upstream", backward_with(upstream_x=lambda g: 1.0)),
    ("missing_upstream", backward_with(upstream_w=lambda g: 1.0)),
    ("missing_upstream", backward_with(db=lambda dout: np.ones(dout.shape[1]))),
    ("missing_upstream", backward_with(db=lambda d: np.full(d.shape[1], d[:, 0].size))),
    ("extra_batch_mean", backward_with(dw=lambda dw, dout: dw / dout.shape[0])),
    ("extra_batch_mean", backward_with(dx=lambda dx, dout: dx / dout.shape[0])),
    (
        "extra_batch_mean",
        backward_with(
            dw=lambda dw, dout: dw / len(dout),
            db=lambda dout: dout.sum(axis=(0, 2, 3)) / len(dout),
        ),
    ),
    ("swapped_return_order", returns_dw_first),
    ("swapped_return_order", lambda *arguments: right_gradients(*arguments)[::-1]),
    ("matmul_for_elementwise", but(dw=dw_by_matrix_product)),
    ("matmul_for_elementwise", but(dx=dx_by_matrix_product)),
    ("assign_for_accumulate", backward_with(to_dx=overwrite)),
    ("assign_for_accumulate", backward_with(to_dw=overwrite)),
    ("assign_for_accumulate", but(dx=dx_by_last_weight)),
    ("assign_for_accumulate", but(dx=dx_by_last_window)),
    ("assign_for_accumulate", but(db=db_of_last_place)),
    ("conv_kernel_flipped", but(dx=dx_without_turning)),
    ("conv_kernel_flipped", backward_with(weight=lambda w: np.rot90(w, 2, axes=(2, 3)))),
    ("conv_kernel_flipped", backward_with(dw=dw_turned)),
    ("conv_stride_ignored", backward_with(step=lambda stride: 1)),
    ("conv_padding_not_stripped", backward_with(strip=lambda dxp, pad, H, W: dxp)),
    (
        "conv_pad_zero_slice",
        backward_with(strip=lambda dxp, pad, H, W: dxp[:, :, pad:-pad, pad:-pad]),
    ),
    ("conv_dx_size_from_output", but(dx=dx_sized_by_output)),
    ("conv_channels_not_swapped", but(dx=dx_without_swapping)),
    ("conv_channels_not_swapped", backward_with(weight=lambda w: np.swapaxes(w, 0, 1))),
    ("conv_dw_averaged", backward_with(dw=lambda dw, dout: dw / dout[:, 0].size)),
]


@for_each_mistake(BACKWARD)
def test_backward_mistake_is_named(key, solution):
    assert_named("conv2d_backward", solution, key)


def test_the_first_of_two_mistakes_is_the_shape():
    both = backward_with(db=lambda dout: dout.sum(), dw=lambda dw, dout: dw / len(dout))

    assert check("conv2d_backward", both).diagnosis == "bias_grad_total_sum"


def test_what_is_right_is_told():
    result = check("conv2d_backward", backward_with(dw=lambda dw, dout: dw / len(dout)))

    assert "Your dx and db are right." in result.message
    assert result.example.count("\n") < 40


@for_each(
    [
        backward_with(dx=lambda dx, dout: 2 * dx),
        backward_with(dx=lambda dx, dout: -dx),
        backward_with(dw=lambda dw, dout: dw + 1),
        backward_with(dw=lambda dw, dout: dw[:, :, ::-1]),
        backward_with(db=lambda dout: dout.max(axis=(0, 2, 3))),
        backward_with(strip=lambda dxp, pad, H, W: dxp[:, :, :H, :W]),
        backward_with(weight=abs),
        backward_with(upstream_x=abs),
    ]
)
def test_an_unknown_backward_mistake_is_rejected_without_a_name(solution):
    assert_unnamed("conv2d_backward", solution)


def backward_keeping_the_type(dout, x, w, stride, pad):
    xp = framed(x, pad)
    dxp, dw, db = np.zeros_like(xp), np.zeros_like(w), np.zeros(len(w), dtype=w.dtype)
    KH, KW = w.shape[2:]
    for n, f, i, j in np.ndindex(dout.shape):
        rows = slice(i * stride, i * stride + KH)
        columns = slice(j * stride, j * stride + KW)
        dxp[n, :, rows, columns] += w[f] * dout[n, f, i, j]
        dw[f] += xp[n, :, rows, columns] * dout[n, f, i, j]
        db[f] += dout[n, f, i, j]
    return dxp[:, :, pad : pad + x.shape[2], pad : pad + x.shape[3]], dw, db


def backward_in_a_list(dout, x, w, stride, pad):
    return list(right_gradients(dout, x, w, stride, pad))


@for_each(
    [
        backward_with(),
        but(),
        but(dx=dx_by_full_convolution),
        backward_keeping_the_type,
        backward_in_a_list,
    ]
)
def test_right_backward_is_accepted_in_whatever_form(solution):
    assert_accepted("conv2d_backward", solution)


def pool_with(
    give=lambda window, g: np.where(np.arange(window.size) == window.argmax(), g, 0.0),
    step=lambda size: size,
):
    """Four loops, with one line replaced as a learner would have written it."""

    def maxpool2d_backward(dout, x, size):
        dx = np.zeros_like(x)
        N, C, OH, OW = dout.shape
        for n in range(N):
            for c in range(C):
                for i in range(OH):
                    for j in range(OW):
                        rows = slice(i * step(size), i * step(size) + size)
                        columns = slice(j * step(size), j * step(size) + size)
                        window = x[n, c, rows, columns]
                        given = give(window, dout[n, c, i, j])
                        dx[n, c, rows, columns] += given.reshape(window.shape)
        return dx

    return maxpool2d_backward


def shared(window, g):
    mask = window == np.max(window)
    return g * mask / mask.sum()


def pool_returning_early(dout, x, size):
    dx = np.zeros_like(x)
    for n, c, i, j in np.ndindex(dout.shape):
        window = x[n, c, i * size : (i + 1) * size, j * size : (j + 1) * size]
        a, b = np.unravel_index(np.argmax(window), window.shape)
        dx[n, c, i * size + a, j * size + b] = dout[n, c, i, j]
        return dx


def pool_returning_after_a_sample(dout, x, size):
    dx = np.zeros(x.shape)
    for n in range(len(x)):
        dx[n] = pool_with()(dout[n : n + 1], x[n : n + 1], size)[0]
        return dx


def pool_overwriting_overlaps(dout, x, size):
    dx = np.zeros(x.shape)
    for n, c, i, j in np.ndindex(dout.shape):
        window = x[n, c, i : i + size, j : j + size]
        dx[n, c, i : i + size, j : j + size] = (window == window.max()) * dout[n, c, i, j]
    return dx


def pool_by_the_largest_of_all(dout, x, size):
    return (x == np.max(x)) * np.repeat(np.repeat(dout, size, axis=2), size, axis=3)


def pool_by_the_largest_of_each_map(dout, x, size):
    mask = x == x.max(axis=(2, 3), keepdims=True)
    return mask * dout.repeat(size, 2).repeat(size, 3)


def pool_reshaped_wrongly(dout, x, size):
    N, C, OH, OW = dout.shape
    windows = x.reshape(N, C, OH, OW, size * size)
    mask = windows.argmax(-1)[..., None] == np.arange(size * size)
    return (mask * dout[..., None]).reshape(x.shape)


def pool_reshaped_wrongly_at_the_end(dout, x, size):
    N, C, OH, OW = dout.shape
    windows = x.reshape(N, C, OH, size, OW, size).transpose(0, 1, 2, 4, 3, 5)
    mask = windows == windows.max(axis=(4, 5), keepdims=True)
    return (mask * dout[..., None, None]).reshape(x.shape)


POOL = [
    ("pool_ties_all", pool_with(lambda window, g: g * (window == window.max()))),
    ("pool_ties_split", pool_with(shared)),
    ("pool_tolerant_mask", pool_with(lambda p, g: g * np.isclose(p, p.max()))),
    ("pool_tolerant_mask", pool_with(lambda p, g: g * np.isclose(p, p.max(), atol=1e-2))),
    ("pool_tolerant_mask", pool_with(lambda p, g: g * np.isclose(p, p.max(), rtol=1e-2))),
    ("conv_stride_ignored", pool_with(step=lambda size: 1)),
    ("conv_stride_ignored", pool_overwriting_overlaps),
    ("missing_upstream", pool_with(lambda window, g: 1.0 * (window == window.max()))),
    ("value_for_derivative", pool_with(lambda p, g: g * p.max() * (p == p.max()))),
    ("value_for_derivative", pool_with(lambda p, g: g * np.full(p.shape, p.max()))),
    ("global_max", pool_by_the_largest_of_all),
    ("global_max", pool_by_the_largest_of_each_map),
    ("return_inside_loop", pool_returning_early),
    ("return_inside_loop", pool_returning_after_a_sample),
    ("pool_wrong_reshape", pool_reshaped_wrongly),
    ("pool_wrong_reshape", pool_reshaped_wrongly_at_the_end),
]


@for_each_mistake(POOL)
def test_pooling_mistake_is_named(key, solution):
    assert_named("maxpool2d_backward", solution, key)


def test_other_rules_for_ties_are_called_conventions():
    results = [check("maxpool2d_backward", solution) for _, solution in POOL[:2]]

    assert all(result.convention for result in results)


@for_each(
    [
        pool_with(lambda p, g: np.full(p.shape, g)),
        pool_with(lambda p, g: np.full(p.shape, g / p.size)),
        pool_with(lambda p, g: g * (p == p.min())),
        pool_with(lambda p, g: abs(g) * (p == p.max())),
        pool_with(lambda p, g: np.where(np.arange(p.size) == p.size - 1, g, 0.0)),
        pool_with(lambda p, g: (g * (p == p.max())).T),
        pool_with(
            lambda p, g: np.where(
                np.arange(p.size) == p.size - 1 - p.ravel()[::-1].argmax(), g, 0.0
            )
        ),
    ]
)
def test_an_unknown_pooling_mistake_is_rejected_without_a_name(solution):
    assert_unnamed("maxpool2d_backward", solution)


def pool_by_reshape(dout, x, size):
    N, C, OH, OW = dout.shape
    windows = x.reshape(N, C, OH, size, OW, size).transpose(0, 1, 2, 4, 3, 5)
    flat = windows.reshape(N, C, OH, OW, -1)
    dflat = np.zeros(flat.shape)
    np.put_along_axis(dflat, flat.argmax(-1)[..., None], dout[..., None], axis=-1)
    dx = dflat.reshape(windows.shape).transpose(0, 1, 2, 4, 3, 5)
    return dx.reshape(x.shape)


def pool_by_comparing(dout, x, size):
    dx = np.zeros(x.shape)
    for at in np.ndindex(dout.shape):
        n, c, i, j = at
        best, place = -np.inf, None
        for a in range(size):
            for b in range(size):
                if x[n, c, i * size + a, j * size + b] > best:
                    best, place = x[n, c, i * size + a, j * size + b], (a, b)
        dx[n, c, i * size + place[0], j * size + place[1]] = dout[at]
    return dx


def pool_by_first_of_mask(dout, x, size):
    dx = np.zeros_like(x)
    for n, c, i, j in np.ndindex(dout.shape):
        window = x[n, c, i * size : (i + 1) * size, j * size : (j + 1) * size]
        a, b = np.argwhere(window == window.max())[0]
        dx[n, c, i * size + a, j * size + b] += dout[n, c, i, j]
    return dx


@for_each([pool_with(), pool_by_reshape, pool_by_comparing, pool_by_first_of_mask])
def test_right_pooling_is_accepted_in_whatever_form(solution):
    assert_accepted("maxpool2d_backward", solution)
