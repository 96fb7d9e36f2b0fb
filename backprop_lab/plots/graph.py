"""A computation graph: values in boxes, from left to right, and what flows along the links."""

import functools
from dataclasses import dataclass

import numpy as np
from matplotlib.collections import PathCollection
from matplotlib.patches import BoxStyle
from matplotlib.path import Path

from . import style

BOXES, LINKS = 24, 48  # at most
LEGIBLE = 10.0  # points: smaller letters can't be read from the back of a room
_BOX, _GAP = np.array([130.0, 76.0]), np.array([66.0, 20.0])  # at a scale of 1
_LARGEST, _POINTS = 1.4, 12.0
_ROUND = BoxStyle.Round(pad=0, rounding_size=7)
_TINTS = {"parameter": "#EEF8F3", "forward": "#EEF4FA", "loss": "#F6EEF4"}


@dataclass(frozen=True)
class Box:
    """A value.

    Parameters
    ----------
    name : its name and how it is computed, as its headline
    value, gradient : the numbers as they are shown; "" where there is nothing to show yet
    role : "parameter", "forward" or "loss": its colour
    now : "value" or "gradient", the number that is talked about; else ""
    """

    name: str
    value: str
    gradient: str
    role: str
    now: str = ""


@dataclass(frozen=True)
class Wire:
    """A link from an operand to a result.

    Parameters
    ----------
    operand, result : which boxes it joins
    upstream, local, product : what flows back, as it is shown: −8, 3 and −24; "" before it flows
    now : whether it is the one that is talked about
    """

    operand: int
    result: int
    upstream: str = ""
    local: str = ""
    product: str = ""
    now: bool = False


class GraphPanel:
    """A computation graph that fills a pair of axes; made once, updated often.

    Boxes stand in columns, each right of all that it is made of. Values have the colour of the
    forward pass, gradients theirs; a link takes the gradient's colour once one has gone back on it.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        An empty pair of axes.

    Attributes
    ----------
    points : float
        Size of the letters, which shrink where the graph is large.
    moving : list of Artist
        What `update` changes.
    """

    def __init__(self, axes):
        size = axes.bbox.size
        axes.set(xlim=(0, size[0]), ylim=(0, size[1]), xticks=[], yticks=[])
        axes.spines[:].set_visible(False)
        self.axes, self.size, self.points = axes, size, _POINTS
        self.lines = _paths(axes, zorder=2, facecolors="none")
        self.heads = _paths(axes, zorder=2.1, linewidths=0)
        self.papers = _paths(axes, zorder=2.5, facecolors=style.PAPER, linewidths=0)
        self.boxes = _paths(axes, zorder=3)
        look = {"transform": axes.transData, "zorder": 4, "va": "center"}
        bold = {"weight": "bold", "ha": "center"}
        self.names = _texts(axes, BOXES, color=style.INK, **bold, **look)
        self.captions = _texts(axes, 2 * BOXES, color=style.QUIET, ha="left", **look)
        right = {"weight": "bold", "ha": "right"}
        self.values = _texts(axes, BOXES, color=style.COLORS["forward"], **right, **look)
        self.gradients = _texts(axes, BOXES, color=style.COLORS["gradient"], **right, **look)
        self.labels = _texts(axes, 2 * LINKS, color=style.COLORS["gradient"], **bold, **look)
        paths = [self.lines, self.heads, self.papers, self.boxes]
        texts = [*self.names, *self.captions, *self.values, *self.gradients, *self.labels]
        self.moving = [*paths, *texts]

    def update(self, boxes, wires):
        """Show a graph.

        Parameters
        ----------
        boxes : sequence of Box
            Each after those that it is made of.
        wires : sequence of Wire
        """
        joins = tuple((wire.operand, wire.result) for wire in wires)
        at, routes, scale = _placed(len(boxes), joins, *self.size)
        self.points = _POINTS * scale
        self._show_boxes(boxes, at, scale)
        self._show_wires(wires, [_curve(*route, scale) for route in routes], scale)

    def _show_boxes(self, boxes, at, scale):
        size = scale * _BOX
        self.boxes.set_paths([_ROUND(*(center - size / 2), *size, 1) for center in at])
        self.boxes.set_facecolors([_TINTS[box.role] for box in boxes])
        self.boxes.set_edgecolors([_edge(box) for box in boxes])
        self.boxes.set_linewidths([4 if box.now else 1.6 for box in boxes])
        rows = scale * np.array([23, 0, -23])
        left, right = scale * (_BOX[0] / 2 - 8) * np.array([-1, 1])
        for i in range(BOXES):
            box, (x, y) = (boxes[i], at[i]) if i < len(boxes) else (Box("", "", "", ""), (0, 0))
            self._say(self.names[i], box.name, x, y + rows[0], min(1, 11 / (len(box.name) or 1)))
            self._say(self.captions[2 * i], "value" if box.name else "", x + left, y + rows[1], 0.8)
            self._say(self.values[i], box.value, x + right, y + rows[1], _fit(box.value))
            gradient = "grad" if box.gradient else ""
            self._say(self.captions[2 * i + 1], gradient, x + left, y + rows[2], 0.8)
            size = _fit(box.gradient)
            self._say(self.gradients[i], box.gradient, x + right, y + rows[2], size)

    def _show_wires(self, wires, curves, scale):
        colors = [style.COLORS["gradient"] if wire.product else style.QUIET for wire in wires]
        self.lines.set_paths([curve.path for curve in curves])
        self.lines.set_edgecolors(colors)
        self.lines.set_linewidths([4.5 if wire.now else 1.8 for wire in wires])
        self.heads.set_paths([c.head(back=bool(w.product), k=scale) for c, w in zip(curves, wires)])
        self.heads.set_facecolors(colors)
        papers = []
        for i in range(LINKS):
            texts = _label(wires[i], curves[i].room / scale) if i < len(wires) else ("", "")
            x, y = curves[i].label_at if i < len(wires) else (0, 0)
            step = 11 * scale if texts[0] else 0  # above and below the line
            for text, words, at in zip(self.labels[2 * i :], texts, (y + step, y - step)):
                share = min(0.95, 0.95 * curves[i].room / scale / _wide(words)) if words else 1
                self._say(text, words, x, at, share)
                tall = 7.5 if i < len(wires) and curves[i].level else 12  # hides a steep line
                half = scale * np.array([share * _wide(words) / 2 + 2, tall])
                papers += [_ROUND(x - half[0], at - half[1], *(2 * half), 1)] if words else []
        self.papers.set_paths(papers)

    def _say(self, text, words, x, y, share=1.0):
        text.set_text(words)
        text.set_position((x, y))
        text.set_fontsize(round(share * self.points, 1))


