"""Backpropagation with single numbers: each one remembers what it was made of, and how.

An operation does two things: it computes its result, and it notes its local derivatives, by how
much the result moves when one operand moves a little and the others stand still. The chain rule
does the rest.
"""

import math
from numbers import Real


class Value:
    """A number that can say how it came about, and pass the blame on.

    Parameters
    ----------
    data : float
        The number.
    made_of : tuple of (Value, float)
        The operands of the operation that gave it, each with its local derivative
        ∂(this value)/∂(operand). Nothing for a number that you write down yourself.

    Attributes
    ----------
    grad : float
        ∂(end)/∂(this value), once `end.backward()` has run; 0.0 before.

    Raises
    ------
    TypeError
        If data, or the other operand, is not one real number.

    Examples
    --------
    A neuron says w·x where 10 would be right; which way should w move?

    >>> from backprop_lab.nn.scalar import Value
    >>> w, x = Value(2), Value(3)
    >>> loss = (w * x - 10) ** 2
    >>> loss.backward()
    >>> w.grad  # 2 (w·x - 10) · x
    -24.0
    """

    __array_ufunc__ = None  # lets NumPy's numbers stand on the left: np.float64(2) * Value(3)

    def __init__(self, data, made_of=()):
        if not isinstance(data, Real):
            raise TypeError(f"a Value holds one real number, got {type(data).__name__}")
        self.data, self.grad = float(data), 0.0
        self.made_of = made_of
        self.depth = 1 + max((operand.depth for operand, _ in made_of), default=0)

    def __add__(self, other):
        other = _value(other)
        return Value(self.data + other.data, ((self, 1.0), (other, 1.0)))

    def __mul__(self, other):
        other = _value(other)
        return Value(self.data * other.data, ((self, other.data), (other, self.data)))

    def __pow__(self, n):
        _check_power(self.data, n)
        slope = n * self.data ** (n - 1) if n else 0.0
        return Value(self.data**n, ((self, slope),))

    def exp(self):
        """Give exp(v), which is its own derivative."""
        e = math.exp(self.data)
        return Value(e, ((self, e),))

    def tanh(self):
        """Give t = tanh(v), with derivative 1 - t²."""
        t = math.tanh(self.data)
        return Value(t, ((self, 1.0 - t * t),))

    def relu(self):
        """Give max(0, v), with derivative 1 where v > 0, and 0 elsewhere, at v = 0 too."""
        return Value(max(0.0, self.data), ((self, float(self.data > 0)),))

    def backward(self):
        """Find ∂(this value)/∂v for every value v that it was made of, and add it to v.grad.

        The chain rule, from the end to the beginning: what has arrived at a value, times a local
        derivative, goes on to the operand. Where a value was used twice, two gradients arrive and
        add up. Each value waits for all of them before it passes any on, so the deepest come first.

        As in every framework, a second call adds to `grad` again: set it to 0.0 in between.
        """
        arrived = dict.fromkeys(self._history(), 0.0)
        arrived[self] = 1.0
        for value in sorted(arrived, key=lambda value: value.depth, reverse=True):
            value.grad += arrived[value]
            for operand, slope in value.made_of:
                arrived[operand] += slope * arrived[value]

    def _history(self):
        """List this value and all that it was made of, each one once."""
        history, seen = [self], {self}
        for value in history:  # grows while we walk; calling ourselves would end at 1000 calls
            for operand, _ in value.made_of:
                if operand not in seen:
                    seen.add(operand)
                    history.append(operand)
        return history

    def __neg__(self):
        return self * -1

    def __sub__(self, other):
        return self + -_value(other)

    def __truediv__(self, other):
        return self * _value(other) ** -1

    def __rsub__(self, other):
        return _value(other) - self

    def __rtruediv__(self, other):
        return _value(other) / self

    __radd__, __rmul__ = __add__, __mul__

    def __repr__(self):
        return f"Value({self.data:g}, grad={self.grad:g})"


def _value(x):
    return x if isinstance(x, Value) else Value(x)


def _check_power(base, n):
    if not isinstance(n, Real):
        raise TypeError(
            f"the exponent must be a plain number, got {type(n).__name__}: "
            "a gradient with respect to it is not worked out here"
        )
    if base < 0 and n != int(n):
        raise ValueError(f"{base:g} ** {n:g} is not a real number: a root of a negative number")
    if base == 0 and n < 1 and n != 0:
        raise ValueError(f"{base:g} ** {n:g} has no slope at 0: was something divided by zero?")
