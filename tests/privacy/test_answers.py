"""How answers are read from what senders say."""

import pytest

from privacy.answers import of_answers, of_categories


@pytest.mark.parametrize(
    ("answers", "found"),
    [
        ({}, {}),
        (
            {"consent_given": False, "analytics": True},
            {"analytics": False, "personalisation": False, "marketing": False},
        ),
        ({"consent_given": True}, {"analytics": True, "personalisation": True, "marketing": True}),
        ({"consent_given": True, "marketing": False}, {"analytics": True, "personalisation": True, "marketing": False}),
        ({"analytics": True}, {"analytics": True}),
        ({"consent_given": "yes", "analytics": 1, "marketing": None}, {}),
    ],
)
def test_answers_are_booleans_and_the_general_one_fills_in(answers, found):
    assert of_answers(answers) == found


def test_categories_are_known_by_their_usual_names_whatever_their_case():
    found = of_categories({" Statistics ": True, "FUNCTIONAL": True, "Targeting": False})
    assert found == {"analytics": True, "personalisation": True, "marketing": False}


def test_of_two_categories_of_one_purpose_the_refusal_counts():
    assert of_categories({"ads": True, "marketing": False, "analytics": True})["marketing"] is False
    assert of_categories({"marketing": False, "ads": True})["marketing"] is False
