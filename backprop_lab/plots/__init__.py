"""Pictures of the course: arrays in, a finding on paper out. Matplotlib, but never pyplot."""

from .bars import bars
from .boundary import BoundaryPanel
from .chart import chart
from .curves import CurvePanel, curves
from .descent import DescentPanel
from .digits import DigitGrid, digits
from .equation import EquationPanel, Part
from .graph import Box, GraphPanel, Wire
from .headline import Headline
from .histograms import HistogramRows
from .landscape import LandscapePanel
from .layers import LayerPanel
from .lifelines import Lifelines
from .network import ThinnedNetwork
from .picture import Picture
from .plane import plane
from .spread import SpreadPanel
from .style import COLORS
from .units import UnitGrid

__all__ = [
    "BoundaryPanel",
    "Box",
    "COLORS",
    "CurvePanel",
    "DescentPanel",
    "DigitGrid",
    "EquationPanel",
    "GraphPanel",
    "Headline",
    "HistogramRows",
    "LandscapePanel",
    "LayerPanel",
    "Lifelines",
    "Part",
    "Picture",
    "SpreadPanel",
    "ThinnedNetwork",
    "UnitGrid",
    "Wire",
    "bars",
    "chart",
    "curves",
    "digits",
    "plane",
]