def letters(size, joins, width, height):
    """Give the size of the letters, in points, of a graph in a panel of so many pixels.

    >>> round(letters(5, ((0, 2), (1, 2), (2, 3), (3, 4)), 1000, 300), 1)
    16.5
    """
    return _POINTS * _placed(size, tuple(joins), width, height)[2]


def _label(wire, room):
    """Write what flows back; where there is no room, the upstream gradient stands in its box."""
    if not wire.local:
        return "", wire.product
    factors = f"{wire.upstream} × {wire.local}"
    return factors if _wide(factors) <= room else f"× {wire.local}", f"= {wire.product}"


def _wide(words):
    """Estimate how wide a label is, in pixels at a scale of 1."""
    return 9.4 * len(words)


def _fit(number):
    """Give the share of the usual size at which a number leaves room for its caption."""
    return min(1, 6.5 / max(len(number), 1))


def _edge(box):
    return style.COLORS["gradient" if box.now == "gradient" else box.role]


def _paths(axes, **look):
    return axes.add_collection(PathCollection([], transform=axes.transData, **look), autolim=False)


def _texts(axes, number, **look):
    return [style.words(axes, 0, 0, **look) for _ in range(number)]


@dataclass(frozen=True, eq=False)
class _Curve:
    """A link on paper: its path, where its label stands, and how wide that may be, in pixels."""

    path: Path
    label_at: np.ndarray
    room: float

    @property
    def level(self):
        """Whether it runs flat below its label."""
        return abs(self.path.vertices[0, 1] - self.path.vertices[3, 1]) < 20

    def head(self, *, back, k):
        """Give the tip of an arrow at the end that the flow goes to."""
        x, y = self.path.vertices[0 if back else -1]
        way = 1 if back else -1
        return Path([(x, y), (x + 10 * way * k, y + 5.5 * k), (x + 10 * way * k, y - 5.5 * k)])


