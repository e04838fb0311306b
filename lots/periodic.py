"""Which periodic tests a lot must have, by what was last tested on lots like it.

Reads, never writes, and no further back than what can matter; intake and importing ask
it when an assessment opens.
"""

import datetime
from heapq import merge
from itertools import islice

from django.db.models import Exists, Max, OuterRef

from lots import calendar
from lots.models import (
    Assessment,
    Conclusion,
    Investigation,
    Lot,
    LotState,
    Mark,
    MarkKind,
    Qualification,
    Result,
)

# Lots looked at in one go where only months say how far back to look.
STEP = 100


def due(lot, specification, periodic):
    """Return the periodic tests that this lot must have, as primary keys.

    Due is what was last tested `every_lots` lots or `every_months` months ago, or
    never, on a lot of the same site, use and process (domain.md 4.6). A result speaks
    for this lot if its examination was judged by this specification code; one that is
    invalid does not, nor one that failed and stands or is under investigation.
    """
    asked = {one.test_id: one for one in periodic}
    if not asked:
        return []
    found, passed, last = {}, [], None
    alike = _alike(lot)
    while asked:
        step = _step(asked, len(passed))
        lots = _newest(alike, lot, step, before=last)
        tested = _tested(lots, specification, asked)
        passed += lots
        for test_id, criterion in list(asked.items()):
            if test_id in tested:
                found[test_id] = _is_due(criterion, lot, tested[test_id], passed)
            elif len(lots) < step or _is_beyond(criterion, lot, passed):
                found[test_id] = True
            else:
                continue
            del asked[test_id]
        last = lots[-1].pk if lots else None
    return [one.test_id for one in periodic if found[one.test_id]]


def _alike(lot):
    """Return the qualifications of lots like this one: one, and its renewals."""
    return list(
        Qualification.objects.filter(
            material=lot.material_id,
            site=lot.site_id,
            use=lot.use,
            process=lot.qualification.process,
        ).values_list("pk", flat=True)
    )


def _step(asked, passed):
    """Return how many lots to look at next: no more than any criterion counts."""
    counted = [one.every_lots for one in asked.values()]
    if not all(counted):
        return STEP
    return max(1, max(counted) - 1 - passed)


def _newest(alike, lot, count, *, before):
    """Return so many lots like this one, the newest first.

    Asked for each qualification by itself, which the index on it answers in order
    whatever the number of lots.
    """
    lots = Lot.objects.exclude(pk=lot.pk).only("state", "manufactured_on", "logged_at")
    if before is not None:
        lots = lots.filter(pk__lt=before)
    each = [lots.filter(qualification=one).order_by("-pk")[:count] for one in alike]
    return list(islice(merge(*each, key=lambda one: -one.pk), count))


def _tested(lots, specification, asked):
    """Return the newest of these lots on which each test was done, by test."""
    by_key = {lot.pk: lot for lot in lots if lot.state != LotState.VOID}
    # Asked by lot and by examination alone, and sorted out here: given the code or the
    # tests, a database begins at all that was ever judged by it, or tested so.
    judged = [
        examination
        for examination, code in Assessment.objects.filter(
            lot__in=list(by_key)
        ).values_list("examination", "specification__code")
        if code == specification.code
    ]
    if not judged:
        return {}
    invalid = Mark.objects.filter(result=OuterRef("pk"), kind=MarkKind.INVALIDATED)
    failing = Investigation.objects.filter(
        lot=OuterRef("examination__lot"),
        result__test=OuterRef("test"),
        corrected_by=None,
    ).exclude(conclusion=Conclusion.PROVEN)
    last = (
        Result.objects.filter(examination__in=judged)
        .exclude(Exists(invalid))
        .exclude(Exists(failing))
        .values_list("test")
        .annotate(Max("examination__lot_id"))
    )
    return {test_id: by_key[key] for test_id, key in last if test_id in asked}


def _is_due(criterion, lot, last, passed):
    """Say so of a test last done on the lot `last`, one of those passed on the way."""
    since = sum(last.pk < one.pk < lot.pk for one in passed)
    by_count = criterion.every_lots and since + 1 >= criterion.every_lots
    by_age = (
        criterion.every_months
        and calendar.months_after(last.manufactured_on, criterion.every_months)
        <= lot.manufactured_on
    )
    return bool(by_count or by_age)


def _is_beyond(criterion, lot, passed):
    """Say whether no lot before those passed could spare this one the test."""
    if criterion.every_lots:
        return len(passed) >= criterion.every_lots - 1
    # What was logged before that day was made before it too; three days are the most
    # that the ends of two months differ by.
    first = calendar.months_after(lot.manufactured_on, -criterion.every_months)
    first -= datetime.timedelta(days=3)
    return calendar.today(passed[-1].logged_at) < first
