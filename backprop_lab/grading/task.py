"""What a graded task is made of: all of it data, so that adding a mistake is adding a row."""

import copy
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np


class AnyWrong(Exception):
    """Raised by a mistake made on purpose where its own numbers are anyone's guess.

    Such a mistake is told by where it shows: right elsewhere, wrong here in whatever way; or, if it
    holds a pattern, by an error such as ``"TypeError: .* 'int'"``.
    """


class Facts(dict):
    """What `Task.use` found out about a solution: name -> value, in place of the returned value.

    For tasks that are more than their outputs: random ones, and those that must put things back.
    """


@dataclass(frozen=True, eq=False)
class Probe:
    """One set of arguments on which a solution is tried.

    Parameters
    ----------
    make : (rng, **sizes) -> tuple of arguments
    sizes : the numbers that sentences may name, such as ``{"N": 4, "D": 3, "M": 2}``
    edge : an unusual input; asked about only where the plain ones show no difference
    calls : how often the solution is called in a row with the same arguments
    seed : two probes of equal sizes and other seeds have other numbers
    vary : like `make`, with other numbers each time, where those of `make` are fixed
    """

    make: Callable[..., tuple]
    sizes: Mapping[str, Any]
    edge: bool = False
    calls: int = 1
    seed: int | tuple[int, ...] = 0
    vary: Callable[..., tuple] | None = None

    def drawn_anew(self, seed: int) -> "Probe":
        """Make a probe of the same kind with other numbers."""
        return replace(self, make=self.vary or self.make, seed=(seed, self.seed))

    @cached_property
    def pristine(self) -> tuple:
        """The arguments as they should be; never handed to a solution."""
        return tuple(self.make(np.random.default_rng(self.seed), **self.sizes))

    def arguments(self) -> tuple:
        """Copy the arguments, for one solution to do with as it likes."""
        return copy.deepcopy(self.pristine)


@dataclass(frozen=True, eq=False)
class Mistake:
    """One row of a task's table: a known mistake, told by the numbers it gives.

    Parameters
    ----------
    key : the name by which the course speaks of it
    says : what to tell the learner; may hold a probe's sizes, as in ``"divided by {N}"``
    wrong : the mistake, made on purpose: a whole solution, or ``{output: (*arguments) -> value}``
        for outputs that differ from the right ones, or a list of such variants
    convention : right in another book
    alone : true only of a solution whose other outputs are all right
    written : (solution) -> whether it is written so; only for mistakes that give the same numbers
    """

    key: str
    says: str
    wrong: Callable | Mapping[str, Callable] | Sequence
    convention: bool = False
    alone: bool = False
    written: Callable[[Callable], bool] = lambda solution: True

    @property
    def variants(self) -> Sequence:
        """The ways of making this mistake."""
        return self.wrong if isinstance(self.wrong, Sequence) else [self.wrong]


def plainly(solution: Callable, *arguments: Any) -> Any:
    """Use a solution by calling it once."""
    return solution(*arguments)


@dataclass(frozen=True, eq=False)
class Task:
    """A function that a learner writes, and how it is looked at.

    Parameters
    ----------
    right : a right solution; its parameters are the task's
    returns : output -> its shape in letters, in the order of the return statement
    changes : parameters that the task changes in place (dicts of arrays)
    probes : the arguments on which it is tried; they should hide nothing
    mistakes : the table; the first row is the first thing to mend
    hints : output -> three hints, from a nudge to nearly the line
    use : (solution, *arguments) -> value, or `Facts`; how a probe uses the solution
    typed : (*arguments) -> lines that show this use in an example; a call, unless said otherwise
    seconds : time for all calls of a check together; more where `use` trains networks
    """

    right: Callable
    probes: Sequence[Probe]
    mistakes: Sequence[Mistake]
    hints: Mapping[str, tuple[str, str, str]]
    returns: Mapping[str, str] = field(default_factory=dict)
    changes: Sequence[str] = ()
    use: Callable = plainly
    typed: Callable | None = None
    seconds: float = 1.5

    @property
    def name(self) -> str:
        """The name by which `check` knows it."""
        return self.right.__name__

    @cached_property
    def parameters(self) -> list[str]:
        """Names of the arguments, in order."""
        return list(inspect.signature(self.right).parameters)

    @property
    def tries(self) -> list[Probe]:
        """All probes, and the first once more, to see whether a call remembers."""
        return [*self.probes, self.probes[0]]

    def drawn_anew(self, seed: int) -> "Task":
        """Make the same task with other numbers in its probes."""
        return replace(self, probes=[each.drawn_anew(seed) for each in self.probes])

    @property
    def signature(self) -> str:
        """As a learner would write it: ``affine_forward(x, W, b) -> out``."""
        outputs = ", ".join(self.returns) or "None"
        arrow = f"({outputs})" if len(self.returns) > 1 else outputs
        return f"{self.name}({', '.join(self.parameters)}) -> {arrow}"

    @cached_property
    def wrong_solutions(self) -> list[tuple[Mistake, list[Callable]]]:
        """For each row of the table, its variants as whole solutions."""
        return [(row, [self._whole(each) for each in row.variants]) for row in self.mistakes]

    def _whole(self, variant: Callable | Mapping[str, Callable]) -> Callable:
        if callable(variant):
            return variant

        def wrong(*arguments):
            right = self.right(*arguments)
            outputs = dict(zip(self.returns, right if len(self.returns) > 1 else (right,)))
            outputs |= {name: instead(*arguments) for name, instead in variant.items()}
            return tuple(outputs.values()) if len(outputs) > 1 else outputs.popitem()[1]

        return wrong
