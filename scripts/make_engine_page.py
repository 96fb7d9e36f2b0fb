"""Make docs/engine.md from the engine's own docstrings and code, equations beside the lines.

python scripts/make_engine_page.py
"""

import inspect
import re
from pathlib import Path

from backprop_lab import nn

PAGE = Path(__file__).parents[1] / "docs" / "engine.md"
CHAPTERS = (
    nn.layer,
    nn.linear,
    nn.activations,
    nn.sequential,
    nn.normalization,
    nn.dropout,
    nn.residual,
    nn.convolution,
    nn.embedding,
    nn.recurrent,
    nn.attention,
    nn.losses,
    nn.optimizers,
    nn.schedules,
    nn.regularizers,
    nn.initializers,
)
FORMULAS = ("_forward", "_backward", "_move")
ABSTRACT = (nn.Layer, nn.Optimizer)
HEAD = """# The engine, layer by layer

Every equation beside the lines that compute it. This page is made from the code, by
`scripts/make_engine_page.py`; the files themselves are in [`backprop_lab/nn/`](../backprop_lab/nn).
"""


def page():
    """Give the whole page."""
    return "\n".join([HEAD, *map(_chapter, CHAPTERS)])


def _chapter(module):
    title, _, rest = inspect.getdoc(module).partition("\n")
    parts = [f"## {title.rstrip('.')}\n", rest.strip() + "\n" if rest.strip() else ""]
    public = [item for item in vars(module).items() if _is_public(item[1], module)]
    parts += [_entry(name, thing) for name, thing in public]
    return "\n".join(filter(None, parts))


def _is_public(thing, module):
    return getattr(thing, "__module__", "") == module.__name__ and thing in vars(nn).values()


def _entry(name, thing):
    text = [f"### `{name}{_signature(thing)}`\n", _prose(inspect.getdoc(thing)) + "\n"]
    code = _code(thing)
    return "\n".join(text + ([f"```python\n{code}\n```\n"] if code else []))


def _signature(thing):
    if getattr(thing, "__init__", None) is nn.Layer.__init__ and thing is not nn.Layer:
        return "()"
    return re.sub(r"<function (\w+) at \w+>", r"\1", str(inspect.signature(thing)))


def _prose(doc):
    """Turn numpydoc's underlined headings and parameter lists into Markdown."""
    doc = re.sub(r"^(\w[\w ]*)\n-{3,}$", r"**\1**\n", doc, flags=re.MULTILINE)
    doc = re.sub(r"^([\w*, ]+) :(.*)\n((?:    .*(?:\n|$))*)", _item, doc, flags=re.MULTILINE)
    return doc.replace("::\n", ":\n")


def _item(match):
    names, kind, text = match.groups()
    return f"- `{names}`{':' if kind else ''}{kind}. {' '.join(text.split())}".rstrip() + "\n"


def _code(thing):
    if inspect.isfunction(thing):
        return _without_docstring(inspect.getsource(thing))
    own = (vars(thing)[name] for name in FORMULAS if name in vars(thing) and thing not in ABSTRACT)
    return "\n\n\n".join(inspect.cleandoc("\n" + inspect.getsource(method)) for method in own)


def _without_docstring(source):
    return re.sub(r'\n    """.*?"""', "", source, count=1, flags=re.DOTALL).strip()


def main():
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")
    print(f"{PAGE.name}: {len(page().splitlines())} lines")


if __name__ == "__main__":
    main()
