"""The checker's side: which walls are taken, and what is said where there are none."""

import pytest

from backprop_lab.sandbox import NoWalls, Sandboxes, TimeOut, sandboxes


def refusing():
    raise NoWalls("not today")


@pytest.fixture
def no_namespaces(monkeypatch):
    monkeypatch.setitem(sandboxes.HOMES, "namespaces", refusing)


def test_bubblewrap_does_the_walls_where_namespaces_cannot(no_namespaces):
    with Sandboxes() as room:
        assert room.kind == "bubblewrap"
        assert room.sandboxed
        with room.box() as box:
            assert "errors" in box.ask({"do": "run", "cells": [], "skip": [], "wanted": []}, 20)


def test_without_any_walls_it_refuses_in_words(no_namespaces, monkeypatch):
    monkeypatch.setenv("PATH", "")

    with pytest.raises(NoWalls, match="Install bubblewrap"), Sandboxes():
        pass


def test_without_walls_only_when_told_and_it_says_so(no_namespaces, monkeypatch):
    monkeypatch.setenv("PATH", "")

    with Sandboxes(unsandboxed=True) as room:
        assert not room.sandboxed
        with room.box() as box:
            ran = box.ask({"do": "run", "cells": ["1 / 0"], "skip": [], "wanted": ["f"]}, 20)

    assert ran["errors"] == {0: "ZeroDivisionError"}


def test_unsandboxed_still_takes_walls_where_there_are_some():
    with Sandboxes(unsandboxed=True) as room:
        assert room.sandboxed


@pytest.mark.parametrize("kind", ["namespaces", "bubblewrap", "none"])
def test_who_does_not_answer_is_not_waited_for(kind):
    with Sandboxes(kinds=[kind]) as room, room.box() as box:
        loop = {"do": "run", "cells": ["while True: pass"], "skip": [], "wanted": ["f"]}
        with pytest.raises(TimeOut):
            box.ask(loop, 0.5)
