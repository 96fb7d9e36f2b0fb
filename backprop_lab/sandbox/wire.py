"""What goes over the wire: JSON and plain numeric arrays, measured on arrival. Never pickle.

A frame is two lengths, a JSON document, and the bytes of its arrays, one after the other. In the
document a JSON object is always one of these, and everything else is itself:

``{"a": [dtype, shape]}``, ``{"n": [dtype, []]}`` an array, a NumPy scalar: the next bytes;
``{"t": [...]}`` a tuple; ``{"d": [[key, value], ...]}`` a dict; ``{"c": [re, im]}`` a complex;
``{"g": [state, inc, has, u]}`` a random generator; ``{"f": "lambda x: ..."}`` a function of ours;
``{"?": "a set"}`` whatever can't travel, by what it is.
"""

import json
import math
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

LENGTHS = struct.Struct("<II")
MOST_BYTES = 8_000_000
MOST_PARTS = 20_000
MOST_LETTERS = 1_000_000  # in one text
DEEPEST = 8
_WRITER = json.JSONEncoder(separators=(",", ":"))
DTYPES = {f"<{kind}{size}" for kind, sizes in {"i": "248", "u": "248"}.items() for size in sizes}
DTYPES |= {"|b1", "|i1", "|u1", "<f2", "<f4", "<f8", "<c8", "<c16"}


class Garbled(ValueError):
    """What arrived is no message, or too large for one."""


@dataclass(frozen=True)
class Stray:
    """Something that can't travel; `what` says what it is: ``"a set"``."""

    what: str


@dataclass(frozen=True)
class Lambda:
    """A function of our own that goes into a box, as its text."""

    text: str


class Kept:
    """Values as they are when they are added, whatever becomes of them before they travel."""

    def __init__(self):
        self.packer, self.parts = _Packer(), []

    def add(self, value: Any) -> None:
        """Keep one more."""
        self.parts.append(self.packer.plain(value))


def pack(message: Any) -> bytes:
    """Make a frame."""
    packer = _Packer()
    text = _WRITER.encode(packer.plain(message)).encode()
    return b"".join([LENGTHS.pack(len(text), packer.size), text, *packer.blobs])


def unpack(
    text: bytes,
    blob: bytes,
    *,
    function: Callable[[str], Callable] | None = None,
    stray: Callable[[str], Any] = Stray,
) -> Any:
    """Read a frame's two parts, whoever made them.

    Raises
    ------
    Garbled
        If they are anything but such a frame.
    """
    try:
        return _Unpacker(blob, function, stray).value(json.loads(text))
    except (ValueError, TypeError, KeyError, IndexError, OverflowError, RecursionError) as error:
        raise Garbled(f"no message: {type(error).__name__}") from None


def measured(lengths: bytes) -> tuple[int, int]:
    """Read a frame's two lengths.

    Raises
    ------
    Garbled
        If the frame is too large.
    """
    text, blob = LENGTHS.unpack(lengths)
    if text + blob > MOST_BYTES:
        raise Garbled(f"a message of {text + blob} bytes")
    return text, blob


