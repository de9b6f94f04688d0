"""Cohen's kappa, by examples worked out by hand and laws."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from moderation.agreement import Agreement, agreement

JUDGEMENTS = some.sampled_from(["remove", "warn", "none", "dismissed"])
PAIRS = some.dictionaries(some.tuples(JUDGEMENTS, JUDGEMENTS), some.integers(1, 1_000))


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        # p_o = 35/50, p_e = 25/50 * 30/50 + 25/50 * 20/50 = 1/2.
        ({("yes", "yes"): 20, ("yes", "no"): 5, ("no", "yes"): 10, ("no", "no"): 15}, (50, 0.7, 0.4)),
        ({("yes", "no"): 1, ("no", "yes"): 1}, (2, 0, -1)),
        ({("yes", "yes"): 3, ("no", "no"): 1}, (4, 1, 1)),
        ({("yes", "yes"): 3}, (3, 1, None)),
        ({("yes", "no"): 3}, (3, 0, 0)),
        ({}, (0, None, None)),
    ],
    ids=["four cells", "never", "always", "one judgement", "each their own", "nothing"],
)
def test_known_answers(pairs, expected):
    number, share, kappa = expected
    found = agreement(pairs)
    assert found == Agreement(number, share, kappa if kappa is None else pytest.approx(kappa))


@given(PAIRS)
def test_it_is_the_same_whoever_comes_first_and_at_most_one(pairs):
    found = agreement(pairs)
    assert found == agreement({(other, one): count for (one, other), count in pairs.items()})
    assert found.kappa is None or -1 <= found.kappa <= 1
    if found.kappa == 1:
        assert found.share == 1
