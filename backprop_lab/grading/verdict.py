"""From everything seen to one result: what to say first, and with which numbers."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .compare import farthest
from .guard import AskedForInput
from .hands_off import HandsOff
from .intake import is_empty
from .judge import Failure, Fault, fault, faulty_outputs
from .observe import Seen
from .recognise import recognise
from .result import Result
from .task import Mistake, Probe, Task

EXPLAINED = {
    RecursionError: "It calls itself without an end.",
    SystemExit: "It ends the program (`exit`, `quit` or `sys.exit`). A function only returns.",
    KeyboardInterrupt: "It raises KeyboardInterrupt, which is meant for the stop button.",
    HandsOff: "It changes files or starts a program, and only has to compute. Nothing was touched.",
    AskedForInput: "It waits for the keyboard with `input()`. Everything it needs is in its "
    "arguments.",
}


@dataclass
class Evidence:
    """All trials of one solution, one for each probe, beside the right ones."""

    task: Task
    solution: Callable
    probes: list[Probe]
    seen: list[Seen]
    right: list[Seen]
    printed: str

    @cached_property
    def faults(self) -> list[Fault]:
        """The first fault of each trial that has one."""
        trials = enumerate(zip(self.seen, self.right))
        found = [fault(self.task, self.probes, at, seen, right) for at, (seen, right) in trials]
        return [each for each in found if each]

    @cached_property
    def faulty(self) -> list[list[str]]:
        """For each trial, the outputs that are not right."""
        return [faulty_outputs(*each) for each in zip(self.probes, self.seen, self.right)]

    def size(self, at: int) -> int:
        """How many numbers a reader would have to look at in this probe."""
        return sum(np.size(each) for each in self.right[at].outputs.values())


def verdict(evidence: Evidence) -> Result:
    """Say the first thing that the learner should mend.

    The order is that of `Failure`; where both a named mistake and an unnamed fault are there, the
    named one, because it can be explained.
    """
    task = evidence.task
    if not evidence.faults:
        return _passed(evidence)
    if _unwritten(evidence):
        says = "Nothing to check so far. Write the missing lines, run their cell, then this one."
        return failed(task, Failure.STUB, says)
    complete = len(evidence.seen) == len(evidence.probes)
    trials = evidence.probes, evidence.seen, evidence.right
    named = recognise(task, evidence.solution, *trials) if complete else []
    proven = sorted(_proven(evidence), key=lambda each: each.failure.order)
    if named and (not proven or named[0].failure.order <= proven[0].failure.order):
        row = named[0]
        at, output = _clearest(evidence, row.output, row.probe)
        return _told(evidence, at, row.failure, output, mistake=row.mistake)
    chosen = proven[0] if proven else _plainest(evidence)
    return _told(evidence, chosen.probe, chosen.failure, chosen.output, found=chosen)


def failed(task: Task, failure: Failure, says: str, output: str = "", **more) -> Result:
    """Make a result that did not pass, with the hints for this output."""
    hints = (
        task.hints.get(output) or task.hints.get(_whole(output)) or next(iter(task.hints.values()))
    )
    return Result(task.name, False, says, failure=failure, hints=hints, **more)


def _passed(evidence: Evidence) -> Result:
    surplus = next((each.surplus for each in evidence.seen if each.surplus), None)
    says = "Right on every input we tried: plain ones and unusual ones, and a second call."
    if surplus:
        says += f" (It also returns {surplus}, which nobody reads: it works in place.)"
    return Result(evidence.task.name, True, says, printed=evidence.printed)


def _unwritten(evidence: Evidence) -> bool:
    return isinstance(evidence.seen[0].error, NotImplementedError) or is_empty(evidence.solution)


def _proven(evidence: Evidence) -> list[Fault]:
    """Faults that name themselves; one that shows at the edges does only if all else is right."""
    plain = {each.probe for each in evidence.faults if not evidence.probes[each.probe].edge}
    return [
        each
        for each in evidence.faults
        if each.key and (each.failure is Failure.MUTATED or not plain)
    ]


def _plainest(evidence: Evidence) -> Fault:
    """Find the fault to speak of: on a plain probe if there is one; of values, the smallest."""
    plain = [each for each in evidence.faults if not evidence.probes[each.probe].edge]
    first = min(plain or evidence.faults, key=lambda each: each.failure.order)
    if first.failure is not Failure.VALUE:
        return first
    alike = [
        each
        for each in evidence.faults
        if (each.failure, each.output, each.key) == (first.failure, first.output, first.key)
    ]
    return min(alike, key=lambda each: evidence.size(each.probe))


def _clearest(evidence: Evidence, output: str, otherwise: int) -> tuple[int, str]:
    """Find the smallest probe that shows a wrong value, and the output to look at there."""
    in_place = bool(evidence.task.changes)  # names differ from probe to probe: any one will do
    showing = [
        at
        for at, (seen, faulty) in enumerate(zip(evidence.seen, evidence.faulty))
        if seen.error is None and (faulty if in_place else output in faulty)
    ]
    if evidence.seen[otherwise].error is not None or not showing:
        return otherwise, output
    at = min(showing, key=evidence.size)
    return at, output if output in evidence.faulty[at] else evidence.faulty[at][0]


def _told(
    evidence: Evidence,
    at: int,
    failure: Failure,
    output: str,
    mistake: Mistake | None = None,
    found: Fault | None = None,
) -> Result:
    seen, probe = evidence.seen[at], evidence.probes[at]
    if mistake:
        first = mistake.says.format(**probe.sizes)
        then = [_in_numbers(evidence, at, output), _raised(evidence, at)]
    else:
        first = found.says or _raised(evidence, at)
        square = _runs_when_square(evidence) if seen.error and not probe.edge else ""
        then = [square, _warned(seen, failure), _remembers(evidence, at)]
    then = " ".join(filter(None, [*then, _what_is_right(evidence, output)]))
    return failed(
        evidence.task,
        failure,
        "\n".join(filter(None, [first, then])),
        output,
        diagnosis=mistake.key if mistake else found.key,
        convention=bool(mistake and mistake.convention),
        example=_example(evidence, at, output),
        printed=evidence.printed,
    )


def _in_numbers(evidence: Evidence, at: int, output: str) -> str:
    got, wanted = evidence.seen[at].outputs.get(output), evidence.right[at].outputs.get(output)
    if not isinstance(got, np.ndarray) or wanted is None:
        return ""
    if got.shape != wanted.shape:
        return f"Here yours has shape {got.shape}, the right one {wanted.shape}."
    return f"{farthest(output, got, wanted)}."


def _warned(seen: Seen, failure: Failure) -> str:
    shown = seen.warnings and failure in (Failure.VALUE, Failure.DTYPE)
    return f"NumPy warned: {seen.warnings[0]}." if shown else ""


def _remembers(evidence: Evidence, at: int) -> str:
    if at < len(evidence.probes) - 1 or any(each.probe == 0 for each in evidence.faults):
        return ""
    return (
        "The first call with these arguments was right and a later one is not: something stays "
        "from one call to the next (a global name, a default argument)."
    )


def _raised(evidence: Evidence, at: int) -> str:
    error = evidence.seen[at].error
    if error is None:
        return ""
    where = evidence.seen[at].where
    explained = [says for kind, says in EXPLAINED.items() if isinstance(error, kind)]
    if explained:
        return explained[0] + (f" See {where}." if where else "")
    says = f"It raises {type(error).__name__}" + (f" in {where}" if where else "")
    says += f": {evidence.seen[at].error_says}." if evidence.seen[at].error_says else "."
    return f"{says} {_shapes(evidence, at)}".strip()


def _shapes(evidence: Evidence, at: int) -> str:
    arguments = zip(evidence.task.parameters, evidence.probes[at].pristine)
    arrays = [f"{name} {each.shape}" for name, each in arguments if isinstance(each, np.ndarray)]
    return f"The shapes: {', '.join(arrays)}." if arrays else ""


def _runs_when_square(evidence: Evidence) -> str:
    for probe, seen in zip(evidence.probes, evidence.seen):
        sizes = probe.sizes
        if len(sizes) > 1 and len(set(sizes.values())) == 1 and seen.error is None:
            equal = " = ".join([*sizes, str(next(iter(sizes.values())))])
            return f"It runs where {equal}: look for an axis or a transpose."
    return ""


def _what_is_right(evidence: Evidence, output: str) -> str:
    wrong = {name for faulty in evidence.faulty for name in faulty}
    partly = {_whole(name) for name in wrong}
    own = {*evidence.task.returns, *evidence.task.changes}  # and no facts about them
    names = [n for n in evidence.right[0].outputs if n not in wrong and _whole(n) in own]
    right = list(dict.fromkeys(n if _whole(n) in partly else _whole(n) for n in names))
    complete = len(evidence.seen) == len(evidence.probes)
    if not (0 < len(right) < 5 and output and complete and evidence.task.returns):
        return ""
    return f"Your {' and '.join(right)} {'are' if len(right) > 1 else 'is'} right."


def _whole(name: str) -> str:
    """Name the output of which this is a part: ``grads`` of ``grads["W1"]``."""
    return name.partition("[")[0]


def _example(evidence: Evidence, at: int, output: str) -> str:
    """Write the arguments, and what came out of them, as a learner could type it."""
    task, probe = evidence.task, evidence.probes[at]
    got, wanted = evidence.seen[at].outputs.get(output), evidence.right[at].outputs.get(output)
    if not isinstance(got, np.ndarray) or wanted is None:
        return ""
    lines = task.typed(*probe.pristine) if task.typed else _call(task, probe)
    lines += ["", _assigned(f"your {output}", got), _assigned(f"right {output}", wanted)]
    return "\n".join(lines)


def _call(task: Task, probe: Probe) -> list[str]:
    call = f"{task.name}({', '.join(task.parameters)})"
    arguments = [_assigned(name, each) for name, each in zip(task.parameters, probe.pristine)]
    return [*arguments, call if probe.calls == 1 else f"{call}  # {probe.calls} times"]


def _assigned(name: str, value) -> str:
    if isinstance(value, dict):
        return "\n".join(_assigned(f'{name}["{key}"]', each) for key, each in value.items())
    if isinstance(value, list) and any(isinstance(each, np.ndarray) for each in value):
        return "\n".join(_assigned(f"{name}[{i}]", each) for i, each in enumerate(value))
    if isinstance(value, (np.ndarray, np.generic)):
        value = np.array2string(
            np.asarray(value),
            precision=4,
            separator=", ",
            suppress_small=True,
            prefix=f"{name} = ",
            max_line_width=88,
        )
    return f"{name} = {value}"
