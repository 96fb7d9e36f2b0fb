"""The operations of a computation graph: what each gives, how steep it is, how it is mistaken.

Adding an operation is adding a row.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from ..nn import Value


@dataclass(frozen=True)
class Slip:
    """A wrong idea of a number, and what it would give.

    Parameters
    ----------
    what : what was taken for the right thing; {0} and {1} are the operands' names, {y} the result's
    gives : (operands, y) -> number
    """

    what: str
    gives: Callable


@dataclass(frozen=True)
class Operation:
    """An operation on one or two operands.

    Parameters
    ----------
    written : how it is written; {0} and {1} stand for the operands' names
    apply : operands -> result, with Values among the operands
    slopes : ∂(result)/∂(each operand) as a formula; {y} is the result's name
    value_slips : wrong ideas of the result, of the operands and the result
    slope_slips : wrong ideas of each slope
    """

    written: str
    apply: Callable
    slopes: tuple[str, ...]
    value_slips: tuple[Slip, ...] = ()
    slope_slips: tuple[tuple[Slip, ...], ...] = ((), ())

    def slope(self, operands, i):
        """Give ∂(result)/∂(operand i) at these numbers, as the tape of `nn.Value` finds it."""
        values = list(operands)
        values[i] = Value(operands[i])
        self.apply(*values).backward()
        return values[i].grad


PLUS = Operation(
    "{0} + {1}",
    lambda a, b: a + b,
    slopes=("1", "1"),
    value_slips=(Slip("the product", lambda a, b, y: a * b),),
    slope_slips=(
        (Slip("{0} itself", lambda a, b, y: a), Slip("{1}, as of a product,", lambda a, b, y: b)),
        (Slip("{1} itself", lambda a, b, y: b), Slip("{0}, as of a product,", lambda a, b, y: a)),
    ),
)
MINUS = Operation(
    "{0} − {1}",
    lambda a, b: a - b,
    slopes=("1", "−1"),
    value_slips=(
        Slip("{1} − {0}", lambda a, b, y: b - a),
        Slip("the sum", lambda a, b, y: a + b),
    ),
    slope_slips=(
        (Slip("{0} itself", lambda a, b, y: a),),
        (Slip("−{1}", lambda a, b, y: -b), Slip("{1} itself", lambda a, b, y: b)),
    ),
)
TIMES = Operation(
    "{0} · {1}",
    lambda a, b: a * b,
    slopes=("{1}", "{0}"),
    value_slips=(Slip("the sum", lambda a, b, y: a + b),),
    slope_slips=(
        (Slip("{0} itself", lambda a, b, y: a), Slip("the output {y}", lambda a, b, y: y)),
        (Slip("{1} itself", lambda a, b, y: b), Slip("the output {y}", lambda a, b, y: y)),
    ),
)
DIVIDED = Operation(
    "{0} / {1}",
    lambda a, b: a / b,
    slopes=("1 / {1}", "−{0} / {1}²"),
    value_slips=(
        Slip("{1} / {0}", lambda a, b, y: b / a),
        Slip("the product", lambda a, b, y: a * b),
    ),
    slope_slips=(
        (Slip("{1}, as of a product,", lambda a, b, y: b),),
        (
            Slip("−1 / {1}², without the numerator,", lambda a, b, y: -1 / b**2),
            Slip("1 / {1}", lambda a, b, y: 1 / b),
            Slip("−{0} / {1}, without the square,", lambda a, b, y: -a / b),
            Slip("{0}, as of a product,", lambda a, b, y: a),
        ),
    ),
)
NEGATED = Operation(
    "−{0}",
    lambda a: -a,
    slopes=("−1",),
    slope_slips=((Slip("{0} itself", lambda a, y: a),),),
)
EXP = Operation(
    "exp({0})",
    lambda a: a.exp(),
    slopes=("{y}",),
    value_slips=(
        Slip("{0} itself", lambda a, y: a),
        Slip("e · {0}", lambda a, y: math.e * a),
    ),
    slope_slips=((Slip("the input {0} in place of the output {y}", lambda a, y: a),),),
)
TANH = Operation(
    "tanh({0})",
    lambda a: a.tanh(),
    slopes=("1 − {y}²",),
    value_slips=(Slip("{0} itself", lambda a, y: a),),
    slope_slips=(
        (
            Slip("1 − {0}², the input in place of the output,", lambda a, y: 1 - a * a),
            Slip("1 − {y}, without the square,", lambda a, y: 1 - y),
            Slip("{y}²", lambda a, y: y * y),
            Slip("the output {y} itself", lambda a, y: y),
        ),
    ),
)
RELU = Operation(
    "relu({0})",
    lambda a: a.relu(),
    slopes=("1 where {0} > 0, and 0 elsewhere",),
    value_slips=(
        Slip("{0} itself, which ReLU cuts off below 0,", lambda a, y: a),
        Slip("0, though {0} is above it,", lambda a, y: 0.0),
    ),
    slope_slips=(
        (
            Slip("1, as if {0} were above 0,", lambda a, y: 1.0),
            Slip("0, as if {0} were below 0,", lambda a, y: 0.0),
            Slip("the input {0} itself", lambda a, y: a),
        ),
    ),
)


def power(n):
    """Make the operation that raises its one operand to the n-th power, n a plain number."""
    less = "" if n == 1 else " · {0}" + raised(n - 1)
    return Operation(
        "{0}" + raised(n),
        lambda a: a**n,
        slopes=("0" if n == 0 else f"{written(n)}{less}",),
        value_slips=(
            Slip(f"{written(n)} times {{0}}", lambda a, y: n * a),
            Slip("{0} itself", lambda a, y: a),
        ),
        slope_slips=(
            (
                Slip(f"{written(n)} alone, without {{0}},", lambda a, y: n),
                Slip(
                    f"{{0}}{raised(n - 1)}, without the factor {written(n)},",
                    lambda a, y: a ** (n - 1),
                ),
                Slip("the output {y} itself", lambda a, y: y),
                Slip(
                    f"{written(n)} · {{0}}{raised(n)}, with the exponent as it was,",
                    lambda a, y: n * y,
                ),
            ),
        ),
    )


def written(number):
    """Write a number for reading, to four digits: −24, 0.7071, 1.2e−05."""
    return f"{number + 0.0:.4g}".replace("-", "−").replace("e+", "e")  # + 0.0: there is no −0


def raised(n):
    """Write an exponent: ², ³, ⁻¹, and ^0.5 where it is not whole; nothing for 1."""
    if n == 1:
        return ""
    return f"{n:.4g}".translate(_SUPERSCRIPT) if n == int(n) else f"^{written(n)}"


_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
