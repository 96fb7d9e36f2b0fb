"""Real JupyterLab, started as `backprop-lab` starts it, in a real browser.

Without a browser these tests are skipped; under CI (the variable `CI` is set) they fail instead.
"""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.course_page import CoursePage
from tests.e2e.server import BACKPROP_LAB, Server, free_port, running

ROOT = Path(__file__).parents[2]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
BROWSER_FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("e2e")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """JupyterLab on a copy of the course, started by the command that learners type."""
    home = tmp_path_factory.mktemp("jupyter")
    folder = tmp_path_factory.mktemp("course")
    for part in ("notebooks", "exercises"):
        shutil.copytree(ROOT / part, folder / part)
    config = {"LabApp": {"expose_app_in_browser": True}}
    (home / "jupyter_lab_config.json").write_text(json.dumps(config))
    command = [BACKPROP_LAB, "--no-browser", f"--port={free_port()}"]
    with running(command, folder=folder, home=home) as server:
        yield server


# One browser per module, not per session: while Playwright runs, other tests can't use asyncio.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    executable = next(filter(None, map(shutil.which, BROWSERS)), None)
    if executable is None:
        missing = f"no browser found (looked for {', '.join(BROWSERS)})"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=executable, args=BROWSER_FLAGS)


@contextmanager
def tab(server: Server, browser: Browser, name: str) -> Iterator[CoursePage]:
    """A new tab; a screenshot of it is kept when it closes, kernels end with it."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(30_000)
    course = CoursePage(page, server.url, server.token)
    yield course
    course.screenshot(name)
    page.evaluate("window.jupyterapp?.serviceManager.sessions.shutdownAll()")
    page.close()


@pytest.fixture
def course(
    server: Server, browser: Browser, request: pytest.FixtureRequest
) -> Iterator[CoursePage]:
    """A tab for each test."""
    with tab(server, browser, request.node.name) as course:
        yield course
