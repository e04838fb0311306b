"""Amounts: exact arithmetic with values and with qualified values such as "<0.05".

Fractions until the end, so that no step rounds before the last one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Context, Decimal
from fractions import Fraction

from lots.rules import rounding
from lots.rules.reported_value import Kind, Reported

# A fraction is written with fifty digits. For limits of up to twelve decimals and
# values under a million, none that is not a tie comes so near to one that the fiftieth
# digit decides, and a tie stays one.
ARITHMETIC = Context(prec=50)
_SIGNS = {Kind.LESS: "<", Kind.GREATER: ">"}
_ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"


class Unusable(Exception):
    """No value arises; the text is the reason, a sentence."""


@dataclass(frozen=True)
class Amount:
    """A value, typed or computed; `exact` is the bound of a qualified one."""

    kind: Kind
    exact: Fraction | None
    places: int
    typed: Reported | None = None

    @property
    def reported(self) -> Reported:
        """Return the value as criteria judge it."""
        if self.typed is not None:
            return self.typed
        assert self.exact is not None  # only what was typed can have none
        number = written(self.exact)
        return Reported(_SIGNS.get(self.kind, "") + brief(number), self.kind, number)

    @property
    def printed(self) -> str:
        """Print it for the working, cut where it is long."""
        return self.reported.printed

    @property
    def text(self) -> str:
        """Print a number to the decimals typed; a bound is never rounded."""
        value = self.reported
        if self.typed or value.kind is not Kind.NUMBER or value.number is None:
            return value.printed
        number = rounding.rounded(
            value.number, places=self.places, rule=rounding.Rule.HALF_UP
        )
        return rounding.shown(number, self.places)


def amount(typed: Reported) -> Amount:
    """Return a typed number, bound or ND for computing with."""
    exact = None if typed.number is None else Fraction(typed.number)
    return Amount(typed.kind, exact, typed.places, typed)


def mean(amounts: Sequence[Amount]) -> Amount:
    """Return the mean; of qualified values the bound that holds for all of them.

    No arithmetic with qualified values, and a mixture has no mean (domain.md 3.3):
    raises Unusable.
    """
    if len(amounts) == 1:
        return amounts[0]
    kinds = {each.kind for each in amounts}
    bounds = [each.exact for each in amounts if each.exact is not None]
    places = max(each.places for each in amounts)
    if kinds == {Kind.NUMBER}:
        return Amount(Kind.NUMBER, sum(bounds, Fraction()) / len(bounds), places)
    if kinds == {Kind.LESS}:
        return amounts[bounds.index(max(bounds))]
    if kinds == {Kind.GREATER}:
        return amounts[bounds.index(min(bounds))]
    if kinds == {Kind.NOT_DETECTED}:
        return amounts[0]
    raise Unusable(
        f"{listed(amounts)} have no mean: a value such as <0.05, or ND, beside others"
        " is not a number."
    )


def times(value: Amount, factor: Fraction) -> Amount:
    """Return the value, or the bound of a qualified one, times a positive factor."""
    if value.exact is None or factor == 1:
        return value
    return Amount(value.kind, value.exact * factor, value.places)


def total(amounts: Sequence[Amount]) -> Amount:
    """Return the sum of numbers."""
    exact = sum((each.exact or Fraction() for each in amounts), Fraction())
    return Amount(Kind.NUMBER, exact, max(each.places for each in amounts))


def largest(amounts: Sequence[Amount]) -> Amount:
    """Return the largest of numbers, the first of equals."""
    return max(amounts, key=lambda each: each.exact or Fraction())


def written(exact: Fraction) -> Decimal:
    """Write a fraction as a decimal of at most fifty digits."""
    return ARITHMETIC.divide(Decimal(exact.numerator), Decimal(exact.denominator))


def brief(number: Decimal) -> str:
    """Write a number for the working: cut, never rounded, after six decimals."""
    cut = number.quantize(Decimal("0.000001"), ROUND_DOWN, context=ARITHMETIC)
    if cut != number:
        return f"{cut:f}{_ELLIPSIS}"
    return f"{number:f}"


def listed(amounts: Sequence[Amount]) -> str:
    """List values for the working."""
    return ", ".join(each.printed for each in amounts)
