"""A submission is read whatever it is, and believed in nothing but its code."""

import json

import pytest

from backprop_lab.classroom.reading import LARGEST, Cell, Unreadable, read

from .conftest import GOOD, as_bytes, notebook


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "the file is empty"),
        (b" \n", "the file is empty"),
        (b'{"cells": [', "JSON is broken"),
        (b"%PDF-1.7", "JSON is broken"),
        (b"\x00\x01\x02", "JSON is broken"),
        (b"[]", "no cells"),
        (b"3", "no cells"),
        (b"{}", "no cells"),
        (b'{"cells": {}}', "no cells"),
        (b'{"worksheets": [3, {"cells": 4}], "cells": 5}', None),
        (b"[" * 100_000 + b"]" * 100_000, "nested so deeply"),
        (b'{"cells": [], "metadata": ' + b'{"a":' * 99_999 + b"1" + b"}" * 100_000, "nested"),
        (b'{"cells": [], "n": ' + b"9" * 10_000 + b"}", "JSON is broken"),
        (b" " * (LARGEST + 1), "are the limit"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_is_no_notebook_gets_a_sentence(data, says):
    if says is None:
        assert read(data).cells == ()
        return
    with pytest.raises(Unreadable, match=says):
        read(data)


@pytest.mark.parametrize(
    "cell",
    [
        3,
        None,
        [],
        {},
        {"cell_type": "code"},
        {"cell_type": "code", "source": 7},
        {"cell_type": "code", "source": [1, None, ["x"]]},
        {"cell_type": ["code"], "source": "x = 1"},
        {"cell_type": "code", "source": "", "metadata": 5},
        {"cell_type": "code", "source": "", "metadata": {"nbgrader": []}},
        {"cell_type": "code", "source": "", "metadata": {"nbgrader": {"grade_id": {"a": 1}}}},
    ],
)
def test_an_odd_cell_is_read_as_far_as_it_goes(cell):
    (read_back,) = read(json.dumps({"cells": [cell]}).encode()).cells
    assert read_back.grade_id == ""


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
def test_a_good_notebook_in_another_encoding_is_still_good(encoding):
    text = json.dumps(notebook(sgd_step="# Grüße\ny = 1"), ensure_ascii=False)
    text = text.encode("latin-1", "replace").decode("latin-1")
    submission = read(text.encode(encoding))
    assert "# Grüße\ny = 1" in submission.code(set())
    assert submission.notes


def test_an_old_format_is_read(tmp_path):
    old = {
        "nbformat": 3,
        "worksheets": [{"cells": [{"cell_type": "code", "input": ["x = 1\n", "y = 2"]}]}],
    }
    submission = read(as_bytes(old))
    assert submission.code(set()) == ["x = 1\ny = 2"]
    assert "old notebook format" in submission.notes[0]


def test_a_solution_that_was_turned_into_markdown_is_still_code():
    found = notebook()
    for cell in found["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == "sgd_step":
            cell["cell_type"] = "markdown"
    assert any("def sgd_step" in each for each in read(as_bytes(found)).code({"sgd_step"}))
    assert not any("def sgd_step" in each for each in read(as_bytes(found)).code(set()))


def test_markdown_outputs_and_raw_cells_are_not_code():
    cells = [
        {"cell_type": "markdown", "source": "x = 1"},
        {"cell_type": "raw", "source": "x = 2"},
        {"cell_type": "code", "source": "x = 3", "outputs": [{"text": "x = 4"}]},
    ]
    assert read(as_bytes({"cells": cells})).code(set()) == ["x = 3"]


def test_text_that_no_file_could_hold_is_mended():
    (cell,) = read(b'{"cells": [{"cell_type": "code", "source": "x = \'\\ud800\'"}]}').cells
    cell.text.encode()


def test_too_many_cells_are_cut_and_noted():
    submission = read(as_bytes({"cells": [{"cell_type": "code", "source": "1"}] * 6000}))
    assert len(submission.cells) == 5000
    assert "6000 cells" in submission.notes[0]


def test_a_good_notebook_needs_no_note():
    submission = read(GOOD)
    assert submission.notes == ()
    assert Cell("code", "", "x") not in submission.cells
