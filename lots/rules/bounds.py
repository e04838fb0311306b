"""Bounds: the limits of a criterion as numbers, with their decimals and rounding."""

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from lots.rules import rounding
from lots.rules.criterion import Criterion, CriterionKind, limit
from lots.rules.rounding import Rule


@dataclass(frozen=True)
class Bound:
    """One side of a criterion; counts are whole numbers and are never rounded.

    Where it `is_strict`, the limit itself is not within.
    """

    text: str
    number: Decimal
    is_upper: bool
    places: int
    rule: Rule
    counts: bool = False
    is_strict: bool = False

    @property
    def words(self) -> str:
        if self.is_strict:
            return f"{'less' if self.is_upper else 'more'} than {self.text}"
        return f"{'NMT' if self.is_upper else 'NLT'} {self.text}"

    def rounded(self, number: Decimal) -> Decimal:
        return rounding.rounded(number, places=self.places, rule=self.rule)

    def is_met_by(self, number: Decimal) -> bool:
        """Say whether a rounded number is within."""
        if self.is_strict and number == self.number:
            return False
        return self.covers(number)

    def covers(self, bound: Decimal) -> bool:
        """Say whether everything short of a bound such as <10 is within.

        Bounds are compared unrounded (domain.md 3.3), so <10 is "less than 10".
        """
        return bound <= self.number if self.is_upper else bound >= self.number


@lru_cache(maxsize=1024)
def bounds_of(criterion: Criterion) -> tuple[Bound, ...]:
    """Return the limits of the criterion; one that lacks a limit is refused."""
    return tuple(bound_of(criterion, field) for field in criterion.kind.limits)


def bound_of(criterion: Criterion, field: str) -> Bound:
    """Return the limit, or alert limit, that this field of the criterion says."""
    number = limit(criterion, field)
    counts = criterion.kind is CriterionKind.COUNT
    text = getattr(criterion, field)
    return Bound(
        text=str(number) if counts else text,
        number=number,
        is_upper=field.endswith("high"),
        places=0 if counts else rounding.places(text),
        rule=criterion.rounding,
        counts=counts,
        is_strict=criterion.kind.is_strict and field in criterion.kind.limits,
    )
