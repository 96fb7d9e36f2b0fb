"""Name a mistake: find the rows of a task's table that give the learner's own numbers."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from .compare import DOUBLE, close
from .judge import Failure, fault, tolerance
from .observe import Odd, Seen, quiet_trial
from .task import AnyWrong, Mistake, Probe, Task


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


def recognise(
    task: Task, solution: Callable, probes: list[Probe], seen: list[Seen], right: list[Seen]
) -> list[Named]:
    """Find every mistake of the table that is there, the first to mend first.

    A row explains what was seen where, for each output that the mistake spoils, the learner's
    values are those of the mistake on every probe. So two mistakes in two outputs are both found.
    A mistake that changes an argument explains only solutions that change it too.
    A mistake that already shows on plain probes is not asked about the edges, where two ways of
    writing the same mistake may differ; and one that shows at the edges alone is not asked about
    where something else is wrong on plain probes, and should be mended first.
    """
    named = []
    trials = zip(probes, seen, right)
    plain = all(_only(set(), its, ours, probe) for probe, its, ours in trials if not probe.edge)
    looks = (False, True) if plain else (False,)
    for mistake, wrongs in task.wrong_solutions:
        found = (_explains(task, mistake, each, probes, seen, right, looks) for each in wrongs)
        first = next((each for each in found if each), None)
        if first and mistake.written(solution):
            named.append(first)
    return sorted(named, key=lambda each: each.failure.order)


def _explains(task, mistake, solution, probes, seen, right, looks) -> Named | None:
    shows: dict[int, Effect] = {}
    for edge in looks:
        for at, probe in enumerate(probes):
            if probe.edge is edge:
                shows[at] = _effect(task, probe, solution)
                if not shows[at].is_seen(seen[at], probe):
                    return None
        if any(each.spoilt or each.made.error for each in shows.values()):
            break
    spoilt = {name for each in shows.values() for name in each.spoilt}
    if mistake.alone and not all(_only(spoilt, seen[at], right[at], probes[at]) for at in shows):
        return None
    wrong = [at for at in shows if not _only(set(), seen[at], right[at], probes[at])]
    free = [at for at, each in shows.items() if each.is_free]
    if free and wrong and all(shows[at].allows(seen[at]) for at in wrong):
        itself = fault(task, probes, wrong[0], seen[wrong[0]], right[wrong[0]])
        return Named(mistake, itself.failure, itself.output, wrong[0])
    if free or not _proven(shows, seen, spoilt) or _elsewhere_else(shows, seen, spoilt, probes):
        return None
    at = next(at for at, each in shows.items() if each.spoilt or each.made.error)
    itself = fault(task, probes, at, shows[at].made, right[at])
    # an error hides which output it came from; the probe without one tells
    first = next((name for name in right[at].outputs if name in spoilt), itself.output)
    output = itself.output if itself.output in spoilt else first
    return Named(mistake, itself.failure, output, at)


@dataclass(frozen=True)
class Effect:
    """What a mistake made of one probe, and the outputs that it spoilt there."""

    made: Seen
    spoilt: tuple[str, ...]

    @property
    def is_free(self) -> bool:
        """Whether the mistake gives no numbers of its own here."""
        return isinstance(self.made.error, AnyWrong)

    def allows(self, seen: Seen) -> bool:
        """Whether this is one of the ways in which the mistake may show, if it is free."""
        if not self.is_free:
            return bool(self.spoilt)
        pattern = str(self.made.error)
        return not pattern or bool(
            re.match(pattern, f"{type(seen.error).__name__}: {seen.error_says}")
        )

    def is_seen(self, seen: Seen, probe: Probe) -> bool:
        """Whether the spoilt outputs are the learner's."""
        if self.is_free:
            return True
        if self.made.error or seen.error:
            return bool(self.made.error and seen.error)
        if not set(self.made.changed) <= set(seen.changed):
            return False
        # where it is hidden, something of the learner's has to be right
        names = self.spoilt or self.made.outputs
        match = all if self.spoilt else any
        return not names or match(_same(self.made, seen, n, tolerance(probe)) for n in names)


@cache
def _effect(task: Task, probe: Probe, solution: Callable) -> Effect:
    made, right = quiet_trial(task, probe, solution), quiet_trial(task, probe, task.right)
    if made.error:
        return Effect(made, ())
    return Effect(
        made,
        tuple(name for name in right.outputs if not _same(made, right, name, tolerance(probe))),
    )


def _only(spoilt: set[str], seen: Seen, right: Seen, probe: Probe) -> bool:
    """Whether every output but the spoilt ones is right."""
    others = set(right.outputs) - spoilt
    return all(_same(right, seen, name, tolerance(probe)) for name in others)


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
    return isinstance(a, Odd) and isinstance(b, Odd) and a == b
