"""A hub with the course's settings, for real: a learner logs in, and lesson one is open."""

import os
import re
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.e2e.course_page import CoursePage
from tests.e2e.server import free_port, wait_for

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
IMAGE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
UV = os.environ.get("UV") or shutil.which("uv")
LESSON = "backprop-lab/notebooks/01_take_four_steps.ipynb"
PASSWORD = "correct horse"

posix = pytest.mark.skipif(sys.platform == "win32", reason="JupyterHub needs a POSIX system")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The course as the image has it, JupyterHub beside it, and the proxy that it starts."""
    if not (UV and shutil.which("npm")):
        pytest.skip("needs uv and npm")
    folder = tmp_path_factory.mktemp("hub")
    course = folder / "course"
    course.mkdir()
    for names, target in re.findall(r"^COPY (.+) (\S+)$", IMAGE, re.MULTILINE):
        subprocess.run(["cp", "-R", *names.split(), course / target], cwd=ROOT, check=True)
    steps = [
        [UV, "venv", "--python", sys.executable, folder / "venv"],
        [UV, "pip", "install", "--python", folder / "venv", "jupyterhub", course],
        ["npm", "install", "--no-audit", f"--prefix={folder}", "configurable-http-proxy"],
    ]
    for step in steps:
        result = subprocess.run(step, capture_output=True, text=True, check=False)
        if result.returncode:
            pytest.skip(f"{' '.join(map(str, step))}: {result.stderr[-500:]}")
    return folder


@pytest.fixture(scope="module")
def hub(installed: Path) -> Iterator[str]:
    """The address of `deploy/try_hub.py`, running at ports that are free."""
    url, log = f"http://127.0.0.1:{free_port()}", installed / "log.txt"
    path = [installed / "venv/bin", installed / "node_modules/.bin", os.environ["PATH"]]
    command = [
        installed / "venv/bin/jupyterhub",
        f"--config={installed / 'course/deploy/try_hub.py'}",
        f"--JupyterHub.bind_url={url}",
        f"--JupyterHub.hub_port={free_port()}",
        f"--ConfigurableHTTPProxy.api_url=http://127.0.0.1:{free_port()}",
        "--Spawner.args=['--allow-root', '--LabApp.expose_app_in_browser=True']",
    ]
    more = {"PATH": os.pathsep.join(map(str, path)), "BACKPROP_LAB_PASSWORD": PASSWORD}
    with log.open("w") as output:
        process = subprocess.Popen(
            command, cwd=installed, env=os.environ | more, stdout=output, stderr=output
        )
    try:
        up = wait_for(lambda: answers(url) or process.poll() is not None)
        assert up is True, f"JupyterHub did not start:\n{log.read_text()}"
        yield url
    finally:
        process.terminate()
        process.wait(timeout=60)


def answers(url: str) -> bool:
    try:
        return urllib.request.urlopen(f"{url}/hub/login").status == 200
    except urllib.error.URLError:
        return False


@posix
@pytest.mark.slow
def test_a_learner_logs_in_and_lesson_one_is_open(hub, installed, browser):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(60_000)
    course = CoursePage(page, f"{hub}/user/ada/", "")

    def log_in(password):
        page.goto(f"{hub}/hub/login")
        page.get_by_label("Username").fill("ada")
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in").click()

    log_in("a wrong one")
    page.get_by_text("Invalid username or password").wait_for()
    log_in(PASSWORD)
    page.wait_for_url(f"**/user/ada/lab/tree/{LESSON}")
    page.locator("#jupyterlab-splash").wait_for(state="detached")
    course.wait_until_idle()
    assert course.path == LESSON
    assert page.locator(".jp-Dialog, .Toastify__toast").count() == 0
    course.run_all()
    course.screenshot("jupyterhub")
    assert course.error_outputs() == []
    assert (installed / "learners/ada" / LESSON).is_file()
    page.close()


@posix
def test_new_lessons_arrive_and_work_stays(tmp_path):
    home, programs = tmp_path / "home", tmp_path / "bin"
    programs.mkdir()
    server = programs / "jupyterhub-singleuser"
    server.write_text('#!/bin/sh\necho "$JUPYTER_CONFIG_PATH $@"\n')
    server.chmod(0o755)

    def start() -> str:
        path = os.pathsep.join([str(programs), os.environ["PATH"]])
        return subprocess.check_output(
            [DEPLOY / "start_learner.sh", "--port=1", "a b"],
            env={"HOME": str(home), "PATH": path},
            text=True,
        )

    settings, *arguments = start().split(maxsplit=1)
    assert (Path(settings) / "labconfig/page_config.json").is_file()
    assert arguments == ["--port=1 a b\n"]
    lesson, exercise = home / LESSON, home / "backprop-lab/exercises/01_take_four_steps.ipynb"
    exercise.write_text("my work")
    lesson.unlink()
    start()
    assert exercise.read_text() == "my work"
    assert lesson.read_bytes() == (ROOT / "notebooks" / lesson.name).read_bytes()


def test_the_image_and_the_settings_agree_where_the_course_is():
    settings = (DEPLOY / "jupyterhub_config.py").read_text(encoding="utf-8")
    assert re.search(r"^WORKDIR (\S+)", IMAGE, re.MULTILINE)[1] in settings
    values = yaml.safe_load((DEPLOY / "z2jh.yaml").read_text(encoding="utf-8"))
    assert values["singleuser"]["memory"]["limit"] in settings
