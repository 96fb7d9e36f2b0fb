"""Plan a workshop: the outlines of some lessons, one after the other, with the time of day."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from markdown_it import MarkdownIt
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from backprop_lab.cli.course import find_course, stop

TEACHING = Path("docs/teaching")
CLOCK = "%H:%M"


@dataclass(frozen=True)
class Part:
    """A few minutes of a lesson: what happens, and who does it."""

    minutes: int
    what: str
    who: str = ""


@dataclass(frozen=True)
class Outline:
    """A lesson as the instructor gives it, or a break.

    Parameters
    ----------
    title : as the instructor's page has it, such as ``"01 · The four steps"``
    parts : in order
    page : the instructor's page; None for a break
    """

    title: str
    parts: tuple[Part, ...]
    page: Path | None = None

    @property
    def minutes(self) -> int:
        """Length of the whole."""
        return sum(part.minutes for part in self.parts)


def show_workshop(name: str | None, start: str) -> None:
    """Print the agenda of one workshop, or what there is to choose from."""
    folder = (find_course() or Path()) / TEACHING
    if not (folder / "workshops.toml").is_file():
        stop(f"No outlines here: {folder} is missing. Run this in your copy of the repository.")
    plans = tomllib.loads((folder / "workshops.toml").read_text(encoding="utf-8"))
    console = Console(highlight=False)
    if name is None:
        for each, plan in plans.items():
            console.print(_in_short(each, plan, folder))
        console.print('The whole agenda: backprop-lab workshop "90 minutes" --start 09:30')
        return
    if name not in plans:
        stop(f"There is no workshop {name!r}: choose {_or([repr(each) for each in plans])}.")
    console.print(_agenda(name, plans[name]["for"], outlines(plans[name], folder), _clock(start)))


def outlines(plan: dict, folder: Path) -> list[Outline]:
    """Look up the outlines of a plan, breaks included."""
    return [
        _break(each) if isinstance(each, dict) else _lesson(each, folder) for each in plan["plan"]
    ]


def read_outline(page: Path) -> Outline:
    """Read the title and the table of an instructor's page."""
    tokens = MarkdownIt("commonmark").enable("table").parse(page.read_text(encoding="utf-8"))
    words = [(before.type, token.content) for before, token in zip(tokens, tokens[1:])]
    title = next(content for kind, content in words if kind == "heading_open")
    cells = [content for kind, content in words if kind == "td_open"]
    parts = (Part(int(minutes), *rest) for minutes, *rest in zip(*[iter(cells)] * 3))
    return Outline(title.partition(":")[0], tuple(parts), page)


def _lesson(number: str, folder: Path) -> Outline:
    return read_outline(next(folder.glob(f"{number}_*.md")))


def _break(each: dict) -> Outline:
    return Outline(each.get("name", "Break"), (Part(each["break"], ""),))


def _in_short(name: str, plan: dict, folder: Path) -> str:
    parts = outlines(plan, folder)
    lessons = "".join(f"\n  {each.title}, {each.minutes} min" for each in parts)
    return f"[bold]{escape(name)}[/bold]: {escape(plan['for'])}{escape(lessons)}\n"


def _agenda(name: str, purpose: str, parts: list[Outline], at: datetime) -> Table:
    table = Table(title=f"{name}: {purpose}", box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("from", "minutes", "what happens", "who"):
        table.add_column(heading, justify="right" if heading == "minutes" else "left")
    for row in _rows(parts, at):
        table.add_row(*row)
    return table


def _rows(parts: list[Outline], at: datetime) -> Iterator[tuple[str, ...]]:
    for each in parts:
        title = f"[bold]{escape(each.title)}[/bold]"
        yield f"{at:{CLOCK}}", f"[bold]{each.minutes}[/bold]", title, ""
        for part in each.parts if each.page else ():
            yield f"{at:{CLOCK}}", str(part.minutes), escape(part.what), escape(part.who)
            at += timedelta(minutes=part.minutes)
        at += timedelta(minutes=0 if each.page else each.minutes)
    yield f"{at:{CLOCK}}", "", "[bold]End[/bold]", ""


def _clock(text: str) -> datetime:
    try:
        return datetime.strptime(text, CLOCK)
    except ValueError:
        stop(f"--start takes a time of day such as 09:30, got {text!r}.")


def _or(words: list[str]) -> str:
    return " or ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]
