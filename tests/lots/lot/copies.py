"""Many lots as worked on as one, stored without the verbs: for what must not grow."""

import contextlib

from django.db import connection

from lots.models import (
    Assessment,
    AuditEntry,
    Lot,
    LotStatus,
    Mark,
    Result,
    Sample,
    TestOrder,
)


def copy(record, **other):
    """Return an unsaved copy of a row, but for these columns."""
    return type(record)(
        **{
            field.attname: getattr(record, field.attname)
            for field in record._meta.concrete_fields
            if not field.primary_key and not field.generated
        }
        | other
    )


def copies(lot, numbers, *, every=10):
    """Store lots as tested as this one, each tenth unless it is said otherwise.

    By the same people. Returns the lots.
    """
    test_order = lot.test_orders.get()
    results = list(Result.objects.filter(test_order=test_order))
    marks = list(Mark.objects.filter(result__in=results).order_by("pk"))
    lots = Lot.objects.bulk_create(
        copy(
            lot, number=f"b{number}", number_key=f"b{number}", original_key=f"b{number}"
        )
        for number in numbers
    )
    opened = TestOrder.objects.bulk_create(
        copy(test_order, lot_id=one.pk) for one in lots
    )
    Assessment.objects.bulk_create(
        copy(assessment, lot_id=one.lot_id, test_order_id=one.pk)
        for one in opened
        for assessment in test_order.assessments.all()
    )
    stored = Result.objects.bulk_create(
        copy(result, test_order_id=one.pk)
        for one in opened[::every]
        for result in results
    )
    Mark.objects.bulk_create(
        copy(mark, result_id=one.pk)
        for number, one in enumerate(stored)
        for mark in marks
        if mark.result_id == results[number % len(results)].pk
    )
    return lots


def with_their_trail(lot, lots):
    """Give the copies a sample, a status and the entries of the lot, too."""
    [sample] = lot.samples.all()
    Sample.objects.bulk_create(
        copy(sample, lot_id=one.pk, number=f"S-{one.number}") for one in lots
    )
    LotStatus.objects.bulk_create(
        copy(lot.status, lot_id=one.pk, number=one.number) for one in lots
    )
    entries = list(AuditEntry.objects.filter(lot=lot).order_by("sequence"))
    last = AuditEntry.objects.order_by("sequence").last()
    told = []
    for one in lots:
        for entry in entries:
            sequence = last.sequence + len(told) + 1
            digest = f"{sequence:064}"
            told.append(
                copy(
                    entry,
                    sequence=sequence,
                    lot_id=one.pk,
                    digest=digest,
                )
            )
    AuditEntry.objects.bulk_create(told, batch_size=500)


@contextlib.contextmanager
def counted():
    """Yield a list that grows with each ten steps that SQLite takes meanwhile."""
    steps = []
    connection.ensure_connection()
    connection.connection.set_progress_handler(lambda: steps.append(1), 10)
    try:
        yield steps
    finally:
        connection.connection.set_progress_handler(None, 0)
