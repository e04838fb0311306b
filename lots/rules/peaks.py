"""Peaks: which are reported, the largest unspecified one, and their total.

ICH Q3A(R2): peaks at or below the reporting threshold are left out, on unrounded
values, and the rest is added up unrounded.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from lots.rules import reported_value
from lots.rules.amounts import Amount, Unusable, amount, listed, mean
from lots.rules.measurement import Determination, Measurement
from lots.rules.reported_value import Kind


@dataclass(frozen=True)
class Peak:
    """A named peak with the mean of its injections."""

    name: str
    specified: bool
    amount: Amount


def recorded(
    determinations: Sequence[Determination], *, threshold: Decimal
) -> tuple[tuple[Peak, ...], tuple[str, ...]]:
    """Return every named peak, with the working.

    A value without a name can only state that there was no peak: ND, or a bound at
    or below the threshold. Raises Unusable for anything that is not one consistent
    set of peaks.
    """
    if len({each.preparation for each in determinations}) > 1:
        raise Unusable("Peaks of several preparations cannot be put together.")
    by_peak: dict[str, dict[int, Amount]] = {}
    names: dict[str, tuple[str, bool]] = {}
    states_none = False
    for each in determinations:
        value = amount(reported_value.parse(each.text))
        name = " ".join(each.component.split())
        if not name and not _is_none(value, threshold):
            raise Unusable(
                f"The peak of {value.printed} has no name; type its name or its"
                " relative retention time."
            )
        if not name:
            states_none = states_none or not each.specified
            continue
        key = reported_value.folded(name)
        known = names.setdefault(key, (name, each.specified))
        injections = by_peak.setdefault(key, {})
        if each.injection in injections or known[1] is not each.specified:
            # Also as a specified and as an unspecified one: it would be added twice.
            raise Unusable(f"The peak {name} is recorded twice.")
        injections[each.injection] = value
    peaks: list[Peak] = []
    working: list[str] = []
    for key, injections in by_peak.items():
        name, specified = names[key]
        values = list(injections.values())
        peaks.append(Peak(name, specified, mean(values)))
        if len(values) > 1:
            result = peaks[-1].amount.printed
            working.append(f"{name}, injections {listed(values)}: mean {result}.")
    for peak in peaks:
        if states_none and not peak.specified and not _is_none(peak.amount, threshold):
            raise Unusable(
                f"That there is no peak is stated beside {peak.name}; state one or the"
                " other."
            )
    return tuple(peaks), tuple(working)


def is_reported(peak: Peak, *, measurement: Measurement, threshold: Decimal) -> bool:
    """Say whether the unrounded peak is, or may be, above the reporting threshold.

    A peak at the threshold counts only where the method says so.
    """
    value = peak.amount
    if value.exact is None or _is_none(value, threshold):
        return False
    if value.kind is not Kind.NUMBER:
        return True
    if measurement.at_threshold_counts:
        return value.exact >= threshold
    return value.exact > threshold


def _is_none(value: Amount, threshold: Decimal) -> bool:
    """Say whether the value states that nothing reportable is there."""
    if value.kind is Kind.LESS and value.exact is not None:
        return value.exact <= threshold
    return value.kind is Kind.NOT_DETECTED
