"""Where a learner stands: what is done, what is next, where it was hard."""

from collections import Counter
from dataclasses import dataclass
from itertools import groupby

from .cards import render
from .exercises import tasks_in_order
from .journal import Attempt, HintShown, Predicted, SolutionSeen, events

TOUR = "00_tour_course"


@dataclass(frozen=True)
class TaskStanding:
    """Where a learner stands with one task.

    Attributes
    ----------
    task, exercise : its name, and the notebook in which it is checked ("" if in none)
    attempts : checks so far
    failures : failed checks before the first that passed
    passed : whether one has passed
    stumbles : named mistakes, and how often each was made
    hints : how many hints were revealed
    solution_seen : whether its solution was opened
    """

    task: str
    exercise: str
    attempts: int
    failures: int
    passed: bool
    stumbles: Counter
    hints: int
    solution_seen: bool

    @property
    def mark(self) -> str:
        """A sign that can be told apart without colour."""
        return "✓" if self.passed else "✗" if self.attempts else "○"

    @property
    def state(self) -> str:
        """The same in words."""
        return "passed" if self.passed else "not yet" if self.attempts else "not begun"

    @property
    def stumbled_over(self) -> str:
        """The named mistakes, the most frequent first: ``"bias missing (2), ascent sign"``."""
        return ", ".join(
            key.replace("_", " ") + (f" ({times})" if times > 1 else "")
            for key, times in self.stumbles.most_common()
        )

    @property
    def help_taken(self) -> str:
        """Hints and solution: ``"2 hints, solution"``."""
        hints = f"{self.hints} hint{'s' * (self.hints > 1)}" if self.hints else ""
        return ", ".join(filter(None, [hints, "solution" * self.solution_seen]))


@dataclass(frozen=True)
class Progress:
    """All tasks in the order of the course, and how predictions went."""

    tasks: tuple[TaskStanding, ...]
    predictions: int = 0
    predicted_right: int = 0

    @property
    def done(self) -> list[TaskStanding]:
        """The tasks that passed."""
        return [each for each in self.tasks if each.passed]

    @property
    def next(self) -> TaskStanding | None:
        """The first task that has not passed; None when all have. The tour is nobody's duty."""
        duties = (each for each in self.tasks if each.exercise != TOUR)
        return next((each for each in duties if not each.passed), None)

    @property
    def hardest(self) -> list[TaskStanding]:
        """The three tasks with the most failed checks, from two on."""
        hard = [each for each in self.tasks if each.failures > 1]
        return sorted(hard, key=lambda each: -each.failures)[:3]

    @property
    def exercises(self) -> list[tuple[str, list[TaskStanding]]]:
        """The tasks of each exercise."""
        groups = groupby(self.tasks, key=lambda each: each.exercise)
        return [(exercise, list(tasks)) for exercise, tasks in groups]

    @property
    def sentences(self) -> list[str]:
        """What the numbers say: done, next, hardest, predictions."""
        says = [f"{len(self.done)} of {len(self.tasks)} tasks done."]
        if self.next is None:
            says.append("That is the whole course: congratulations.")
        else:
            where = f" in exercises/{self.next.exercise}.ipynb" if self.next.exercise else ""
            says.append(f"Next: `{self.next.task}`{where}.")
        if self.hardest:
            hard = (f"`{each.task}` ({each.failures} failed checks)" for each in self.hardest)
            says.append(f"Hardest so far: {', '.join(hard)}.")
        if self.predictions:
            says.append(f"{self.predicted_right} of {self.predictions} predictions right.")
        return says

    def __repr__(self) -> str:
        return f"<progress: {len(self.done)} of {len(self.tasks)} tasks done>"

    def __str__(self) -> str:
        return "\n".join(self.sentences)

    def _repr_html_(self) -> str:
        return render("progress.html.jinja", progress=self)


def progress() -> Progress:
    """Show what you have done, what is next, and where it was hard.

    Returns
    -------
    Progress
        Shows as a card in a notebook and as text when printed.
    """
    attempts, hints = events(Attempt), {*events(HintShown)}
    seen = {each.task for each in events(SolutionSeen)}
    predictions = events(Predicted)
    return Progress(
        tuple(
            _standing(
                task,
                exercise,
                [each for each in attempts if each.task == task],
                sum(each.task == task for each in hints),
                task in seen,
            )
            for task, exercise in tasks_in_order().items()
        ),
        len(predictions),
        sum(bool(each.right) for each in predictions),
    )


def _standing(task, exercise, attempts, hints, solution_seen) -> TaskStanding:
    passed = [bool(each.passed) for each in attempts]
    return TaskStanding(
        task,
        exercise,
        attempts=len(attempts),
        failures=passed.index(True) if any(passed) else len(passed),
        passed=any(passed),
        stumbles=Counter(str(each.diagnosis) for each in attempts if each.diagnosis),
        hints=hints,
        solution_seen=solution_seen,
    )
