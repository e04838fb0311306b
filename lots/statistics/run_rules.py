"""Run rules: patterns that points in control seldom make, as named sets.

Nelson 1 to 8 (Journal of Quality Technology 16, 1984, 237-239) and Western Electric 1
to 4 (Statistical Quality Control Handbook, 1956, pages 25-28; NIST/SEMATECH e-Handbook
6.3.2). Conventions, where authors differ:

- Beyond means strictly beyond; a point within 1e-9 sigma of a line lies on it.
- A point on the centre line is on neither side and ends a run on one side.
- Equal neighbours end a run that rises, falls or alternates.
- Rule 3 needs six points in a row, which are five steps; rule 4 fourteen points.
- Rules 2 of 3 and 4 of 5 signal at a point that lies beyond the line itself.
- Rule 7 counts a point exactly one sigma from the centre as within, rule 8 not as
  beyond.
- Rule 8 needs points on both sides among its eight, as Nelson wrote it. Authors who
  leave that out signal more.
- A run signals at the point that completes it and at each later point that goes on.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lots.rules.stored_codes import Coded
from lots.rules.stored_codes import gettext_noop as _
from lots.statistics.control_charts import TIE, Limits
from lots.statistics.samples import (
    Array,
    Flags,
    Numbers,
    array,
    check_distinct,
)


class RunRule(Coded):
    """A rule, by its set and number; `word` says what it sees."""

    NELSON_1 = "nelson_1", _("One point beyond 3 sigma")
    NELSON_2 = "nelson_2", _("Nine points in a row on one side of the centre line")
    NELSON_3 = "nelson_3", _("Six points in a row that rise, or that fall")
    NELSON_4 = "nelson_4", _("Fourteen points in a row, up and down by turns")
    NELSON_5 = "nelson_5", _("Two of three points beyond 2 sigma on one side")
    NELSON_6 = "nelson_6", _("Four of five points beyond 1 sigma on one side")
    NELSON_7 = "nelson_7", _("Fifteen points in a row within 1 sigma")
    NELSON_8 = "nelson_8", _("Eight points in a row beyond 1 sigma, on both sides")
    WESTERN_ELECTRIC_1 = "western_electric_1", _("One point beyond 3 sigma")
    WESTERN_ELECTRIC_2 = (
        "western_electric_2",
        _("Two of three points beyond 2 sigma on one side"),
    )
    WESTERN_ELECTRIC_3 = (
        "western_electric_3",
        _("Four of five points beyond 1 sigma on one side"),
    )
    WESTERN_ELECTRIC_4 = (
        "western_electric_4",
        _("Eight points in a row on one side of the centre line"),
    )

    @property
    def printed_name(self) -> str:
        """Return the name of the set and the number in it: "Nelson 1"."""
        return self.value.replace("_", " ").title()

    @property
    def length(self) -> int:
        """Return how many points the rule looks at."""
        return _RULES[self].length


NELSON = tuple(rule for rule in RunRule if rule.name.startswith("NELSON"))
WESTERN_ELECTRIC = tuple(rule for rule in RunRule if rule not in NELSON)
# What is proposed for lots: eight rules on 30 tests alarm all the time (domain.md 4.2).
PROPOSED = (RunRule.NELSON_1, RunRule.NELSON_2, RunRule.NELSON_3, RunRule.NELSON_5)


@dataclass(frozen=True)
class RunSignal:
    """A rule met at a point: its place from 0, and the places of all points in it."""

    rule: RunRule
    at: int
    points: tuple[int, ...]


def signals(
    values: Numbers, limits: Limits, *, rules: Collection[RunRule] = PROPOSED
) -> tuple[RunSignal, ...]:
    """Return the signals of the rules, by place and then by rule.

    Values in the order of manufacture, limits of an individuals chart or of means.
    Raises TooFew without values, and NotCalculated where the values take fewer than
    five distinct values, as an impurity near its LOQ does.
    """
    taken = array(values, of=_("A run rule"))
    check_distinct(taken, of=_("A run rule"))
    return signals_of(taken, limits, rules=rules)


def signals_of(
    values: Array, limits: Limits, *, rules: Collection[RunRule]
) -> tuple[RunSignal, ...]:
    """Return the signals as `signals` does, of values that were checked before."""
    scaled = standardised(values, limits)
    found = [
        RunSignal(rule=rule, at=int(at), points=_points(rule, scaled, int(at)))
        for rule in rules
        for at in np.flatnonzero(flags(scaled, rule=rule))
    ]
    order = list(RunRule)
    return tuple(sorted(found, key=lambda one: (one.at, order.index(one.rule))))


def standardised(values: Numbers, limits: Limits) -> Array:
    """Return the values as distances from the centre line in sigma, shape (n,)."""
    taken = array(values, of=_("A run rule"))
    return np.asarray((taken - limits.centre) / limits.sigma)


def flags(scaled: Array, *, rule: RunRule) -> Flags:
    """Return at which points the rule signals; same shape as `scaled`.

    `scaled` holds distances from the centre line in sigma. The last axis is the order
    of manufacture, so many histories can be asked in one call, shape (histories, n).
    """
    return _RULES[rule].flags(scaled)


@dataclass(frozen=True)
class _Rule:
    length: int
    flags: Callable[[Array], Flags]


def _beyond(sigmas: float) -> Callable[[Array], Flags]:
    """Return the rule of one point beyond `sigmas`, to either side."""
    return lambda scaled: np.abs(scaled) > sigmas + TIE


def _one_side(count: int) -> Callable[[Array], Flags]:
    """Return the rule of `count` points in a row on one side."""
    return lambda scaled: (
        _in_a_row(scaled > TIE, count) | _in_a_row(scaled < -TIE, count)
    )


def _some_of(count: int, window: int, sigmas: float) -> Callable[[Array], Flags]:
    """Return the rule of `count` of `window` points beyond `sigmas` on one side."""

    def rule(scaled: Array) -> Flags:
        above, below = scaled > sigmas + TIE, scaled < -sigmas - TIE
        return (above & (_counted(above, window) >= count)) | (
            below & (_counted(below, window) >= count)
        )

    return rule


def _steady(count: int) -> Callable[[Array], Flags]:
    """Return the rule of `count` points in a row that rise, or that fall."""

    def rule(scaled: Array) -> Flags:
        steps = _steps(scaled)
        return _in_a_row(steps > TIE, count - 1) | _in_a_row(steps < -TIE, count - 1)

    return rule


def _alternating(count: int) -> Callable[[Array], Flags]:
    """Return the rule of `count` points in a row that go up and down by turns."""

    def rule(scaled: Array) -> Flags:
        steps = _steps(scaled)
        turns = np.zeros(scaled.shape, dtype=bool)
        turns[..., 1:] = ((steps[..., 1:] > TIE) & (steps[..., :-1] < -TIE)) | (
            (steps[..., 1:] < -TIE) & (steps[..., :-1] > TIE)
        )
        return _in_a_row(turns, count - 2)

    return rule


def _within(count: int) -> Callable[[Array], Flags]:
    """Return the rule of `count` points in a row within one sigma."""
    return lambda scaled: _in_a_row(np.abs(scaled) <= 1 + TIE, count)


def _none_within(count: int) -> Callable[[Array], Flags]:
    """Return the rule of `count` points in a row beyond one sigma, on both sides."""

    def rule(scaled: Array) -> Flags:
        above, below = scaled > 1 + TIE, scaled < -1 - TIE
        return (
            _in_a_row(above | below, count)
            & (_counted(above, count) > 0)
            & (_counted(below, count) > 0)
        )

    return rule


_RULES = {
    RunRule.NELSON_1: _Rule(1, _beyond(3)),
    RunRule.NELSON_2: _Rule(9, _one_side(9)),
    RunRule.NELSON_3: _Rule(6, _steady(6)),
    RunRule.NELSON_4: _Rule(14, _alternating(14)),
    RunRule.NELSON_5: _Rule(3, _some_of(2, 3, 2)),
    RunRule.NELSON_6: _Rule(5, _some_of(4, 5, 1)),
    RunRule.NELSON_7: _Rule(15, _within(15)),
    RunRule.NELSON_8: _Rule(8, _none_within(8)),
    RunRule.WESTERN_ELECTRIC_1: _Rule(1, _beyond(3)),
    RunRule.WESTERN_ELECTRIC_2: _Rule(3, _some_of(2, 3, 2)),
    RunRule.WESTERN_ELECTRIC_3: _Rule(5, _some_of(4, 5, 1)),
    RunRule.WESTERN_ELECTRIC_4: _Rule(8, _one_side(8)),
}


def _points(rule: RunRule, scaled: Array, at: int) -> tuple[int, ...]:
    """Return the places of the points that make the signal at `at`."""
    window = range(at - rule.length + 1, at + 1)
    if rule.length not in (3, 5):
        return tuple(window)
    line = 2.0 if rule.length == 3 else 1.0
    side = np.sign(scaled[at])
    return tuple(
        place for place in window if place >= 0 and side * scaled[place] > line + TIE
    )


def _steps(scaled: Array) -> Array:
    """Return each point less the one before it; 0 at the first."""
    steps = np.zeros_like(scaled)
    steps[..., 1:] = np.diff(scaled, axis=-1)
    return steps


def _in_a_row(met: Flags, count: int) -> Flags:
    """Return where `met` holds for at least `count` points in a row, up to there."""
    return _counted(met, count) >= count


def _counted(met: Flags, window: int) -> NDArray[np.int64]:
    """Return how many of the last `window` points meet it, the present one included."""
    sums = np.cumsum(met, axis=-1, dtype=np.int64)
    counted = sums.copy()
    counted[..., window:] -= sums[..., :-window]
    return counted
