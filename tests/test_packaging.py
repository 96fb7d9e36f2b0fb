"""pyproject.toml, environment.yml and uv.lock say the same, and the wheel holds what it needs."""

import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
UV = os.environ.get("UV") or shutil.which("uv")

needs_uv = pytest.mark.skipif(UV is None, reason="needs uv")


def ranges(lines: list[str]) -> dict[str, str]:
    requirements = map(Requirement, lines)
    return {need.name.lower(): str(need.specifier) for need in requirements}


def test_conda_and_pip_install_the_same():
    conda = ranges([line for line in CONDA if isinstance(line, str)])
    del conda["pip"]
    assert conda.pop("python") == str(Requirement(f"python{PROJECT['requires-python']}").specifier)
    assert conda == ranges(PROJECT["dependencies"])


def test_conda_installs_the_course_itself():
    assert {"pip": ["--editable ."]} in CONDA


def test_python_3_11_to_3_14_are_supported_and_said_to_be():
    python = Requirement(f"python{PROJECT['requires-python']}").specifier
    supported = [f"3.{minor}" for minor in range(30) if f"3.{minor}.5" in python]
    prefix = "Programming Language :: Python :: "
    named = [line.removeprefix(prefix) for line in PROJECT["classifiers"] if prefix in line]
    assert supported == named == ["3.11", "3.12", "3.13", "3.14"]


@needs_uv
def test_the_lock_is_up_to_date():
    subprocess.run([UV, "lock", "--check"], cwd=ROOT, check=True)


@pytest.mark.slow
@needs_uv
def test_the_wheel_installs_and_runs(tmp_path):
    source, venv = tmp_path / "source", tmp_path / "venv"
    shutil.copytree(ROOT, source, ignore=shutil.ignore_patterns(".venv", ".uv", ".git"))
    subprocess.run([UV, "build", "--wheel", "--out-dir", tmp_path, source], check=True)
    (wheel,) = tmp_path.glob("*.whl")

    files = zipfile.ZipFile(wheel).namelist()
    for file in ("data/digits.npz", "cli/jupyter/labconfig/page_config.json", "nn/linear.py"):
        assert f"backprop_lab/{file}" in files
    assert all(file.startswith("backprop_lab") for file in files)

    subprocess.run([UV, "venv", "--python", sys.executable, venv], check=True)
    subprocess.run([UV, "pip", "install", "--python", venv, wheel], check=True)
    command = venv / ("Scripts" if sys.platform == "win32" else "bin") / "backprop-lab"
    version = subprocess.run([command, "--version"], capture_output=True, text=True, check=True)
    assert version.stdout.startswith("backprop-lab ")

    elsewhere = subprocess.run([command], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert elsewhere.returncode == 1
    assert "your copy of the course's repository" in elsewhere.stderr
    assert "Traceback" not in elsewhere.stderr
