"""Make slides/ from the lessons: their cells say in their metadata what a room should see.

    python scripts/make_slides.py                     slides of all lessons
    python scripts/make_slides.py notebooks/07*       of these only
    python scripts/make_slides.py --offline           for a room without a network

The pages load reveal.js and MathJax from the web; with --offline, npm puts copies beside them.
"""

import subprocess
from pathlib import Path
from typing import Annotated

import typer
from nbconvert import SlidesExporter
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode

ROOT = Path(__file__).parents[1]
SLIDES = ROOT / "slides"
PACKAGES = ("reveal.js@4", "requirejs@2", "jquery@3", "mathjax@2", "font-awesome@4")
MODULES = "node_modules"  # seen from a page in slides/
COPIES = {
    "reveal_url_prefix": f"{MODULES}/reveal.js",
    "require_js_url": f"{MODULES}/requirejs/require.js",
    "jquery_url": f"{MODULES}/jquery/dist/jquery.min.js",
    "mathjax_url": f"{MODULES}/mathjax/MathJax.js?config=TeX-AMS_CHTML-full,Safe",
    "font_awesome_url": f"{MODULES}/font-awesome/css/font-awesome.min.css",
    "widget_renderer_url": "",
    "mermaid_js_url": "",
}


class KeepSecrets(Preprocessor):
    """Leave out the source that a lesson hides: it holds the answer that the room should find."""

    def preprocess_cell(self, cell, resources, index):
        """Hide a cell's source where JupyterLab does."""
        if cell.metadata.get("jupyter", {}).get("source_hidden"):
            cell.metadata.transient = NotebookNode(remove_source=True)
        return cell, resources


def main(
    notebooks: Annotated[
        list[Path] | None, typer.Argument(help="All lessons, unless named.")
    ] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Put copies beside them.")] = False,
) -> None:
    """Write one page of slides for each lesson."""
    SLIDES.mkdir(exist_ok=True)
    if offline:
        install()
    for path in notebooks or lessons():
        page = SLIDES / f"{path.stem}.html"
        page.write_text(slides(path, **COPIES if offline else {}), encoding="utf-8")
        typer.echo(page.relative_to(ROOT))


def lessons() -> list[Path]:
    """List the lessons that have slides, in order."""
    return sorted(path for path in ROOT.glob("notebooks/*.ipynb") if path.stem != "glossary")


def slides(notebook: Path, **settings: str) -> str:
    """Return a lesson's slides as a page; `settings` are those of nbconvert's SlidesExporter."""
    exporter = SlidesExporter(
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        reveal_theme="white",
        reveal_transition="none",
        reveal_scroll=True,
        preprocessors=[KeepSecrets(enabled=True)],
        **settings,
    )
    return exporter.from_filename(str(notebook))[0]


def install() -> None:
    """Let npm fetch what the pages need."""
    try:
        subprocess.run(
            ["npm", "install", "--silent", "--no-save", "--prefix", str(SLIDES), *PACKAGES],
            check=True,
        )
    except FileNotFoundError:
        typer.echo("--offline needs npm, which comes with Node.js: https://nodejs.org", err=True)
        raise typer.Exit(1) from None


if __name__ == "__main__":
    typer.run(main)
