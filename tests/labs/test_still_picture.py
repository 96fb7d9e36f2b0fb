"""Without a kernel, each lab is a picture that says its finding in words."""

import base64
import io
from html.parser import HTMLParser

import nbformat
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from PIL import Image

from backprop_lab import labs

LABS = [name for name in labs.__all__ if name.endswith("Lab") and name not in ("Lab", "LiveLab")]


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


@pytest.fixture(scope="module")
def stored():
    """A notebook with all labs, run and stored."""
    cells = ["from backprop_lab import labs", *(f"labs.{name}()" for name in LABS)]
    notebook = nbformat.v4.new_notebook(cells=list(map(nbformat.v4.new_code_cell, cells)))
    return NotebookClient(notebook, store_widget_state=False).execute()


def test_a_stored_notebook_becomes_a_page_with_a_picture_for_each_lab(stored):
    page, _ = HTMLExporter().from_notebook_node(stored)
    for cell, (_, source) in zip(stored.cells[1:], Images(page).found, strict=True):
        picture = Image.open(io.BytesIO(base64.b64decode(source.partition(",")[2])))
        metadata = cell.outputs[0].metadata["image/png"]
        assert picture.size == (2 * metadata["width"], 2 * metadata["height"])
        assert len(picture.convert("L").getcolors()) > 100  # not blank


def test_the_picture_says_its_finding_in_words(stored):
    page, _ = HTMLExporter(template_name="classic").from_notebook_node(stored)  # "lab" drops them
    for cell, (alt, _) in zip(stored.cells[1:], Images(page).found, strict=True):
        (output,) = cell.outputs
        assert output.metadata["image/png"]["alt"] in output.data["text/plain"]
        assert alt == output.metadata["image/png"]["alt"]
