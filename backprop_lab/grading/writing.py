"""How a function is written, for mistakes that give the same numbers: read from its bytecode."""

from collections.abc import Callable

from .looks import Step, written


def stores(function: Callable) -> set[str]:
    """Tell how it writes into entries, as in ``a[i] = b`` or ``a[i] += b``: {"="}, {"+="}, both."""
    steps = [each for each in steps_of(function) if each.opname not in ("SWAP", "CACHE")]
    return {
        before.argrepr if before.argrepr.endswith("=") else "="
        for before, step in zip(steps, steps[1:])
        if step.opname == "STORE_SUBSCR"
    }


def reads(function: Callable, position: int) -> bool | None:
    """Tell whether it reads its argument of this position; None where its code is out of sight."""
    code = written(function)
    if code is None or position >= len(code.arguments):
        return None
    return any(
        code.arguments[position] in (each.argval if type(each.argval) is tuple else (each.argval,))
        for each in code.steps
        if each.opname.startswith("LOAD")
    )


def names(function: Callable) -> frozenset[str]:
    """Names that it reads from elsewhere, such as those of NumPy's; none if out of sight."""
    code = written(function)
    return code.names if code else frozenset()


def steps_of(function: Callable) -> tuple[Step, ...]:
    """Its instructions; none for a partial or an object that can be called."""
    code = written(function)
    return code.steps if code else ()
