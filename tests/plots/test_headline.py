import pytest

from backprop_lab.plots import Headline, Picture, style

WORD = "gradient "


@pytest.mark.parametrize("words", [1, 8, 9, 10, 11, 12, 13, 14])
@pytest.mark.parametrize("zoom", [1, 1.5])
def test_a_headline_is_as_large_as_it_fits(words, zoom):
    picture = Picture(1120, 400)
    headline = Headline(picture)
    if zoom > 1:
        style.enlarge(picture)
    headline.show(words * WORD)
    ink = headline.get_window_extent(picture.canvas.get_renderer())
    assert 0 < ink.x0 < ink.x1 < zoom * 1120
    if words > 8:
        assert ink.x1 > zoom * 700  # no smaller than it must be


def test_a_short_finding_is_large_again_after_a_long_one():
    headline = Headline(Picture(1120, 400))
    headline.show(12 * WORD)
    assert headline.get_fontsize() < style.LARGE
    headline.show(WORD)
    assert headline.get_fontsize() == style.BIG
