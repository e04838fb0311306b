"""Plausibility of entries, and digits that look made up."""

import csv
import dataclasses
import itertools
from datetime import date
from decimal import Decimal as D

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from lots.statistics import digit_habits, plausibility
from lots.statistics.plausibility import Doubt
from lots.statistics.samples import NotCalculated, TooFew
from tests.rules import reference

TODAY = date(2026, 11, 30)


def decimals(*texts):
    return [D(text) for text in texts]


# --- peaks, balance, limit, drying --------------------------------------------------


@pytest.mark.parametrize(
    ("peaks", "total", "is_found"),
    [
        (("0.12", "0.05", "0.08"), "0.25", False),
        # Three peaks and a total, each rounded by up to 0.005: 0.02 is rounding.
        (("0.12", "0.05", "0.08"), "0.27", False),
        (("0.12", "0.05", "0.08"), "0.28", True),
        (("0.12", "0.05", "0.08"), "0.22", True),
        (("0.123", "0.051"), "0.17", False),
        (("0.123", "0.051"), "0.2", False),
        ((), "0.25", False),
    ],
)
def test_peaks_add_up_to_the_total_but_for_rounding(peaks, total, is_found):
    found = plausibility.sum_of_peaks(peaks=decimals(*peaks), total=D(total))

    assert (found is not None) is is_found


def test_finding_says_what_was_compared():
    found = plausibility.sum_of_peaks(peaks=decimals("0.12", "0.30"), total=D("0.24"))

    assert str(found) == (
        "The named peaks add up to 0.42; the total is entered as 0.24, which differs by"
        " more than rounding."
    )
    assert not found.doubt.is_data_integrity


@pytest.mark.parametrize(
    ("parts", "is_found"),
    [
        (("99.1", "0.42", "0.2", "0.1"), False),
        (("98.0", "0.0"), False),
        (("97.5", "0.4"), True),
        (("101.5", "0.6"), True),
        (("101.5", "0.5"), False),
        (("50.0",), False),
    ],
)
def test_mass_balance_is_within_its_limits(parts, is_found):
    assert (plausibility.mass_balance(decimals(*parts)) is not None) is is_found


def test_mass_balance_says_its_limits_in_percent():
    found = plausibility.mass_balance(decimals("97.5", "0.4"))

    assert str(found) == "The mass balance is 97.9 %, outside 98.0 to 102.0 %."


@pytest.mark.parametrize(
    ("value", "is_found"), [("0.20", True), ("0.200", True), ("0.199", False)]
)
def test_value_on_the_limit_is_found_as_a_number(value, is_found):
    found = plausibility.on_limit(D(value), decimals("0.2", "98.0"))

    assert (found is not None) is is_found


@pytest.mark.parametrize(
    ("loss", "water", "is_found"),
    [
        ("0.50", "0.42", False),
        ("0.42", "0.50", False),
        ("0.22", "0.42", False),
        ("0.21", "0.42", True),
    ],
)
def test_loss_on_drying_is_at_least_the_water(loss, water, is_found):
    found = plausibility.loss_on_drying(loss=D(loss), water=D(water))

    assert (found is not None) is is_found
    if found:
        assert "less than the water by Karl Fischer, 0.42 %" in str(found)


# --- copied results -----------------------------------------------------------------

SEVEN = {
    "water": D("1.53"), "total": D("0.25"), "l": D("0.13"), "content": D("94.5"),
    "ps01": D("1.27"), "ps05": D("18.52"), "ps09": D("109.999"),
}  # fmt: skip


def without(*tests):
    return {test: value for test, value in SEVEN.items() if test not in tests}


