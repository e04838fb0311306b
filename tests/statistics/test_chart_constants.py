"""Chart constants are computed, and agree with the published tables."""

import math

import pytest

from lots.statistics.chart_constants import SIZES, constants
from tests.rules.reference import cases

NAMES = {
    "A2": "a2", "A3": "a3", "B3": "b3", "B4": "b4", "D3": "big_d3", "D4": "big_d4",
    "E2": "e2", "c4": "c4", "d2": "d2", "d3": "d3",
}  # fmt: skip


@pytest.fixture
def published():
    found = cases("spc_constants.json")
    assert list(found) == ["constants-n2-10"]
    return found["constants-n2-10"]


@pytest.mark.reference
def test_constants_agree_with_the_printed_table(published):
    for name, column in published["expected"].items():
        computed = [getattr(constants(n), NAMES[name]) for n in range(2, 11)]
        assert computed == pytest.approx(column, abs=6e-4), name


@pytest.mark.reference
def test_constants_agree_with_the_exact_values(published):
    exact = published["exact_values_computed_here"]

    assert list(map(int, exact)) == list(range(2, 26))
    for n, row in exact.items():
        computed = {name: getattr(constants(int(n)), NAMES[name]) for name in row}
        assert computed == pytest.approx(row, rel=1e-8), n


def test_constants_of_pairs_are_known_in_closed_form():
    of_pairs = constants(2)

    assert of_pairs.d2 == pytest.approx(2 / math.sqrt(math.pi), rel=1e-13)
    assert of_pairs.d3 == pytest.approx(math.sqrt(2 - 4 / math.pi), rel=1e-13)
    assert of_pairs.c4 == pytest.approx(math.sqrt(2 / math.pi), rel=1e-13)


def test_constants_of_a_hundred_agree_with_the_closed_form_of_c4():
    # Γ(50) / Γ(49.5), from Γ(49.5) = 98! √π / (4^49 49!).
    ratio = math.factorial(49) ** 2 * 4**49 / math.factorial(98) / math.sqrt(math.pi)

    assert constants(100).c4 == pytest.approx(math.sqrt(2 / 99) * ratio, rel=1e-11)


@pytest.mark.parametrize("n", [1, SIZES.stop])
def test_constants_of_no_subgroup_are_refused(n):
    with pytest.raises(ValueError, match="have no chart constants"):
        constants(n)
