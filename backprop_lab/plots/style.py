"""The one home of the course's colours and sizes."""

import matplotlib
from matplotlib.lines import Line2D
from matplotlib.transforms import ScaledTranslation

from .words import Words

# One colour for each role in the whole course, kept apart for colour-blind eyes and dark enough
# for text on white; tests/plots/test_style.py measures both.
COLORS = {
    "forward": "#0B5FA5",
    "gradient": "#DB5F1E",
    "parameter": "#0A9A60",
    "loss": "#701F63",
    "training": "#575010",
    "held out": "#14141F",
}
DASHES = {"training": (0, (3, 1))}  # for curves that lie close together
INK = "#14141F"
QUIET = "#6B6B76"  # axes and reference lines: there, but never first
FAINT = "#C9C9D1"
PAPER = "#FFFFFF"

DPI = 100  # CSS pixels to the inch
CRISP = 2  # pictures at rest have twice the pixels, for dense screens
BIG, LARGE, NORMAL, SMALL = 17, 13, 12, 11  # points
ZOOM, LINES = 1.5, 1.3  # for the back of a room: all that is on the page, and lines once more

_RC = {
    "axes.axisbelow": True,
    "axes.edgecolor": QUIET,
    "axes.facecolor": PAPER,
    "axes.grid": False,
    "axes.labelcolor": INK,
    "axes.labelsize": NORMAL,
    "axes.linewidth": 1.0,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": INK,
    "axes.titlelocation": "left",
    "axes.titlepad": 10,
    "axes.titlesize": LARGE,
    "axes.titleweight": "bold",
    "figure.edgecolor": PAPER,
    "figure.facecolor": PAPER,
    "font.family": ["DejaVu Sans"],  # comes with Matplotlib: the same letters on every machine
    "font.size": NORMAL,
    "lines.linewidth": 2.5,
    "lines.solid_capstyle": "round",
    "savefig.bbox": None,
    "savefig.facecolor": "auto",
    "text.color": INK,
    "text.usetex": False,
    "xtick.color": QUIET,
    "xtick.labelcolor": INK,
    "xtick.labelsize": SMALL,
    "ytick.color": QUIET,
    "ytick.labelcolor": INK,
    "ytick.labelsize": SMALL,
}


def applied():
    """Give a context in which Matplotlib draws in the course's style; outside, nothing changes."""
    return matplotlib.rc_context(_RC)


def enlarge(picture):
    """Make a picture readable from the back of a room: larger all over, its lines once more."""
    picture.enlarge(ZOOM)
    for line in picture.findobj(Line2D):
        line.set_linewidth(LINES * line.get_linewidth())


def color(name, i=0):
    """Look up the colour of a role, or take the i-th one for a name that has no role."""
    return COLORS.get(name) or list(COLORS.values())[i % len(COLORS)]


def words(axes, x, y, **properties):
    """Put a line that changes often into a pair of axes, in axes coordinates unless told."""
    return axes.add_artist(Words(x, y, "", **{"transform": axes.transAxes, **properties}))


def title(axes):
    """Put a title that changes often above a pair of axes."""
    above = ScaledTranslation(0, 10 / 72, axes.figure.dpi_scale_trans)
    look = {"color": INK, "fontsize": LARGE, "weight": "bold"}
    return words(axes, 0, 1, transform=axes.transAxes + above, **look)
