"""Periodic tests: which lots need a test that is not done on every lot.

Looks no further back than can matter (ICH Q6A 2.1). Reads, never writes.
"""

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from heapq import merge
from itertools import islice

from django.db.models import Exists, OuterRef, Q, QuerySet

from lots import calendar
from lots.evaluation import evaluator
from lots.evaluation.outcome import LotEvaluation
from lots.evaluation.sparing import Ground, Sparing
from lots.models import (
    Assessment,
    AssessmentState,
    Conclusion,
    Criterion,
    Investigation,
    Lot,
    LotState,
    Mark,
    MarkKind,
    PeriodicFailure,
    Qualification,
    Result,
    Specification,
    Unaffected,
)
from lots.rules.states import LIVE, AttemptStage
from lots.rules.verdicts import Outcome, Requirement

# Lots looked at in one go where only months say how far back to look.
STEP = 100
_SPEAKING = (Outcome.PASS, Outcome.REPORTED)
# How far a result must be to spare a lot its test, and to spare it if it passes review.
_REVIEWED = (AttemptStage.REVIEWED,)
_UNDER_WAY = (AttemptStage.ENTERED, AttemptStage.SUBMITTED, AttemptStage.REVIEWED)


def due(found: Mapping[int, Sparing]) -> list[int]:
    """Return the tests among those found that the lot must have, as primary keys."""
    return [test_id for test_id, one in found.items() if one.is_required]


def found(
    lot: Lot, specification: Specification, periodic: Collection[Criterion]
) -> dict[int, Sparing]:
    """Return what the lots before say of each of these periodic tests, by test.

    Due is what was last tested `every_lots` lots or `every_months` months ago, or
    never, on a lot of the same site, use and process (domain.md 4.6). A result that
    passes and waits for its review spares the lot the test if it passes review: until
    then the lot waits, because unknown is never a pass.
    """
    reviewed, awaited = _passed_before(lot, specification, periodic)
    closed = stopped(lot) if periodic else {}
    told: dict[int, Sparing] = {}
    for one in periodic:
        failed = closed.get(one.test_id)
        result = reviewed.get(one.test_id) or awaited.get(one.test_id)
        if failed is not None:
            ground = Ground.STOPPED if failed.signature_id is None else Ground.BETWEEN
            told[one.test_id] = Sparing(ground, failed.lot_id, failed.lot.number)
        elif result is None:
            told[one.test_id] = Sparing(Ground.NOTHING)
        else:
            ground = Ground.REVIEWED if one.test_id in reviewed else Ground.AWAITED
            other = result.test_order.lot
            told[one.test_id] = Sparing(ground, other.pk, other.number)
    return told


def stopped(lot: Lot) -> dict[int, PeriodicFailure]:
    """Return the tests that this lot must have now, by key, with the fail that asks it.

    One failed on a lot like it, and QA has not reinstated the periodic testing of it
    (ICH Q6A 2.1); or it failed since it last passed and this lot came between. Not
    where QA signed of this lot that the fail does not affect it.
    """
    decided = Unaffected.objects.filter(lot=lot, failure=OuterRef("pk"))
    between = Q(lot__gt=lot.pk) & (Q(passed=None) | Q(passed__lt=lot.pk))
    # Few fails are open at a time, or ever, so the lots are not asked at all.
    process = lot.qualification.process
    return {
        one.test_id: one
        for one in PeriodicFailure.objects.filter(
            ~Exists(decided), Q(signature=None) | between
        ).select_related("lot__qualification")
        if (one.lot.material_id, one.lot.site_id, one.lot.use)
        == (lot.material_id, lot.site_id, lot.use)
        and one.lot.qualification.process == process
    }


def last_passed(lot: Lot, criterion: Criterion) -> Lot | None:
    """Return the last lot like this one before it that passed the test.

    Each valid result of it there is reviewed and meets the criterion: one that is
    undecided, or that a correction replaced, is no pass. None where there is no such
    lot: nobody knows since when the test would have failed.
    """
    marks = Mark.objects.filter(result=OuterRef("pk"))
    reviewed = Result.objects.filter(
        Exists(marks.filter(kind=MarkKind.REVIEWED)),
        ~Exists(marks.filter(kind=MarkKind.INVALIDATED)),
        test=criterion.test_id,
        test_order__lot__in=Lot.objects.filter(
            qualification__in=_alike(lot), pk__lt=lot.pk
        ).exclude(state=LotState.VOID),
    )
    before = lot.pk
    while True:
        found = (
            reviewed.filter(test_order__lot__lt=before)
            .order_by("-test_order__lot")
            .select_related("test_order__lot")
            .first()
        )
        if found is None:
            return None
        one = found.test_order.lot
        rows = evaluator.load(one)
        evaluation = rows.evaluation()
        test_orders = [each.test_order.pk for each in evaluation.test_orders]
        if _passes(rows, evaluation, test_orders, criterion, _REVIEWED):
            return one
        before = one.pk


