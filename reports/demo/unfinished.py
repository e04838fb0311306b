"""Stories that leave work to do: an open OOS, a correction, returned results, a hold.

Each story takes the life it is played in, its lot number and its first day. It also
tries what must be refused, and stops the demo if it is not.
"""

import datetime

from lots.demo import bench
from lots.evaluation import evaluator
from lots.models import Lot, Result, Source
from lots.release import disposition
from lots.results import result_review
from lots.setup import materials, organisations
from reports.demo import values

DAY = datetime.timedelta(days=1)


def open_fail(life, number, start):
    """A fail of these days, its investigation still open."""
    yield from life.ordinary(
        number,
        start,
        results={**values.oral(life.chance), "WATER": "1.3"},
        until="submit",
    )


def failed_periodic_test(life, number, start):
    """A periodic test fails: the lots released without it since are in question."""
    yield from life.ordinary(
        number,
        start,
        results={**values.oral(life.chance), **bench.ELEMENTS, "CD": "0.61"},
        until="submit",
    )


def held_parent(life, number, start):
    """A parent lot on hold: QA decides about the blend that was made of it."""
    yield start
    disposition.hold(
        lot=Lot.objects.get(number=number),
        by=life.analyst(number),
        at=start,
        reason="A customer reports a torn liner; the kept drums are inspected.",
    )


def correction_to_confirm(life, number, start):
    """A correction of these days that waits for its second person."""
    yield from life.ordinary(
        number,
        start,
        results={**values.oral(life.chance), "ROI": "0.32"},
        until="submit",
    )
    at = start + 4 * DAY
    yield at
    life.further(
        Lot.objects.get(number=number), "ROI", "0.03", at=at,
        kind="transcription", reason="0.03 read as 0.32 from the balance strip",
    )  # fmt: skip


def sent_back(life, number, start):
    """Results sent back for want of raw data."""
    yield from life.ordinary(number, start, until="submit")
    at = start + 4 * DAY
    yield at
    test_order = Lot.objects.get(number=number).test_orders.get()
    result_review.send_back(
        test_order=test_order,
        results=list(test_order.results.filter(test__code__in=["ASSAY", "MEOH"])),
        by=life.reviewer(number),
        at=at,
        reason="The chromatograms are not attached",
    )


def copied_results(life, number, start, *, of):
    """Every result is that of another lot: QA must conclude before a release."""
    yield start
    entered = Result.objects.filter(test_order__lot__number=of).order_by("pk")
    yield from life.ordinary(
        number,
        start,
        results={
            one.test.code: evaluator.stored_determinations(one)
            for one in entered.select_related("test")
            if one.source != Source.COMPUTED
        },
        until="review",
    )


def identities_to_approve(life, start):
    """A statement and another telephone that one person drafted; nobody approved them.

    Certificates print what was approved, meanwhile.
    """
    yield start
    drafter = life.cast.olga
    materials.add_statement(
        by=drafter,
        at=start,
        material=life.world.material,
        title="Nitrosamines",
        text="No nitrosating agent meets a secondary amine in the route.",
    )
    site = life.world.laboratory
    organisations.change_site(
        site=site,
        by=drafter,
        at=start,
        reason="The laboratory has another telephone number",
        name=site.name,
        address=site.address,
        telephone="+49 761 5550 131",
        manufactures=False,
        tests=True,
    )
