"""Text that changes often: each word is painted once and kept."""

import functools
import math

import numpy as np
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.font_manager import FontProperties
from matplotlib.text import Text

_CAP = 0.73  # height of a capital letter, in font sizes
_MARGIN = 2  # pixels around a word, for strokes that lean out


class Words(Text):
    """One line of text for pictures that move.

    Matplotlib lays out and paints a line letter by letter, about 0.1 ms each: a headline alone
    would take as long as training the network. Here a word that was painted before is pasted.

    Parameters
    ----------
    x, y, text, **properties
        As for `matplotlib.text.Text`, horizontal only. The vertical alignment is "center", meant
        for capital letters, or else the baseline.
    """

    def draw(self, renderer):
        if not isinstance(renderer, RendererAgg):  # PDF and SVG keep their letters
            return super().draw(renderer)
        if self.get_visible() and self.get_text():
            self._paste(renderer)
        self.stale = False

    def _paste(self, renderer):
        look = self.get_fontsize(), self.get_fontweight(), self.get_color(), renderer.dpi
        words = [_painted(word, *look) for word in self.get_text().split(" ")]
        space = _width(" ", *look)
        x, y = self.get_transform().transform(self.get_unitless_position())
        width = sum(w for _, w, _ in words) + space * (len(words) - 1)
        x -= {"left": 0, "center": width / 2, "right": width}[self.get_ha()]
        if self.get_va() == "center":
            y -= _CAP / 2 * renderer.points_to_pixels(self.get_fontsize())
        context = renderer.new_gc()
        for image, width, descent in words:
            renderer.draw_image(context, round(x) - _MARGIN, round(y) - descent, image)
            x += width + space
        context.restore()


@functools.lru_cache(1024)
def _painted(word, size, weight, color, dpi):
    """Paint a word; give its pixels from the bottom up, its width, and how far it hangs down."""
    font = FontProperties(family="DejaVu Sans", size=size, weight=weight)
    width, height, descent = _measure(word, font, dpi)
    below, above = math.ceil(descent) + _MARGIN, math.ceil(height - descent) + _MARGIN
    renderer = RendererAgg(math.ceil(width) + 2 * _MARGIN + 1, above + below, dpi)
    context = renderer.new_gc()
    context.set_foreground(color)
    renderer.draw_text(context, _MARGIN, above, word, font, 0)
    return np.array(renderer.buffer_rgba())[::-1].copy(), width, below


@functools.lru_cache(64)
def _width(word, size, weight, color, dpi):
    font = FontProperties(family="DejaVu Sans", size=size, weight=weight)
    return _measure(f"n{word}n", font, dpi)[0] - _measure("nn", font, dpi)[0]


def _measure(word, font, dpi):
    return RendererAgg(1, 1, dpi).get_text_width_height_descent(word or "n", font, ismath=False)
