"""A patient of the clinic: a sick training on real digits, its chart, and what a treatment does."""

import io
from dataclasses import asdict

from PIL import Image

from ..clinic import DISEASES, HEALTHY, train
from ..plots import chart
from .lab import whole

HEALTHY_SAYS = "Nothing to complain of."


class Patient:
    """A network that came to the clinic; as the last line of a cell, it shows its chart.

    Parameters
    ----------
    number : int
        1 to 8; 0 is a healthy one, for comparison.
    seed : int
        Of the first weights and of the order of the pictures.

    Attributes
    ----------
    complaint : str
        What is said at the door.
    recipe : Recipe
        What the training was made of.
    chart : Chart
        What was measured in it.

    Raises
    ------
    TypeError, ValueError
        If there is no such patient.

    Examples
    --------
    >>> Patient(5).treat(lr=0.1)
    lr=0.1: Recovered
    """

    def __init__(self, number, *, seed=0):
        whole("number", number, 0, len(DISEASES))
        whole("seed", seed, 0, 2**32)
        disease = [None, *DISEASES.values()][number]
        self.number, self.seed = number, seed
        self.complaint = disease.complaint if disease else HEALTHY_SAYS
        self.recipe = disease.patient if disease else HEALTHY
        self.chart = train(self.recipe, seed)

    def treat(self, **changes):
        """Train again by a changed recipe; the patient stays as it was.

        Parameters
        ----------
        **changes
            Entries of the `Recipe`, such as ``lr=0.1``.

        Returns
        -------
        Treatment
            Shows both charts in one picture, with the outcome as its title.

        Raises
        ------
        ValueError
            If a recipe has no such entry, or the entry can't be this.
        """
        return Treatment(self, self.recipe.changed(**changes))

    def __repr__(self):
        name = f"Patient {self.number}" if self.number else "A healthy one"
        return f"{name}: {self.complaint}"

    def _repr_mimebundle_(self, **_):
        return _shown(chart(self.chart, title=repr(self)), repr(self))


class Treatment:
    """What became of a patient whose recipe was changed.

    Attributes
    ----------
    recipe : Recipe
    chart : Chart
    recovered : bool
        Whether the new chart gives nothing to worry about.
    changes : dict
        The entries that differ from those of the patient.
    verdict : str
        The outcome, in a few words.
    """

    def __init__(self, patient, recipe):
        self.patient, self.recipe = patient, recipe
        self.chart = train(recipe, patient.seed)
        old = asdict(patient.recipe)
        self.changes = {k: v for k, v in asdict(recipe).items() if v != old[k]}

    @property
    def recovered(self):
        return not self.chart.worries

    @property
    def verdict(self):
        if not self.changes:
            return "Nothing was changed"
        if self.recovered:
            return "Recovered" if self.patient.chart.worries else "As well as before"
        fewer = len(self.chart.worries) < len(self.patient.chart.worries)
        better = self.chart.later > self.patient.chart.later + 0.05
        return "Better, not well" if fewer or better else "No better"

    def __repr__(self):
        change = ", ".join(f"{name}={value!r}" for name, value in self.changes.items())
        return f"{change}: {self.verdict}" if change else self.verdict

    def _repr_mimebundle_(self, **_):
        picture = chart(self.chart, title=repr(self), before=self.patient.chart)
        return _shown(picture, repr(self))


def _shown(picture, words):
    data, metadata = picture._repr_mimebundle_()
    return {"image/png": _few_colors(data["image/png"]), "text/plain": words}, metadata


def _few_colors(png):
    """Make a PNG a third as large: a lesson keeps some twenty of these charts."""
    file = io.BytesIO()
    Image.open(io.BytesIO(png)).convert("RGB").quantize(64).save(file, "PNG")
    return file.getvalue()
