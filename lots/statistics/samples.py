"""Samples: numbers taken as an array, with the refusals of too few or unusable ones."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from lots.rules.refusal import Refusal, Word
from lots.rules.stored_codes import gettext_noop as _

Array: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]
# Reportable values, unrounded, in the order of manufacture where order matters.
Numbers: TypeAlias = Sequence[float] | Sequence[Decimal] | Array
LEAST_DISTINCT = 5


class NotCalculated(Refusal):
    """A statistic that the data cannot give; the sentence says why."""


class TooFew(NotCalculated):
    """Fewer values than the statistic needs."""


class NoSpread(NotCalculated):
    """Values that are all equal, where the statistic divides by their spread."""


def array(values: Numbers, *, of: str, least: int = 1) -> Array:
    """Return a copy of the values as float64, shape (n,).

    `of` is the name of the statistic, as a refusal begins its sentence. Raises TooFew
    for fewer than `least` values, NotCalculated for one that is not finite, and
    ValueError for another shape, which is a mistake of the program.
    """
    taken = np.array(values, dtype=np.float64)
    if taken.ndim != 1:
        raise ValueError(f"One row of values is expected, not {taken.ndim} dimensions.")
    check_count(taken.size, of=of, least=least)
    _check_finite(taken, of=of)
    return taken


def table(
    rows: Sequence[Numbers] | Array, *, of: str, least_rows: int, least_columns: int
) -> Array:
    """Return rows of equally many values as float64, shape (rows, columns).

    Raises TooFew for too few rows or columns, NotCalculated for rows of different
    lengths and for a value that is not finite.
    """
    if len({len(row) for row in rows}) > 1:
        raise NotCalculated(
            "unequal-rows",
            "%(of)s needs equally many values in each group; the groups here differ.",
            of=Word(of),
        )
    check_count(len(rows), of=of, least=least_rows, unit=_("groups"))
    taken = np.array(rows, dtype=np.float64)
    check_count(
        taken.shape[1], of=of, least=least_columns, unit=_("values in each group")
    )
    _check_finite(taken, of=of)
    return taken


def check_count(n: int, *, of: str, least: int, unit: str = _("values")) -> None:
    """Refuse with TooFew where `n` is below `least`."""
    if n < least:
        raise TooFew(
            "too-few-values",
            "%(of)s needs at least %(least)s %(unit)s; there are %(n)s.",
            of=Word(of),
            least=least,
            unit=Word(unit),
            n=n,
        )


def check_spread(spread: float, *, of: str) -> None:
    """Refuse with NoSpread where `spread` is 0: all values are equal."""
    if not spread > 0:
        raise NoSpread(
            "no-spread",
            "%(of)s needs values that differ; these are all equal.",
            of=Word(of),
        )


def check_share(share: float, *, name: str) -> None:
    """Raise ValueError unless `share` is between 0 and 1, both excluded."""
    if not 0 < share < 1:
        raise ValueError(f"{name} is a share between 0 and 1, not {share}.")


def check_distinct(values: Array, *, of: str) -> None:
    """Refuse with NotCalculated values that take fewer than five distinct values.

    An impurity near its LOQ does: its runs and its spread are those of rounding.
    """
    if (n := int(np.unique(values).size)) < LEAST_DISTINCT:
        raise NotCalculated(
            "too-few-distinct",
            "%(of)s needs at least %(least)s distinct values; the results take %(n)s."
            " What differs between so few is rounding.",
            of=Word(of),
            least=LEAST_DISTINCT,
            n=n,
        )


def _check_finite(taken: Array, *, of: str) -> None:
    if not np.isfinite(taken).all():
        raise NotCalculated(
            "not-finite",
            "%(of)s takes numbers only; one of the values is not a finite number.",
            of=Word(of),
        )
