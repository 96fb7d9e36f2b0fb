"""The glossary comes from its source, and every word that a lesson links to is in it."""

import re

import nbformat
import pytest

from scripts.make_glossary import PAGE, ROOT, anchor, in_turkish_order, terms, text

LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def test_the_glossary_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == text(), "run `make docs`"


def test_words_stand_in_alphabetical_order():
    assert list(terms()) == sorted(terms(), key=str.lower)


def test_turkish_letters_stand_where_a_turkish_dictionary_has_them():
    words = {tr: {"tr": tr} for tr in ["öz", "oda", "ıslak", "iz", "çan", "can", "dal"]}
    assert [tr for tr, _ in in_turkish_order(words)] == [
        "can", "çan", "dal", "ıslak", "iz", "oda", "öz",
    ]  # fmt: skip


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_links_to_words_that_are_there(path):
    notebook = nbformat.read(path, as_version=4)
    linked = {
        word
        for cell in notebook.cells
        if cell.cell_type == "markdown"
        for word in re.findall(r"\(glossary\.ipynb#([^)]+)\)", cell.source)
    }
    assert linked <= {anchor(term) for term in terms()}
