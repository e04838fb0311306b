"""All tests of a lot at once: Hotelling's T², classical and shrunk."""

import numpy as np
import pytest
from scipy import stats

from lots.statistics.fingerprint import FingerprintMethod, fingerprint, likeness
from lots.statistics.samples import NotCalculated, TooFew

TESTS = ("Assay", "Water", "Impurity A", "Total impurities")


def correlated(lots, tests, *, seed, share=0.6):
    """Return lots whose tests have a common part, shape (lots, tests)."""
    random = np.random.default_rng(seed)
    common = random.normal(size=(lots, 1))
    own = random.normal(size=(lots, tests))
    return share**0.5 * common + (1 - share) ** 0.5 * own


def lot(names, values):
    return dict(zip(names, values, strict=True))


def test_classical_t_squared_agrees_with_its_definition():
    rows = correlated(40, 4, seed=1)
    new = np.array([1.0, -1.0, 0.5, 0.0])

    earlier = fingerprint(TESTS, rows)
    found = likeness(earlier, lot(TESTS, new))

    away = new - rows.mean(axis=0)
    covariance = np.cov(rows, rowvar=False)
    assert earlier.method is FingerprintMethod.CLASSICAL
    assert earlier.scale**2 == pytest.approx(np.diag(covariance))
    assert found.t_squared == pytest.approx(away @ np.linalg.inv(covariance) @ away)
    # p(n+1)(n-1) / (n(n-p)) F.
    assert earlier.limit == pytest.approx(
        4 * 41 * 39 / (40 * 36) * stats.f.ppf(0.99, 4, 36)
    )


def test_contribution_is_what_t_squared_loses_without_the_test():
    rows = correlated(40, 4, seed=2)
    new = np.array([1.5, -1.5, 0.5, 0.0])
    found = likeness(fingerprint(TESTS, rows), lot(TESTS, new))

    for place, name in enumerate(TESTS):
        rest = [at for at in range(4) if at != place]
        names = [TESTS[at] for at in rest]
        without = likeness(fingerprint(names, rows[:, rest]), lot(names, new[rest]))
        (contribution,) = (one for one in found.contributions if one.test == name)
        assert contribution.amount == pytest.approx(found.t_squared - without.t_squared)

    amounts = [one.amount for one in found.contributions]
    assert amounts == sorted(amounts, reverse=True)


def test_unusual_combination_of_usual_results_is_seen_and_explained():
    """Two tests that rise together in all lots part in one; each alone is usual."""
    random = np.random.default_rng(5)
    rows = random.normal(size=(60, 4))
    rows[:, 1] = rows[:, 0] + 0.1 * random.normal(size=60)

    found = likeness(fingerprint(TESTS, rows), lot(TESTS, [1.2, -1.2, 0.0, 0.0]))

    assert found.is_unlike
    assert {one.test for one in found.contributions[:2]} == {"Assay", "Water"}
    assert max(abs(one.sigmas) for one in found.contributions) < 2


def test_classical_fingerprint_knows_neither_units_nor_mixtures():
    rows = correlated(50, 4, seed=3)
    new = np.array([1.0, 2.0, -1.0, 0.5])
    mixing = np.array([[2, 1, 0, 0], [0, 3, 0, 0], [0, 0, 0.5, 1], [0, 0, 0, 40.0]])

    found = likeness(fingerprint(TESTS, rows), lot(TESTS, new))
    mixed = likeness(
        fingerprint(TESTS, rows @ mixing + 7), lot(TESTS, new @ mixing + 7)
    )

    assert mixed.t_squared == pytest.approx(found.t_squared)


def test_shrunk_fingerprint_knows_no_units_and_no_order_of_tests():
    rows = correlated(12, 8, seed=4)
    names = [f"T{at}" for at in range(8)]
    new = np.linspace(-1, 2, 8)
    order = [3, 1, 7, 0, 5, 2, 6, 4]

    earlier = fingerprint(names, rows)
    found = likeness(earlier, lot(names, new))
    turned = likeness(
        fingerprint([names[at] for at in order], 4 * rows[:, order] + 1),
        lot([names[at] for at in order], 4 * new[order] + 1),
    )

    assert earlier.method is FingerprintMethod.SHRUNK
    assert turned.t_squared == pytest.approx(found.t_squared)


