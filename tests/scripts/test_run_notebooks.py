"""Running a notebook again changes nothing, and a stale output is noticed."""

import os
import shutil
from pathlib import Path

import nbformat
import pytest
import typer
from nbformat.v4 import new_code_cell, new_notebook

from scripts import run_notebooks

CELLS = [
    "import sys\nfor _ in 'ab':\n    print('out', flush=True)\n    print('err', file=sys.stderr)",
    "import ipywidgets\nipywidgets.FloatSlider(value=2.0)",
    "import matplotlib.pyplot as plt\nplt.plot([1, 2]);",
    "6 * 7",
]


def write(path, cells):
    nbformat.write(new_notebook(cells=[new_code_cell(cell) for cell in cells]), path)
    return path


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    path = write(tmp_path_factory.mktemp("notebooks") / "lesson.ipynb", CELLS)
    run_notebooks.main([path])
    return path


@pytest.fixture
def stored(once, tmp_path):
    """A notebook that was run and stored."""
    return shutil.copy(once, tmp_path / once.name)


def change(path, index, **output):
    content = nbformat.read(path, as_version=4)
    content.cells[index].outputs[0].update(output)
    nbformat.write(content, path)


def test_running_again_leaves_every_byte(stored):
    before = stored.read_bytes()
    run_notebooks.main([stored])
    assert stored.read_bytes() == before


def test_what_is_stored_is_what_a_reader_sees(stored):
    content = nbformat.read(stored, as_version=4)
    streams, slider, plot, answer = (cell.outputs for cell in content.cells)
    assert {output.name: output.text for output in streams} == {
        "stdout": "out\nout\n",
        "stderr": "err\nerr\n",
    }
    assert list(slider[0].data) == ["text/plain"]
    assert "image/png" in plot[0].data
    assert answer[0].data == {"text/plain": "42"}
    assert [cell.execution_count for cell in content.cells] == [1, 2, 3, 4]
    assert set(content.metadata) == {"kernelspec", "language_info"}


def test_check_notices_a_stale_output(stored, capsys):
    change(stored, 3, data={"text/plain": "41"})
    with pytest.raises(typer.Exit):
        run_notebooks.main([stored], check=True)
    assert "lesson.ipynb" in capsys.readouterr().err


def test_check_overlooks_other_pixels_and_writes_nothing(stored):
    picture = nbformat.read(stored, as_version=4).cells[2].outputs[0].data
    change(stored, 2, data=picture | {"image/png": "AAAA"})
    before = stored.read_bytes()
    run_notebooks.main([stored], check=True)
    assert stored.read_bytes() == before


def test_an_error_in_a_cell_is_shown_and_nothing_is_stored(tmp_path, capsys):
    path = write(tmp_path / "lesson.ipynb", ["1 / 0"])
    before = path.read_bytes()
    with pytest.raises(typer.Exit):
        run_notebooks.main([path])
    assert "ZeroDivisionError" in capsys.readouterr().err
    assert path.read_bytes() == before


def test_your_own_progress_stays_and_nobodys_goes(tmp_path, progress_file):
    cell = "import os\nprint(os.environ['BACKPROP_LAB_PROGRESS'])"
    path = write(tmp_path / "lesson.ipynb", [cell])
    run_notebooks.main([path])
    nobodys = Path(nbformat.read(path, as_version=4).cells[0].outputs[0].text.strip())
    assert nobodys != progress_file
    assert not nobodys.parent.exists()
    assert os.environ["BACKPROP_LAB_PROGRESS"] == str(progress_file)


@pytest.mark.parametrize("path", run_notebooks.every_notebook(), ids=lambda path: path.stem)
def test_every_notebook_names_its_kernel(path):
    """Else JupyterLab would ask the learner to select one."""
    assert nbformat.read(path, as_version=4).metadata.kernelspec.name == "python3"
