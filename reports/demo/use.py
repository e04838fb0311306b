"""Stories of intended use: what was made for what, and what must be refused.

Each story takes the life it is played in, its lot number and its first day. It also
tries what must be refused, and stops the demo if it is not.
"""

import datetime

from lots.demo import bench
from lots.intake import test_orders
from lots.models import (
    Approval,
    Qualification,
    Specification,
)
from lots.setup import qualifications
from reports.demo import values

DAY = datetime.timedelta(days=1)


def inside_every_intrathecal_limit(life, number, start):
    """An oral lot inside every intrathecal limit; refused on every path."""
    yield start + 2 * DAY
    lot = life.log(number, start.date(), at=start + 2 * DAY)
    yield start + 3 * DAY
    results = {**values.intrathecal(life.chance), "ECOLI": "Absent", "D90": "139"}
    life.enter(lot, results, at=start + 3 * DAY)
    yield start + 5 * DAY
    life.review(lot, at=start + 5 * DAY)
    yield start + 7 * DAY
    at = start + 7 * DAY
    life.release(lot, at=at)
    specification = Specification.objects.get(code="BAC-IT")
    for what, attempt in (
        (
            "an intrathecal assessment of an oral lot",
            lambda: test_orders.add_assessment(
                test_order=lot.test_orders.get(),
                specification=specification,
                by=life.cast.lin,
                at=at,
            ),
        ),
        (
            "the same lot under another number",
            lambda: life.log(
                number + "9", start.date(), at=at, use="intrathecal",
                original_number=number,
            ),
        ),
        (
            "an intrathecal lot reprocessed from an oral one",
            lambda: life.log(
                number + "8", at.date(), at=at, use="intrathecal",
                origin="reprocessing", parents=((lot, "50"),),
            ),
        ),
    ):  # fmt: skip
        life.must_refuse(attempt, what)
    yield start + 8 * DAY
    life.issue(lot, at=start + 8 * DAY)


def waits_for_counts(life, number, start):
    """Released for oral on one day; the intrathecal counts are not there yet."""
    yield start + 2 * DAY
    lot = life.log(number, start.date(), at=start + 2 * DAY, use="intrathecal")
    yield start + 3 * DAY
    results = {
        code: value
        for code, value in values.intrathecal(life.chance).items()
        if code not in ("SUB10", "SUB25", "BTGN", "PSEUD", "STAPH")
    }
    life.enter(lot, {**results, "ECOLI": "Absent", "D90": "133"}, at=start + 3 * DAY)
    yield start + 4 * DAY
    life.review(lot, at=start + 4 * DAY)
    yield start + 5 * DAY
    life.release(
        lot,
        at=start + 5 * DAY,
        justification="Made by the intrathecal route, which meets every control of"
        " the oral one.",
    )
    life.issue(lot, at=start + 5 * DAY)


def suspended(life, number, start):
    """An intrathecal lot in testing when its plant's qualification is suspended."""
    yield start + 2 * DAY
    lot = life.log(
        number,
        start.date(),
        at=start + 2 * DAY,
        use="intrathecal",
        site=life.world.other_works,
    )
    yield start + 3 * DAY
    life.enter(lot, values.intrathecal(life.chance), at=start + 3 * DAY)
    yield start + 4 * DAY
    qualifications.suspend_qualification(
        qualification=Qualification.objects.get(
            site=life.world.other_works, use="intrathecal", state=Approval.APPROVED
        ),
        by=life.cast.chen,
        at=start + 4 * DAY,
        since=start.date(),
        reason="Endotoxin excursion in the purified water loop (DEV-25-031)",
    )
    yield start + 5 * DAY
    at = start + 5 * DAY
    life.review(lot, at=at)
    life.must_refuse(
        lambda: life.release(lot, "BAC-IT", at=at),
        "an intrathecal release on a suspended qualification",
    )
    yield start + 6 * DAY
    at = start + 6 * DAY
    life.must_refuse(
        lambda: life.log(
            number + "7", start.date(), at=at, use="intrathecal",
            site=life.world.other_works,
        ),
        "an intrathecal lot of a suspended plant",
    )  # fmt: skip
    bench.refuse(
        life.cast,
        lot,
        "BAC-IT",
        at=at,
        reason="The plant's intrathecal qualification is suspended (DEV-25-031)",
    )
