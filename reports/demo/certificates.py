"""Stories of certificates that are revised, duplicated or under review.

Each story takes the life it is played in, its lot number and its first day. It also
tries what must be refused, and stops the demo if it is not.
"""

import datetime

from lots.demo import bench
from lots.models import (
    Lot,
)
from lots.release import disposition
from reports.issuing import certificates
from reports.models import Certificate

DAY = datetime.timedelta(days=1)


def revised(life, number, start):
    """A certificate revised after its lot was reopened under a deviation."""
    yield from life.ordinary(number, start)
    lot = Lot.objects.get(number=number)
    at = start + 20 * DAY
    yield at
    bench.decide(
        life.cast,
        disposition.reopen,
        lot,
        at=at,
        reason="Methanol was transcribed from the wrong line of the report",
        deviation="DEV-25-014",
    )
    yield at + DAY
    life.further(
        lot, "MEOH", "318", at=at + DAY, kind="transcription",
        reason="DEV-25-014: the report prints 318",
    )  # fmt: skip
    yield at + 2 * DAY
    life.review(lot, at=at + 2 * DAY)
    yield at + 3 * DAY
    life.release(lot, at=at + 3 * DAY, deviations="DEV-25-014")
    certificates.revise(
        certificate=Certificate.objects.get(lot=lot),
        by=life.cast.olga,
        at=at + 3 * DAY,
        reason="Methanol corrected under DEV-25-014",
        stated=bench.LABEL,
    )


def under_review(life, number, start):
    """A certified lot on hold: its certificate is under review."""
    yield from life.ordinary(number, start)
    at = start + 25 * DAY
    yield at
    disposition.hold(
        lot=Lot.objects.get(number=number),
        by=life.cast.lin,
        at=at,
        reason="A customer reports a torn inner bag; being looked at",
    )


def duplicated(life, number, start):
    """A certificate issued again to a second customer, the first withdrawn."""
    yield from life.ordinary(number, start)
    lot = Lot.objects.get(number=number)
    at = start + 15 * DAY
    yield at
    first = Certificate.objects.get(lot=lot)
    certificates.duplicate(
        certificate=first,
        by=life.cast.olga,
        at=at,
        customer=life.customers["Tabletten Nord GmbH"],
        order="PO 4600",
        shipped="25 kg",
        stated=bench.LABEL,
    )
