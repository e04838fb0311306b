"""The straight line, against NIST StRD."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from lots.statistics.samples import NoSpread, NotCalculated, TooFew
from lots.statistics.straight_line import straight_line
from tests.rules.reference import cases
from tests.statistics.digits import digits

# The product fits a line with an intercept. The other sets have no intercept, or
# powers, or several variables: models that it does not offer.
OTHER_MODELS = {
    "Pontius", "NoInt1", "NoInt2", "Longley",
    "Wampler1", "Wampler2", "Wampler3", "Wampler4", "Wampler5",
}  # fmt: skip


@pytest.mark.reference
def test_norris_agrees_in_eight_digits():
    case = cases("strd_regression.json")["strd-lls-Norris"]
    rows = [[float(text) for text in row] for row in case["inputs"]["rows_y_then_x"]]
    expected = case["expected"]

    found = straight_line([x for _y, x in rows], [y for y, _x in rows])
    line = found.line

    assert line.freedom == expected["residual_df"]
    for value, certified in (
        (line.intercept, expected["coefficients"][0]),
        (line.slope, expected["coefficients"][1]),
        (line.intercept_error, expected["standard_errors"][0]),
        (line.slope_error, expected["standard_errors"][1]),
        (line.sd, expected["residual_sd"]),
        (found.r_squared, expected["r_squared"]),
    ):
        assert digits(value, certified) > 11


@pytest.mark.reference
def test_reference_has_one_set_with_the_model_that_is_offered():
    models = {
        name.removeprefix("strd-lls-"): case["inputs"]["model"]
        for name, case in cases("strd_regression.json").items()
    }

    assert set(models) == {"Norris", *OTHER_MODELS}
    assert [name for name, model in models.items() if model == "intercept, x"] == [
        "Norris"
    ]


def test_prediction_holds_the_next_value_as_often_as_it_says():
    random = np.random.default_rng(4)
    months = np.array([0, 3, 6, 9, 12, 18, 24.0])
    inside = 0

    for _ in range(1500):
        values = 100 - 0.05 * months + random.normal(0, 0.2, size=7)
        line = straight_line(months[:6], values[:6]).line
        low, high = line.prediction(24, confidence=0.9)
        inside += low < values[6] < high

    assert inside / 1500 == pytest.approx(0.9, abs=0.02)


def test_bound_of_the_mean_is_narrower_than_the_prediction():
    found = straight_line([0, 3, 6, 9], [99.9, 99.8, 99.4, 99.4]).line

    assert found.error_of_mean(12) < found.error_of_value(12)
    assert found.error_of_value(12) ** 2 == pytest.approx(
        found.error_of_mean(12) ** 2 + found.sd**2
    )


@given(st.integers(0, 400), st.integers(-20, 20), st.sampled_from([0.5, 8.0]))
@settings(max_examples=25)
def test_line_follows_origin_and_unit_and_knows_no_order(seed, origin, unit):
    random = np.random.default_rng(seed)
    x, values = np.arange(8.0), np.round(random.normal(size=8), 3)
    order = random.permutation(8)

    found = straight_line(x, values)
    moved = straight_line(x[order], (origin + unit * values)[order])
    peer = stats.linregress(x, values)

    assert moved.line.slope == pytest.approx(unit * found.line.slope, abs=1e-9)
    assert moved.line.at(30) == pytest.approx(origin + unit * found.line.at(30))
    assert moved.line.sd == pytest.approx(unit * found.line.sd)
    assert found.line.slope_error == pytest.approx(peer.stderr)
    assert found.line.intercept_error == pytest.approx(peer.intercept_stderr)


@pytest.mark.parametrize(
    ("x", "values", "refusal", "said"),
    [
        ([0, 3], [1, 2], TooFew, "A straight line needs at least 3 values"),
        ([3, 3, 3], [1, 2, 3], NoSpread, "all equal"),
        ([0, 3, 6], [1, 1, 1], NoSpread, "all equal"),
        (
            [0, 3, 6, 9],
            [1, 2, 3],
            NotCalculated,
            "there are 4 points of time and 3 values.",
        ),
    ],
)
def test_line_is_refused_in_words(x, values, refusal, said):
    with pytest.raises(refusal, match=said):
        straight_line(x, values)
