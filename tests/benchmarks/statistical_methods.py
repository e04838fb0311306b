"""Statistics beside a pass over the numbers, and beside scipy.stats for the same ones.

CPU time of one process; medians of calls taken in turn.
"""

import statistics
import time

import numpy as np
from scipy import stats

from lots.statistics import run_rules
from lots.statistics.analysis_of_variance import one_way
from lots.statistics.laboratory_comparison import welch
from lots.statistics.run_rules import RunRule
from lots.statistics.skewed_values import box_cox
from lots.statistics.straight_line import straight_line
from tests.benchmarks import Figure

POINTS = 10_000
ROUNDS = 41


def run():
    """Yield the worst rule beside one pass, and each method beside its peer."""
    random = np.random.default_rng(1)
    values = random.normal(size=POINTS)

    def one_pass():
        return np.abs(values - 0.01) > 3 * 1.01

    def rule(asked):
        return lambda: run_rules.flags(values, rule=asked)

    yield Figure(
        name=f"run rules over {POINTS:,} points, the slowest beside one pass",
        ratio=max(ratio(rule(asked), one_pass) for asked in RunRule),
        goal=20,
    )
    x, y = np.arange(100.0), random.normal(size=100)
    groups = list(random.normal(size=(5, 20)))
    skewed = random.lognormal(size=100)
    for name, ours, peer in (
        (
            "straight line beside scipy.stats",
            lambda: straight_line(x, y),
            lambda: stats.linregress(x, y),
        ),
        (
            "analysis of variance beside scipy.stats",
            lambda: one_way(groups),
            lambda: stats.f_oneway(*groups),
        ),
        (
            "Welch's test beside scipy.stats",
            lambda: welch(groups[0], groups[1]),
            lambda: stats.ttest_ind(groups[0], groups[1], equal_var=False),
        ),
        (
            "Box-Cox power beside scipy.stats",
            lambda: box_cox(skewed),
            lambda: stats.boxcox_normmax(skewed, method="mle"),
        ),
    ):
        yield Figure(name=name, ratio=ratio(ours, peer), goal=1)


def ratio(ours, other):
    """Return the ratio of the medians of both, called in turn."""
    times = {ours: [], other: []}
    for call in (ours, other) * ROUNDS:
        began = time.process_time()
        for _ in range(5):
            call()
        times[call].append(time.process_time() - began)
    return statistics.median(times[ours]) / statistics.median(times[other])
