"""No test touches the progress of whoever runs it, not even a notebook's in a kernel of its own."""

import os
import tempfile
from pathlib import Path

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Keep progress in a temporary folder: kernels and commands inherit the variable."""
    folder = tempfile.TemporaryDirectory(prefix="backprop-lab-", ignore_cleanup_errors=True)
    os.environ["BACKPROP_LAB_PROGRESS"] = str(Path(folder.name) / "progress.sqlite")
    config.add_cleanup(folder.cleanup)


@pytest.fixture(autouse=True)
def progress_file(tmp_path_factory, monkeypatch) -> Path:
    """Give each test a progress file of its own, which does not exist yet."""
    file = tmp_path_factory.mktemp("progress") / "progress.sqlite"
    monkeypatch.setenv("BACKPROP_LAB_PROGRESS", str(file))
    return file
