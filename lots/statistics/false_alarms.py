"""False alarms: how often the run rules signal where nothing changed.

The rate rests on the size of the baseline, whose limits are estimates, and on the
decimals to which results are reported. It is simulated, with a fixed seed, so that the
same question always has the same answer.
"""

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from lots.rules.stored_codes import gettext_noop as _
from lots.statistics.chart_constants import constants
from lots.statistics.control_charts import PROVISIONAL
from lots.statistics.run_rules import RunRule, flags
from lots.statistics.samples import LEAST_DISTINCT, Array, check_count

_HISTORIES = 1000
_LOTS = 200
_SEED = 20151203
_KNOWN = 1000


@dataclass(frozen=True)
class FalseAlarms:
    """How often the rules signal for one test of a process that does not change.

    `findings_per_lot`: signals, one for each rule that signals at a lot, per lot.
    `lots_with_a_finding`: the share of lots at which at least one rule signals.
    `standard_error` is that of the findings per lot, from the simulation.
    """

    findings_per_lot: float
    lots_with_a_finding: float
    standard_error: float

    @property
    def lots_between(self) -> float:
        """Return the lots from one that signals to the next, on average."""
        return 1 / self.lots_with_a_finding

    def lots_with_a_finding_of(self, *, tests: int) -> float:
        """Return the share of lots that signal in at least one of independent tests."""
        return float(1 - (1 - self.lots_with_a_finding) ** tests)


def false_alarms(
    *, rules: Collection[RunRule], baseline: int, step: float = 0.0
) -> FalseAlarms:
    """Return the false alarms of the rules, for limits from `baseline` lots.

    `step` is the last reported decimal in sigma: 0.25 where results are reported to 0.1
    and sigma is 0.4; 0 for unrounded values. 1,000 histories of 200 lots after the
    baseline are simulated, normal and independent; a run may begin in the baseline.
    Histories with fewer than five distinct values, or a baseline that is all equal,
    have no rules and are left out. Raises TooFew for a baseline of fewer than 8 lots,
    ValueError without rules or where the step leaves no history. Published rates are
    for known limits and unrounded values; they are lower (docs/statistics.md).
    """
    check_count(
        baseline, of=_("A rate of false alarms"), least=PROVISIONAL, unit=_("lots")
    )
    if not rules:
        raise ValueError("No rule is asked for, so no rate is calculated.")
    # Two digits of the step: more would only make the same answer again. Limits of a
    # thousand lots are as good as known.
    return _simulated(frozenset(rules), min(baseline, _KNOWN), float(f"{step:.1e}"))


@lru_cache(maxsize=256)
def _simulated(rules: frozenset[RunRule], baseline: int, step: float) -> FalseAlarms:
    random = np.random.default_rng(_SEED)
    values = random.normal(size=(_HISTORIES, baseline + _LOTS))
    if step:
        # Where the mean lies between two reported values is chance, too.
        values += random.uniform(0, step, size=(_HISTORIES, 1))
        values = np.round(values / step) * step
        values = values[_has_rules(values, baseline=baseline)]
        if not len(values):
            raise ValueError(f"A step of {step} sigma leaves no history with rules.")
    first = values[:, :baseline]
    centre = first.mean(axis=1, keepdims=True)
    sigma = np.abs(np.diff(first, axis=1)).mean(axis=1, keepdims=True) / constants(2).d2
    scaled = (values - centre) / sigma
    counts = np.zeros((len(values), _LOTS))
    for rule in sorted(rules):
        counts += flags(scaled, rule=rule)[:, baseline:]
    of_history = counts.mean(axis=1)
    return FalseAlarms(
        findings_per_lot=float(of_history.mean()),
        lots_with_a_finding=float((counts > 0).mean()),
        standard_error=float(of_history.std(ddof=1) / len(values) ** 0.5),
    )


def _has_rules(values: Array, *, baseline: int) -> NDArray[np.int64]:
    """Return the places of histories that have limits and five distinct values."""
    kinds = 1 + (np.diff(np.sort(values, axis=1), axis=1) > 0).sum(axis=1)
    spread = np.ptp(values[:, :baseline], axis=1)
    return np.flatnonzero((kinds >= LEAST_DISTINCT) & (spread > 0))
