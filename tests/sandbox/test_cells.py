"""Which cells run, and how a notebook's own lines become Python."""

import pytest

from backprop_lab.sandbox.cells import compiled, needed, without_magics


def needed_of(*cells, skip=()):
    return needed(cells, {"f"}, {*skip}, lambda at: None)


def test_what_comes_after_the_last_definition_or_check_is_not_run():
    assert needed_of("a = 1", "def f(): pass", "b = 2") == [0, 1]
    assert needed_of("def f(): pass", "a = 1", 'check("f", f).raise_if_failed()', "b = 2") == [
        0,
        1,
        2,
    ]


def test_definitions_below_are_run():
    assert needed_of("def f(): return g()", "long_training()", "import math\ndef g(): pass") == [
        0,
        2,
    ]


@pytest.mark.parametrize("last", ["f = 1", "f, g = 1, 2", "class f: pass", "import math as f"])
def test_any_way_of_defining_counts(last):
    assert needed_of("def f(): pass", "a = 1", last, "b = 2") == [0, 1, 2]


def test_all_cells_run_where_nothing_is_seen_to_define_it():
    assert needed_of("a = 1", "exec('def f(): pass')", "b = 2") == [0, 1, 2]


def test_a_cell_that_is_skipped_is_not_even_read():
    assert needed_of("(" * 10**6, "def f(): pass", skip=[0]) == [1]


@pytest.mark.parametrize(
    ("source", "x"),
    [
        ("%matplotlib inline\nx = 1", 1),
        ("if True:\n    !ls\n    x = 2", 2),
        ("x = !ls", None),
        ("x = %pwd", None),
        ("len?\n?len\nx = 3", 3),
        ("%%time\nx = 4", 4),
        ("x = (7\n  % 4)", 3),
        ("x = '''\n%no magic'''", "\n%no magic"),
    ],
)
def test_magics_do_nothing(source, x):
    names = {}
    exec(compiled(source, "cell"), names)

    assert names["x"] == x


def test_a_cell_in_another_language_is_empty():
    assert without_magics("%%bash\nrm -rf /") == ""
