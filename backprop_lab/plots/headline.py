"""A picture's finding, in one line above all panels."""

from . import style
from .words import Words

_SIZES = style.BIG, 15, style.LARGE, style.NORMAL, style.SMALL, 9  # points
_LEFT, _TOP = 13, 34  # pixels from the picture's edges to the line's beginning


class Headline(Words):
    """A line across the top of a picture, in the largest letters in which it fits.

    Parameters
    ----------
    picture : Picture
    """

    def __init__(self, picture):
        width, height = picture.size
        over_all = picture.add_axes((0, 0, 1, 1), facecolor="none", xticks=[], yticks=[])
        over_all.spines[:].set_visible(False)
        place = _LEFT / width, 1 - _TOP / height
        super().__init__(*place, "", transform=over_all.transAxes, weight="bold")
        over_all.add_artist(self)
        self._room = width - 2 * _LEFT

    def show(self, finding):
        """Show another finding."""
        self.set_text(finding)
        fitting = (size for size in _SIZES if self.length(size, style.DPI) <= self._room)
        self.set_fontsize(next(fitting, _SIZES[-1]))
