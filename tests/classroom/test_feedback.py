"""Feedback: the diagnosis and a hint for each task; nothing that was handed in comes alive."""

from html.parser import HTMLParser

import nbformat
import pytest
from nbconvert.exporters import HTMLExporter

from backprop_lab.classroom.collect import collect
from backprop_lab.classroom.feedback import Told, feedback, feedback_page
from backprop_lab.classroom.grade import grade
from backprop_lab.classroom.marking import Mark
from backprop_lab.classroom.record import Record
from backprop_lab.classroom.released import Check
from backprop_lab.classroom.standings import Standing

from .conftest import FOUR, ONE_WRONG, as_bytes, notebook

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</p></section></body><script>alert(1)</script>",
    "`<svg onload=alert(1)>`",
    "```\n</code></pre><script>alert(1)</script>\n```",
    "[x](javascript:alert(1))",
    "![x](https://example.org/spy.png)",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<style>@import 'https://example.org/x.css'</style>",
    "<!-- --><script>alert(1)</script>",
    "\x1b]8;;javascript:alert(1)\x07x\x1b]8;;\x07",
    "{{ 7 * 7 }}{% for x in y %}",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "$$</script><script>alert(1)</script>$$",
    "\\begin{x}<script>alert(1)</script>\\end{x}",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "\u202e\u0000<b onmouseover=alert(1)>",
]


class Page(HTMLParser):
    """What a browser would find: elements, their attributes, and text."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.tags, self.attributes, self.text = [], [], ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.text += data


OURS = {"html", "head", "meta", "title", "style", "body", "h1", "p", "strong", "section", "header"}
OURS |= {"span", "code", "pre"}


def page_with(text):
    mark = Mark("relu", False, "failed", text, text, text, False, text, 1, True, text)
    record = Record("a", text, text, "", None, 1, "graded", text, 0.0, (mark,))
    standing = Standing(text, text, 0.0, 0.0, 1.0, None, (record,))
    check = Told(Check(text, 1.0, (text,)), 0.0, (mark,))
    return feedback_page(standing, record, [check])


@pytest.mark.parametrize("text", HOSTILE)
def test_whatever_a_submission_says_is_text(text):
    page, calm = Page(page_with(text)), Page(page_with("calm `x`"))
    assert set(page.tags) <= OURS
    assert [tag for tag in page.tags if tag != "code"] == [
        tag for tag in calm.tags if tag != "code"
    ]
    assert {name for name, _ in page.attributes} == {name for name, _ in calm.attributes}
    assert "alert(1)" not in page_with("calm")


def test_no_script_could_run_in_a_page_and_nothing_is_loaded():
    assert "default-src 'none'" in page_with("calm")


@pytest.fixture
def graded(course, download, here):
    def graded(**files):
        for student, data in files.items():
            (download / f"{student}.ipynb").write_bytes(data)
        collect(course, download, FOUR)
        grade(course, FOUR, here)
        feedback(course, FOUR)
        return {
            each: (course.folder("feedback", each, FOUR) / f"{FOUR}.html").read_text()
            for each in files
        }

    return graded


def test_a_page_says_points_diagnosis_and_a_hint(graded):
    page = Page(graded(ada=ONE_WRONG)["ada"])
    assert "ada: 7 of 8 points." in page.text
    assert "Hint: " in page.text
    assert page.text.count("✓") == 3
    assert page.text.count("✗") == 1


def test_a_file_that_could_not_be_read_is_told_to_its_student(graded):
    text = Page(graded(ada=b"{")["ada"]).text
    assert "0 of 8 points" in text
    assert "About your file: it is no notebook, its JSON is broken" in text


def test_points_by_hand_are_in_the_page(course, graded):
    graded(ada=ONE_WRONG)
    with course.gradebook() as gradebook:
        gradebook.find_grade("check_sgd_step", FOUR, FOUR, "ada").manual_score = 0.5
        gradebook.db.commit()
    feedback(course, FOUR)
    path = course.folder("feedback", "ada", FOUR) / f"{FOUR}.html"
    assert "7.5 of 8 points" in Page(path.read_text()).text


def hostile_notebook(text):
    found = notebook(folder="exercises", sgd_step=f'"""{text}"""')
    found["metadata"] = {"title": text, "kernelspec": {"name": text, "display_name": text}}
    output = {"output_type": "display_data", "data": {"text/html": text}, "metadata": {}}
    for kind in ("markdown", "raw", "code"):
        more = {"outputs": [output], "execution_count": None} if kind == "code" else {}
        found["cells"].append(
            {
                "cell_type": kind,
                "metadata": {"tags": [text], "name": text, "raw_mimetype": "text/html"},
                "source": text,
                "attachments": {text: {"image/svg+xml": text}},
                "id": text,
            }
            | more
        )
    for cell in found["cells"][:3]:
        cell["source"] += f"\n\n{text}"
    return as_bytes(found)


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_comes_alive_in_what_formgrader_shows_either(course, graded, text):
    graded(ada=hostile_notebook(text), emmy=hostile_notebook("calm"))
    tags = {}
    for student in ("ada", "emmy"):
        path = course.folder("autograded", student, FOUR) / f"{FOUR}.ipynb"
        shown = nbformat.read(path, as_version=4)
        page = Page(HTMLExporter(template_name="basic").from_notebook_node(shown)[0])
        tags[student] = {tag for tag in page.tags if tag != "span"}
        values = " ".join(str(value) for _, value in page.attributes)
        assert "javascript:" not in values
        assert "example.org" not in values
        assert not any(name.startswith("on") for name, _ in page.attributes)
    assert tags["ada"] == tags["emmy"]
