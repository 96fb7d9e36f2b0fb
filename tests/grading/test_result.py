"""A result as text, as a card, as an error; whatever a learner wrote is shown as text."""

import re
from html.parser import HTMLParser

import pytest

from backprop_lab.grading import Result, check
from backprop_lab.grading.judge import Failure
from backprop_lab.grading.result import NotPassed

SCRIPT = "<script>alert('x')</script><img src=x onerror=alert(1)>"


def passed():
    return check("affine_forward", lambda x, W, b: x @ W + b)


def named():
    return check("affine_forward", lambda x, W, b: x @ W)


def tags(html):
    found = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attributes: found.append((tag, dict(attributes)))
    parser.feed(html)
    return found


def test_text_holds_verdict_message_and_first_hint():
    text = str(named())

    assert text.startswith("✗ affine_forward: Not yet\n")
    assert "without the bias" in text
    assert "Hint 1 of 3" in text
    assert str(passed()).startswith("✓ affine_forward: Passed\n")


def test_repr_is_one_short_line():
    assert repr(named()) == "<affine_forward: not passed, bias_missing>"
    assert repr(passed()) == "<affine_forward: passed>"


def test_card_tells_its_verdict_in_words_and_a_sign_beside_the_colour():
    for result in (passed(), named()):
        html = result._repr_html_()
        assert result.verdict in re.sub("<style>.*?</style>", "", html, flags=re.S)
        assert result.mark in html


def test_card_folds_its_hints_and_holds_no_script():
    found = tags(named()._repr_html_())

    assert [tag for tag, _ in found].count("details") == 3
    assert all("open" not in attributes for tag, attributes in found if tag == "details")
    assert not {"script", "img", "iframe", "link"} & {tag for tag, _ in found}
    assert not any(name.startswith("on") for _, attributes in found for name in attributes)


def raises_script(x, W, b):
    raise ValueError(SCRIPT)


def prints_script(x, W, b):
    print(SCRIPT)
    return x @ W


def returns_a_scripted_type(x, W, b):
    return type(SCRIPT, (), {})()


@pytest.mark.parametrize("solution", [raises_script, prints_script, returns_a_scripted_type])
def test_what_a_learner_wrote_is_escaped(solution):
    html = check("affine_forward", solution)._repr_html_()

    assert not {"script", "img"} & {tag for tag, _ in tags(html)}
    assert "&lt;script&gt;" in html


def test_task_name_is_escaped():
    html = check("<b>`<i>`</b>", raises_script)._repr_html_()

    assert not {"b", "i"} & {tag for tag, _ in tags(html)}


def test_backticks_become_code_only_in_pairs():
    html = Result("t", False, "a `b` c", failure=Failure.VALUE)._repr_html_()
    odd = Result("t", False, "a `b c", failure=Failure.VALUE)._repr_html_()

    assert "a <code>b</code> c" in html
    assert "a `b c" in odd


def test_a_convention_is_not_called_wrong():
    result = Result("mse", False, "Half of ours.", diagnosis="half", convention=True)

    assert result.verdict == "Another convention than this course"
    assert "✗" not in str(result)


def test_raise_if_failed_returns_what_passed_and_raises_what_did_not():
    assert passed().raise_if_failed().passed
    with pytest.raises(NotPassed, match="without the bias"):
        named().raise_if_failed()


def test_the_error_shows_as_one_line_in_a_notebook():
    with pytest.raises(NotPassed) as caught:
        named().raise_if_failed()

    assert caught.value._render_traceback_() == ["affine_forward: not yet"]
