"""Patients come with a complaint, show a chart, and answer honestly to what is tried on them."""

import pytest

from backprop_lab.clinic import DISEASES
from backprop_lab.labs import Patient


@pytest.mark.parametrize("number", range(1, 9))
def test_a_patient_complains_and_does_not_name_its_disease(number):
    patient = Patient(number)
    name = list(DISEASES)[number - 1]

    assert str(patient) == f"Patient {number}: {patient.complaint}"
    assert name not in patient._repr_mimebundle_()[1]["image/png"]["alt"].lower()


@pytest.mark.parametrize(("number", "name"), list(enumerate(DISEASES, 1)))
def test_its_cure_lets_a_patient_recover_and_leaves_it_as_it_came(number, name):
    patient = Patient(number)
    treated = patient.treat(**DISEASES[name].cure)

    assert treated.recovered
    assert treated.verdict == "Recovered"
    assert treated.changes == DISEASES[name].cure
    assert patient.recipe == DISEASES[name].patient


@pytest.mark.parametrize(
    ("number", "changes", "verdict"),
    [
        (1, {"lr": 5.0}, "No better"),
        (2, {"batch_norm": True}, "Better, not well"),
        (3, {"activation": "leaky_relu"}, "No better"),
        (5, {"epochs": 40}, "Better, not well"),
        (0, {"epochs": 13}, "As well as before"),
        (4, {}, "Nothing was changed"),
    ],
)
def test_a_treatment_that_does_not_heal_says_so(number, changes, verdict):
    assert Patient(number).treat(**changes).verdict == verdict


def test_a_treatment_shows_what_was_changed_and_what_came_of_it():
    data, metadata = Patient(5).treat(lr=0.1)._repr_mimebundle_()

    assert data["text/plain"] == "lr=0.1: Recovered"
    assert data["image/png"].startswith(b"\x89PNG")
    assert metadata["image/png"]["alt"].startswith("lr=0.1: Recovered")


def test_there_are_nine_patients_with_the_healthy_one():
    with pytest.raises(ValueError, match="number goes from 0 to 8, got 9"):
        Patient(9)


def test_an_entry_that_no_recipe_has_is_refused():
    with pytest.raises(ValueError, match="a recipe has no 'learning_rate'"):
        Patient(5).treat(learning_rate=0.1)
