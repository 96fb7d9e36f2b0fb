"""Check a learner's function and say precisely what is wrong with it."""

from .checking import check
from .result import Result

__all__ = ["Result", "check"]
