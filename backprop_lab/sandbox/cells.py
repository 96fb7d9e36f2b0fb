"""The cells of a notebook: which of them are needed, and how each becomes Python."""

import ast
import re
from collections.abc import Callable, Sequence
from types import CodeType

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)


LONG = 1000  # characters, from which on a cell may be deep enough to crash Python itself


def needed(
    cells: Sequence[str], wanted: set[str], skip: set[int], begin: Callable[[int], None]
) -> list[int]:
    """Find the cells to run for what is wanted.

    Those are all down to the last that defines or checks some of it, and below it those that hold
    definitions alone. What comes later, such as a long training, can't change a mark. Where
    something wanted is defined in no visible way, all are needed.

    Parameters
    ----------
    skip : cells not to look at
    begin : is told the number of a cell that may be the end of us
    """
    trees = {}
    for at in sorted({*range(len(cells))} - skip):
        if len(cells[at]) > LONG:
            begin(at)
        trees[at] = _tree(cells[at])
    defining = {at: _defined(tree) & wanted for at, tree in trees.items()}
    if set().union(*defining.values()) != wanted:
        return [*trees]
    checking = {at for at, tree in trees.items() if "check" in cells[at] and _checks(tree) & wanted}
    touching = [at for at in trees if defining[at] or at in checking]
    last = max(touching, default=-1)
    return [at for at, tree in trees.items() if at <= last or _only_defines(tree)]


def compiled(source: str, file: str) -> CodeType:
    """Compile a cell; where it is no Python, without the lines that are the notebook's own."""
    try:
        return compile(source, file, "exec")
    except SyntaxError:
        return compile(without_magics(source), file, "exec")


def without_magics(source: str) -> str:
    """Replace ``%magic``, ``!command``, ``x = !command`` and ``name?`` by lines that do nothing."""
    if re.match(r"\s*%%(?!time|timeit|capture|prun)", source):
        return ""
    source = re.sub(r"^([ \t]*)[%!].*$", r"\1pass", source, flags=re.MULTILINE)
    source = re.sub(r"^([ \t]*)(\?+[\w.]+|[\w.]+\?+)[ \t]*$", r"\1pass", source, flags=re.MULTILINE)
    return re.sub(r"^([ \t]*[\w, ]+=[ \t]*)[%!].*$", r"\1None", source, flags=re.MULTILINE)


def _tree(source: str) -> ast.Module:
    for text in (source, without_magics(source)):
        try:
            return ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
    return ast.Module([], [])


def _defined(tree: ast.Module) -> set[str]:
    names = set()
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names |= {each.asname or each.name for each in node.names}
        else:
            inside = (each for each in ast.walk(node) if isinstance(each, ast.Name))
            names |= {each.id for each in inside if isinstance(each.ctx, ast.Store)}
    return names


def _checks(tree: ast.Module) -> set[str]:
    """Names of the tasks that it checks."""
    calls = [each for each in ast.walk(tree) if isinstance(each, ast.Call) and each.args]
    return {
        each.args[0].value
        for each in calls
        if getattr(each.func, "id", "") == "check"
        and type(getattr(each.args[0], "value", None)) is str
    }


def _only_defines(tree: ast.Module) -> bool:
    return bool(tree.body) and all(isinstance(node, DEFINITIONS) for node in tree.body)
