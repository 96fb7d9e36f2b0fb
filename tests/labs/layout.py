"""Where the words of a picture stand, and that none leaves it or lies over another."""

import itertools

from matplotlib.text import Text

from backprop_lab.plots import style


def seen(artist):
    """Give the texts below an artist that is shown."""
    for child in artist.get_children() if artist.get_visible() else ():
        if isinstance(child, Text) and child.get_visible() and child.get_text().strip():
            yield child
        yield from seen(child)


def boxes(picture):
    """Give what stands in a picture, and where: str and left, bottom, right, top in pixels."""
    picture.canvas.draw()
    renderer = picture.canvas.get_renderer()
    with style.applied():  # outside, Matplotlib would choose other ticks
        texts = set(seen(picture)) - set(beyond(picture))
        return [(text.get_text(), text.get_window_extent(renderer).extents) for text in texts]


def beyond(picture):
    """Give the labels of ticks that lie beyond an axis, and are not drawn."""
    for axis in (axis for axes in picture.axes for axis in (axes.xaxis, axes.yaxis)):
        low, high = sorted(axis.get_view_interval())
        for tick in axis.get_major_ticks():
            if not low <= tick.get_loc() <= high:
                yield tick.label1


def overlap(a, b):
    return min(a[2], b[2]) - max(a[0], b[0]) > 1 and min(a[3], b[3]) - max(a[1], b[1]) > 2


def check(picture):
    """Check that words stand in the picture, and clear of each other."""
    width, height = picture.size
    found = boxes(picture)
    for text, (left, bottom, right, top) in found:
        assert 0 <= left < right <= width, f"{text} is cut"
        assert -1 < bottom < top < height + 1, f"{text} is cut"
    for (one, at), (other, there) in itertools.combinations(found, 2):
        assert not overlap(at, there), f"{one} lies over {other}"
