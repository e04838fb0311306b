"""Rounding of a reportable value to the decimals of its limit, once.

USP General Notices 7.20, Ph. Eur. 1.4 and JP round half up, GB/T 8170 half even.
"""

from decimal import (
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    Context,
    Decimal,
    Inexact,
    InvalidOperation,
)

from lots.rules.refusal import Refusal
from lots.rules.reported_value import Kind, parse
from lots.rules.stored_codes import Said
from lots.rules.stored_codes import gettext_noop as _


class Rule(Said):
    """How a tie is rounded: a property of the criterion, never a default of code.

    A member has its code, its word in a form, its word in a sentence, decimal's own
    mode, and what certificates print: the rule in words, and its source where no
    pharmacopoeia that the specification names is one. A further rule is a further row;
    the first is the one of the pharmacopoeias.
    """

    mode: str
    printed: str
    source: str

    def __init__(
        self, _code: str, _word: str, said: str, mode: str, printed: str, source: str
    ) -> None:
        super().__init__(_code, _word, said)
        self.mode, self.printed, self.source = mode, printed, source

    HALF_UP = (
        "half_up",
        _("Half up (USP 7.20, Ph. Eur., JP)"),
        _("half up"),
        ROUND_HALF_UP,
        "half up",
        "USP General Notices 7.20",
    )
    HALF_EVEN = (
        "half_even",
        _("Half even (GB/T 8170)"),
        _("half even"),
        ROUND_HALF_EVEN,
        "half to even",
        "GB/T 8170",
    )


# Far more digits than a typed or computed value has, so that rounding to the limit's
# decimals is the only rounding there is; what would not fit raises.
_WIDE = Context(prec=120, traps=[InvalidOperation])
_EXACT = Context(prec=120, traps=[InvalidOperation, Inexact])


def places(limit: str) -> int:
    """Return how many decimals the text of a limit has: ``98.0`` one, ``3000`` none.

    The text decides, not the number: 98.0 is not 98 (domain.md 3.3).
    """
    reported = parse(limit)
    if reported.kind is not Kind.NUMBER:
        raise Refusal(
            "limit",
            "%(text)s is not a limit; type a number such as 98.0.",
            text=limit,
        )
    return reported.places


def rounded(value: Decimal, *, places: int, rule: Rule) -> Decimal:
    """Round the unrounded value once to so many decimals.

    USP General Notices 7.20: only the digit after the last place is looked at, so
    97.949 is 97.9 at one decimal and never 97.95 first.
    """
    if not value.is_finite():
        raise ValueError(f"{value} is not a number.")
    return value.quantize(_unit(places), rounding=rule.mode, context=_WIDE)


def shown(value: Decimal, places: int) -> str:
    """Write a value with so many decimals; raises where that would round it."""
    text = format(value.quantize(_unit(places), context=_EXACT), "f")
    return text.removeprefix("-") if value == 0 else text


def just_above(value: Decimal) -> Decimal:
    """Return the least that a value known to be greater can be, for rounding."""
    return value.next_plus(context=_WIDE)


def just_below(value: Decimal) -> Decimal:
    """Return the most that a value known to be less can be, for rounding."""
    return value.next_minus(context=_WIDE)


def _unit(places: int) -> Decimal:
    return Decimal((0, (1,), -places))
