"""The data of the course: digits, toy sets, texts, and what is done to data before training."""

from .augment import mixup, noise, rotate, shift
from .batches import batches, split
from .digits import digits
from .standardization import Standardization, standardize
from .texts import Vocabulary, characters, text, text_batches
from .toys import circles, moons, spirals, xor

__all__ = [
    "Standardization",
    "Vocabulary",
    "batches",
    "characters",
    "circles",
    "digits",
    "mixup",
    "moons",
    "noise",
    "rotate",
    "shift",
    "spirals",
    "split",
    "standardize",
    "text",
    "text_batches",
    "xor",
]