def released_without(failure: PeriodicFailure) -> QuerySet[Lot]:
    """Return the lots that were released without the test since its last pass.

    As `lots.origin.questions` asks it, whatever QA decided of them since.
    """
    invalidated = Mark.objects.filter(
        kind=MarkKind.INVALIDATED, result=OuterRef("result")
    )
    tested = Mark.objects.filter(
        ~Exists(invalidated),
        kind=MarkKind.REVIEWED,
        at__lte=OuterRef("signature__at"),
        result__test=failure.test_id,
        result__test_order__lot=OuterRef("lot"),
    )
    released = Assessment.objects.filter(
        ~Exists(tested),
        state=AssessmentState.RELEASED,
        specification__criteria__test=failure.test_id,
        specification__criteria__requirement=Requirement.PERIODIC,
    )
    if failure.signature_id:
        released = released.filter(signature__lt=failure.signature_id)
    return (
        Lot.objects.filter(
            pk__in=released.values("lot"),
            qualification__in=_alike(failure.lot),
            pk__gt=failure.passed_id or 0,
        )
        .exclude(pk=failure.lot_id)
        .order_by("pk")
    )


def sparing(
    lot: Lot, specification: Specification, periodic: Iterable[Criterion]
) -> dict[int, Result]:
    """Return the results on lots before this one that spare it a test, by test.

    A result counts for this lot if its test order was assessed against this
    specification code, and every valid result of the test there passes and is
    reviewed: one that waits or is undecided may yet fail, and unknown is never a pass.
    An invalid result does not count, nor one that is under investigation.
    """
    reviewed, _awaited = _passed_before(lot, specification, periodic)
    return reviewed


def _passed_before(
    lot: Lot, specification: Specification, periodic: Iterable[Criterion]
) -> tuple[dict[int, Result], dict[int, Result]]:
    """Return what spares the lot a test, and what will if it passes review, by test."""
    asked = {one.test_id: one for one in periodic}
    reviewed: dict[int, Result] = {}
    awaited: dict[int, Result] = {}
    passed: list[Lot] = []
    before = lot.pk
    alike = _alike(lot) if asked else []
    while asked:
        step = _step(asked, len(passed))
        lots = _newest(alike, step, before=before)
        found = _tested(lots, specification, asked)
        passed += lots
        for test_id, criterion in list(asked.items()):
            for result, is_reviewed in found.get(test_id, ()):
                if not _is_due(criterion, lot, result.test_order.lot, passed):
                    told = reviewed if is_reviewed else awaited
                    told.setdefault(test_id, result)
            is_found = any(is_reviewed for _, is_reviewed in found.get(test_id, ()))
            if is_found or len(lots) < step or _is_beyond(criterion, lot, passed):
                del asked[test_id]
        if lots:
            before = lots[-1].pk
    return reviewed, awaited


def _alike(lot: Lot) -> list[int]:
    """Return the qualifications of lots like this one: one, and its renewals."""
    return list(
        Qualification.objects.filter(
            material=lot.material_id,
            site=lot.site_id,
            use=lot.use,
            process=lot.qualification.process,
        ).values_list("pk", flat=True)
    )


def _step(asked: dict[int, Criterion], passed: int) -> int:
    """Return how many lots to look at next: no more than any criterion counts."""
    counted = [one.every_lots or 0 for one in asked.values()]
    if not all(counted):
        return STEP
    return max(1, max(counted) - 1 - passed)


def _newest(alike: Iterable[int], count: int, *, before: int) -> list[Lot]:
    """Return so many lots like this one that were logged before, the newest first.

    Asked for each qualification by itself, which the index on it answers in order
    whatever the number of lots.
    """
    lots = Lot.objects.filter(pk__lt=before).only(
        *("state", "manufactured_on", "logged_at", "material", "use"),
        *("number", "original_number"),
    )
    each = [lots.filter(qualification=one).order_by("-pk")[:count] for one in alike]
    return list(islice(merge(*each, key=lambda one: -one.pk), count))


