"""Distance to limit: how far a value is from the nearest limit."""

from decimal import Decimal

from lots.rules.amounts import ARITHMETIC
from lots.rules.bounds import bounds_of
from lots.rules.criterion import Criterion
from lots.rules.reportable_value import Reportable
from lots.rules.reported_value import Kind


def distance(criterion: Criterion, reportable: Reportable) -> Decimal | None:
    """Return the distance to the nearest limit as a share.

    Of the width between two limits, of a single limit otherwise; negative outside.
    Measured from the unrounded value, 0 where only rounding brings it within or out.
    None where it cannot be said: words, qualified or unusable values, a limit of 0.
    """
    ends = [reportable, *filter(None, [reportable.otherwise])]
    bounds = bounds_of(criterion)
    if not bounds or any(
        not end.usable or end.kind is not Kind.NUMBER or end.number is None
        for end in ends
    ):
        return None
    whole = abs(bounds[0].number)
    if len(bounds) == 2:
        whole = bounds[1].number - bounds[0].number
    if whole == 0:
        return None
    distances = []
    for end in ends:
        for bound in bounds:
            number = end.number or Decimal(0)
            distance = ARITHMETIC.subtract(bound.number, number)
            if not bound.is_upper:
                distance = -distance
            if (distance >= 0) is not bound.is_met_by(bound.rounded(number)):
                distance = Decimal(0)
            distances.append(distance)
    return ARITHMETIC.divide(min(distances), whole)
