"""Stories of blends, reprocessed lots, bought lots and retests.

Each story takes the life it is played in, its lot number and its first day. It also
tries what must be refused, and stops the demo if it is not.
"""

import datetime

from lots import calendar
from lots.demo import bench
from lots.evidence.documents import Upload
from lots.intake import test_orders
from lots.models import (
    Lot,
    Occasion,
)
from lots.rules.roles import IssuerRole
from reports.demo import values
from reports.issuing import certificates
from reports.models import Certificate

DAY = datetime.timedelta(days=1)


def blend(life, number, start, *, parents):
    """A blend of released oral lots."""
    yield start + 2 * DAY
    lots = [Lot.objects.get(number=parent) for parent in parents]
    yield from life.ordinary(
        number,
        start,
        origin="blend",
        parents=tuple((lot, "50") for lot in lots),
        size="150",
        packaging="6 HDPE drums of 25 kg",
    )


def reprocessed(life, number, start, *, parent):
    """A rejected lot recrystallised into a new one."""
    yield start + 2 * DAY
    lot = Lot.objects.get(number=parent)
    yield from life.ordinary(
        number,
        start,
        origin="reprocessing",
        parents=((lot, lot.size),),
        size=lot.size,
        packaging=lot.packaging,
    )


def retested(life, number, start):
    """A lot retested after its date: a use-by date, the original unchanged."""
    date = start.date() + 300 * DAY
    yield from life.ordinary(number, start, date_on=date)
    at = start + 310 * DAY
    yield at
    lot = Lot.objects.get(number=number)
    life.must_refuse(
        lambda: certificates.duplicate(
            certificate=Certificate.objects.get(lot=lot),
            by=life.cast.olga,
            at=at,
            customer=life.customers["Tabletten Nord GmbH"],
            stated=bench.LABEL,
        ),
        "a certificate past the retest date",
    )
    test_order = test_orders.open_test_order(
        lot=lot,
        by=life.analyst(number),
        at=at,
        occasion=Occasion.RETEST,
        use_by=calendar.today(at) + 30 * DAY,
    )
    yield at + DAY
    results = {**life.due(lot), **values.oral(life.chance)}
    life.enter(lot, results, at=at + DAY, test_order=test_order)
    yield at + 2 * DAY
    life.review(lot, at=at + 2 * DAY)
    yield at + 3 * DAY
    life.release(lot, at=at + 3 * DAY)
    yield at + 4 * DAY
    life.issue(lot, at=at + 4 * DAY)


def agent(life, number, start):
    """A manufacturer's lot under our header, elements from a contract laboratory."""
    yield start + 20 * DAY
    at = start + 20 * DAY
    lot = life.log(
        number,
        start.date(),
        at=at,
        site=life.world.partner,
        original_number="TH-B-2406",
        process="Taihu process T-3",
        issuer_role=IssuerRole.AGENT,
        use_document_kind="declaration",
        use_document_reference="TFC declaration of use 24-118",
        use_document=Upload("declaration.txt", b"Made for oral products only.\n"),
        original_certificate_number="TFC-COA-24-0611",
        original_certificate=Upload(
            "TFC-COA-24-0611.txt", b"Fictional certificate of the manufacturer.\n"
        ),
    )
    yield at + DAY
    ours = values.oral(life.chance)
    # The manufacturer's value stands in for ours, by its certificate.
    life.enter(
        lot,
        {"D90": ours.pop("D90")},
        at=at + DAY,
        laboratory=life.world.partner,
        raw_reference="",
    )
    life.enter(lot, ours, at=at + DAY, laboratory=life.world.works)
    yield at + 2 * DAY
    life.enter(lot, bench.ELEMENTS, at=at + 2 * DAY, laboratory=life.world.laboratory)
    yield at + 3 * DAY
    life.review(lot, at=at + 3 * DAY)
    yield at + 5 * DAY
    life.release(lot, at=at + 5 * DAY)
    yield at + 6 * DAY
    life.issue(lot, at=at + 6 * DAY)
