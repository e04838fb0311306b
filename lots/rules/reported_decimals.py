"""Reported decimals: with how many decimals a certificate prints a number.

They decide nothing: a value is compared first (docs/decisions/0034).
"""

from collections.abc import Sequence
from decimal import Decimal

from lots.rules import rounding
from lots.rules.bounds import Bound
from lots.rules.criterion import Criterion
from lots.rules.reported_value import Reported


def reported(
    criterion: Criterion,
    value: Reported,
    bounds: Sequence[Bound],
    *,
    places: int,
    compared: str,
) -> str:
    """Return a number with its reported decimals, blank where there is none.

    The criterion's, or else those of the limit (the finer one of two), but no more
    than were measured, `places`: a typed 0.3 is not 0.300. What was detected is not
    reported as nought, it gets one significant digit; and a number that complies is
    not reported beyond a limit, it gets the decimals of the limit that it would break:
    102.4 within 98.0 to 102 is 102.
    """
    if (
        not compared
        or value.number is None
        or "decimals" not in criterion.kind.may_have
    ):
        return compared
    finest = max((bound.places for bound in bounds), default=places)
    wanted = finest if criterion.decimals is None else criterion.decimals
    decimals = _detecting(value.number, min(wanted, places), criterion)
    number = _at(value.number, decimals, criterion)
    broken = [bound.places for bound in bounds if not bound.is_met_by(number)]
    for fewer in (decimals, *broken):
        number = _at(value.number, fewer, criterion)
        if all(bound.is_met_by(number) for bound in bounds):
            return rounding.shown(number, fewer)
    return compared


def failing(
    criterion: Criterion,
    value: Reported,
    bounds: Sequence[Bound],
    *,
    places: int | None,
    compared: str,
) -> str:
    """Return the number that failed as it was compared, but not nought for a trace.

    Nor with more decimals than were measured, `places`, None where nobody asked: a
    typed 3 is not 3.0. Unless it would then be on the other side of its limit.
    """
    if (
        not compared
        or value.number is None
        or "decimals" not in criterion.kind.may_have
    ):
        return compared
    wanted = rounding.places(compared)
    if places is not None:
        wanted = min(wanted, places)
    decimals = _detecting(value.number, wanted, criterion)
    number = _at(value.number, decimals, criterion)
    is_same = all(
        bound.is_met_by(number) is bound.is_met_by(bound.rounded(value.number))
        for bound in bounds
    )
    return rounding.shown(number, decimals) if is_same else compared


def _detecting(number: Decimal, places: int, criterion: Criterion) -> int:
    """Return the places, or as many as one significant digit of a trace needs."""
    if number and not _at(number, places, criterion):
        return -number.adjusted()
    return places


def _at(number: Decimal, places: int, criterion: Criterion) -> Decimal:
    return rounding.rounded(number, places=places, rule=criterion.rounding)
