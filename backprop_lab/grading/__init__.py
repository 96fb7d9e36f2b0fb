"""Check a learner's function and say precisely what is wrong with it."""

from .checking import check
from .hints import hint
from .result import Result
from .solutions import solution
from .standing import progress

__all__ = ["Result", "check", "hint", "progress", "solution"]
