"""Series of numbers: where each stands, and below what no number is given again.

A restore goes back in time, and what was issued since has its numbers for ever
(assurance.md T-46).
"""

from django.conf import settings
from django.utils.module_loading import import_string

from lots.evidence.audit import Act
from lots.models import NumberFloor


def floor(series: str) -> int:
    """Return the highest number that a replaced database gave in the series, else 0."""
    found = NumberFloor.objects.filter(series=series).values_list("last", flat=True)
    return found.first() or 0


def last_numbers() -> dict[str, int]:
    """Return the highest number given of every series, such as COA-2026."""
    highest: dict[str, int] = dict(NumberFloor.objects.values_list("series", "last"))
    for given in settings.NUMBER_SERIES:
        for series, last in import_string(given)().items():
            highest[series] = max(last, highest.get(series, 0))
    return highest


def lift(act: Act, seen: dict[str, int]) -> dict[str, int]:
    """Let no series give again a number that was seen; return what was lifted."""
    here = last_numbers()
    lifted = {
        series: last
        for series, last in sorted(seen.items())
        if last > here.get(series, 0)
    }
    for series, last in lifted.items():
        there = NumberFloor.objects.filter(series=series).first()
        if there is None:
            act.create(NumberFloor(series=series, last=last))
        else:
            act.change(there, last=last)
    return lifted