def _tested(
    lots: Iterable[Lot],
    specification: Specification,
    asked: dict[int, Criterion],
) -> dict[int, list[tuple[Result, bool]]]:
    """Return the results of each test on these lots that pass it, the newest first.

    With whether it is reviewed; none before one that is.
    """
    by_key = {lot.pk: lot for lot in lots if lot.state != LotState.VOID}
    # Asked by lot and by test order alone, and sorted out here: given the code or the
    # tests, a database begins at all that was ever assessed by it, or tested so.
    assessed = {
        test_order
        for test_order, code in Assessment.objects.filter(
            lot__in=list(by_key)
        ).values_list("test_order", "specification__code")
        if code == specification.code
    }
    waiting = _with_results(assessed, asked)
    found: defaultdict[int, list[tuple[Result, bool]]] = defaultdict(list)
    while waiting:
        newest = {test_id: max(keys) for test_id, keys in waiting.items()}
        rows = evaluator.load_all(by_key[key] for key in set(newest.values()))
        evaluations = {key: one.evaluation() for key, one in rows.items()}
        for test_id, key in newest.items():
            waiting[test_id].remove(key)
            told = rows[key], evaluations[key], assessed, asked[test_id]
            last = _passes(*told, _REVIEWED)
            is_reviewed = last is not None
            # Of a lot that is rejected or recalled nothing is reviewed any more, so
            # that what was not reviewed there never will be.
            if last is None and by_key[key].state in LIVE:
                last = _passes(*told, _UNDER_WAY)
            if last is not None:
                found[test_id].append((last, is_reviewed))
            if is_reviewed or not waiting[test_id]:
                del waiting[test_id]
    return found


def _with_results(
    test_orders: Collection[int], asked: Collection[int]
) -> dict[int, set[int]]:
    """Return the lots with a result of each test, as sets of keys by test."""
    if not test_orders:
        return {}
    marks = Mark.objects.filter(result=OuterRef("pk"))
    failing = Investigation.objects.filter(
        lot=OuterRef("test_order__lot"),
        result__test=OuterRef("test"),
        corrected_by=None,
    ).exclude(conclusion=Conclusion.PROVEN)
    found: defaultdict[int, set[int]] = defaultdict(set)
    for test_id, key in (
        Result.objects.filter(test_order__in=test_orders)
        .exclude(Exists(marks.filter(kind=MarkKind.INVALIDATED)))
        .exclude(Exists(failing))
        .values_list("test", "test_order__lot")
    ):
        if test_id in asked:
            found[test_id].add(key)
    return dict(found)


def _passes(
    rows: evaluator.Rows,
    evaluation: LotEvaluation,
    test_orders: Collection[int],
    criterion: Criterion,
    stages: tuple[str, ...],
) -> Result | None:
    """Return the last valid result of the lot if all pass and are that far."""
    valid = [
        attempt
        for one in evaluation.test_orders
        if one.test_order.pk in test_orders
        for attempt in one.attempts.get(criterion.test_id, ())
        if attempt.is_valid
    ]
    for attempt in valid:
        verdict, _distance = rows.verdict(criterion, attempt)
        if attempt.stage not in stages or verdict.outcome not in _SPEAKING:
            return None
    if not valid:
        return None
    last = max((each.result for each in valid), key=lambda one: one.pk)
    last.test_order = next(
        one for one in rows.test_orders if one.pk == last.test_order_id
    )
    return last


def _is_due(criterion: Criterion, lot: Lot, last: Lot, passed: Iterable[Lot]) -> bool:
    """Say so of a test last done on the lot `last`, one of those passed on the way."""
    since = sum(last.pk < one.pk < lot.pk for one in passed)
    by_count = criterion.every_lots and since + 1 >= criterion.every_lots
    by_age = (
        criterion.every_months
        and calendar.months_after(last.manufactured_on, criterion.every_months)
        <= lot.manufactured_on
    )
    return bool(by_count or by_age)


def _is_beyond(criterion: Criterion, lot: Lot, passed: Sequence[Lot]) -> bool:
    """Say whether no lot before those passed could spare this one the test."""
    if criterion.every_lots:
        return len(passed) >= criterion.every_lots - 1
    # What was logged before that day was made before it too; three days are the most
    # that the ends of two months differ by.
    first = calendar.months_after(lot.manufactured_on, -(criterion.every_months or 0))
    first -= datetime.timedelta(days=3)
    return calendar.today(passed[-1].logged_at) < first
