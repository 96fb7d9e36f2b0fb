"""Numbers in words, as a headline says them."""


def number(value):
    """Write a number from 0 up for reading: 0.043, 2.3, 46, 2.8 · 10²¹, 3.1 · 10⁻⁷."""
    if value == 0 or 0.001 <= value < 10_000:
        return f"{value:.2g}" if value < 100 else f"{value:.0f}"
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa} · 10{str(int(exponent)).translate(_SUPERSCRIPT)}"


def rate(lr):
    """Write a learning rate for reading: 0.001, 2, 10,000."""
    return f"{lr:.3g}" if lr < 1000 else f"{lr:,.0f}"


def count(n, noun):
    """Write how many there are: 1 step, 60 steps, 10,000 steps."""
    return f"{n} {noun}" if n == 1 else f"{n:,} {noun}s"


_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
