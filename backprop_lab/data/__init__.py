"""The data of the course: real handwritten digits, toy sets in the plane, splits and batches."""

from .batches import batches, split
from .digits import digits
from .toys import circles, moons, spirals, xor

__all__ = ["batches", "circles", "digits", "moons", "spirals", "split", "xor"]
