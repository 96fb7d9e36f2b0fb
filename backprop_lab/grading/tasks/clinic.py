"""The clinic: name the disease that a chart shows, and change the one entry of a recipe that heals.

A solution is tried on a whole ward, and told by whom it takes for whom: the leaf
``dead["vanishing"]`` is 1 where a chart of a dead network was called vanishing.
"""

from dataclasses import asdict

from ...clinic import DISEASES, HEALTHY, Recipe, train
from ..task import Facts, Mistake, Probe, Task

NAMES = [*DISEASES, "healthy"]
SEEDS = 10  # on so many, every chart of a ward shows what it should
OTHER = "another word"
_SIGNS = {
    "exploding": (
        "Before the first step, its gradients are more than a hundred times as long next to the "
        "pictures as at the other end: that is asked about first, for what such a network becomes "
        "later may look like anything"
    ),
    "dead": (
        "More than half of its ReLU units are silent for every picture. No gradient passes them, "
        "and gradients[0] is small here too: ask about the dead before the vanishing"
    ),
    "vanishing": (
        "Its gradients are at most a few thousandths as long next to the pictures as at the other "
        "end, and no unit is silent"
    ),
    "batch statistics": (
        "It reads later pictures in mixed batches, and not one at a time. In every other network a "
        "picture does not care who stands beside it"
    ),
    "leak": (
        "What is held out promises more than 5 points above what the later pictures keep. In every "
        "other network the two agree"
    ),
    "double softmax": (
        "It reads nearly all of its training pictures, at a training loss above 1.4. Whoever is "
        "right without this disease has a loss near 0"
    ),
    "not shuffled": (
        "The batches of its last epoch cost less than half of what all training pictures cost "
        "together, because each is met by a network that has only now practised its class"
    ),
    "learning rate": (
        "Its gradients arrive, its units live, batches and epoch cost the same; the loss goes the "
        "right way, and much too slowly"
    ),
    "healthy": (
        "It reads nearly all of its training pictures, at a small loss, and keeps what it promises"
    ),
}
_PATIENTS = {
    "vanishing": [{}, {"depth": 5}],
    "exploding": [{}, {"width": 48}],
    "dead": [{}, {"bias": -5.0}],
    "double softmax": [{}, {"depth": 1}],
    "learning rate": [{}, {"lr": 0.001}],
    "not shuffled": [{}, {"epochs": 5}],
    "leak": [{}, {"depth": 3}],
    "batch statistics": [{}, {"depth": 3}],
    "healthy": [{}, {"depth": 4, "activation": "tanh", "init": "xavier"}],
}


def patient(name):
    """Return the recipe of one who has this disease, or of a healthy one."""
    return DISEASES[name].patient if name in DISEASES else HEALTHY


