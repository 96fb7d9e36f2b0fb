"""The course's server sends pictures at once, and works where it can't."""

import logging
import sys
import urllib.request
from pathlib import Path
from types import SimpleNamespace

import pytest
from jupyter_server.services.kernels.websocket import KernelWebsocketHandler

from backprop_lab.cli import no_delay
from tests.e2e.server import BACKPROP_LAB, free_port, running

ROOT, NAME = Path(__file__).parents[1], no_delay.__name__


@pytest.fixture
def app():
    return SimpleNamespace(log=logging.getLogger("no_delay"))


def test_a_connection_is_opened_without_delay(monkeypatch, app):
    calls = []
    monkeypatch.setattr(KernelWebsocketHandler, "open", lambda self, kernel: calls.append(kernel))
    no_delay._load_jupyter_server_extension(app)
    handler = KernelWebsocketHandler.__new__(KernelWebsocketHandler)
    handler.set_nodelay = calls.append
    handler.open("a kernel")
    assert calls == [True, "a kernel"]


def test_an_unknown_jupyter_server_gets_a_line_in_the_log_and_starts(monkeypatch, app, caplog):
    monkeypatch.setitem(sys.modules, "jupyter_server.services.kernels.websocket", None)
    no_delay._load_jupyter_server_extension(app)
    assert "more slowly" in caplog.text


SABOTAGE = f"import sys; sys.modules[{NAME!r}] = None"  # an import that fails


@pytest.mark.e2e
@pytest.mark.parametrize(("at_start", "loaded"), [("", True), (SABOTAGE, False)])
def test_the_course_s_server_loads_it_and_starts_without_it_too(tmp_path, at_start, loaded):
    (tmp_path / "sitecustomize.py").write_text(at_start)
    (tmp_path / "jupyter_lab_config.json").write_text('{"ServerApp": {"log_level": "INFO"}}')
    command = [BACKPROP_LAB, "--no-browser", f"--port={free_port()}"]
    with running(command, folder=ROOT, home=tmp_path, PYTHONPATH=str(tmp_path)) as server:
        page = urllib.request.urlopen(f"{server.url}lab?token={server.token}")
        assert page.status == 200
    log = (tmp_path / "log.txt").read_text()
    assert (f"{NAME} | extension was successfully loaded" in log) == loaded