class _Packer:
    def __init__(self):
        self.blobs, self.size, self.parts = [], 0, 0

    def plain(self, value: Any, depth: int = 0) -> Any:
        """Find the JSON form of a value; what has none is named, never an error."""
        self.parts += 1
        kind = type(value)
        if value is None or kind is bool:
            return value
        if kind is float or (kind is int and abs(value) < 2**63):
            return value
        if kind is str and len(value) <= MOST_LETTERS:
            return value.encode(errors="replace").decode()
        if isinstance(value, (np.ndarray, np.generic)):
            return self._array(value)
        if kind in (list, tuple, dict) and self._fits(value, depth):
            return self._container(value, depth + 1)
        if kind is complex:
            return {"c": [value.real, value.imag]}
        if kind is np.random.Generator and type(value.bit_generator) is np.random.PCG64:
            state = value.bit_generator.state
            inner = state["state"]
            return {"g": [inner["state"], inner["inc"], state["has_uint32"], state["uinteger"]]}
        if kind is Kept:
            self.blobs += value.packer.blobs
            self.size += value.packer.size
            return value.parts
        if kind is Stray:
            return {"?": value.what}
        if kind is Lambda:
            return {"f": value.text}
        return {"?": named(value)}

    def _fits(self, value: Any, depth: int) -> bool:
        return depth < DEEPEST and self.parts + len(value) < MOST_PARTS

    def _container(self, value: Any, depth: int) -> Any:
        if type(value) is dict:
            pairs = list(value.items())
            return {"d": [[_key(key), self.plain(each, depth)] for key, each in pairs]}
        inner = [self.plain(each, depth) for each in value]
        return {"t": inner} if type(value) is tuple else inner

    def _array(self, value: np.ndarray | np.generic) -> dict:
        array = np.asarray(value)
        if array.dtype.byteorder == ">":
            array = array.astype(array.dtype.newbyteorder("="))
        if array.dtype.str not in DTYPES:
            return {"?": f"an array of {array.dtype} values"[:80]}
        if self.size + array.nbytes > MOST_BYTES // 2:
            return {"?": f"an array of shape {array.shape}"[:80]}
        self.blobs.append(array.tobytes())
        self.size += array.nbytes
        tag = "a" if isinstance(value, np.ndarray) else "n"
        return {tag: [array.dtype.str, list(array.shape)]}


class _Unpacker:
    def __init__(self, blob: bytes, function: Callable | None, stray: Callable):
        self.blob, self.at, self.function, self.stray = memoryview(blob), 0, function, stray

    def value(self, plain: Any) -> Any:
        if type(plain) is list:
            return [self.value(each) for each in plain]
        if type(plain) is not dict:
            return plain
        ((tag, inner),) = plain.items()
        if tag in ("a", "n"):
            array = self._array(*inner)
            return array if tag == "a" else array[()]
        if tag == "t":
            return tuple(self.value(each) for each in _a(list, inner))
        if tag == "d":
            return {_key(key): self.value(each) for key, each in _a(list, inner)}
        if tag == "c":
            real, imaginary = inner
            return complex(float(real), float(imaginary))
        if tag == "g":
            return _generator(*(_a(int, each) for each in inner))
        if tag == "f" and self.function:
            return self.function(_a(str, inner))
        if tag == "?":
            return self.stray(_a(str, inner)[:80])
        raise Garbled(f"no such kind: {tag[:20]}")

    def _array(self, dtype: str, shape: list) -> np.ndarray:
        if dtype not in DTYPES or len(shape) > 32 or any(_a(int, n) < 0 for n in shape):
            raise Garbled("no such array")
        size = math.prod(shape) * np.dtype(dtype).itemsize
        part = self.blob[self.at : self.at + size]
        self.at += size
        if len(part) != size:
            raise Garbled("an array that is longer than its bytes")
        if dtype == "|b1":  # a bool of byte 2 would be neither true nor false
            return (np.frombuffer(part, np.uint8) != 0).reshape(shape)
        return np.frombuffer(part, dtype).reshape(shape).copy()


def _a(kind: type, value: Any) -> Any:
    if type(value) is not kind:
        raise Garbled(f"{kind.__name__} expected")
    return value


def _key(key: Any) -> Any:
    return key if type(key) in (str, int, float, bool, type(None)) else str(type(key).__name__)


def _generator(state: int, inc: int, has_uint32: int, uinteger: int) -> np.random.Generator:
    bits = np.random.PCG64(0)
    bits.state = {
        "bit_generator": "PCG64",
        "state": {"state": state % 2**128, "inc": inc % 2**128 | 1},
        "has_uint32": has_uint32 & 1,
        "uinteger": uinteger % 2**32,
    }
    return np.random.Generator(bits)


def named(value: Any) -> str:
    """Name a value's type as a sentence would: ``"a set"``, ``"the class Value"``."""
    if isinstance(value, type):
        return f"the class {value.__name__}"[:80]
    name = type(value).__name__
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"[:80]
