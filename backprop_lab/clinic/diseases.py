"""Eight diseases of networks: what is complained of, a patient who has it, and a cure."""

from dataclasses import dataclass

from .recipe import Recipe


@dataclass(frozen=True, eq=False)
class Disease:
    """A disease, and one patient who has it.

    Attributes
    ----------
    complaint : str
        What the patient's colleague says at the door.
    patient : Recipe
        What the sick network was made of.
    cure : dict
        The smallest change of the recipe that heals.
    """

    complaint: str
    patient: Recipe
    cure: dict


DISEASES = {
    "vanishing": Disease(
        "We went deeper so that it would learn more. Now it learns nothing.",
        Recipe(depth=6, activation="sigmoid", init="xavier"),
        {"activation": "tanh"},
    ),
    "exploding": Disease(
        "The first loss that it printed was in the thousands.",
        Recipe(depth=4, init="normal"),
        {"init": "he"},
    ),
    "dead": Disease(
        "Only a few units should fire, so we start the biases low. The loss does not move.",
        Recipe(depth=3, bias=-4.0),
        {"bias": 0.0},
    ),
    "double softmax": Disease(
        "It reads nearly everything right, and the loss refuses to go below 1.4.",
        Recipe(loss="cross-entropy after softmax", lr=0.3, epochs=20),
        {"loss": "cross-entropy"},
    ),
    "learning rate": Disease(
        "It does get better. At this pace we will be done next year.",
        Recipe(lr=0.002),
        {"lr": 0.1},
    ),
    "not shuffled": Disease(
        "The loss that it prints is small, and yet it reads half of the pictures wrong.",
        Recipe(
            depth=5, activation="tanh", init="xavier", lr=0.2, batch_size=5, epochs=6, shuffle=False
        ),
        {"shuffle": True},
    ),
    "leak": Disease(
        "99 % in our tests! Our customers say it is less.",
        Recipe(leak=True),
        {"leak": False},
    ),
    "batch statistics": Disease(
        "Fine in our tests. In the app, it gives the same answer to every picture.",
        Recipe(batch_norm=True, statistics="batch"),
        {"statistics": "running"},
    ),
}
HEALTHY = Recipe()
