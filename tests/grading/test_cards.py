"""Cards in a notebook: escaped, readable as text, hints one inside the other."""

from html.parser import HTMLParser

from backprop_lab.grading import check
from backprop_lab.grading.cards import Note, code

SCRIPT = "<script>alert(1)</script>"


def depths(html, wanted):
    """Return how deep inside its own kind each tag of a kind stands, and check that all close."""
    depth, found = 0, []

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attributes):
            nonlocal depth
            if tag == wanted:
                depth += 1
                found.append(depth)

        def handle_endtag(self, tag):
            nonlocal depth
            depth -= tag == wanted

    Reader().feed(html)
    assert depth == 0
    return found


def test_hints_of_a_check_open_one_at_a_time():
    html = check("affine_forward", lambda x, W, b: x @ W)._repr_html_()
    assert depths(html, "details") == [1, 2, 3]
    assert depths(check("affine_forward", lambda x, W, b: x @ W + b)._repr_html_(), "details") == []


def test_whatever_a_note_holds_is_escaped():
    html = Note(SCRIPT, SCRIPT, (f"`{SCRIPT}`", SCRIPT), SCRIPT, SCRIPT)._repr_html_()
    assert depths(html, "script") == []
    assert html.count("&lt;script&gt;") == 8  # task and title stand in the label too


def test_a_note_as_text_holds_everything():
    note = Note(
        "relu", "One right solution", ("Why so.", "And more."), "def relu(z):\n    ...", "✓"
    )
    assert str(note).split("\n\n") == [
        "✓ relu: One right solution",
        "Why so.",
        "And more.",
        "    def relu(z):\n        ...",
    ]
    assert repr(note) == "<relu: one right solution>"


def test_backticks_become_code_only_in_pairs():
    assert code("a `b` <c>") == "a <code>b</code> &lt;c&gt;"
    assert code("a `b <c>") == "a `b &lt;c&gt;"
