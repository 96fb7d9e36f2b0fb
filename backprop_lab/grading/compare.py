"""Compare what a solution gave with what is right, and say in words where the two part."""

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

import numpy as np

DOUBLE = 1e-9
SINGLE = 1e-4


def close(got: np.ndarray, right: np.ndarray, tolerance: float = DOUBLE) -> bool:
    """Whether two arrays of one shape agree: to `tolerance` times the largest right value."""
    if got.shape != right.shape:
        return False
    if got.dtype == right.dtype == float and got.tobytes() == right.tobytes():
        return True  # nearly always so, and far quicker than entry by entry
    return bool(np.all(agreeing(got, right, tolerance)))


def agreeing(got: np.ndarray, right: np.ndarray, tolerance: float = DOUBLE) -> np.ndarray:
    """Entry by entry; an infinity or a nan agrees with itself alone."""
    if got.dtype.kind not in "fiub" or right.dtype.kind not in "fiub":
        return np.zeros(right.shape, dtype=bool)
    # absolute beside relative: the right gradient of an entry may be exactly zero
    got, right = got.astype(float), right.astype(float)
    scale = np.abs(right, where=np.isfinite(right), out=np.zeros_like(right)).max(initial=0.0)
    both_nan = np.isnan(got) & np.isnan(right)
    with np.errstate(invalid="ignore"):  # inf - inf
        return (got == right) | (np.abs(got - right) <= tolerance * (scale + 1e-3)) | both_nan


def difference(
    name: str, got: np.ndarray, right: np.ndarray, sizes: Mapping[str, Any], tolerance: float
) -> str:
    """Say how `got` differs from `right`, which has its shape.

    The whole first (all zeros, a constant factor or summand, a transpose), then the entries:
    how many agree, and the one that is farthest off.
    """
    odd = int(np.sum(~np.isfinite(got.astype(float))))
    if odd:
        return f"Your {name} holds nan or inf{_in_entries(odd, got.size)}."
    with np.errstate(all="ignore"):
        whole = next(_wholes(got.astype(float), right, sizes, tolerance), None)
    if whole:
        return f"Your {name} is {whole}."
    equal = agreeing(got, right, tolerance)
    if equal.any():
        return f"Your {name} is right in {int(equal.sum())} of its {equal.size} entries."
    return f"Your {name} differs from the right one{_in_entries(got.size, got.size)}."


def farthest(name: str, got: np.ndarray, right: np.ndarray) -> str:
    """Name the entry that is farthest off: ``"dW[0, 1]: yours is 0.7, the right one 2.8"``."""
    off = np.abs(got.astype(float) - right)
    at = np.unravel_index(int(np.where(np.isfinite(off), off, np.inf).argmax()), off.shape)
    entry = f"{name}[{', '.join(map(str, at))}]" if at else name
    yours, theirs = number(got[at]), number(right[at])
    if yours == theirs:
        yours, theirs = f"{got[at]!s}", f"{right[at]!s}"
    return f"{entry}: yours is {yours}, the right one {theirs}"


def number(value: Any) -> str:
    """Four digits, which is what a reader can compare."""
    return "0" if abs(value) < 1e-12 else f"{float(value):.4g}"


def _in_entries(count: int, size: int) -> str:
    if size == 1:
        return ""
    return " in every entry" if count == size else f" in {count} of its {size} entries"


def _wholes(got, right, sizes, tolerance) -> Iterator[str]:
    if not right.any():
        return
    if not got.any():
        yield "all zeros" if got.size > 1 else "zero"
    factor = np.vdot(got, right) / np.vdot(right, right)
    if got.size > 1 and close(got, factor * right, tolerance):
        yield _times(factor, sizes)
    elif got.size == 1:
        yield from (_times(f, sizes) for f in [factor] if _named(factor, sizes))
    if got.ndim == 2 and got.shape[0] == got.shape[1] and close(got, right.T, tolerance):
        yield "the right one transposed"
    summand = (got - right).mean()
    if got.size > 1 and close(got, right + summand, tolerance):
        yield f"the right one plus {number(summand)} in every entry"


def _times(factor: float, sizes: Mapping[str, Any]) -> str:
    if np.isclose(factor, -1):
        return "the right one with the opposite sign"
    named = _named(factor, sizes)
    return f"the right one {named}" if named else f"{number(factor)} times the right one"


def _named(factor: float, sizes: Mapping[str, Any]) -> str:
    """Recognise a factor as made of the batch size, a width, or 2."""
    known = {name: size for name, size in sizes.items() if size not in (0, 1)}
    known |= {f"{a}·{b}": known[a] * known[b] for a, b in combinations(known, 2)}
    for name, size in known.items():
        if np.isclose(factor, 1 / size):
            return f"divided by {number(size)}, and {number(size)} is {name}"
        if np.isclose(factor, size):
            return f"times {number(size)}, and {number(size)} is {name}"
    return "divided by 2" if factor == 0.5 else "times 2" if factor == 2 else ""
