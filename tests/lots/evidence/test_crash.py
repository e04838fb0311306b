"""kill -9 in the middle of a step: nothing is half stored, and it can be repeated.

Real processes on a database that commits. A statement that was executed is gone with
the process unless its transaction was committed.
"""

import pytest
from django.db import connection

from lots.demo import bench, real_lots
from lots.evidence import verification
from lots.evidence.documents import Upload
from lots.imports import lot_import
from lots.models import AuditEntry, Investigation, Lot, LotStatus, Result
from lots.results import result_entry
from tests.lots.evidence.killed import killed
from tests.lots.imports.files import GOOD, MAP

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.killed,
    pytest.mark.django_db(transaction=True),
]


def everything():
    """Return the trail's head, how many records there are, and what lists say."""
    verdict = verification.verify()
    assert (verdict.chain_break, verdict.record_fault) == (None, None)
    return verdict, list(LotStatus.objects.order_by("pk").values())


def test_entry_that_is_killed_is_stored_whole_or_not_at_all(world, at):
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")
    before = everything()

    def enter():
        result_entry.enter_result(
            test_order=lot.test_orders.get(),
            test=world.tests["MEOH"],
            by=world.cast.lin,
            at=at,
            determinations=bench.typed("3001"),
            seen=0,
            raw_reference="LN-1, page 7",
        )

    moments = [
        'INSERT INTO "lots_result"',
        'INSERT INTO "lots_investigation"',
        'UPDATE "lots_standing"',
        'INSERT INTO "lots_auditentry"',
    ]
    assert [
        (killed(enter, after=each), everything() == before) for each in moments
    ] == [(True, True)] * 4

    enter()

    after, _lists = everything()
    assert (Result.objects.count(), Investigation.objects.count()) == (1, 1)
    assert after.entries == before[0].entries + 2


def test_import_that_is_killed_stores_no_lot_and_can_be_repeated(world, at):
    """Half way through its lots, and when all were stored and not committed."""
    real_lots.set_up(world.cast, at=at)
    before = everything()

    def import_file():
        lot_import.import_lots(
            by=world.cast.lin,
            at=at,
            upload=Upload("lots.csv", GOOD.encode()),
            map_text=MAP,
        )

    moments = [
        ('INSERT INTO "lots_document"', 1),
        ('INSERT INTO "lots_lot"', 1),
        ('INSERT INTO "lots_lot"', 2),
        ('INSERT INTO "lots_result"', 2),
        ('INSERT INTO "lots_auditentry"', 1),
    ]
    assert [
        (killed(import_file, after=each, times=times), everything() == before)
        for each, times in moments
    ] == [(True, True)] * 5

    import_file()

    everything()
    assert list(Lot.objects.order_by("pk").values_list("number", flat=True)) == [
        "B-1",
        "B-2",
    ]


def test_signature_and_what_it_signs_come_together(world, at):
    """A release that is killed leaves neither a signature nor a released state."""
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")
    bench.enter(
        lot, world, bench.ORAL_RESULTS | bench.ELEMENTS, by=world.cast.lin, at=at
    )
    bench.review(world.cast, lot, at=at)
    before = everything()
    # The password is confirmed before, in an act of its own where it is wrong.
    world.cast.confirmation(world.cast.chen, at=at)

    def release():
        bench.release(world.cast, lot, "BAC-ORAL", at=at)

    moments = [
        'INSERT INTO "lots_signature"',
        'UPDATE "lots_assessment"',
        'INSERT INTO "lots_auditentry"',
    ]
    assert [
        (killed(release, after=each), everything() == before) for each in moments
    ] == [(True, True)] * 3

    release()

    everything()
    assert (
        lot.signatures.filter(meaning="released").count(),
        lot.assessments.get().state,
    ) == (1, "released")


def test_triggers_stand_after_a_kill(world, at):
    """What is append-only stays so: the kill left no trigger open."""
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")

    def log_another():
        bench.log(world.cast, world, at=at, number="BAC-26-002")

    assert killed(log_another, after='INSERT INTO "lots_auditentry"')

    with connection.cursor() as cursor, pytest.raises(Exception, match="append-only"):
        cursor.execute("DELETE FROM lots_auditentry WHERE lot_id = %s", [lot.pk])
    assert AuditEntry.objects.filter(lot=lot).exists()
