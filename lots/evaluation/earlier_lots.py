"""Earlier lots: what the last lots of a process had for each test, in one query.

The values by which a lot was released, as they are calculated today; a stability point
and a retest are of another day in the life of a lot and are not among them.
"""

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, F, OuterRef, Q

from lots.evaluation.attempts import attempts_by_test
from lots.evaluation.evaluator import Rows
from lots.evaluation.outcome import Attempt, LotEvaluation
from lots.models import Lot, LotState, Mark, MarkKind, Occasion, Result
from lots.setup.catalogue import Catalogue

LAST = 20


@dataclass(frozen=True)
class OfLot:
    """A lot with its valid attempts at a test, in their order."""

    lot_id: int
    number: str
    attempts: tuple[Attempt, ...]


def of_process(
    evaluated: LotEvaluation, tests: Collection[int]
) -> dict[int, tuple[OfLot, ...]]:
    """Return the last lots of the lot's process with a value, by test, oldest first.

    Of its qualification, and so of its material, site and use; made on its day or
    before, void lots apart. The lot itself is the last where it has a value. One query,
    however many tests and lots.
    """
    if not tests:
        return {}
    lot, catalogue = evaluated.lot, evaluated.catalogue
    of_lot: defaultdict[tuple[datetime.date, int], Rows] = defaultdict(
        lambda: Rows(lot, catalogue, [], [], [], [], [], [])
    )
    named = {}
    for result in _results(lot, catalogue, tests):
        result.test = catalogue.tests[result.test_id]
        result.method = catalogue.methods[result.method_id]
        key = result.made_on, result.lot_id
        named[key] = result.lot_number
        of_lot[key].results.append(result)
    found: defaultdict[int, list[OfLot]] = defaultdict(list)
    for key in sorted(of_lot):
        own = of_lot[key]
        there = {result.pk for result in own.results}
        # What was worked out from a result of another test order is left out.
        own.results = [one for one in own.results if there.issuperset(one.inputs)]
        attempts = attempts_by_test(own, own.results, _marks(own.results))
        for test_id in tests:
            found[test_id] += _of(key[1], named[key], attempts.get(test_id, ()))
    for one in evaluated.test_orders:
        if one.test_order.occasion == Occasion.RELEASE:
            for test_id in tests:
                found[test_id] += _of(lot.pk, lot.number, one.attempts.get(test_id, ()))
    return {test_id: tuple(lots) for test_id, lots in found.items() if lots}


def _of(lot_id: int, number: str, attempts: Iterable[Attempt]) -> list[OfLot]:
    """Return the lot with its valid attempts; nothing where it has none."""
    valid = tuple(one for one in attempts if one.is_valid)
    return [OfLot(lot_id, number, valid)] if valid else []


def _results(lot: Lot, catalogue: Catalogue, tests: Collection[int]) -> list[Any]:
    """Return the results of these tests, and of those they are worked out from.

    Each with its lot, and whether it was invalidated or confirmed.

    The database is not asked for the tests: it would begin with all their results.
    """
    wanted = set(tests)
    for test_id in tests:
        test = catalogue.tests[test_id]
        wanted |= {part.pk for part in catalogue.components[test_id]}
        if test.water_test_id:
            wanted.add(test.water_test_id)
    last = (
        Lot.objects.filter(
            qualification=lot.qualification_id,
            manufactured_on__lte=lot.manufactured_on,
        )
        .exclude(Q(state=LotState.VOID) | Q(pk=lot.pk))
        .order_by("-manufactured_on", "-pk")
        .values("pk")[: LAST - 1]
    )
    marked = Mark.objects.filter(result=OuterRef("pk"))
    found = Result.objects.filter(
        test_order__lot__in=last,
        test_order__occasion=Occasion.RELEASE,
    ).annotate(
        lot_id=F("test_order__lot"),
        lot_number=F("test_order__lot__number"),
        made_on=F("test_order__lot__manufactured_on"),
        is_invalidated=Exists(marked.filter(kind=MarkKind.INVALIDATED)),
        is_confirmed=Exists(marked.filter(kind=MarkKind.CONFIRMED)),
    )
    return sorted(
        (one for one in found if one.test_id in wanted), key=lambda one: one.pk
    )


def _marks(results: Collection[Any]) -> dict[int, list[Mark]]:
    """Return the marks that say which of the results are valid."""
    kinds = {"is_invalidated": MarkKind.INVALIDATED, "is_confirmed": MarkKind.CONFIRMED}
    return {
        result.pk: [
            Mark(result=result, kind=kind)
            for name, kind in kinds.items()
            if getattr(result, name)
        ]
        for result in results
    }
