"""Name a mistake: find the rows of a task's table that give the learner's own numbers."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from .compare import DOUBLE, close
from .judge import Failure, fault, tolerance
from .observe import Odd, Seen, quiet_trial
from .task import Mistake, Probe, Task


@dataclass(frozen=True)
class Named:
    """A mistake that explains what was seen.

    `failure` is the kind of failure that this mistake is by itself, `output` the first output that
    it spoils, `probe` the number of the first probe on which it does.
    """

    mistake: Mistake
    failure: Failure
    output: str
    probe: int


def recognise(task: Task, probes: list[Probe], seen: list[Seen], right: list[Seen]) -> list[Named]:
    """Find every mistake of the table that is there, the first to mend first.

    A row explains what was seen where, for each output that the mistake spoils, the learner's
    values are those of the mistake on every probe. So two mistakes in two outputs are both found.
    A mistake that already shows on plain probes is not asked about the edges, where two ways of
    writing the same mistake may differ.
    """
    named = []
    for mistake, solutions in task.wrong_solutions:
        found = (_explains(task, mistake, each, probes, seen, right) for each in solutions)
        named += [each for each in found if each][:1]
    return sorted(named, key=lambda each: each.failure.order)


def _explains(task, mistake, solution, probes, seen, right) -> Named | None:
    shows: dict[int, Effect] = {}
    for edge in (False, True):
        for at, probe in enumerate(probes):
            if probe.edge is edge:
                shows[at] = _effect(task, probe, solution)
                if not shows[at].is_seen(seen[at], probe):
                    return None
        if any(each.spoilt or each.made.error for each in shows.values()):
            break
    spoilt = {name for each in shows.values() for name in each.spoilt}
    if not _proven(shows, seen, spoilt) or _elsewhere_else(shows, seen, spoilt, probes):
        return None
    at = next(at for at, each in shows.items() if each.spoilt or each.made.error)
    itself = fault(task, probes, at, shows[at].made, right[at])
    # an error hides which output it came from; the probe without one tells
    output = next((name for name in right[at].outputs if name in spoilt), itself.output)
    return Named(mistake, itself.failure, output, at)


@dataclass(frozen=True)
class Effect:
    """What a mistake made of one probe, and the outputs that it spoilt there."""

    made: Seen
    spoilt: tuple[str, ...]

    def is_seen(self, seen: Seen, probe: Probe) -> bool:
        """Whether the spoilt outputs are the learner's."""
        if self.made.error or seen.error:
            return bool(self.made.error and seen.error)
        return all(_same(self.made, seen, name, tolerance(probe)) for name in self.spoilt)


@cache
def _effect(task: Task, probe: Probe, solution: Callable) -> Effect:
    made, right = quiet_trial(task, probe, solution), quiet_trial(task, probe, task.right)
    if made.error:
        return Effect(made, ())
    return Effect(made, tuple(name for name in right.outputs if not _same(made, right, name)))


def _elsewhere_else(shows, seen, spoilt, probes) -> bool:
    """Whether a spoilt output differs also where the mistake happens to be hidden."""
    return any(
        not _same(each.made, seen[at], name, tolerance(probes[at]))
        for at, each in shows.items()
        for name in spoilt
        if not each.made.error
    )


def _proven(shows: dict[int, Effect], seen: list[Seen], spoilt: set[str]) -> bool:
    """Values prove a mistake; an error alone does only in the very same words."""
    errors = [(each.made.error, seen[at].error) for at, each in shows.items() if each.made.error]
    return bool(spoilt) or bool(errors) and all(repr(ours) == repr(her) for ours, her in errors)


def _same(one: Seen, other: Seen, name: str, exact: float = DOUBLE) -> bool:
    a, b = one.outputs.get(name, Odd("missing")), other.outputs.get(name, Odd("missing"))
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return close(b, a, exact)
    return isinstance(a, Odd) and a == b