@pytest.mark.parametrize(
    ("lots", "tests", "confidence"), [(60, 4, 0.95), (16, 12, 0.95)]
)
def test_lots_like_those_before_are_unlike_as_often_as_the_limit_says(
    lots, tests, confidence
):
    names = [f"T{at}" for at in range(tests)]
    unlike = total = 0
    for seed in range(8):
        rows = correlated(lots + 120, tests, seed=seed)
        earlier = fingerprint(names, rows[:lots], confidence=confidence)
        for row in rows[lots:]:
            unlike += likeness(earlier, lot(names, row)).is_unlike
            total += 1

    assert unlike / total == pytest.approx(1 - confidence, abs=0.03)


def test_one_wild_lot_hides_no_other_from_a_shrunk_fingerprint():
    rows = correlated(20, 10, seed=6)
    names = [f"T{at}" for at in range(10)]
    new = lot(names, [9.0, *[0.0] * 9])
    clean = likeness(fingerprint(names, rows), new)
    rows[3, 0] = 60.0  # 13 ordinary standard deviations with it

    found = likeness(fingerprint(names, rows), new)

    assert clean.is_unlike
    assert found.is_unlike
    assert found.contributions[0].test == "T0"
    assert found.contributions[0].sigmas == pytest.approx(
        clean.contributions[0].sigmas, rel=0.3
    )


def test_total_that_is_the_sum_of_others_is_shrunk():
    rows = correlated(60, 3, seed=7)
    rows = np.column_stack([rows, rows.sum(axis=1)])

    earlier = fingerprint(TESTS, rows)

    assert earlier.method is FingerprintMethod.SHRUNK
    assert not likeness(earlier, lot(TESTS, rows.mean(axis=0))).is_unlike


def test_test_near_its_loq_is_left_out_and_named():
    rows = correlated(40, 4, seed=8)
    rows[:, 2] = np.tile([0.05, 0.05, 0.06, 0.07], 10)

    earlier = fingerprint(TESTS, rows)

    assert earlier.tests == ("Assay", "Water", "Total impurities")
    assert earlier.left_out == ("Impurity A",)


def test_test_that_mostly_repeats_one_value_has_a_scale():
    """More than half equal: the median absolute deviation is 0, so nothing is cut."""
    rows = correlated(12, 5, seed=9)
    names = [f"T{at}" for at in range(5)]
    rows[:, 4] = [0, 0, 0, 0, 0, 0, 0, 0, 1, 2, -1, -2]

    earlier = fingerprint(names, rows)

    assert earlier.scale[4] == pytest.approx(np.std(rows[:, 4], ddof=1))


def test_same_lots_have_the_same_limit():
    rows = correlated(15, 9, seed=10)
    names = [f"T{at}" for at in range(9)]

    assert fingerprint(names, rows).limit == fingerprint(names, rows).limit


@pytest.mark.parametrize(
    ("tests", "rows", "refusal", "said"),
    [
        (
            TESTS,
            correlated(9, 4, seed=1),
            TooFew,
            "A fingerprint needs at least 10 groups; there are 9.",
        ),
        (
            TESTS[:2],
            np.column_stack([np.arange(12.0), np.ones(12)]),
            TooFew,
            "at least 2 tests with distinct values; there are 1.",
        ),
        (TESTS[:2], [[1.0, 2.0]] * 9 + [[1.0]], NotCalculated, "equally many"),
    ],
)
def test_fingerprint_is_refused_in_words(tests, rows, refusal, said):
    with pytest.raises(refusal, match=said):
        fingerprint(tests, rows)


def test_lot_that_lacks_a_test_is_refused_by_its_name():
    earlier = fingerprint(TESTS, correlated(40, 4, seed=1))

    with pytest.raises(NotCalculated, match="the lot lacks Water, Total impurities"):
        likeness(earlier, {"Assay": 1.0, "Impurity A": 0.0})


def test_names_that_fit_no_columns_are_a_mistake_of_the_program():
    with pytest.raises(ValueError, match="2 tests do not name 4 columns"):
        fingerprint(TESTS[:2], correlated(40, 4, seed=1))
