"""Cards: how what the course says looks in a notebook. Whatever they show is escaped."""

import textwrap
from dataclasses import dataclass
from functools import cache

import jinja2
from markupsafe import Markup, escape


@dataclass(frozen=True)
class Note:
    """A few words about a task, and perhaps some code.

    Parameters
    ----------
    task : name of the task
    title : the headline
    words : paragraphs; what stands between backticks is code
    code : shown as it is
    mark : a sign that can be told apart without colour
    """

    task: str
    title: str
    words: tuple[str, ...]
    code: str = ""
    mark: str = "i"

    def __repr__(self) -> str:
        return f"<{self.task}: {self.title[0].lower()}{self.title[1:]}>"

    def __str__(self) -> str:
        parts = [f"{self.mark} {self.task}: {self.title}"]
        parts += [textwrap.fill(each, 88) for each in self.words]
        parts += [textwrap.indent(self.code, "    ")] if self.code else []
        return "\n\n".join(parts)

    def _repr_html_(self) -> str:
        return render("note.html.jinja", note=self)


def render(template: str, **names) -> str:
    """Fill in one of the templates that stand beside this file."""
    return _environment().get_template(template).render(**names)


@cache
def _environment() -> jinja2.Environment:
    loader = jinja2.PackageLoader("backprop_lab.grading", ".")
    environment = jinja2.Environment(
        loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["code"] = code
    return environment


def code(text: str) -> Markup:
    """Set what stands between backticks as code; everything is escaped first."""
    parts = escape(text).split("`")
    if len(parts) % 2 == 0:
        return escape(text)
    return Markup("").join(
        Markup(f"<code>{part}</code>") if odd else Markup(part)
        for part, odd in zip(parts, [False, True] * len(parts))
    )
