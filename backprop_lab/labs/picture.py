"""A picture that follows a control: repaint only what moved, send it as one image."""

import io
import threading

import ipywidgets
import numpy as np
import traitlets
from PIL import Image

_REST = 0.3  # seconds without a move until the picture counts as resting
_JPEG = {"format": "JPEG", "quality": 88, "subsampling": 0}  # 4:4:4, so that text stays clean


class LivePicture:
    """A view and the image widget that shows it.

    While a control moves, only the moving artists are painted, over a stored background, and sent
    as JPEG. At rest everything is drawn once more, with twice the pixels, and sent as PNG. The
    background is redrawn when anything in it has changed: limits, ticks, labels.

    Parameters
    ----------
    view : object
        `view.picture`, a `plots.Picture`; `view.moving`, the artists that `view.update(frame)`
        changes. A frame says in `frame.words` what it shows.
    at_rest : callable
        at_rest() is called when the picture has come to rest after moves.

    Attributes
    ----------
    widget : ipywidgets.Image
    frame : object
        What was shown last.
    resting : bool
        Whether nothing has moved for a while, and the resting picture is shown.
    png : bytes
        The resting picture of `frame`.
    """

    def __init__(self, view, *, at_rest=lambda: None):
        self.view, self.frame, self._at_rest = view, None, at_rest
        self._canvas = view.picture.canvas
        self._layers = _layers(view.picture, view.moving)
        for artist in self._layers:
            artist.set_animated(True)
        self._background = self._timer = None
        self._lock = threading.RLock()  # callbacks come on threads of their own
        width, height = view.picture.size
        layout = {"max_width": "100%", "height": "auto"}
        self.widget = _NamedImage(width=str(width), height=str(height), layout=layout)

    def show(self, frame, *, resting=False):
        """Show a frame now; crisp at once if `resting`, else as soon as nothing moves any more."""
        with self._lock:
            self.frame = frame
            self.view.update(frame)
            self.view.picture.finding = frame.words
            if resting:
                self._rest()
            else:
                self._send("jpeg", self.jpeg())
                self._rest_later()

    def pixels(self):
        """Paint the moving artists over the background.

        Returns
        -------
        ndarray of uint8, shape (height, width, 4)
        """
        with self._lock:
            # An animated artist never makes its figure stale: only the background does.
            if self._background is None or self.view.picture.stale:
                self._canvas.draw()
                self._background = self._canvas.copy_from_bbox(self.view.picture.bbox)
            renderer = self._canvas.get_renderer()
            self._canvas.restore_region(self._background)
            for artist in self._layers:
                artist.draw(renderer)
            return np.array(self._canvas.buffer_rgba())

    def jpeg(self):
        """Give the painted pixels as the bytes of a JPEG."""
        file = io.BytesIO()
        Image.fromarray(self.pixels()).convert("RGB").save(file, **_JPEG)
        return file.getvalue()

    @property
    def resting(self):
        return self._timer is None

    @property
    def png(self):
        with self._lock:
            stale = self.view.picture.stale
            png = self.view.picture.png()
            self.view.picture.stale = stale  # another resolution for a moment is no change
            return png

    def close(self):
        """Stop waiting for rest, and let go of the widget."""
        with self._lock:
            self._cancel()
            self.widget.close()
            self._background = None

    def _rest(self):
        with self._lock:
            self._cancel()
            self._send("png", self.png)

    def _rest_later(self):
        self._cancel()
        self._timer = threading.Timer(_REST, self._rest_if_current)
        self._timer.daemon = True
        self._timer.start()

    def _rest_if_current(self):
        with self._lock:
            if self._timer is not threading.current_thread():
                return
            self._rest()
        self._at_rest()

    def _cancel(self):
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _send(self, kind, image):
        with self.widget.hold_sync():  # one message, or format and image would not fit for a moment
            self.widget.format = kind
            self.widget.value = image
            self.widget.tooltip = self.frame.words  # the name by which screen readers know it


class _NamedImage(ipywidgets.Image):
    """An image with a tooltip: the page shows one only for widgets that have a description."""

    description = traitlets.Unicode("").tag(sync=True)


def _layers(picture, moving):
    """List what has to be repainted: the moving artists, and all that is painted over them."""
    moving = set(moving)
    layers = []
    for axes in picture.axes:
        layers += _from_first(moving, [a for a in axes.get_children() if a is not axes.patch])
    return layers + _from_first(moving, picture.texts)


def _from_first(moving, artists):
    order = sorted(artists, key=lambda artist: artist.zorder)
    first = next((i for i, artist in enumerate(order) if artist in moving), len(order))
    return order[first:]
