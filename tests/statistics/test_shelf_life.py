"""Stability: poolability, shelf life, extrapolation and the trend of a new point."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from lots.statistics import extrapolation, shelf_life, stability_trend
from lots.statistics.extrapolation import Evidence, SignificantChange, Storage
from lots.statistics.poolability import LineModel, StabilityPoint, poolability
from lots.statistics.samples import NoSpread, NotCalculated, TooFew
from lots.statistics.shelf_life import ErrorOfLines, LimitSide
from lots.statistics.specification_limits import SpecificationLimits
from lots.statistics.straight_line import StraightLine
from tests.rules.reference import cases

MONTHS = (0, 3, 6, 9, 12, 18)
# domain.md 4.5: assay of three lots, in %.
ASSAY = {
    "A": (99.9, 99.8, 99.5, 99.4, 99.3, 98.9),
    "B": (99.7, 99.7, 99.4, 99.3, 99.0, 98.8),
    "C": (100.0, 99.8, 99.7, 99.4, 99.3, 99.0),
}
NLT_98 = SpecificationLimits(lower=98.0)


def study(values=None, months=MONTHS):
    """Return the points of a study, of lots with their values."""
    return [
        StabilityPoint(lot, month, value)
        for lot, row in (ASSAY if values is None else values).items()
        for month, value in zip(months, row, strict=True)
    ]


# --- published studies --------------------------------------------------------------


@pytest.mark.reference
def test_reference_has_these_studies_and_no_more():
    assert list(cases("stability_retest.json")) == [
        "stab-leblond-IV",
        "stab-velagaleti-602",
    ]


def published(name):
    case = cases("stability_retest.json")[name]
    points = [StabilityPoint(*row) for row in case["inputs"]["rows"]]
    limits = SpecificationLimits(lower=case["inputs"]["limit"])
    return points, limits, case["expected"]


@pytest.mark.reference
def test_leblond_agrees():
    points, limits, expected = published("stab-leblond-IV")

    found = shelf_life.shelf_life(points, limits)

    tested = found.poolability
    assert tested.model is LineModel.ONE_LINE
    assert tested.f_slopes == pytest.approx(expected["F_slopes"], rel=1e-8)
    assert tested.f_intercepts == pytest.approx(expected["F_intercepts"], rel=1e-8)
    line = found.crossings[0].line
    assert line.intercept == pytest.approx(expected["cics_intercept"], rel=1e-9)
    assert line.slope == pytest.approx(expected["cics_slope"], rel=1e-9)
    assert found.month == pytest.approx(expected["poi_cics"], abs=5e-5)
    assert found.whole_months == 25


@pytest.mark.reference
def test_velagaleti_agrees():
    points, limits, expected = published("stab-velagaleti-602")

    found = shelf_life.shelf_life(points, limits)

    line = found.crossings[0].line
    assert line.intercept == pytest.approx(expected["intercept"], abs=5e-6)
    assert line.slope == pytest.approx(expected["slope"], abs=5e-6)
    assert line.sd == pytest.approx(expected["residual_se"], abs=5e-4)
    bounds = [
        line.at(t) - line.quantile(0.95) * line.error_of_mean(t) for t in (23, 24)
    ]
    assert bounds == pytest.approx(
        [expected["lower_bound_at_23"], expected["lower_bound_at_24"]], abs=5e-6
    )
    assert found.poolability.model is LineModel.SINGLE_LOT
    assert found.whole_months == expected["shelf_life_whole_months"]


def test_three_lots_agree_with_the_worked_example():
    found = shelf_life.shelf_life(study(), NLT_98)

    assert found.poolability.model is LineModel.COMMON_SLOPE
    assert found.poolability.p_slopes == pytest.approx(0.985, abs=5e-4)
    assert found.poolability.p_intercepts < 0.001
    assert {one.lot: one.month for one in found.crossings} == pytest.approx(
        {"A": 32.39, "B": 29.87, "C": 33.51}, abs=5e-3
    )
    assert (found.earliest.lot, found.whole_months) == ("B", 29)
    assert found.earliest.limit is LimitSide.LOWER


def test_single_lots_and_pooled_prediction_agree_with_the_worked_example():
    alone = shelf_life.shelf_life(study(), NLT_98, model=LineModel.SEPARATE_LINES)
    ((_lot, line),) = shelf_life.lines(
        study(), model=LineModel.ONE_LINE, error=ErrorOfLines.OF_ALL_LOTS
    )

    assert [one.month for one in alone.crossings] == pytest.approx(
        [31.01, 27.36, 32.01], abs=6e-3
    )
    assert line.prediction(24, confidence=0.95) == pytest.approx(
        (98.26, 98.84), abs=6e-3
    )


def test_separate_lines_have_two_conventions():
    """Each lot by its own regression, or with the mean square error of all lots."""
    own, shared = (
        shelf_life.shelf_life(
            study(), NLT_98, model=LineModel.SEPARATE_LINES, error=error
        )
        for error in ErrorOfLines
    )

    assert [one.line.freedom for one in own.crossings] == [4, 4, 4]
    assert [one.line.freedom for one in shared.crossings] == [12, 12, 12]
    assert own.crossings[0].line.slope == shared.crossings[0].line.slope
    # The mean square of all is the mean of those of each, as lots are equally long.
    assert shared.crossings[0].line.sd ** 2 == pytest.approx(
        np.mean([one.line.sd**2 for one in own.crossings])
    )
    assert own.month != shared.month


def test_error_of_all_lots_agrees_with_a_regression_with_indicators():
    """The same model as one regression with an intercept and a slope for each lot."""
    points = study()
    design = np.array(
        [
            [point.lot == lot for lot in ASSAY]
            + [point.month * (point.lot == lot) for lot in ASSAY]
            for point in points
        ],
        float,
    )
    values = np.array([point.value for point in points])
    solved, rest, _rank, _singular = np.linalg.lstsq(design, values, rcond=None)

    lines = shelf_life.lines(
        points, model=LineModel.SEPARATE_LINES, error=ErrorOfLines.OF_ALL_LOTS
    )

    inverse = np.linalg.inv(design.T @ design)
    for place, (_lot, line) in enumerate(lines):
        at = np.zeros(6)
        at[place], at[place + 3] = 1, 20
        assert line.at(20) == pytest.approx(at @ solved)
        assert line.error_of_mean(20) == pytest.approx(
            (rest[0] / 12 * (at @ inverse @ at)) ** 0.5
        )


# --- the test of poolability --------------------------------------------------------


def test_poolability_agrees_with_nested_regressions():
    points = study(
        {
            "A": (99.9, 99.7, 99.6, 99.3, 99.2, 98.8),
            "B": (99.8, 99.8, 99.3, 99.3, 98.9, 98.3),
        }
    )
    months = np.array([point.month for point in points])
    is_b = np.array([point.lot == "B" for point in points], float)
    values = np.array([point.value for point in points])

    def rest(*columns):
        design = np.column_stack(columns)
        solved = np.linalg.lstsq(design, values, rcond=None)[0]
        return float(((values - design @ solved) ** 2).sum())

    one = np.ones_like(months)
    separate = rest(one, is_b, months, is_b * months)
    common, together = rest(one, is_b, months), rest(one, months)

    found = poolability(points)

    error = separate / 8
    assert found.f_slopes == pytest.approx((common - separate) / error)
    assert found.f_intercepts == pytest.approx((together - common) / error)
    assert found.p_slopes == pytest.approx(stats.f.sf(found.f_slopes, 1, 8))


@pytest.mark.parametrize(
    ("slopes", "starts", "model"),
    [
        ((-0.05, -0.05, -0.05), (100, 100, 100), LineModel.ONE_LINE),
        ((-0.05, -0.05, -0.05), (100, 99, 98), LineModel.COMMON_SLOPE),
        ((-0.01, -0.05, -0.12), (100, 100, 100), LineModel.SEPARATE_LINES),
    ],
)
def test_model_follows_from_slopes_and_then_intercepts(slopes, starts, model):
    noise = np.array([0.02, -0.02, 0.01, -0.01, 0.02, -0.02])
    rows = {
        f"L{at}": start + slope * np.array(MONTHS) + (-1) ** at * noise
        for at, (slope, start) in enumerate(zip(slopes, starts, strict=True))
    }

    assert poolability(study(rows)).model is model


def test_lots_of_one_process_are_pooled_at_the_stated_rate():
    """At 0.25 a quarter of the studies of equal lots have separate lines."""
    random = np.random.default_rng(6)
    separate = 0
    for _ in range(600):
        rows = {lot: random.normal(0, 1, 6) for lot in "ABC"}
        separate += poolability(study(rows)).model is LineModel.SEPARATE_LINES

    assert separate / 600 == pytest.approx(0.25, abs=0.05)


# --- the crossing -------------------------------------------------------------------


def test_crossing_is_where_the_bound_equals_the_limit():
    found = shelf_life.shelf_life(study(), NLT_98).earliest

    line = found.line
    bound = line.at(found.month) - line.quantile(0.95) * line.error_of_mean(found.month)
    assert bound == pytest.approx(98.0, abs=1e-10)


def test_rising_impurity_meets_its_upper_limit():
    rows = {"A": (0.05, 0.06, 0.06, 0.08, 0.08, 0.10)}
    mirrored = {"A": tuple(-value for value in rows["A"])}

    found = shelf_life.shelf_life(study(rows), SpecificationLimits(upper=0.2))
    turned = shelf_life.shelf_life(study(mirrored), SpecificationLimits(lower=-0.2))

    assert found.earliest.limit is LimitSide.UPPER
    assert found.month == pytest.approx(turned.month)


def test_two_limits_have_two_sided_bounds():
    one = shelf_life.shelf_life(study(), NLT_98).earliest
    both = shelf_life.shelf_life(study(), SpecificationLimits(98.0, 102.0)).earliest

    assert both.limit is LimitSide.LOWER
    assert both.month < one.month
    line = both.line
    bound = line.at(both.month) - line.quantile(0.975) * line.error_of_mean(both.month)
    assert bound == pytest.approx(98.0, abs=1e-10)


def test_lot_beyond_its_limit_at_the_start_has_no_shelf_life():
    rows = {"A": tuple(value - 2 for value in ASSAY["A"])}

    found = shelf_life.shelf_life(study(rows), NLT_98)

    assert (found.month, found.whole_months) == (0.0, 0)


def test_value_that_moves_away_from_its_limit_never_meets_it():
    rows = {"A": tuple(reversed(ASSAY["A"]))}

    found = shelf_life.shelf_life(study(rows), SpecificationLimits(lower=90.0))

    assert (found.month, found.whole_months, found.earliest) == (None, None, None)


def test_bound_that_becomes_level_is_met_as_well():
    """Where the line falls as fast as its bound widens, the quadratic is linear."""
    line = StraightLine(
        centre=0.0, height=2.0, slope=-1.0, weight=1.0, square=1.0, sd=1.0, freedom=10
    )
    flat = dataclasses.replace(line, sd=1 / line.quantile(0.95))

    found = shelf_life.first_crossing(flat, 0.0, is_upper=False, share=0.95)

    # 2 - u = √(1 + u²), so u = 3/4.
    assert flat.quantile(0.95) * flat.sd == 1.0
    assert found == pytest.approx(0.75)


@pytest.mark.parametrize(("away", "whole"), [(-1e-12, 24), (0, 24), (-1e-6, 23)])
def test_whole_months_are_rounded_down(away, whole):
    line = shelf_life.shelf_life(study(), NLT_98).crossings[0].line
    found = shelf_life.ShelfLife(
        poolability=poolability(study()),
        error=ErrorOfLines.OF_EACH_LOT,
        confidence=0.95,
        crossings=(shelf_life.Crossing("A", line, 24 + away, LimitSide.LOWER),),
    )

    assert found.whole_months == whole


@given(st.integers(0, 500), st.integers(-20, 20), st.sampled_from([0.5, 4.0]))
@settings(max_examples=25)
def test_shelf_life_knows_neither_origin_unit_nor_order(seed, origin, unit):
    random = np.random.default_rng(seed)
    rows = {
        lot: 100 - 0.06 * np.array(MONTHS) + np.round(random.normal(0, 0.15, 6), 3)
        for lot in "ABC"
    }
    moved = [
        StabilityPoint(one.lot, one.month, origin + unit * one.value)
        for one in reversed(study(rows))
    ]

    found = shelf_life.shelf_life(study(rows), NLT_98)
    again = shelf_life.shelf_life(moved, SpecificationLimits(origin + unit * 98.0))

    assert again.poolability.model is found.poolability.model
    assert again.month == pytest.approx(found.month, rel=1e-6)


@given(st.integers(0, 300))
@settings(max_examples=20)
def test_crossing_is_the_first_by_a_walk_along_the_bound(seed):
    random = np.random.default_rng(seed)
    slope = random.uniform(-0.3, 0.05)
    row = 99.5 + slope * np.array(MONTHS) + random.normal(0, 0.3, 6)
    found = shelf_life.shelf_life(study({"A": row}), NLT_98).crossings[0]
    line = found.line

    walk = np.linspace(0, 400, 40001)
    bounds = np.array(
        [line.at(t) - line.quantile(0.95) * line.error_of_mean(t) for t in walk[::20]]
    )
    beyond = np.flatnonzero(bounds < 98.0)

    if found.month is None:
        assert beyond.size == 0
    elif found.month < 400:
        assert walk[::20][beyond[0]] == pytest.approx(found.month, abs=0.21)


@pytest.mark.parametrize(
    ("points", "refusal", "said"),
    [
        ([], TooFew, "A stability study needs at least 1 points; there are 0."),
        (
            study({"A": (99.9, 99.8)}, (0, 3)),
            TooFew,
            "A line of a lot needs at least 3 points of the lot; there are 2.",
        ),
        (
            study({"A": (99.9, 99.8, 99.7)}, (3, 3, 3)),
            NotCalculated,
            "The points of lot A are all of one time; a line needs two or more.",
        ),
        (
            study({"A": (99, 98, 97), "B": (99, 98, 97)}, (0, 3, 6)),
            NoSpread,
            "A test of poolability needs values that differ; these are all equal.",
        ),
    ],
    ids=["none", "few", "one time", "exact"],
)
def test_study_is_refused_in_words(points, refusal, said):
    with pytest.raises(refusal) as refused:
        shelf_life.shelf_life(points, NLT_98)

    assert str(refused.value) == said


def test_model_of_several_lots_is_refused_for_one():
    with pytest.raises(NotCalculated, match="the number of lots of the study: 1"):
        shelf_life.shelf_life(
            study({"A": ASSAY["A"]}), NLT_98, model=LineModel.ONE_LINE
        )


# --- extrapolation ------------------------------------------------------------------

NOWHERE, ACCELERATED, INTERMEDIATE = SignificantChange


@pytest.mark.parametrize(
    ("storage", "evidence", "of_18", "of_9"),
    [
        (Storage.ROOM, Evidence(NOWHERE, shows_little_change=True), 30, 18),
        (
            Storage.ROOM,
            Evidence(NOWHERE, is_analysed=True, is_supported=True),
            30,
            18,
        ),
        (Storage.ROOM, Evidence(NOWHERE, is_supported=True), 24, 13),
        (Storage.ROOM, Evidence(NOWHERE, is_analysed=True), 18, 9),
        (Storage.ROOM, Evidence(NOWHERE), 18, 9),
        (
            Storage.ROOM,
            Evidence(ACCELERATED, is_analysed=True, is_supported=True),
            24,
            13,
        ),
        (Storage.ROOM, Evidence(ACCELERATED, is_supported=True), 21, 12),
        (Storage.ROOM, Evidence(ACCELERATED, shows_little_change=True), 18, 9),
        (
            Storage.ROOM,
            Evidence(INTERMEDIATE, is_analysed=True, is_supported=True),
            18,
            9,
        ),
        (Storage.REFRIGERATED, Evidence(NOWHERE, shows_little_change=True), 24, 13),
        (
            Storage.REFRIGERATED,
            Evidence(NOWHERE, is_analysed=True, is_supported=True),
            24,
            13,
        ),
        (Storage.REFRIGERATED, Evidence(NOWHERE, is_supported=True), 21, 12),
        (
            Storage.REFRIGERATED,
            Evidence(ACCELERATED, is_analysed=True, is_supported=True),
            18,
            9,
        ),
        (Storage.FROZEN, Evidence(NOWHERE, shows_little_change=True), 18, 9),
    ],
)
def test_extrapolation_is_capped(storage, evidence, of_18, of_9):
    """ICH Q1E, appendix A; half months are cut off."""
    found = [extrapolation.cap(n, evidence, storage=storage).months for n in (18, 9)]

    assert found == [of_18, of_9]


def test_one_month_of_data_is_not_extrapolated_by_three():
    """Three months beyond one month would be four times the data; it is allowed."""
    found = extrapolation.cap(1, Evidence(ACCELERATED, is_supported=True))

    assert (found.months, found.rule) == (
        4,
        "At most 3 months beyond the long-term data",
    )


@pytest.mark.parametrize(
    ("estimates", "months", "bounded_by"),
    [
        ({"Assay": 29, "Impurity A": 40}, 29, "Assay"),
        ({"Assay": 31, "Impurity A": 40}, 30, None),
        ({"Assay": None, "Impurity A": None}, 30, None),
        ({"Assay": 30, "Impurity A": None}, 30, "Assay"),
    ],
)
def test_proposal_is_the_least_of_attributes_and_cap(estimates, months, bounded_by):
    longest = extrapolation.cap(18, Evidence(NOWHERE, shows_little_change=True))

    found = extrapolation.proposal(estimates, longest)

    assert (found.months, found.bounded_by) == (months, bounded_by)


def test_no_long_term_data_is_a_mistake_of_the_program():
    with pytest.raises(ValueError, match="0 months"):
        extrapolation.cap(0, Evidence(NOWHERE))


# --- a new point --------------------------------------------------------------------


OWN = [StabilityPoint("D", 0, 99.6)]


def test_expected_point_agrees_with_a_regression_with_indicators():
    own = [StabilityPoint("D", 0, 99.6), StabilityPoint("D", 6, 99.3)]
    points = [*study(), *own]
    lots = [*ASSAY, "D"]
    design = np.array(
        [[point.lot == lot for lot in lots] + [point.month] for point in points], float
    )
    values = np.array([point.value for point in points])
    solved, rest, _rank, _singular = np.linalg.lstsq(design, values, rcond=None)
    at = np.array([0, 0, 0, 1, 12.0])
    error = (
        rest[0] / (20 - 5) * (1 + at @ np.linalg.inv(design.T @ design) @ at)
    ) ** 0.5

    found = stability_trend.expected_point(study(), own, month=12)

    assert found.expected == pytest.approx(at @ solved)
    assert found.error == pytest.approx(error)
    assert found.upper - found.expected == pytest.approx(stats.t.ppf(0.995, 15) * error)
    assert found.is_out(found.lower - 0.001)
    assert not found.is_out(found.lower)


def test_first_point_of_a_lot_is_level_enough_for_its_second():
    found = stability_trend.expected_point(study(), OWN, month=12)

    slope = sum(
        (month - 8) * value for row in ASSAY.values()
        for month, value in zip(MONTHS, row, strict=True)
    ) / (3 * sum((month - 8) ** 2 for month in MONTHS))  # fmt: skip
    assert found.expected == pytest.approx(99.6 + 12 * slope)


def test_point_on_a_limit_is_in_trend():
    found = stability_trend.expected_point(study(), OWN, month=12)

    assert [
        found.is_out(value)
        for value in (
            found.lower,
            found.upper,
            found.lower - 1e-6,
            found.upper + 1e-6,
        )
    ] == [False, False, True, True]


def test_point_in_trend_is_held_as_often_as_the_limits_say():
    random = np.random.default_rng(8)
    inside = 0
    for _ in range(600):
        rows = {
            lot: start - 0.05 * np.array(MONTHS) + random.normal(0, 0.1, 6)
            for lot, start in (("A", 100), ("B", 99.7), ("C", 99.9))
        }
        own = [
            StabilityPoint("D", month, 99.8 - 0.05 * month + random.normal(0, 0.1))
            for month in (0, 3, 6)
        ]
        found = stability_trend.expected_point(
            study(rows), own, month=12, confidence=0.95
        )
        inside += not found.is_out(99.8 - 0.05 * 12 + random.normal(0, 0.1))

    assert inside / 600 == pytest.approx(0.95, abs=0.025)


@pytest.mark.parametrize(
    ("history", "own", "refusal", "said"),
    [
        (study({"A": ASSAY["A"]}), OWN, TooFew, "at least 2 earlier lots; there are 1"),
        (study(), [], TooFew, "at least 1 earlier points of the lot; there are 0"),
        (study(), [StabilityPoint("A", 0, 99.6)], NotCalculated, "of one lot, and not"),
        (
            study({"A": (99, 98, 97), "B": (99, 98, 97)}, (0, 3, 6)),
            OWN,
            NoSpread,
            "A regression control chart needs values that differ",
        ),
    ],
)
def test_expected_point_is_refused_in_words(history, own, refusal, said):
    with pytest.raises(refusal, match=said):
        stability_trend.expected_point(history, own, month=12)
