"""Without a kernel, each lab is a picture that says its finding in words."""

import base64
import io
from html.parser import HTMLParser

import nbformat
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from PIL import Image

from tests.labs.cases import LABS

STORED = "LearningRateLab", "BackpropStepperLab"


class Images(HTMLParser):
    """The images of a page, by what they show in words."""

    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "img":
            self.found.append((attributes.get("alt"), attributes["src"]))


def check(png, metadata):
    """See that a picture has twice the pixels that it takes on the page, and is not blank."""
    picture = Image.open(io.BytesIO(png))
    assert picture.size == (2 * metadata["width"], 2 * metadata["height"])
    assert len(picture.convert("L").getcolors()) > 100


@pytest.mark.parametrize("kind", LABS)
def test_every_lab_hands_over_a_picture_and_its_finding_in_words(kind):
    lab = kind()
    data, metadata = lab._repr_mimebundle_()
    check(data["image/png"], metadata["image/png"])
    assert data["text/plain"] == f"{kind.__name__}: {lab.frame.words}"
    assert metadata["image/png"]["alt"] == lab.frame.words
    assert lab.picture.view.picture.finding == lab.frame.words
    lab.close()


@pytest.fixture(scope="module")
def stored():
    """A notebook with two labs, run and stored."""
    cells = [
        f"from backprop_lab.labs import {', '.join(STORED)}",
        *(f"{kind}()" for kind in STORED),
    ]
    notebook = nbformat.v4.new_notebook(cells=list(map(nbformat.v4.new_code_cell, cells)))
    return NotebookClient(notebook, store_widget_state=False).execute()


def test_a_stored_notebook_becomes_a_page_with_a_picture_for_each_lab(stored):
    page, _ = HTMLExporter().from_notebook_node(stored)
    for cell, (_, source) in zip(stored.cells[1:], Images(page).found, strict=True):
        check(base64.b64decode(source.partition(",")[2]), cell.outputs[0].metadata["image/png"])


def test_the_picture_on_the_page_says_its_finding_in_words(stored):
    page, _ = HTMLExporter(template_name="classic").from_notebook_node(stored)  # "lab" drops them
    for cell, (alt, _) in zip(stored.cells[1:], Images(page).found, strict=True):
        assert alt == cell.outputs[0].metadata["image/png"]["alt"]
        assert alt
