from backprop_lab import nn
from scripts import make_engine_page


def test_the_page_is_that_of_the_code():
    stored = make_engine_page.PAGE.read_text(encoding="utf-8")
    assert stored == make_engine_page.page(), "the engine has changed: run `make docs`"


def test_every_layer_and_optimizer_has_its_lines_on_the_page():
    page = make_engine_page.page()
    for name, thing in vars(nn).items():
        if isinstance(thing, type) and issubclass(thing, nn.Layer | nn.Optimizer):
            assert f"### `{name}(" in page
    assert "0x" not in page
