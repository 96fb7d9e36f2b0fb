"""Judge one trial: the first thing that is wrong with it, in the order in which one looks."""

import traceback
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import numpy as np

from .compare import DOUBLE, SINGLE, close, difference, farthest
from .observe import Odd, Seen, a_or_an
from .task import Probe, Task


class Failure(StrEnum):
    """What kind of failure it is, in the order in which a check looks."""

    TASK = "unknown task"
    CALL = "not a function for this task"
    STUB = "not written yet"
    TIME = "time"
    EXCEPTION = "exception"
    OUTPUTS = "outputs"
    SHAPE = "shape"
    DTYPE = "dtype"
    MUTATED = "mutated"
    VALUE = "value"

    @property
    def order(self) -> int:
        """Position in the order of looking."""
        return list(Failure).index(self)


@dataclass(frozen=True)
class Fault:
    """Something wrong with one trial.

    `probe` is its number, `output` the output concerned ("" for the call as a whole), `key` a name
    where the fault is its own proof (an argument that changed needs no table).
    """

    failure: Failure
    probe: int
    output: str
    says: str
    key: str | None = None


WHOLE = (
    "An array made with the dtype of a whole-number argument can hold nothing else: let the "
    "products make the array, or say `dtype=float`."
)


@lru_cache(maxsize=2000)
def tolerance(probe: Probe) -> float:
    """How exactly a solution has to agree: to what the type of its arguments can carry."""
    return SINGLE if np.float32 in _dtypes(probe.pristine) else DOUBLE


def whole_numbers(probe: Probe) -> bool:
    """Whether the first array among the arguments holds whole numbers."""
    first = next((each for each in probe.pristine if isinstance(each, np.ndarray)), None)
    return first is not None and first.dtype.kind == "i"


def fault(task: Task, probes: list[Probe], at: int, seen: Seen, right: Seen) -> Fault | None:
    """Find the first fault of the trial of ``probes[at]``, or None where all is right."""
    for failure, look in LOOKS.items():
        for output, says, *key in look(task, probes[at], seen, right):
            return Fault(failure, at, output, says, *key)
    return None


def faulty_outputs(probe: Probe, seen: Seen, right: Seen) -> list[str]:
    """Names of the outputs that are not right."""
    exact = tolerance(probe)
    return [
        name
        for name, wanted in right.outputs.items()
        if not isinstance(got := seen.outputs.get(name), np.ndarray)
        or not close(got, wanted, exact)
    ]


def where_raised(error: BaseException, solution) -> str:
    """Find the learner's own last line in a traceback: ``"line 3, `dx = dout @ W`"``."""
    code = getattr(solution, "__code__", None)
    frames = traceback.extract_tb(error.__traceback__)
    mine = [each for each in frames if code is not None and each.filename == code.co_filename]
    if not mine:
        return ""
    line = mine[-1].lineno - code.co_firstlineno + 1
    counted = f"line {line} of your function" if line > 0 else f"line {mine[-1].lineno}"
    return f"{counted}, `{mine[-1].line}`" if mine[-1].line else counted


def _time(task, probe, seen, right):
    if seen.time_up:
        yield (
            "",
            "It did not come back, so the check stopped waiting. Look for a loop whose condition "
            "never turns false, or a function that calls itself.",
        )


def _exception(task, probe, seen, right):
    if seen.error is None:
        return
    if whole_numbers(probe) and type(seen.error).__name__ == "UFuncTypeError":
        says = "Fractions are added in place to an array of whole numbers, which has no room."
        yield "", f"{says} {WHOLE}", "int_dtype_truncation"
    else:
        yield "", ""


def _outputs(task, probe, seen, right):
    wanted = ", ".join(task.returns)
    if seen.returned is None:
        return
    if seen.returned == "None":
        says = f"It returned None: is there a `return {wanted}` at its end?"
    elif len(task.returns) == 1:
        says = (
            f"It returned {seen.returned}, and one array or number ({wanted}) is expected: does a "
            f"comma stand after the return value?"
        )
    else:
        says = f"It returned {seen.returned}, and {len(task.returns)} outputs are expected: "
        says += f"`return {wanted}`."
    yield "", says