@pytest.mark.parametrize(
    ("results", "other", "is_found"),
    [
        (SEVEN, SEVEN, True),
        (SEVEN, without("water", "total"), True),
        (SEVEN, without("water", "total", "l"), False),
        (without("water", "total", "l"), without("water", "total", "l"), False),
        (SEVEN, {**SEVEN, "ps09": D("110")}, False),
        (SEVEN, {**SEVEN, "content": D("94.50")}, True),
        # Each has five, but only three of them in common.
        (without("water", "total"), without("ps05", "ps09"), False),
        ({}, {}, False),
    ],
    ids=[
        "all",
        "five",
        "four",
        "four of both",
        "one differs",
        "zeros",
        "apart",
        "none",
    ],
)
def test_copied_results_are_five_of_seven_and_all_equal(results, other, is_found):
    found = plausibility.copied_results(results, {"B-1": other})

    assert bool(found) is is_found


def test_five_equal_results_of_a_long_panel_are_no_copy():
    """Of thirty tests five are common by chance where results are rounded."""
    panel = {f"T{at}": D(at) for at in range(30)}
    others = {
        "B-5": {f"T{at}": D(at) for at in range(5)},
        "B-22": {f"T{at}": D(at) for at in range(22)},
    }

    assert [
        one.params["lot"] for one in plausibility.copied_results(panel, others)
    ] == ["B-22"]


def test_copy_is_a_matter_of_data_integrity_and_names_the_lot():
    (found,) = plausibility.copied_results(SEVEN, {"B-7": SEVEN, "B-8": {}})

    assert str(found) == (
        "7 of 7 results are the same as those of lot B-7, all that both lots have."
    )
    assert found.doubt.is_data_integrity


@pytest.mark.reference
def test_real_lots_have_five_copied_pairs():
    """Žagar and Mihelič, Scientific Data 9:99 (2022), CC BY 4.0: 220 API lots."""
    path = reference.FOLDER / "data" / "zagar_api_lots_unambiguous.csv"
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    lots = {
        (row["api_code"], row["api_batch"]): {
            test: D(value)
            for test, value in row.items()
            if value and test not in ("api_code", "api_batch")
        }
        for row in rows
    }

    found = [
        (one, finding.params["lot"])
        for one, later in (
            (name, dict(list(lots.items())[at + 1 :])) for at, name in enumerate(lots)
        )
        for finding in plausibility.copied_results(
            lots[one], {f"{code}/{batch}": row for (code, batch), row in later.items()}
        )
    ]

    assert len(lots) == 220
    assert sorted(found) == [
        (("3", "180"), "3/186"),
        (("3", "240"), "3/241"),
        (("4", "110"), "4/156"),
        (("5", "143"), "5/145"),
        (("5", "92"), "5/160"),
    ]
    # Many more agree in all that both have, because most of it is blank.
    blank = [
        pair
        for pair in itertools.combinations(lots.values(), 2)
        if pair[0].keys() & pair[1].keys()
        and len(pair[0].keys() & pair[1].keys()) < 5
        and all(pair[0][test] == pair[1][test] for test in pair[0].keys() & pair[1])
    ]
    assert len(blank) > 10


# --- slipped decimal ----------------------------------------------------------------

WATER = decimals("0.42", "0.38", "0.45", "0.40", "0.44", "0.39")


@pytest.mark.parametrize(
    ("value", "times"),
    [
        ("0.41", None),
        ("0.47", None),
        ("4.1", "10"),
        ("0.041", "0.1"),
        ("41", "100"),
        ("0.0041", "0.01"),
        ("410", "1000"),
        ("0.9", None),
        ("2.0", None),
        ("0", None),
    ],
)
def test_slipped_decimal_fits_when_moved(value, times):
    found = plausibility.slipped_decimal(D(value), WATER)

    assert (found and found.params["times"]) == times


def test_slipped_decimal_says_what_earlier_lots_show():
    found = plausibility.slipped_decimal(D("4.1"), WATER)

    assert str(found) == (
        "4.1 is 10 times what earlier lots show (0.38 to 0.45); the decimal point may"
        " have slipped."
    )


def test_history_that_spans_a_factor_of_ten_says_nothing_of_it():
    wide = decimals("0.05", "0.06", "0.30", "0.50", "0.07")

    assert plausibility.slipped_decimal(D("4.1"), wide) is None
    assert plausibility.slipped_decimal(D("4.1"), WATER[:4]) is None


