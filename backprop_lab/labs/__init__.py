"""The labs: move a control, see what the network does at once."""

from .lab import Lab
from .learning_rate import LearningRateLab
from .picture import LivePicture

__all__ = ["Lab", "LearningRateLab", "LivePicture"]
