"""The proof of the grader: what it makes of every wrong and right solution of the tests.

    python -m tests.grading.report

Ends with 1 where a goal is missed: every wrong solution rejected, every right one accepted, nine in
ten of the known mistakes named, none named wrongly.
"""

import statistics
import sys
import time
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Column, Table

from backprop_lab.grading.checking import grade
from backprop_lab.grading.result import Result
from backprop_lab.grading.task import Task
from backprop_lab.grading.tasks import TASKS

from .tasks.collection import Case, cases

NAMED = 0.9  # of the known mistakes, at least


@dataclass
class Tally:
    """Cases of a task, each with what the check said of it."""

    checked: list[tuple[Case, Result]] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)
    keys: set[tuple[str, str]] = field(default_factory=set)

    def add(self, task: Task, case: Case):
        """Check one solution; no attempt is remembered."""
        begin = time.perf_counter()
        result = grade(task, case.solution)
        self.milliseconds.append(1000 * (time.perf_counter() - begin))
        self.checked.append((case, result))

    def __iadd__(self, other: "Tally") -> "Tally":
        self.checked += other.checked
        self.milliseconds += other.milliseconds
        self.keys |= other.keys
        return self

    @property
    def wrong(self) -> list[tuple[Case, Result]]:
        return [(case, result) for case, result in self.checked if not case.is_right]

    @property
    def right(self) -> list[tuple[Case, Result]]:
        return [(case, result) for case, result in self.checked if case.is_right]

    @property
    def known(self) -> list[tuple[Case, Result]]:
        return [(case, result) for case, result in self.wrong if case.claim]

    @property
    def rejected(self) -> int:
        return sum(not result.passed for _, result in self.wrong)

    @property
    def accepted(self) -> int:
        return sum(result.passed for _, result in self.right)

    @property
    def named(self) -> int:
        return sum(result.diagnosis == case.claim for case, result in self.known)

    @property
    def misnamed(self) -> int:
        wrongly = ({None, case.claim} for case, _ in self.checked)
        return sum(result.diagnosis not in fit for fit, (_, result) in zip(wrongly, self.checked))

    @property
    def covered(self) -> int:
        """How many keys of the table a solution of the tests stands for."""
        claimed = {(case.task, case.claim) for case, _ in self.known}
        return len(self.keys & claimed)

    @property
    def missed(self) -> list[str]:
        """The goals that are missed."""
        goals = {
            "a wrong solution passes": self.rejected == len(self.wrong),
            "a right solution is rejected": self.accepted == len(self.right),
            "too few mistakes are named": self.named >= NAMED * len(self.known),
            "a mistake is named wrongly": self.misnamed == 0,
        }
        return [goal for goal, met in goals.items() if not met]


def tallied(name: str) -> Tally:
    """Check every case of a task, its slow first one included."""
    tally = Tally(keys={(name, row.key) for row in TASKS[name].mistakes})
    for case in cases():
        if case.task == name:
            tally.add(TASKS[name], case)
    return tally


def table(tallies: dict[str, Tally], total: Tally) -> Table:
    """Lay the tallies out, one task a row."""
    columns = ["wrong ones\nrejected", "right ones\naccepted", "mistakes\nnamed", "named\nwrongly"]
    shown = Table(
        Column("task", no_wrap=True), title="What the grader says of the solutions in the tests"
    )
    for column in [*columns, "keys\ncovered", "ms per check\n(median)", "ms\n(largest)"]:
        shown.add_column(column, justify="right")
    for name, tally in tallies.items():
        shown.add_row(name, *_figures(tally), style="red" if tally.missed else "")
    shown.add_section()
    shown.add_row("all", *_figures(total), style="bold")
    return shown


def _figures(tally: Tally) -> list[str]:
    return [
        _share(tally.rejected, len(tally.wrong)),
        _share(tally.accepted, len(tally.right)),
        _share(tally.named, len(tally.known)),
        str(tally.misnamed),
        _share(tally.covered, len(tally.keys)),
        f"{statistics.median(tally.milliseconds or [0]):.1f}",
        f"{max(tally.milliseconds, default=0):.0f}",
    ]


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole} = {100 * part // whole:3d}%" if whole else "none"


def strays(tally: Tally) -> list[str]:
    """Say of each case that was not judged as its test claims what was said in place of it."""
    return [
        f"{case.task}: {case.solution.__name__} is {case.claim or 'unknown'}, "
        f"the check says {'passed' if result.passed else result.diagnosis or 'no name'}"
        for case, result in tally.checked
        if (result.passed, result.diagnosis)
        != (case.is_right, None if case.is_right else case.claim)
    ]


def main() -> int:
    """Print the report; return what the program ends with."""
    console = Console(width=None if sys.stdout.isatty() else 160)
    tallies, total = {name: tallied(name) for name in TASKS}, Tally()
    for tally in tallies.values():
        total += tally
    console.print(table(tallies, total))
    for stray in strays(total):
        console.print(stray, highlight=False)
    for name, tally in tallies.items():
        for goal in tally.missed:
            console.print(f"[red]{name}: {goal}")
    return int(any(tally.missed for tally in tallies.values()))


if __name__ == "__main__":
    sys.exit(main())
