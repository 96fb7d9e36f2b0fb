"""The README says what is true."""

import re
from pathlib import Path

import pytest

from backprop_lab.grading import check

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_check_answers_as_the_readme_says():
    block = README.split("```\ndef affine_backward")[1].split("```")[0]
    source, answer = f"def affine_backward{block}".split("check(", 1)
    names = {}
    exec(source, names)
    said = str(check("affine_backward", names["affine_backward"]))
    assert said.startswith(answer.split("\n\n", 1)[1].strip())


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_links_lead_somewhere(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", text)
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_commands_of_the_readme_are_targets_of_the_makefile():
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert {name for name in re.findall(r"make ([a-z-]+)", README) if name} <= {*targets}
