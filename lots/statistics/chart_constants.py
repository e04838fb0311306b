"""Chart constants: what the range and the deviation of a normal sample are on average.

They are computed from the distributions, for any size of subgroup from 2 to 100.
"""

from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
from scipy.special import gammaln, ndtr

from lots.statistics.samples import Array

SIZES = range(2, 101)
# Beyond 9 sigma there is less than 1e-18 of a normal distribution.
_EDGE = 9.0
_NODES = 160


@dataclass(frozen=True)
class ChartConstants:
    """The constants of one subgroup size, in units of sigma or as pure factors.

    Names as in Montgomery, Introduction to Statistical Quality Control, appendix VI,
    and ASTM MNL 7. `d2` and `d3`: mean and standard deviation of the range; `c4`: mean
    of the standard deviation; `a2`, `a3`: limits of means; `big_d3`, `big_d4`: limits
    of ranges; `b3`, `b4`: limits of deviations; `e2`: limits of individuals.
    """

    n: int
    d2: float
    d3: float
    c4: float

    @property
    def a2(self) -> float:
        return float(3 / (self.d2 * self.n**0.5))

    @property
    def a3(self) -> float:
        return float(3 / (self.c4 * self.n**0.5))

    @property
    def e2(self) -> float:
        return 3 / self.d2

    @property
    def big_d3(self) -> float:
        return max(0.0, 1 - 3 * self.d3 / self.d2)

    @property
    def big_d4(self) -> float:
        return 1 + 3 * self.d3 / self.d2

    @property
    def b3(self) -> float:
        return max(0.0, 1 - self._b)

    @property
    def b4(self) -> float:
        return 1 + self._b

    @property
    def _b(self) -> float:
        return float(3 * (1 - self.c4**2) ** 0.5 / self.c4)


@cache
def constants(n: int) -> ChartConstants:
    """Return the constants of subgroups of `n` values, 2 to 100.

    d2 is the integral of 1 - Φ^n - (1 - Φ)^n (Tippett, Biometrika 17, 1925, eq. 11); d3
    follows from the second moment of the range, a double integral (same, section 6);
    c4 = √(2/(n-1)) Γ(n/2) / Γ((n-1)/2) (Montgomery, appendix VI). Gauss-Legendre with
    160 nodes; at least ten digits. Raises ValueError for another size.
    """
    if n not in SIZES:
        raise ValueError(f"Subgroups of {n} have no chart constants; 2 to 100 have.")
    at, weights = _nodes(-_EDGE, _EDGE)
    below = ndtr(at)
    d2 = float(weights @ (1 - below**n - (1 - below) ** n))
    # E[R²] = 2 ∫∫ over x < y of 1 - Φ(y)^n - (1 - Φ(x))^n + (Φ(y) - Φ(x))^n.
    unit, unit_weights = _nodes(0.0, 1.0)
    lengths = at + _EDGE
    lower = -_EDGE + lengths[:, None] * unit[None, :]
    below_lower = ndtr(lower)
    inner = (
        1
        - below[:, None] ** n
        - (1 - below_lower) ** n
        + (below[:, None] - below_lower) ** n
    ) @ unit_weights
    second = 2 * float(weights @ (inner * lengths))
    c4 = (2 / (n - 1)) ** 0.5 * float(np.exp(gammaln(n / 2) - gammaln((n - 1) / 2)))
    return ChartConstants(n=n, d2=d2, d3=float((second - d2 * d2) ** 0.5), c4=c4)


def _nodes(low: float, high: float) -> tuple[Array, Array]:
    at, weights = gauss_legendre()
    half = (high - low) / 2
    return low + half * (at + 1), half * weights


@lru_cache(maxsize=1)
def gauss_legendre() -> tuple[Array, Array]:
    """Return the nodes and weights of Gauss and Legendre on -1 to 1, 160 of each."""
    at, weights = np.polynomial.legendre.leggauss(_NODES)
    return at, weights
