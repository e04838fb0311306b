"""Extrapolation: how far a retest period may go beyond the long-term data.

ICH Q1E (2003), 2.4 to 2.6 and the decision tree of appendix A.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import floor

from lots.rules.stored_codes import Coded
from lots.rules.stored_codes import gettext_noop as _


class Storage(Coded):
    """Where the material is stored; extrapolation is allowed by it."""

    ROOM = "room", _("Room temperature")
    REFRIGERATED = "refrigerated", _("Refrigerator")
    FROZEN = "frozen", _("Freezer")


class SignificantChange(Coded):
    """Where a significant change was seen, of the conditions that were tested."""

    NOWHERE = "nowhere", _("None at the accelerated condition")
    ACCELERATED = "accelerated", _("At the accelerated condition alone")
    INTERMEDIATE = "intermediate", _("At the intermediate condition too")


@dataclass(frozen=True)
class Evidence:
    """What the proposal rests on beside the long-term months.

    `shows_little_change`: little or no change and variability, long-term and
    accelerated. `is_analysed`: the long-term data were analysed statistically, and the
    result backs the proposal. `is_supported`: relevant supporting data are at hand.
    """

    change: SignificantChange
    shows_little_change: bool = False
    is_analysed: bool = False
    is_supported: bool = False


@dataclass(frozen=True)
class Cap:
    """The longest proposal in months, with its rule in words."""

    months: int
    rule: str


def cap(long_term: int, evidence: Evidence, *, storage: Storage = Storage.ROOM) -> Cap:
    """Return the longest period that may be proposed for `long_term` months of data.

    Room temperature, no significant change: twice, at most 12 months beyond, where
    there is little change or the analysis and supporting data back it; 1.5 times, at
    most 6 beyond, with supporting data alone (2.4.1). Significant change at the
    accelerated condition alone: 1.5 times, at most 6 beyond, with analysis and
    supporting data; 3 beyond with supporting data (2.4.2.1). At the intermediate
    condition too: no extrapolation (2.4.2.2). Refrigerated, no significant change: 1.5
    times, at most 6 beyond; 3 beyond with supporting data alone (2.5.1); otherwise
    none (2.5.2). Frozen: none (2.6). Half months are cut off. Raises ValueError for
    months that are not above 0.
    """
    if long_term <= 0:
        raise ValueError(f"{long_term} months of long-term data are none.")
    times, beyond, rule = _allowed(evidence, storage)
    return Cap(
        months=min(floor(Fraction(times) * long_term), long_term + beyond), rule=rule
    )


_NONE = ("1", 0, _("No extrapolation beyond the long-term data"))
_THREE = ("10", 3, _("At most 3 months beyond the long-term data"))
_HALF = ("1.5", 6, _("At most 1.5 times the long-term data and 6 months beyond"))
_TWICE = ("2", 12, _("At most twice the long-term data and 12 months beyond"))


def _allowed(evidence: Evidence, storage: Storage) -> tuple[str, int, str]:
    backed = evidence.is_analysed and evidence.is_supported
    if storage is Storage.FROZEN:
        return _NONE
    if storage is Storage.REFRIGERATED:
        if evidence.change is not SignificantChange.NOWHERE:
            return _NONE
        if evidence.shows_little_change or backed:
            return _HALF
        return _THREE if evidence.is_supported else _NONE
    if evidence.change is SignificantChange.INTERMEDIATE:
        return _NONE
    if evidence.change is SignificantChange.ACCELERATED:
        if backed:
            return _HALF
        return _THREE if evidence.is_supported else _NONE
    if evidence.shows_little_change or backed:
        return _TWICE
    return _HALF if evidence.is_supported else _NONE


@dataclass(frozen=True)
class Proposal:
    """What is proposed to QA, in whole months: the least of estimates and cap.

    `bounded_by` names the attribute whose estimate is the least; None where it is the
    cap.
    """

    months: int
    bounded_by: str | None
    cap: Cap


def proposal(estimates: dict[str, int | None], longest: Cap) -> Proposal:
    """Return the proposal of a study from its attributes' whole months.

    None among them is an attribute whose bound never meets a limit. Each attribute is
    estimated alone and the shortest counts (ICH Q1E 2.4). It is proposed to QA and
    never applied by itself.
    """
    shortest = min(
        ((months, name) for name, months in estimates.items() if months is not None),
        default=None,
    )
    if shortest is None or shortest[0] > longest.months:
        return Proposal(months=longest.months, bounded_by=None, cap=longest)
    return Proposal(months=shortest[0], bounded_by=shortest[1], cap=longest)
