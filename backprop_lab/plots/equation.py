"""An equation in large letters, each part with its name below."""

from dataclasses import dataclass

from . import style

PARTS = 5  # at most
_POINTS, _LETTER, _SMALL, _SIGN = 22, 21, 8.5, 70  # points; widths of letters and signs, pixels


@dataclass(frozen=True)
class Part:
    """A part of an equation.

    Parameters
    ----------
    sign : what stands before it: "", "=", "×" or "+"
    text : number or formula
    name : what it is
    role : its colour, by role; "" for ink
    """

    sign: str
    text: str
    name: str
    role: str = ""


class EquationPanel:
    """An equation that fills a pair of axes; made once, updated often.

    Parameters
    ----------
    axes : matplotlib.axes.Axes

    Attributes
    ----------
    moving : list of Artist
        What `update` changes.
    """

    def __init__(self, axes):
        self.width = axes.bbox.width
        axes.set(xlim=(0, self.width), ylim=(0, 1), xticks=[], yticks=[])
        axes.spines[:].set_visible(False)
        middle = {"ha": "center", "zorder": 4, "transform": axes.transData}
        large = {"fontsize": _POINTS, "weight": "bold", **middle}
        self.texts = [style.words(axes, 0, 0.52, **large) for _ in range(PARTS)]
        self.signs = [style.words(axes, 0, 0.52, color=style.QUIET, **large) for _ in range(PARTS)]
        small = {"fontsize": style.NORMAL, "color": style.QUIET, **middle}
        self.names = [style.words(axes, 0, 0.14, **small) for _ in range(PARTS)]
        self.moving = [*self.texts, *self.signs, *self.names]

    def update(self, parts):
        """Show an equation.

        Parameters
        ----------
        parts : sequence of Part
            At most five; none for an empty line.
        """
        wide = [max(_LETTER * len(part.text), _SMALL * len(part.name)) for part in parts]
        space = sum(wide) + _SIGN * max(len(parts) - 1, 0)
        share = min(1.0, self.width / max(space, 1))
        left = (self.width - share * space) / 2
        for i in range(PARTS):
            part = parts[i] if i < len(parts) else Part("", "", "")
            middle = left + share * wide[i] / 2 if i < len(parts) else 0
            self._say(i, part, middle, left - share * _SIGN / 2, share)
            left = middle + share * (wide[i] / 2 + _SIGN) if i < len(parts) else 0

    def _say(self, i, part, middle, before, share):
        for text, words in ((self.texts[i], part.text), (self.names[i], part.name)):
            text.set_text(words)
            text.set_x(middle)
        self.texts[i].set_color(style.COLORS.get(part.role, style.INK))
        self.texts[i].set_fontsize(round(share * _POINTS, 1))
        self.signs[i].set_text(part.sign)
        self.signs[i].set_x(before)