def test_equal_history_still_says_what_is_usual():
    same = decimals(*["0.50"] * 6)

    assert plausibility.slipped_decimal(D("5.0"), same) is not None
    assert plausibility.slipped_decimal(D("0.50"), same) is None


@given(st.integers(-3, 3), st.sampled_from(["0.38", "0.41", "0.45"]))
def test_slipped_decimal_does_not_rest_on_the_unit(power, text):
    unit = D(10) ** power

    found = plausibility.slipped_decimal(
        D(text) * 10 * unit, [value * unit for value in WATER]
    )

    assert found.params["times"] == "10"


# --- dates --------------------------------------------------------------------------


def test_dates_are_in_order_and_not_in_the_future():
    steps = [
        ("Manufactured", date(2026, 11, 2)),
        ("Sampled", None),
        ("Tested", date(2026, 11, 2)),
        ("Reviewed", date(2026, 11, 30)),
    ]

    assert plausibility.date_order(steps, today=TODAY) == ()


def test_each_date_is_compared_with_the_latest_before_it():
    steps = [
        ("Manufactured", date(2026, 11, 10)),
        ("Sampled", date(2026, 11, 8)),
        ("Tested", date(2026, 11, 9)),
        ("Reviewed", date(2026, 12, 1)),
    ]

    found = plausibility.date_order(steps, today=TODAY)

    assert [str(one) for one in found] == [
        "Sampled (2026-11-08) is before Manufactured (2026-11-10).",
        "Tested (2026-11-09) is before Manufactured (2026-11-10).",
        "Reviewed (2026-12-01) is in the future.",
    ]
    assert all(one.doubt.is_data_integrity for one in found)
    assert [one.doubt for one in found] == [Doubt.DATES, Doubt.DATES, Doubt.FUTURE]


# --- digits -------------------------------------------------------------------------


def measured(lots, *, seed=1, places=2, sigma=0.3):
    random = np.random.default_rng(seed)
    return [f"{value:.{places}f}" for value in random.normal(99.6, sigma, size=lots)]


def test_measured_digits_are_doubted_as_seldom_as_the_significance_says():
    doubted = sum(
        digit_habits.last_digits(measured(60, seed=seed), significance=0.05).is_doubtful
        for seed in range(400)
    )

    assert doubted / 400 == pytest.approx(0.05, abs=0.03)


def test_last_digits_that_favour_some_are_doubted():
    made_up = [
        text[:-1] + "37"[at % 2] if at % 2 else text
        for at, text in enumerate(measured(80))
    ]

    found = digit_habits.last_digits(made_up)

    assert found.is_doubtful
    assert found.count > 40
    assert found.expected == 8


def test_round_digits_are_doubted():
    rounded = [
        text[:-1] + "05"[at % 2] if at % 3 else text
        for at, text in enumerate(measured(60))
    ]

    assert digit_habits.round_digits(rounded).is_doubtful
    assert not digit_habits.round_digits(measured(60)).is_doubtful
    odd = [text[:-1] + "7" for text in measured(60)]
    assert digit_habits.round_digits(odd).p == 1


def test_p_of_round_digits_is_the_binomial_tail():
    found = digit_habits.round_digits(measured(60, seed=3))

    assert (found.n, found.expected) == (60, 12)
    assert found.p == pytest.approx(stats.binom.sf(found.count - 1, 60, 0.2))
    assert not dataclasses.replace(found, p=found.significance).is_doubtful


@given(st.integers(0, 100))
@settings(max_examples=15)
def test_digits_know_no_sign(seed):
    entries = measured(60, seed=seed)

    assert digit_habits.last_digits(["-" + text for text in entries]) == (
        digit_habits.last_digits(entries)
    )


