"""Pictures of the course: arrays in, a finding on paper out. Matplotlib, but never pyplot."""

from .bars import bars
from .curves import CurvePanel, curves
from .digits import DigitGrid, digits
from .picture import Picture
from .style import COLORS

__all__ = ["COLORS", "CurvePanel", "DigitGrid", "Picture", "bars", "curves", "digits"]
