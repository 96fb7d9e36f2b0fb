"""Pictures of the course: arrays in, a finding on paper out. Matplotlib, but never pyplot."""

from .bars import bars
from .boundary import BoundaryPanel
from .curves import CurvePanel, curves
from .digits import DigitGrid, digits
from .histograms import HistogramRows
from .layers import LayerPanel
from .lifelines import Lifelines
from .network import ThinnedNetwork
from .picture import Picture
from .spread import SpreadPanel
from .style import COLORS
from .units import UnitGrid

__all__ = [
    "BoundaryPanel",
    "COLORS",
    "CurvePanel",
    "DigitGrid",
    "HistogramRows",
    "LayerPanel",
    "Lifelines",
    "Picture",
    "SpreadPanel",
    "ThinnedNetwork",
    "UnitGrid",
    "bars",
    "curves",
    "digits",
]
