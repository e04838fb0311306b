"""Simulated histories: findings per lot, and lots until a shift is found.

`python -m tests.statistics.histories` prints the tables of docs/statistics.md.
"""

import dataclasses

import numpy as np

from lots.statistics import control_charts, run_rules, small_shifts
from lots.statistics.chart_constants import constants
from lots.statistics.control_charts import Limits
from lots.statistics.false_alarms import false_alarms
from lots.statistics.run_rules import NELSON, PROPOSED, WESTERN_ELECTRIC, RunRule
from lots.statistics.samples import NotCalculated

BASELINE = 25
LOTS = 200
# Long enough that even the longest run of a table ends in it, nearly always.
HORIZON = 4000


def findings_per_lot(rules, *, step, histories, seed):
    """Return the signals per lot after the baseline, by the calls that a page makes.

    Results are reported to `step` sigma; limits come from the first 25 lots.
    """
    random = np.random.default_rng(seed)
    found = lots = 0
    for _ in range(histories):
        values = 50 + random.uniform() + random.normal(size=BASELINE + LOTS)
        if step:
            values = np.round(values / step) * step
        chart = control_charts.individuals(values[:BASELINE])
        try:
            signals = run_rules.signals(values, chart.individuals, rules=rules)
        except NotCalculated:
            continue
        found += sum(signal.at >= BASELINE for signal in signals)
        lots += LOTS
    return found / lots


def run_length(rules, *, shift, histories, seed, baseline, horizon=HORIZON):
    """Return the mean number of lots until a rule signals after a shift, in sigma.

    The shift begins with the first lot. `baseline` None: limits are known, and no lot
    is before it, as published tables have it; otherwise the number of lots before it,
    of which the limits are estimated.
    """
    random = np.random.default_rng(seed)
    lengths = []
    for _ in range(max(1, histories // 500)):
        count = min(500, histories)
        before = baseline or 0
        values = random.normal(size=(count, before + horizon))
        values[:, before:] += shift
        scaled = values
        if baseline:
            first = values[:, :before]
            spread = np.abs(np.diff(first, axis=1)).mean(axis=1, keepdims=True)
            sigma = spread / constants(2).d2
            scaled = (values - first.mean(axis=1, keepdims=True)) / sigma
        met = np.zeros((count, horizon), dtype=bool)
        for rule in rules:
            met |= run_rules.flags(scaled, rule=rule)[:, before:]
        lengths.extend(_first(met))
    return float(np.mean(lengths))


def _first(met):
    """Return the place of the first signal of each history, counted from 1."""
    return np.where(met.any(axis=1), met.argmax(axis=1) + 1, met.shape[1])


def run_length_of(chart, *, shift, histories, seed, horizon=HORIZON):
    """Return the mean run length of a chart that answers values with `beyond`."""
    random = np.random.default_rng(seed)
    unit = Limits(centre=0.0, lower=-3.0, upper=3.0, sigma=1.0)
    lengths = []
    for _ in range(histories):
        values = shift + random.normal(size=horizon)
        # Most are found early; a later look begins at the first lot, too.
        for seen in (64, 512, horizon):
            beyond = chart(values[:seen], unit).beyond
            if beyond.any():
                break
        lengths.extend(_first(beyond[None, :]))
    return float(np.mean(lengths))


def ewma_not_narrowed(values, limits):
    """Return the EWMA with the limits of a long history from the first lot on."""
    chart = small_shifts.ewma(values, limits)
    half = 2.962 * (0.2 / (2 - 0.2)) ** 0.5 * limits.sigma
    return dataclasses.replace(chart, beyond=np.abs(chart.means) > half)


# Montgomery table 9.3 (CUSUM) and 9.11 (EWMA); Champ and Woodall, Technometrics 29
# (1987), table 1 (Western Electric); 1 / (1 - power) of the normal distribution.
SHIFTS = (0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0)
PUBLISHED = {
    "Nelson 1": (370.4, 155.2, 43.89, 14.97, 6.30, 3.24, 2.00),
    "Western Electric 1–4": (91.75, None, 9.22, None, 3.13, None, 1.67),
    "CUSUM, k 0.5, h 5": (465, 38.0, 10.4, 5.75, 4.01, 3.11, 2.57),
    "EWMA, λ 0.2, L 2.962, limits not narrowed": (500, 41.8, 10.5, 5.5, 3.7, 2.9, 2.4),
}


def main():
    """Print the tables, as docs/statistics.md has them."""
    print("| rules | reported to | stated | found | ratio |\n|---|---|---|---|---|")
    for name, rules in (
        ("Nelson 1", (RunRule.NELSON_1,)),
        ("Nelson 1, 2, 3, 5 (proposed)", PROPOSED),
        ("Nelson 1–8", NELSON),
        ("Western Electric 1–4", WESTERN_ELECTRIC),
    ):
        for step in (0.0, 0.25, 0.5, 1.0):
            stated = false_alarms(rules=rules, baseline=BASELINE, step=step)
            found = findings_per_lot(rules, step=step, histories=1000, seed=1)
            print(
                f"| {name} | {f'{step:g} sigma' if step else 'unrounded'} |"
                f" {stated.findings_per_lot:.4f} | {found:.4f} |"
                f" {found / stated.findings_per_lot:.2f} |"
            )
    print("\n| chart | limits |", " | ".join(f"{shift:g}" for shift in SHIFTS), "|")
    print("|---|---|" + "---|" * len(SHIFTS))
    for name, rules in (
        ("Nelson 1", (RunRule.NELSON_1,)),
        ("Nelson 1, 2, 3, 5", PROPOSED),
        ("Nelson 1–8", NELSON),
        ("Western Electric 1–4", WESTERN_ELECTRIC),
    ):
        for baseline in (None, BASELINE):
            row = [
                run_length(
                    rules,
                    shift=shift,
                    histories=4000,
                    seed=2,
                    baseline=baseline,
                    horizon=HORIZON if shift < 1 else 1000,
                )
                for shift in SHIFTS
            ]
            print(_row(name, "25 lots" if baseline else "known", row), flush=True)
        if name in PUBLISHED:
            print(_row(name, "known, published", PUBLISHED[name]))
    for name, chart in (
        ("CUSUM, k 0.5, h 5", small_shifts.cusum),
        ("EWMA, λ 0.2, L 2.962", small_shifts.ewma),
        ("EWMA, λ 0.2, L 2.962, limits not narrowed", ewma_not_narrowed),
    ):
        row = [
            run_length_of(chart, shift=shift, histories=4000, seed=3)
            for shift in SHIFTS
        ]
        print(_row(name, "known", row), flush=True)
        if name in PUBLISHED:
            print(_row(name, "known, published", PUBLISHED[name]))


def _row(name, limits, lengths):
    shown = ("–" if one is None else f"{one:.4g}" for one in lengths)
    return f"| {name} | {limits} | {' | '.join(shown)} |"


if __name__ == "__main__":
    main()