def _curve(points, bend, scale):
    """Draw a smooth line through points, level at each of them."""
    vertices, codes = [points[0]], [Path.MOVETO]
    for start, end in zip(points, points[1:]):
        reach = np.array([0.45 * (end[0] - start[0]), 0])
        lift = np.array([0, bend])
        vertices += [start + reach + lift, end - reach + lift, end]
        codes += [Path.CURVE4] * 3
    if len(points) > 2:
        return _Curve(Path(vertices, codes), points[1], np.inf)
    (a, b, c, d), t = vertices, 0.46
    along = (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t**2 * c + t**3 * d
    return _Curve(Path(vertices, codes), along, d[0] - a[0] - 6)


@functools.lru_cache(32)
def _placed(size, joins, width, height):
    """Place boxes and links.

    Returns
    -------
    at : ndarray, shape (size, 2)
        Centers of the boxes.
    routes : list of (list of ndarray, float)
        For each link the points that it goes through, and how far it is bent upwards.
    scale : float
    """
    column, ways = _columns(size, joins)
    row = _rows(column, ways)
    columns, tall = column.max() + 1, np.ptp(row) + 1
    needed = np.array([columns, tall]) * (_BOX + _GAP) - _GAP + 8
    scale = float(min(_LARGEST, *(np.array([width, height]) / needed)))
    pitch = np.array([(width - 8 - scale * _BOX[0]) / max(columns - 1, 1), -scale])
    pitch[0] = min(pitch[0], scale * (_BOX[0] + 190))
    middle = (row.min() + row.max()) / 2 * (_BOX + _GAP)[1]
    x = width / 2 + (column - (columns - 1) / 2) * pitch[0]
    y = height / 2 + pitch[1] * (row * (_BOX + _GAP)[1] - middle)
    at = np.column_stack([x, y])
    return at[:size], _routes(at, size, ways, scale), scale


def _columns(size, joins):
    """Put each box right of all its operands, and variables next to where they are used first.

    A link that passes a column gets a stop there, so that it finds its way between the boxes.

    Returns
    -------
    column : ndarray of int, shape (size + stops,)
    ways : list of list of int
        For each link the boxes and stops that it goes through.
    """
    column = np.zeros(size, dtype=int)
    for operand, result in sorted(joins, key=lambda join: join[1]):
        column[result] = max(column[result], column[operand] + 1)
    results = {result for _, result in joins}
    for operand in set(range(size)) - results:
        column[operand] = min(column[result] for o, result in joins if o == operand) - 1
    stops, ways = [], []
    for operand, result in joins:
        passed = range(column[operand] + 1, column[result])
        ways.append([operand, *range(size + len(stops), size + len(stops) + len(passed)), result])
        stops += passed
    return np.append(column, np.array(stops, dtype=int)), ways


def _rows(column, ways):
    """Give each box and stop a height, in rows from the top: near its neighbours, never on others.

    Returns
    -------
    row : ndarray, shape (boxes and stops,)
    """
    steps = [pair for way in ways for pair in zip(way, way[1:])]
    row = np.zeros(len(column))
    for each in range(column.max() + 1):
        row[column == each] = np.arange(np.sum(column == each))
    for sweep in range(12):
        order = range(column.max() + 1) if sweep % 2 else range(column.max(), -1, -1)
        for each in order:
            members = np.flatnonzero(column == each)
            near = [_mean_neighbour(m, steps, row, column, sweep) for m in members]
            row[members] = _apart(np.array(near))
    return row


def _mean_neighbour(member, steps, row, column, sweep):
    """Give the mean row of neighbours: first those on one side, in the end those on both."""
    near = [b if a == member else a for a, b in steps if member in (a, b)]
    side = [n for n in near if (column[n] < column[member]) == bool(sweep % 2)]
    use = near if sweep >= 8 or not side else side
    return np.mean(row[use])


def _apart(rows):
    """Move rows until neighbours are at least 1 apart; their mean stays where it was."""
    order = np.argsort(rows, kind="stable")
    apart = rows[order]
    for i in range(1, len(apart)):
        apart[i] = max(apart[i], apart[i - 1] + 1)
    apart += rows.mean() - apart.mean()
    result = np.empty_like(apart)
    result[order] = apart
    return result


def _routes(at, size, ways, scale):
    """Give each link its points; where several meet at one box, they meet one above the other."""
    half = scale * _BOX[0] / 2
    routes = []
    for i, way in enumerate(ways):
        into = sorted((w for w in ways if w[-1] == way[-1]), key=lambda w: -at[w[-2]][1])
        twins = [j for j, w in enumerate(ways) if len(w) == 2 and w == way]
        port = _port(next(k for k, w in enumerate(into) if w is way), len(into), scale)
        twin = _port(twins.index(i), len(twins), scale) if len(twins) > 1 else 0.0
        points = [at[way[0]] + (half, twin), *(at[stop] for stop in way[1:-1])]
        routes.append(([*points, at[way[-1]] + (-half, port)], 1.6 * twin))
    return routes


def _port(i, number, scale):
    return scale * 30 * ((number - 1) / 2 - i) / max(number - 1, 1)
