"""Pages for students and staff: whatever they show is escaped, and no script can run in them."""

from functools import cache

import jinja2

from ..grading.cards import code


def page(template: str, **names) -> str:
    """Fill in one of the templates that stand beside this file."""
    return _environment().get_template(template).render(**names)


def number(value: float) -> str:
    """Write points as people do: ``"3"``, ``"2.5"``."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


@cache
def _environment() -> jinja2.Environment:
    loader = jinja2.PackageLoader("backprop_lab.classroom", "templates")
    environment = jinja2.Environment(
        loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"code": code, "number": number}
    return environment
