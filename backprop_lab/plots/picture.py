"""A picture: a Matplotlib figure that belongs to its caller alone and says its finding in words."""

import io

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from . import style


class Picture(Figure):
    """A figure in the course's style that shows itself once, as the last expression of a cell.

    No pyplot stands behind it: it appears in no list of open figures, and is gone when its name is.

    Parameters
    ----------
    width, height : float
        Size on the page, in pixels.
    finding : str
        What the picture shows, in words: its text alternative.
    """

    def __init__(self, width, height, finding=""):
        with style.applied():
            super().__init__(figsize=(width / style.DPI, height / style.DPI), dpi=style.DPI)
        FigureCanvasAgg(self)
        self.finding, self.zoom = finding, 1.0

    def draw(self, renderer):
        with style.applied():  # Matplotlib makes some of the ticks only now
            super().draw(renderer)

    @property
    def size(self):
        """Width and height on the page, in pixels."""
        return tuple(round(inches * self.zoom * style.DPI) for inches in self.get_size_inches())

    def enlarge(self, zoom):
        """Make all of it larger, so many times."""
        self.zoom = zoom
        self.set_dpi(zoom * style.DPI)

    def png(self, scale=style.CRISP):
        """Draw everything, and give it as the bytes of a PNG with `scale` pixels a page pixel."""
        file, dpi = io.BytesIO(), scale * self.zoom * style.DPI
        with style.applied():
            self.savefig(file, format="png", dpi=dpi, metadata={"Software": None})
        return file.getvalue()

    def _repr_mimebundle_(self, **_):
        width, height = self.size
        return (
            {"image/png": self.png(), "text/plain": self.finding},
            {"image/png": {"width": width, "height": height, "alt": self.finding}},
        )