def diagnose(chart):
    """Name what ails a network: one of eight diseases, or "healthy"."""
    first, last = chart["gradients"][0], chart["gradients"][-1]
    epochs = len(chart["training_loss"]) - 1
    practised = chart["step_loss"][-(len(chart["step_loss"]) // epochs) :].mean()
    loss, right = chart["training_loss"][-1], chart["training_accuracy"][-1]
    if first > 10 * last:
        return "exploding"
    if chart["dead"] > 0.5:
        return "dead"
    if first < last / 100:
        return "vanishing"
    if chart["later"] - chart["one_by_one"] > 0.3:
        return "batch statistics"
    if chart["held_out_accuracy"][-1] - chart["later"] > 0.05:
        return "leak"
    if right > 0.8 and loss > 1:
        return "double softmax"
    if loss > 0.5 and practised < 0.7 * loss:
        return "not shuffled"
    return "learning rate" if right < 0.8 else "healthy"


def treat(diagnosis, recipe):
    """Return a new recipe in which the one entry is changed that makes this patient ill."""
    return recipe | DISEASES[diagnosis].cure if diagnosis in DISEASES else dict(recipe)


def ward(rng):
    """Make the argument of `diagnose`: charts of every disease, by its name."""
    charts = {}
    for name in NAMES:
        recipes = [patient(name).changed(**differs) for differs in _PATIENTS[name]]
        charts[name] = [train(each, int(rng.integers(SEEDS))).as_dict() for each in recipes]
    return (charts,)


def called(solution, chart):
    """Find out what a solution calls the charts of a ward: truth -> name -> 1 or 0."""
    found = Facts()
    for truth, charts in chart.items():
        said = {_word(solution(each)) for each in charts}
        found[truth] = {name: float(name in said) for name in [*NAMES, OTHER]}
        found[truth][truth] = float(said == {truth})
    return found


def _word(answer):
    word = answer.strip().lower() if isinstance(answer, str) else OTHER
    return word if word in NAMES else OTHER


def admitted(rng):
    """Make the arguments of `treat`: all diagnoses, and the recipes that belong to them."""
    names = [NAMES[i] for i in rng.permutation(len(NAMES))]
    return names, [asdict(patient(name)) for name in names]


def treated(solution, diagnosis, recipe):
    """Train what comes back: diagnosis -> does it recover, and how many entries changed."""
    found = Facts()
    for name, ill in zip(diagnosis, recipe, strict=True):
        new = solution(name, ill)
        if type(new) is not dict:
            return new
        changed = sum(key not in new or new[key] != value for key, value in ill.items())
        missing = len(ill.keys() - new.keys())
        whole = Recipe().changed(**new) if not missing else None
        found[name] = {
            "entries": float(len(ill) - missing),
            "changed": float(min(changed, 2)),
            "recovers": float(whole is not None and not train(whole).worries),
        }
    return found


def _key(*words):
    return "_".join(words).replace(" ", "_")


def _confused(truth, said):
    """Make a doctor who takes one disease for another."""

    def wrong(chart):
        name = diagnose(chart)
        return said if name == truth else name

    return wrong


def _once(name, instead):
    """Make a doctor who treats one disease in another way: (recipe) -> recipe."""

    def wrong(diagnosis, recipe):
        return instead(recipe) if diagnosis == name else treat(diagnosis, recipe)

    return wrong


def _constant(name):
    return lambda chart: name


DIAGNOSE = Task(
    right=diagnose,
    returns={"diagnosis": "name"},
    use=called,
    typed=lambda chart: [
        f"diagnose(chart)  # charts of {len(NAMES)} kinds, {len(chart['healthy'])} of each",
        '# dead["vanishing"] is 1 where a chart of "dead" was called "vanishing"',
    ],
    probes=[Probe(ward, {})],
    hints={
        "diagnosis": (
            "Which panel is unlike a healthy one in this disease, and in no other? Begin with what "
            'is measured before the first step: chart["gradients"].',
            "Ask in this order: exploding, dead, vanishing; then the three that read well and "
            "mislead: batch statistics, leak, double softmax; then not shuffled, learning rate.",
            'Such as `if chart["gradients"][0] > 10 * chart["gradients"][-1]: return "exploding"`, '
            'then `if chart["dead"] > 0.5: return "dead"`, and so on, with "healthy" at the end.',
        )
    },
    mistakes=[
        Mistake(
            "always_the_same",
            "Your function gives the same name to every chart. Let it look: an `if` for each "
            "disease, each on a number of the chart.",
            [_constant(name) for name in [*NAMES, OTHER]],
        ),
        *(
            Mistake(
                _key(truth, "not_named"),
                f'A chart of "{truth}" got no name, or none of the nine. {_SIGNS[truth]}.',
                _confused(truth, OTHER),
            )
            for truth in NAMES
        ),
        *(
            Mistake(
                _key(truth, "taken_for", said),
                f'A chart of "{truth}" was called "{said}". {_SIGNS[truth]}.',
                _confused(truth, said),
            )
            for truth in _SIGNS
            for said in NAMES
            if said != truth
        ),
    ],
)

TREAT = Task(
    right=treat,
    returns={"recipe": "dict"},
    use=treated,
    seconds=15.0,  # a dozen trainings, a second in all on a machine with nothing else to do
    typed=lambda diagnosis, recipe: [
        "treat(diagnosis, recipe)  # for every diagnosis, and a recipe that belongs to it",
        "# recovers: what comes back was trained, and was well (1) or not (0)",
    ],
    probes=[Probe(admitted, {})],
    hints={
        "recipe": (
            "For each diagnosis one entry of the recipe is the cause. Which one, and what does it "
            "have to be? Everything else stays as it was.",
            'A new dict with one other entry is `recipe | {"lr": 0.1}`: it leaves recipe itself '
            "alone. The healthy get their recipe back as it is.",
            'A table does it: `cures = {"learning rate": {"lr": 0.1}, "leak": {"leak": False}}`, '
            "with all eight in it, and `return recipe | cures.get(diagnosis, {})`.",
        )
    },
    mistakes=[
        Mistake(
            "changes_alone",
            "You return the changed entry alone. A recipe has all of its entries: "
            "`recipe | changes` is the old one with yours in it.",
            [
                lambda diagnosis, recipe: (
                    dict(DISEASES[diagnosis].cure) if diagnosis in DISEASES else dict(recipe)
                ),
                lambda diagnosis, recipe: (
                    dict(DISEASES[diagnosis].cure) if diagnosis in DISEASES else {}
                ),
            ],
        ),
        Mistake(
            "one_recipe_for_all",
            "Whoever comes in gets the same recipe. They recover, and nobody knows what they had: "
            "change the one entry that made this one ill.",
            lambda diagnosis, recipe: asdict(HEALTHY),
        ),
        Mistake(
            "nothing_changed",
            "Every recipe comes back as it was. Return a new one, with the entry changed that is "
            "the cause.",
            lambda diagnosis, recipe: dict(recipe),
        ),
        Mistake(
            "healthy_treated",
            "The healthy one is treated too. Nothing was wrong with its recipe: give it back as it "
            "is.",
            [
                _once("healthy", lambda recipe: recipe | {"epochs": recipe["epochs"] + 1}),
                _once("healthy", lambda recipe: recipe | {"epochs": 1, "lr": 0.01}),
                _once("healthy", lambda recipe: recipe | {"epochs": 1}),
                _once("healthy", lambda recipe: recipe | {"epochs": 20, "lr": 0.2}),
            ],
        ),
        *(
            Mistake(
                _key(name, "not_treated"),
                f'The recipe of "{name}" comes back as it was. Is this name spelt as in the list?',
                _once(name, dict),
            )
            for name in DISEASES
        ),
        *(
            Mistake(
                _key(name, "not_cured"),
                f'The one with "{name}" was trained by your recipe, and is not well. One other '
                "entry of the recipe is the cause.",
                _once(name, lambda recipe: recipe | {"epochs": 1}),
            )
            for name in DISEASES
        ),
        *(
            Mistake(
                _key(name, "more_than_needed"),
                f'For "{name}" you change more than one entry. One is the cause; with two changed '
                "nobody learns which.",
                [
                    _once(
                        name,
                        lambda recipe, cure=each.cure: (
                            recipe | cure | {"epochs": recipe["epochs"] + 1}
                        ),
                    ),
                    _once(name, lambda recipe: recipe | {"epochs": 1, "width": 4}),
                ],
            )
            for name, each in DISEASES.items()
        ),
    ],
)
