"""Controls in the labs' form: a name in front, a tooltip that says how to use it."""

import ipywidgets

_DRAG = "drag, or use the arrow keys"


def whole_slider(name, value, low, high, **form):
    """Make a slider over whole numbers."""
    return ipywidgets.IntSlider(value, low, high, **_form(name, _DRAG, **form))


def slider(name, value, low, high, *, step, **form):
    """Make a slider over numbers."""
    return ipywidgets.FloatSlider(value, min=low, max=high, step=step, **_form(name, _DRAG, **form))


def power_slider(name, value, low, high, *, base=10, step=0.05, readout=".3r", **form):
    """Make a slider over powers, from base^low to base^high.

    The page moves a value to the nearest step: presets should stand on one.
    """
    return ipywidgets.FloatLogSlider(
        value,
        base=base,
        min=low,
        max=high,
        step=step,
        readout_format=readout,
        **_form(name, _DRAG, **form),
    )


def notched_slider(name, value, notches, **form):
    """Make a slider over a few numbers."""
    options = [(f"{notch:g}", notch) for notch in notches]
    form = _form(name, _DRAG, **form)
    return ipywidgets.SelectionSlider(value=value, options=options, **form)


def choice(name, value, options, *, width="210px", **form):
    """Make a list to choose from."""
    form = _form(name, "choose one", width=width, **form)
    return ipywidgets.Dropdown(value=value, options=list(options), **form)


def switch(name, value):
    """Make a box to tick."""
    return ipywidgets.Checkbox(value, indent=False, **_form(name, "on or off", width="auto"))


def on_enter(field, act):
    """Call ``act()`` after each Enter in a text field, when what was typed has arrived."""
    pressed = False

    def press(_, message, buffers):
        nonlocal pressed  # the page tells of the Enter key first, and only then of what was typed
        pressed = message.get("event") == "submit"

    def arrive(change):
        nonlocal pressed
        if pressed:
            pressed = False
            act()

    field.on_msg(press)
    field.observe(arrive, "value")


def row(*widgets):
    """Put controls side by side, as far as the page is wide enough."""
    layout = {"flex_flow": "row wrap", "grid_gap": "0 28px", "align_items": "center"}
    return ipywidgets.HBox(widgets, layout=layout)


def _form(name, how, *, width="340px", label="initial"):
    """Give what all controls share; `label` is the width of the name, for controls in columns."""
    return {
        "description": name,
        "tooltip": f"{name}: {how}",
        "style": {"description_width": label},
        "layout": {"width": width, "max_width": "100%"},
    }
