"""Make notebooks/glossary.ipynb from docs/glossary.toml: English and Turkish side by side.

    python scripts/make_glossary.py

Lessons link to a term as glossary.ipynb#learning-rate: a heading's text, with hyphens for spaces.
"""

import tomllib
from itertools import groupby
from pathlib import Path

import nbformat
from nbformat.v4 import new_markdown_cell, new_notebook

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "docs" / "glossary.toml"
PAGE = ROOT / "notebooks" / "glossary.ipynb"
TURKISH = "abcçdefgğhıijklmnoöpqrsştuüvwxyz"
HEAD = """# Glossary

The {count} words of the course, in English and in Turkish, each with the lesson that explains it.
Follow a word to its meaning, or go on to [the Turkish words in their own order](#Turkish-order)."""
NUMBERS = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))


def terms():
    """Return the source: English term -> its Turkish, its meaning, its lesson."""
    return tomllib.loads(SOURCE.read_text(encoding="utf-8"))


def anchor(term):
    """Return the address of a term within the page."""
    return term.replace(" ", "-")


def glossary(words):
    """Return the notebook: a table of the words, their meanings, and the table in Turkish order."""
    cells = [
        HEAD.format(count=len(words)),
        table("English", "Türkçe", [(link(term), word["tr"]) for term, word in words.items()]),
        "## Meanings",
        *(
            "\n\n".join(meaning(term, words[term]) for term in initial)
            for _, initial in groupby(words, key=lambda term: term[0].lower())
        ),
        "## Turkish order",
        table("Türkçe", "English", in_turkish_order(words)),
    ]
    made = [new_markdown_cell(text, id=f"glossary-{i}") for i, text in enumerate(cells)]
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return new_notebook(cells=made, metadata=metadata)


def table(left, right, rows):
    """Return a Markdown table of two columns."""
    return "\n".join([f"| {left} | {right} |", "|:---|:---|", *(f"| {a} | {b} |" for a, b in rows)])


def link(term):
    """Return a link to a term's meaning on the same page."""
    return f"[{term}](#{anchor(term)})"


def meaning(term, word):
    """Return a term's heading, its Turkish, what it says, and the way to its lesson."""
    return f"### {term}\n*{word['tr']}* · {word['says']} {lesson(word['lesson'])}".rstrip()


def lesson(number):
    """Return a link to a lesson; "" for one that isn't in the course yet."""
    found = [path for path in NUMBERS if path.name.startswith(f"{number:02}_")]
    return f"[Lesson {number:02}]({found[0].name})" if found else ""


def in_turkish_order(words):
    """Return (Turkish, link to the English term), as a Turkish dictionary orders them."""

    def place(pair):
        small = pair[0].replace("I", "ı").replace("İ", "i").lower().replace("î", "i")
        return [TURKISH.find(letter) for letter in small]

    return sorted(((word["tr"], link(term)) for term, word in words.items()), key=place)


def text():
    """Return the notebook as the text of its file."""
    return nbformat.writes(glossary(terms())) + "\n"


if __name__ == "__main__":
    PAGE.write_text(text(), encoding="utf-8", newline="\n")
