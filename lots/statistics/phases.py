"""Phases: a chart whose baseline was set anew when the process changed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from lots.rules.stored_codes import gettext_noop as _
from lots.statistics.control_charts import Limits
from lots.statistics.run_rules import PROPOSED, RunRule, RunSignal, signals_of
from lots.statistics.samples import Array, Numbers, array, check_distinct


@dataclass(frozen=True)
class Phase:
    """Limits that hold from the point at place `first`, counted from 0."""

    first: int
    limits: Limits


@dataclass(frozen=True, eq=False)
class SteppedLimits:
    """The limits at each point, in the unit of what is plotted, shape (n,) each."""

    centre: Array
    lower: Array
    upper: Array


def stepped_limits(phases: Sequence[Phase], *, n: int) -> SteppedLimits:
    """Return the limits at each of `n` points, as a chart draws them in steps.

    Raises ValueError unless the first phase begins at 0 and each later one after it.
    """
    lengths = [stop - start for start, stop in _spans(phases, n)]

    def steps(name: str) -> Array:
        return np.repeat([getattr(one.limits, name) for one in phases], lengths)

    return SteppedLimits(
        centre=steps("centre"), lower=steps("lower"), upper=steps("upper")
    )


def signals_of_phases(
    values: Numbers,
    phases: Sequence[Phase],
    *,
    rules: Collection[RunRule] = PROPOSED,
) -> tuple[RunSignal, ...]:
    """Return the signals of each phase against its own limits, by place.

    A run ends where a phase does: what was beyond the old limits says nothing of the
    new. Values in the order of manufacture; the places of signals are those of the
    whole series. Raises TooFew without values, NotCalculated where all of them take
    fewer than five distinct values, and ValueError as `stepped_limits` does.
    """
    of = _("A run rule")
    taken = array(values, of=of)
    check_distinct(taken, of=of)
    return tuple(
        replace(
            signal,
            at=signal.at + start,
            points=tuple(place + start for place in signal.points),
        )
        for phase, (start, stop) in zip(phases, _spans(phases, taken.size), strict=True)
        for signal in signals_of(taken[start:stop], phase.limits, rules=rules)
    )


def _spans(phases: Sequence[Phase], n: int) -> list[tuple[int, int]]:
    firsts = [phase.first for phase in phases]
    if firsts[:1] != [0] or firsts != sorted(set(firsts)) or firsts[-1] >= n:
        raise ValueError(f"Phases begin at {firsts}, which do not divide {n} points.")
    return list(zip(firsts, [*firsts[1:], n], strict=True))
