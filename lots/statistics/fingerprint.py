"""Fingerprint: all tests of a lot at once, against those of the lots before it.

Hotelling's T² sees a lot whose single results are all usual and whose combination is
not. What explains it is told by the contribution of each test.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import fdtri

from lots.rules.refusal import Word
from lots.rules.stored_codes import Coded
from lots.rules.stored_codes import gettext_noop as _
from lots.statistics.samples import (
    LEAST_DISTINCT,
    Array,
    NotCalculated,
    check_count,
    check_share,
    table,
)

LEAST_LOTS = 10
LEAST_TESTS = 2
# With fewer lots for each test the inverse of their covariance is mostly chance.
_LOTS_FOR_EACH_TEST = 5
# A value further than this many robust deviations counts as one that far.
_CLIP = 2.0
_LEAST_SHRINKAGE = 0.01
_MAD_TO_SIGMA = 1.482602218505602
_HISTORIES = 2000
_SEED = 20151203


class FingerprintMethod(Coded):
    """How the fingerprint of the earlier lots was taken."""

    CLASSICAL = "classical", _("Hotelling's T² with means and covariances")
    SHRUNK = "shrunk", _("Robust T² with shrunk correlations")


@dataclass(frozen=True, eq=False)
class Fingerprint:
    """What earlier lots look like; frozen with the baseline.

    `tests`: the tests in it, p of them; `left_out`: those that take fewer than five
    distinct values. `centre` and `scale` in the units of the tests, shape (p,);
    `inverse` that of their correlations, shape (p, p). `limit` is what T² of a further
    lot stays under with the confidence. `shrinkage` is 0 for the classical method.
    """

    tests: tuple[str, ...]
    left_out: tuple[str, ...]
    lots: int
    centre: Array
    scale: Array
    inverse: Array
    limit: float
    confidence: float
    method: FingerprintMethod
    shrinkage: float


@dataclass(frozen=True)
class Contribution:
    """What a test adds to T²: how much less it would be without that test.

    `sigmas` is its distance from the centre, by itself.
    """

    test: str
    amount: float
    sigmas: float


@dataclass(frozen=True)
class Likeness:
    """T² of a lot, and what explains it, the largest contribution first."""

    t_squared: float
    limit: float
    is_unlike: bool
    contributions: tuple[Contribution, ...]


def fingerprint(
    tests: Sequence[str],
    lots: Sequence[Sequence[float]] | Array,
    *,
    confidence: float = 0.99,
) -> Fingerprint:
    """Return the fingerprint of earlier lots, in rows with a value of each test.

    With 5 lots or more for each test: means, covariances, and the limit p(n+1)(n-1) /
    (n(n-p)) F(p, n-p). Source: Montgomery 11.3, equation 11.23; Tracy, Young and Mason,
    Journal of Quality Technology 24 (1992).

    With fewer: means, deviations and correlations of values cut off at 2 robust
    deviations (Huber and Ronchetti, Robust Statistics, 2009, 1.7), the correlations
    shrunk towards none by the amount that Schäfer and Strimmer estimate (Stat. Appl.
    Genet. Mol. Biol. 4, 2005, table 1, target D with unit variances). The limit is the
    quantile of 2,000 simulated normal histories of the same size and correlations, put
    through the same steps with a fixed seed, and raised where the earlier lots, each
    against the others, differ more than those do. It takes up to 0.2 s, so it is kept
    with the baseline.

    At least 10 lots, and 2 tests with five distinct values. Raises TooFew, and
    NotCalculated for rows of different lengths.
    """
    check_share(confidence, name="confidence")
    of = _("A fingerprint")
    taken = table(list(lots), of=of, least_rows=LEAST_LOTS, least_columns=LEAST_TESTS)
    if taken.shape[1] != len(tests):
        raise ValueError(f"{len(tests)} tests do not name {taken.shape[1]} columns.")
    kept = [
        place
        for place in range(len(tests))
        if np.unique(taken[:, place]).size >= LEAST_DISTINCT
    ]
    check_count(
        len(kept), of=of, least=LEAST_TESTS, unit=_("tests with distinct values")
    )
    values = taken[:, kept]
    n, p = values.shape
    if n >= _LOTS_FOR_EACH_TEST * p:
        centre, scale = values.mean(axis=0), values.std(axis=0, ddof=1)
        scaled = (values - centre) / scale
        correlations = scaled.T @ scaled / (n - 1)
        if float(np.linalg.cond(correlations)) < 1e10:
            return Fingerprint(
                tests=tuple(tests[place] for place in kept),
                left_out=_left_out(tests, kept),
                lots=n,
                centre=centre,
                scale=scale,
                inverse=np.linalg.inv(correlations),
                limit=p
                * (n + 1)
                * (n - 1)
                / (n * (n - p))
                * float(fdtri(p, n - p, confidence)),
                confidence=confidence,
                method=FingerprintMethod.CLASSICAL,
                shrinkage=0.0,
            )
        # A test that is the sum of others has no inverse; shrunk it has one.
    centre, scale = _robust(values[None, :, :])
    shrunk, shrinkage = _shrunk((values[None, :, :] - centre) / scale)
    return Fingerprint(
        tests=tuple(tests[place] for place in kept),
        left_out=_left_out(tests, kept),
        lots=n,
        centre=centre[0, 0],
        scale=scale[0, 0],
        inverse=np.linalg.inv(shrunk[0]),
        limit=_limit(values, shrunk[0], confidence=confidence),
        confidence=confidence,
        method=FingerprintMethod.SHRUNK,
        shrinkage=float(shrinkage[0]),
    )


def likeness(earlier: Fingerprint, lot: Mapping[str, float]) -> Likeness:
    """Return T² of a lot that is not among the earlier ones, and its contributions.

    A contribution is T² less T² without the test (Runger, Alt and Montgomery, J. Qual.
    Technol. 28, 1996); contributions do not add up to T² where tests are correlated.
    Raises NotCalculated where the lot lacks a test of the fingerprint.
    """
    lacking = [test for test in earlier.tests if test not in lot]
    if lacking:
        raise NotCalculated(
            "lacking-tests",
            "%(of)s needs a value of each of its tests; the lot lacks %(tests)s.",
            of=Word(_("A fingerprint")),
            tests=", ".join(lacking),
        )
    values = np.array([lot[test] for test in earlier.tests], dtype=np.float64)
    scaled = (values - earlier.centre) / earlier.scale
    weighed = earlier.inverse @ scaled
    amounts = weighed**2 / np.diag(earlier.inverse)
    t_squared = float(scaled @ weighed)
    order = np.argsort(-amounts, kind="stable")
    return Likeness(
        t_squared=t_squared,
        limit=earlier.limit,
        is_unlike=t_squared > earlier.limit,
        contributions=tuple(
            Contribution(
                test=earlier.tests[place],
                amount=float(amounts[place]),
                sigmas=float(scaled[place]),
            )
            for place in order
        ),
    )


def _left_out(tests: Sequence[str], kept: Sequence[int]) -> tuple[str, ...]:
    return tuple(test for place, test in enumerate(tests) if place not in kept)


def _robust(values: Array) -> tuple[Array, Array]:
    """Return centres and scales of many histories, shape (histories, 1, p) each.

    Mean and standard deviation of the values cut off at 2 robust deviations from the
    median; not cut off where more than half of the values are equal.
    """
    median = np.median(values, axis=1, keepdims=True)
    reach = np.median(np.abs(values - median), axis=1, keepdims=True)
    reach = np.where(reach > 0, _CLIP * _MAD_TO_SIGMA * reach, np.inf)
    cut = np.clip(values, median - reach, median + reach)
    return (
        cut.mean(axis=1, keepdims=True),
        cut.std(axis=1, ddof=1, keepdims=True),
    )


def _shrunk(scaled: Array) -> tuple[Array, Array]:
    """Return the shrunk correlations of many histories, and by how much each is.

    `scaled` has the shape (histories, n, p); the answers (histories, p, p) and
    (histories,).
    """
    clipped = np.clip(scaled, -_CLIP, _CLIP)
    n, p = clipped.shape[1:]
    clipped = clipped - clipped.mean(axis=1, keepdims=True)
    clipped = clipped / np.sqrt((clipped**2).sum(axis=1, keepdims=True) / (n - 1))
    turned = clipped.transpose(0, 2, 1)
    products = turned @ clipped
    correlations = products / (n - 1)
    # Var(r_ij) = n / (n-1)³ Σ (w_kij - mean w_ij)², w_kij = z_ki z_kj.
    squares = (turned**2) @ (clipped**2)
    variances = n / (n - 1) ** 3 * (squares - products**2 / n)
    off = ~np.eye(p, dtype=bool)
    wanted = variances[:, off].sum(axis=1)
    found = (correlations[:, off] ** 2).sum(axis=1)
    shrinkage = np.clip(wanted / found, _LEAST_SHRINKAGE, 1.0)
    mixed = correlations * (1 - shrinkage)[:, None, None]
    mixed[:, ~off] = 1.0
    return mixed, shrinkage


def _limit(values: Array, correlations: Array, *, confidence: float) -> float:
    """Return what T² of a further lot stays under, shape (n, p) of earlier lots.

    The quantile of simulated histories, times how much more the earlier lots differ,
    each from the others, than such histories do: correlations that are shrunk leave a
    part of the true ones out.
    """
    n, p = values.shape
    random = np.random.default_rng(_SEED)
    mixing = np.linalg.cholesky(correlations).T
    found = np.concatenate(
        # In parts, so that thirty tests need little memory.
        [
            _t_squared(drawn[:, :n], drawn[:, n])
            for drawn in (
                random.normal(size=(250, n + 1, p)) @ mixing
                for _part in range(0, _HISTORIES, 250)
            )
        ]
    )
    others = np.array([[at for at in range(n) if at != one] for one in range(n)])
    of_each = _t_squared(values[others], values)
    larger = max(1.0, float(np.median(of_each) / np.median(found)))
    return larger * float(np.quantile(found, confidence))


def _t_squared(histories: Array, lots: Array) -> Array:
    """Return T² of a lot against each history, shapes (m, n, p) and (m, p)."""
    centre, scale = _robust(histories)
    shrunk, _shrinkage = _shrunk((histories - centre) / scale)
    scaled = ((lots[:, None, :] - centre) / scale)[:, 0, :, None]
    return np.asarray((scaled * np.linalg.solve(shrunk, scaled)).sum(axis=(1, 2)))
