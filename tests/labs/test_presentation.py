"""Pictures for the back of a room, and that in none of them two texts lie over each other."""

import pytest

from backprop_lab import labs
from backprop_lab.labs.picture import LivePicture
from backprop_lab.plots import style
from tests.labs.cases import LABS, finish, presets
from tests.labs.layout import boxes, check


@pytest.mark.parametrize(
    ("kind", "place", "options"),
    [(kind, *arguments) for kind in LABS for arguments in presets(kind)],
    ids=lambda part: getattr(part, "__name__", part[0] if isinstance(part, tuple) else part or ""),
)
def test_no_text_lies_over_another_or_leaves_the_picture(kind, place, options, monkeypatch):
    monkeypatch.setattr(LivePicture, "png", b"")  # nobody looks at it
    lab = kind(*place, **options, presentation=True)
    check(lab.picture.view.picture)
    if finish(lab):
        check(lab.picture.view.picture)
    lab.close()


def test_in_a_presentation_all_is_larger_and_lines_once_more():
    usual, large = (labs.LearningRateLab(steps=3, presentation=p) for p in (False, True))
    pictures = [lab.picture.view.picture for lab in (usual, large)]
    assert [picture.size for picture in pictures] == [(1120, 400), (1680, 600)]
    heights = [dict(boxes(p))["digits read right (%)"] @ [-1, 0, 1, 0] for p in pictures]
    assert heights[1] / heights[0] == pytest.approx(style.ZOOM, rel=0.05)
    widths = [lab.picture.view.loss.lines[0].get_linewidth() for lab in (usual, large)]
    assert widths[1] == pytest.approx(style.LINES * widths[0])
    assert large.picture.pixels().shape == (600, 1680, 4)
    assert (large.picture.widget.width, large.picture.widget.height) == ("1680", "600")
    for lab in (usual, large):
        lab.close()


def test_in_a_presentation_words_and_controls_are_larger_too():
    lab = labs.LossLab(presentation=True)
    *usual, rule = lab.children
    larger = {widget for widget in usual if "backprop-lab-large" in widget._dom_classes}
    assert larger == {*usual} - {lab.picture.widget}
    assert f"zoom: {style.ZOOM}" in rule.value
    lab.close()
