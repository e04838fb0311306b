"""Small shifts: EWMA and tabular CUSUM, which see a slow drift before single points do.

Both take centre and sigma from a baseline (`control_charts.individuals`).
"""

from dataclasses import dataclass

import numpy as np

from lots.rules.stored_codes import gettext_noop as _
from lots.statistics.control_charts import TIE, Limits
from lots.statistics.samples import Array, Flags, Numbers, array, check_share


@dataclass(frozen=True, eq=False)
class Ewma:
    """Exponentially weighted means and their limits, each of shape (n,)."""

    means: Array
    lower: Array
    upper: Array
    beyond: Flags


def ewma(
    values: Numbers, limits: Limits, *, weight: float = 0.2, width: float = 2.962
) -> Ewma:
    """Return the exponentially weighted moving averages with their limits.

    z_i = λ x_i + (1 - λ) z_(i-1), z_0 the centre line; limits at L sigma √(λ / (2 - λ)
    (1 - (1 - λ)^(2i))), so narrower for the first lots. `weight` is λ, above 0 and
    below 1; `width` is L. λ = 0.2 with L = 2.962 alarms falsely once in 500 lots.
    Source: NIST/SEMATECH e-Handbook 6.3.2.4; Montgomery 9.2, equations 9.22 to 9.26;
    Lucas and Saccucci, Technometrics 32 (1990), table 3. At least one value, in the
    order of manufacture. Raises TooFew.
    """
    check_share(weight, name="weight")
    taken = array(values, of=_("An EWMA chart"))
    means = np.empty_like(taken)
    last = limits.centre
    for place, value in enumerate(taken.tolist()):
        last += weight * (value - last)
        means[place] = last
    steps = np.arange(1, taken.size + 1)
    half = (
        width
        * limits.sigma
        * np.sqrt(weight / (2 - weight) * (1 - (1 - weight) ** (2 * steps)))
    )
    slack = TIE * limits.sigma
    return Ewma(
        means=means,
        lower=limits.centre - half,
        upper=limits.centre + half,
        beyond=np.abs(means - limits.centre) > half + slack,
    )


@dataclass(frozen=True, eq=False)
class Cusum:
    """Cumulative sums above and below the target, in the unit of values, shape (n,).

    `decision` is H; a sum beyond it is a signal. `rising` and `falling` count for how
    many lots the sum has been above 0: where it signals, the shift began that many lots
    ago.
    """

    above: Array
    below: Array
    decision: float
    rising: Array
    falling: Array
    beyond: Flags


def cusum(
    values: Numbers, limits: Limits, *, allowance: float = 0.5, decision: float = 5.0
) -> Cusum:
    """Return the tabular cumulative sums.

    C⁺_i = max(0, x_i - (T + K) + C⁺_(i-1)), C⁻ likewise downwards; T is the centre
    line, K = `allowance` × sigma (half of the shift that matters), H = `decision` ×
    sigma. k = 0.5 with h = 5 alarms falsely once in 465 lots. Source: Montgomery 9.1.2,
    equations 9.2 and 9.3, table 9.3; NIST/SEMATECH e-Handbook 6.3.2.3. At least one
    value, in the order of manufacture. Raises TooFew.
    """
    taken = array(values, of=_("A CUSUM chart"))
    slip = allowance * limits.sigma
    height = decision * limits.sigma
    above, rising = _sums(taken - limits.centre - slip)
    below, falling = _sums(limits.centre - taken - slip)
    line = height + TIE * limits.sigma
    return Cusum(
        above=above,
        below=below,
        decision=height,
        rising=rising,
        falling=falling,
        beyond=(above > line) | (below > line),
    )


def _sums(steps: Array) -> tuple[Array, Array]:
    """Return the sums that never fall below 0, and for how long each has been above."""
    sums, lengths = np.empty_like(steps), np.empty_like(steps)
    total, length = 0.0, 0
    for place, step in enumerate(steps.tolist()):
        total = max(0.0, total + step)
        length = length + 1 if total > 0 else 0
        sums[place], lengths[place] = total, length
    return sums, lengths
