"""A check leaves files and programs alone, whatever the function it checks would do to them."""

import os
import shutil
import subprocess
import threading

import pytest

from backprop_lab.grading import check
from backprop_lab.grading.hands_off import HandsOff, hands_off


@pytest.fixture
def treasure(tmp_path):
    file = tmp_path / "homework.txt"
    file.write_text("weeks of work")
    return file


@pytest.mark.parametrize(
    "harm",
    [
        lambda file: os.remove(file),
        lambda file: file.unlink(),
        lambda file: shutil.rmtree(file.parent),
        lambda file: open(file, "w").close(),
        lambda file: file.write_text("gone"),
        lambda file: os.close(os.open(file, os.O_WRONLY | os.O_TRUNC)),
        lambda file: os.rename(file, file.with_suffix(".old")),
        lambda file: os.truncate(file, 0),
        lambda file: subprocess.run(["rm", str(file)], check=True),
        lambda file: os.system(f"rm {file}"),
    ],
)
def test_nothing_is_lost_and_the_card_says_why(treasure, harm):
    def affine_forward(x, W, b):
        harm(treasure)
        return x @ W + b

    result = check("affine_forward", affine_forward)
    assert treasure.read_text() == "weeks of work"
    assert not result.passed
    assert "Nothing was touched" in result.message


def test_reading_is_allowed(treasure):
    def affine_forward(x, W, b):
        assert treasure.read_text()
        return x @ W + b

    assert check("affine_forward", affine_forward).passed


def test_afterwards_and_beside_it_files_are_as_free_as_ever(treasure):
    with hands_off():
        with pytest.raises(HandsOff):
            treasure.write_text("gone")
        beside = threading.Thread(target=treasure.write_text, args=("by another thread",))
        beside.start()
        beside.join()
    assert treasure.read_text() == "by another thread"
    treasure.write_text("after")
    assert treasure.read_text() == "after"
