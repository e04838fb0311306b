"""Endotoxin limit: the most endotoxin that a dose of the substance may bring, K/M.

K is the threshold in EU per kg of body weight, M the largest dose per kg in one hour
(USP <85>, Ph. Eur. 5.1.10; domain.md 2.2). A limit that is derived is rounded down.
"""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from lots.rules import reported_value
from lots.rules.refusal import Refusal
from lots.rules.reported_value import Kind

# What the dose is stated in decides the unit of the limit; 1 EU is 1 IU.
UNITS = ("EU/mg", "IU/mg")
_PLACES = 2


@dataclass(frozen=True)
class Basis:
    """What K/M rests on, each number as typed: EU/kg, mg in one hour, kg."""

    constant: str
    dose: str
    body_weight: str

    @property
    def limit(self) -> Fraction:
        """Return K/M in EU/mg, exactly."""
        return (
            Fraction(_number(self.constant))
            * Fraction(_number(self.body_weight))
            / Fraction(_number(self.dose))
        )

    @property
    def largest_dose(self) -> str:
        """Return M in mg per kg and hour, with four decimals and rounded up."""
        exact = Fraction(_number(self.dose)) / Fraction(_number(self.body_weight))
        return _shown(-(-exact * 10**4 // 1), places=4)

    @property
    def rounded_down(self) -> str:
        """Return K/M with two decimals, never more than it is."""
        return _shown(self.limit * 10**_PLACES // 1, places=_PLACES)

    @property
    def words(self) -> str:
        """Return the derivation as an approval prints it."""
        return (
            f"K = {self.constant} EU/kg; M = {self.dose} mg in one hour /"
            f" {self.body_weight} kg = {self.largest_dose} mg/kg; K/M ="
            f" {self.rounded_down} EU/mg, rounded down"
        )


def check(basis: Basis, *, most: str) -> None:
    """Refuse, at the field, a basis from which no limit follows.

    `most` is the largest K that the use allows.
    """
    for field, text in (
        ("endotoxin_constant", basis.constant),
        ("endotoxin_dose", basis.dose),
        ("body_weight", basis.body_weight),
    ):
        with reported_value.at_field(field):
            value = reported_value.parse(text)
        if value.kind is not Kind.NUMBER or value.number is None or value.number <= 0:
            raise Refusal(
                "endotoxin-basis",
                "%(text)s is not a number above 0; the endotoxin limit K/M is"
                " calculated from it.",
                field=field,
                text=text,
            )
    if _number(basis.constant) > Decimal(most):
        raise Refusal(
            "endotoxin-constant",
            "K is %(given)s EU/kg, but at most %(most)s EU/kg for this use (USP <85>);"
            " type that or less.",
            field="endotoxin_constant",
            given=basis.constant,
            most=most,
        )


def _number(text: str) -> Decimal:
    number = reported_value.parse(text).number
    if number is None:
        raise ValueError(f"{text} is not a number.")
    return number


def _shown(units: int, *, places: int) -> str:
    return str(Decimal(units).scaleb(-places))