def _shape(task, probe, seen, right):
    for name, wanted in right.outputs.items():
        got = seen.outputs.get(name, Odd("missing"))
        if isinstance(got, np.ndarray) and got.shape != wanted.shape:
            letters = task.returns.get(name, "")
            agreed = f"({letters}) = {wanted.shape}" if letters else f"{wanted.shape}"
            if wanted.ndim == 0:
                agreed = "one number"
            says = f"Your {name} has shape {got.shape}, and {agreed} is expected."
            if close(got.T, wanted, tolerance(probe)):
                says += " Transposed, it is right."
            yield name, says


def _dtype(task, probe, seen, right):
    for name, wanted in right.outputs.items():
        got = seen.outputs.get(name, Odd("missing"))
        if isinstance(got, Odd):
            whole, is_part, _ = name.partition("[")
            if is_part and whole in seen.outputs:
                yield name, f"Your {whole} {_is_what(seen.outputs[whole])}: {name} isn't there."
                return
            kind = "one number" if wanted.ndim == 0 else "a NumPy array"
            yield name, f"Your {name} {_is_what(got)}, and {kind} is expected."
        elif got.dtype.kind not in "fiu":
            yield name, f"Your {name} holds {got.dtype} values, and real numbers are expected."
        elif _cut_off(got, wanted) and not close(got, wanted, tolerance(probe)):
            key = "int_dtype_truncation" if whole_numbers(probe) else None
            yield (
                name,
                f"Your {name} holds whole numbers ({got.dtype}), so every fraction is cut off. "
                + WHOLE * bool(key),
                key,
            )
        elif _lost_digits(got, wanted, probe):
            yield (
                name,
                f"Your {name} is right to the few digits that {got.dtype} can hold. The arguments "
                f"are float64: keep to that, small differences add up over many steps.",
            )


def _mutated(task, probe, seen, right):
    for name in seen.changed:
        yield (
            name,
            f"Your function changes its argument {name}, which belongs to whoever calls it. Lines "
            f"such as `{name} -= ...` or `{name}[...] = ...` write into the caller's array: make a "
            f"new one, as in `{name} = {name} - ...`, or work on `{name}.copy()`.",
            "mutates_input",
        )


def _value(task, probe, seen, right):
    exact = tolerance(probe)
    for name in faulty_outputs(probe, seen, right):
        got, wanted = seen.outputs[name], right.outputs[name]
        says = difference(name, got, wanted, probe.sizes, exact)
        yield name, f"{says} {farthest(name, got, wanted)}."


LOOKS = {
    Failure.TIME: _time,
    Failure.EXCEPTION: _exception,
    Failure.OUTPUTS: _outputs,
    Failure.SHAPE: _shape,
    Failure.DTYPE: _dtype,
    Failure.MUTATED: _mutated,
    Failure.VALUE: _value,
}


def _is_what(got: np.ndarray | Odd) -> str:
    if isinstance(got, np.ndarray):
        return f"is {a_or_an(got)}" if got.ndim else "is one number"
    return "is gone" if got.what == "missing" else f"is {got.what}"


def _cut_off(got: np.ndarray, wanted: np.ndarray) -> bool:
    return got.dtype.kind in "iu" and wanted.dtype.kind == "f"


def _lost_digits(got: np.ndarray, wanted: np.ndarray, probe: Probe) -> bool:
    fewer = got.dtype in (np.float16, np.float32) and np.float32 not in _dtypes(probe.pristine)
    loose = 1e-2 if got.dtype == np.float16 else SINGLE
    return fewer and not close(got, wanted) and close(got, wanted, loose)


def _dtypes(arguments) -> set:
    if isinstance(arguments, np.ndarray):
        return {arguments.dtype.type}
    if isinstance(arguments, dict):
        arguments = tuple(arguments.values())
    if isinstance(arguments, (tuple, list)):
        return set().union(*map(_dtypes, arguments))
    return set()