@pytest.mark.parametrize(
    ("entries", "refusal", "said"),
    [
        (measured(49), TooFew, "at least 50 entries; there are 49."),
        (
            [*measured(50), "99.5"],
            NotCalculated,
            "the same number of decimals",
        ),
        (
            measured(60, places=1),
            NotCalculated,
            "spread over more than 5 units of their last decimal",
        ),
        (["NaN"] * 50, NotCalculated, "not a finite number"),
    ],
)
def test_digits_are_refused_in_words(entries, refusal, said):
    with pytest.raises(refusal, match=said):
        digit_habits.last_digits(entries)


def test_values_that_never_change_after_varying_are_doubted():
    varied = decimals(*measured(30))

    assert digit_habits.constant_run([*varied, *[D("99.60")] * 4]).is_doubtful
    assert digit_habits.constant_run([*varied, D("99.60")]).p == 1


def test_p_of_a_constant_run_is_of_what_came_before_it():
    """Four of ten lots had 0.06 before; three more repeat the first in a row."""
    before = decimals(*["0.06", "0.07"] * 4, "0.08", "0.09")

    found = digit_habits.constant_run([*before, *[D("0.06")] * 4])

    assert (found.n, found.count, found.expected) == (14, 4, 1.0)
    assert found.p == pytest.approx((5 / 11) ** 3)


def test_value_that_is_always_the_same_is_no_habit():
    found = digit_habits.constant_run([D("0.05")] * 40)

    assert (found.count, found.p, found.is_doubtful) == (40, 1.0, False)


def test_few_entries_have_no_run():
    with pytest.raises(TooFew, match="at least 10 entries; there are 9"):
        digit_habits.constant_run([D(1)] * 9)


def test_results_just_inside_a_limit_too_often_are_doubted():
    near = [D("0.19")] * 14 + [D("0.20")] * 6
    rest = [D("0.10")] * 60 + [D("0.17")] * 3

    found = digit_habits.just_inside(
        [*near, *rest], limit=D("0.20"), band=D("0.02"), is_upper=True
    )

    assert (found.n, found.count, found.expected) == (23, 20, 11.5)
    assert found.is_doubtful


def test_lower_limit_is_met_from_above():
    values = [D("98.0")] * 15 + [D("97.9")] * 5 + [D("98.3")] * 2

    found = digit_habits.just_inside(
        values, limit=D("98.0"), band=D("0.2"), is_upper=False
    )

    assert (found.n, found.count) == (17, 15)


def test_bands_are_the_limit_itself_to_twice_their_width():
    """0.20 is inside, 0.18 ends the first band, 0.16 the second."""
    values = decimals(*["0.20"] * 3, *["0.18"] * 2, *["0.17"] * 3, *["0.16"] * 4)
    beyond = decimals("0.201", "0.159", "0.14")

    found = digit_habits.just_inside(
        [*values, *beyond], limit=D("0.20"), band=D("0.02"), is_upper=True
    )
    none_near = digit_habits.just_inside(
        decimals(*["0.17"] * 10), limit=D("0.20"), band=D("0.02"), is_upper=True
    )

    assert (found.n, found.count, found.expected) == (12, 5, 6.0)
    assert found.p == pytest.approx(stats.binom.sf(4, 12, 0.5))
    assert (none_near.count, none_near.p) == (0, 1.0)


def test_results_that_become_rarer_towards_the_limit_are_no_habit():
    values = [D(f"{value:.2f}") for value in np.linspace(0.10, 0.20, 60)]

    found = digit_habits.just_inside(
        values, limit=D("0.20"), band=D("0.03"), is_upper=True
    )

    assert not found.is_doubtful


def test_few_results_near_the_limit_say_nothing():
    with pytest.raises(TooFew, match="at least 10 results near the limit; there are 0"):
        digit_habits.just_inside(
            [D("0.05")] * 50, limit=D("0.20"), band=D("0.02"), is_upper=True
        )
    with pytest.raises(ValueError, match="holds no result"):
        digit_habits.just_inside([], limit=D("0.20"), band=D(0), is_upper=True)
