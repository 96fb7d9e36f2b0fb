"""Text that changes often: each word, and each digit, is painted once and kept."""

import functools
import math
import re

import numpy as np
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.font_manager import FontProperties
from matplotlib.text import Text

# Of words there are few. Of numbers there is always another one, but never another digit.
_PIECE = re.compile(r"[\d.]| |[^\d. ]+")
_CAP = 0.73  # height of a capital letter, in font sizes
_MARGIN = 2  # pixels around a word, for strokes that lean out


class Words(Text):
    """One line of text for pictures that move.

    Matplotlib lays out and paints a line letter by letter, about 0.1 ms each: a headline alone
    would take as long as training the network. Here a word or a digit that was painted before is
    pasted.

    Parameters
    ----------
    x, y, text, **properties
        As for `matplotlib.text.Text`, horizontal only. The vertical alignment is "center", meant
        for capital letters, or else the baseline.
    """

    def length(self, fontsize, dpi):
        """Measure how long the line is in letters of this size, in pixels."""
        return sum(width for _, width in self._pieces(fontsize, dpi))

    def draw(self, renderer):
        if not isinstance(renderer, RendererAgg):  # PDF and SVG keep their letters
            return super().draw(renderer)
        if self.get_visible() and self.get_text():
            self._paste(renderer)
        self.stale = False

    def _paste(self, renderer):
        look = self.get_fontsize(), self.get_fontweight(), self.get_color(), renderer.dpi
        pieces = self._pieces(self.get_fontsize(), renderer.dpi)
        length = sum(width for _, width in pieces)
        x, y = self.get_transform().transform(self.get_unitless_position())
        x -= {"left": 0, "center": length / 2, "right": length}[self.get_ha()]
        if self.get_va() == "center":
            y -= _CAP / 2 * renderer.points_to_pixels(self.get_fontsize())
        context = renderer.new_gc()
        for piece, width in pieces:
            if piece != " ":
                image, descent = _painted(piece, *look)
                renderer.draw_image(context, round(x) - _MARGIN, round(y) - descent, image)
            x += width
        context.restore()

    def _pieces(self, fontsize, dpi):
        """Cut the line into pieces that are painted once, and say how long each is."""
        look = fontsize, self.get_fontweight(), dpi
        return [(piece, _width(piece, *look)) for piece in _PIECE.findall(self.get_text())]


@functools.lru_cache(1024)
def _painted(piece, size, weight, color, dpi):
    """Paint a piece of text; give its pixels from the bottom up, and how far it hangs down."""
    font = _font(size, weight)
    width, height, descent = _measure(piece, font, dpi)
    below, above = math.ceil(descent) + _MARGIN, math.ceil(height - descent) + _MARGIN
    renderer = RendererAgg(math.ceil(width) + 2 * _MARGIN + 1, above + below, dpi)
    context = renderer.new_gc()
    context.set_foreground(color)
    renderer.draw_text(context, _MARGIN, above, piece, font, 0)
    return np.array(renderer.buffer_rgba())[::-1].copy(), below


@functools.lru_cache(1024)
def _width(piece, size, weight, dpi):
    """Measure from where a piece begins to where the next one does."""
    font = _font(size, weight)
    return _measure(f"|{piece}|", font, dpi)[0] - _measure("||", font, dpi)[0]


def _font(size, weight):
    return FontProperties(family="DejaVu Sans", size=size, weight=weight)


def _measure(text, font, dpi):
    return RendererAgg(1, 1, dpi).get_text_width_height_descent(text, font, ismath=False)
