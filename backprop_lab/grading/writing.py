"""How a function is written, for mistakes that give the same numbers: read from its bytecode."""

import dis
from collections.abc import Callable


def stores(function: Callable) -> set[str]:
    """Tell how it writes into entries, as in ``a[i] = b`` or ``a[i] += b``: {"="}, {"+="}, both."""
    steps = [each for each in _steps(function) if each.opname not in ("SWAP", "CACHE")]
    return {
        before.argrepr if before.argrepr.endswith("=") else "="
        for before, step in zip(steps, steps[1:])
        if step.opname == "STORE_SUBSCR"
    }


def reads(function: Callable, position: int) -> bool | None:
    """Tell whether it reads its argument of this position; None where its code is out of sight."""
    code = getattr(function, "__code__", None)
    if code is None or position >= code.co_argcount:
        return None
    name, steps = code.co_varnames[position], _steps(function)
    return any(
        name in (each.argval if isinstance(each.argval, tuple) else (each.argval,))
        for each in steps
        if each.opname.startswith("LOAD")
    )


def _steps(function: Callable) -> list[dis.Instruction]:
    try:
        return list(dis.get_instructions(function))
    except TypeError:
        return []  # a partial, an object that can be called: nothing is known
