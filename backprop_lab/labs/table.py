"""The data of a picture as tables, for those who read them better, or hear them read."""

import html
from numbers import Integral

import numpy as np


def tables(frame):
    """Write the tables of a frame for a notebook.

    Parameters
    ----------
    frame : object
        `frame.tables` is a dict of str to dict: the tables by what they hold, and of each table
        the columns by their headings. A column is a sequence of numbers or of str; the first one
        names the rows. `frame.finding` stands in front of each table.

    Returns
    -------
    str
        HTML; a sentence where the frame has no tables.
    """
    found = getattr(frame, "tables", None)
    if not found:
        return "<p>This picture has no table.</p>"
    return "".join(table(f"{frame.finding} {name}", columns) for name, columns in found.items())


def table(caption, columns):
    """Write one table for a notebook; see `tables`."""
    head = "".join(f"<th scope='col' style='{_CELL}'>{html.escape(name)}</th>" for name in columns)
    body = "".join(map(_row, zip(*columns.values(), strict=True)))
    return (
        f"<div tabindex='0' role='region' aria-label='{html.escape(caption)}' style='{_BOX}'>"
        f"<table><caption style='{_CAPTION}'>{html.escape(caption)}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _row(values):
    name, *cells = (html.escape(_written(value)) for value in values)
    cells = "".join(f"<td style='{_CELL}'>{cell}</td>" for cell in cells)
    return f"<tr><th scope='row' style='{_CELL};font-weight:normal'>{name}</th>{cells}</tr>"


def _written(value):
    if isinstance(value, (str, bool, np.bool_)):
        return str(value)
    if isinstance(value, Integral):
        return f"{value:d}".replace("-", "−")
    return f"{value:.4g}".replace("-", "−").replace("nan", "NaN").replace("inf", "∞")


# A long table scrolls by itself, with the arrow keys too, and leaves its controls in view.
_BOX = "max-height:300px;overflow:auto;margin:0 0 12px"
_CAPTION = "caption-side:top;text-align:left;font-weight:bold;line-height:1.5"
_CELL = "text-align:left;padding:2px 24px 2px 0;line-height:1.5"
