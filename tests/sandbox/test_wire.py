"""What goes over the wire comes out equal; what is no message is refused."""

import json

import numpy as np
import pytest

from backprop_lab.sandbox.wire import (
    LENGTHS,
    MOST_BYTES,
    Garbled,
    Lambda,
    Stray,
    measured,
    pack,
    unpack,
)


def parts(frame):
    text, blob = measured(frame[: LENGTHS.size])
    rest = frame[LENGTHS.size :]
    assert len(rest) == text + blob
    return rest[:text], rest[text:]


def there_and_back(value, **more):
    return unpack(*parts(pack(value)), **more)


@pytest.mark.parametrize(
    "value",
    [None, True, 3, -(2**62), 1.5, "é✓", 2 + 1j, (1, [2, {"a": (), 3: None}]), [[]], {}],
    ids=repr,
)
def test_plain_values_come_out_equal_and_of_their_type(value):
    back = there_and_back(value)

    assert back == value
    assert type(back) is type(value)


@pytest.mark.parametrize("value", [np.inf, -np.inf, -0.0, 5e-324])
def test_floats_come_out_to_the_last_bit(value):
    assert np.float64(there_and_back(value)).tobytes() == np.float64(value).tobytes()


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", ">f8", "i1", "i8", "u4", "?", "c16"])
def test_arrays_come_out_equal_whatever_their_layout(dtype):
    array = np.arange(24).reshape(2, 3, 4).astype(dtype)[:, ::-1].T

    back = there_and_back({"x": array})["x"]

    assert type(back) is np.ndarray
    assert back.dtype == array.dtype.newbyteorder("=")
    np.testing.assert_array_equal(back, array)
    assert back.flags.writeable


def test_a_scalar_stays_a_scalar():
    back = there_and_back(np.float32(0.5))

    assert type(back) is np.float32
    assert back == 0.5


def test_a_subclass_comes_out_as_an_array_of_its_numbers():
    class Agreeable(np.ndarray):
        def __eq__(self, other):
            return True

    assert type(there_and_back(np.zeros(2).view(Agreeable))) is np.ndarray


def test_a_generator_goes_on_where_it_was():
    rng = np.random.default_rng(3)
    rng.random(5)
    rng.integers(10, dtype=np.int32)

    assert (there_and_back(rng).random(4) == rng.random(4)).all()


def test_our_functions_travel_as_text_and_only_where_somebody_reads_them():
    frame = pack(Lambda("lambda x: x + 1"))

    assert unpack(*parts(frame), function=eval)(2) == 3
    with pytest.raises(Garbled):
        unpack(*parts(frame))


class Odd:
    pass


@pytest.mark.parametrize(
    ("value", "what"),
    [
        (Odd(), "an Odd"),
        (Odd, "the class Odd"),
        ({1}, "a set"),
        (10**30, "an int"),
        (np.array([None]), "an array of object values"),
        (np.array("a"), "an array of <U1 values"),
        (np.broadcast_to(0.0, (10**6, 10**6)), "an array of shape (1000000, 1000000)"),
        ([0.0] * 10**6, "a list"),
        (len, "a builtin_function_or_method"),
    ],
    ids=lambda each: each if type(each) is str else "",
)
def test_what_cannot_travel_is_named(value, what):
    assert there_and_back([value]) == [Stray(what)]


def test_depth_and_loops_come_to_an_end():
    loop = []
    loop.append(loop)

    assert "Stray" in repr(there_and_back(loop))


ARRAY = ["<f8", [2]]


@pytest.mark.parametrize(
    ("document", "blob"),
    [
        ({"a": ["<f8", [3]]}, b"\0" * 16),
        ({"a": ["<f8", [-1]]}, b""),
        ({"a": ["<f8", [2.0]]}, b"\0" * 16),
        ({"a": ["<f8", [True, 2]]}, b"\0" * 16),
        ({"a": ["|O", [2]]}, b"\0" * 16),
        ({"a": ["<f8", [1] * 40]}, b"\0" * 8),
        ({"a": ["<f8", [2**40, 2**40]]}, b""),
        ({"a": ARRAY, "n": ARRAY}, b"\0" * 32),
        ({"a": 3}, b""),
        ({}, b""),
        ({"z": 1}, b""),
        ({"d": [[1]]}, b""),
        ({"d": {"a": 1}}, b""),
        ({"t": 5}, b""),
        ({"c": [1]}, b""),
        ({"c": ["a", 2]}, b""),
        ({"g": [1, 2, 3]}, b""),
        ({"g": [1, "2", 3, 4]}, b""),
        ({"?": [1]}, b""),
        ({"f": "lambda: 0"}, b""),
    ],
)
def test_a_forged_frame_is_refused(document, blob):
    with pytest.raises(Garbled):
        unpack(json.dumps(document).encode(), blob)


@pytest.mark.parametrize(
    "text", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"1" * 10_000, b"{'a': 1}"], ids=len
)
def test_what_is_no_json_is_refused(text):
    with pytest.raises(Garbled):
        unpack(text, b"")


def test_a_bool_is_true_or_false_whatever_its_byte():
    back = unpack(json.dumps({"a": ["|b1", [3]]}).encode(), b"\0\x01\x02")

    assert back.view(np.uint8).tolist() == [0, 1, 1]


def test_a_frame_that_is_too_large_is_refused_before_it_is_read():
    with pytest.raises(Garbled, match="bytes"):
        measured(LENGTHS.pack(MOST_BYTES, 1))


def test_a_generators_state_is_brought_into_range():
    state = json.dumps({"g": [-1, 2**200, 7, -5]}).encode()

    assert 0 <= unpack(state, b"").random() < 1
