"""The evaluator: loads the rows of a lot and returns its evaluation.

The number of queries does not depend on how many results a lot has. This is the only
door to a verdict for pages, steps and certificates. Reads, never writes.
"""

import operator
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeVar

from django.db import models

from lots.evaluation import attempts, judgement
from lots.evaluation.outcome import Attempt, LotEvaluation
from lots.models import (
    Assessment,
    Criterion,
    Investigation,
    Lot,
    Mark,
    PhaseOne,
    Result,
    Sample,
    Signature,
    Site,
    TestOrder,
    User,
)
from lots.rules import reportable_value
from lots.rules.distance_to_limit import distance
from lots.rules.reportable_value import Determination, Reportable
from lots.rules.verdicts import Verdict
from lots.setup.catalogue import Catalogue

_Row = TypeVar("_Row", bound=models.Model)


def stored_determinations(result: Result) -> tuple[Determination, ...]:
    """Return a result's determinations as the rules see them."""
    return tuple(Determination(**typed) for typed in result.determinations)


@dataclass
class Rows:
    """The rows of one lot, loaded; a verb adds the rows that it stores.

    What a stored result says never changes, nor does its verdict under a criterion:
    both are worked out once, however often the rows are judged as they grow.
    """

    lot: Lot
    catalogue: Catalogue
    test_orders: list[TestOrder]
    assessments: list[Assessment]
    results: list[Result]
    marks: list[Mark]
    investigations: list[Investigation]
    _reportables: dict[tuple[int, int | None], Reportable] = field(
        default_factory=dict, repr=False
    )
    _verdicts: dict[tuple[Any, ...], tuple[Verdict, Decimal | None]] = field(
        default_factory=dict, repr=False
    )

    def reportable(self, result: Result, *, by: Result | None = None) -> Reportable:
        """Return the reportable value of a result, corrected for its own water.

        Or for the water `by`, another result of it.
        """
        key = result.pk, by.pk if by else None
        if key not in self._reportables:
            if by is None and result.test.water_test_id and result.inputs:
                [by] = (one for one in self.results if one.pk == result.inputs[0])
            self._reportables[key] = reportable_value.reportable(
                self.catalogue.measurement(result.test_id, result.method_id),
                stored_determinations(result),
                water=self.reportable(by) if by else None,
            )
        return self._reportables[key]

    def verdict(
        self, criterion: Criterion, attempt: Attempt
    ) -> tuple[Verdict, Decimal | None]:
        """Return the verdict on an attempt, and its distance to the nearest limit."""
        by = tuple(water.pk for water, _ in attempt.waters)
        # Criteria that say the same judge the same, in whatever specification.
        rule = self.catalogue.rule(criterion)
        key = id(rule), attempt.result.pk, attempt.stale, by
        if key not in self._verdicts:
            self._verdicts[key] = (
                attempts.verdict(rule, attempt),
                distance(rule, attempt.reportable),
            )
        return self._verdicts[key]

    def evaluation(self) -> LotEvaluation:
        """Return the evaluation of the rows as they are now."""
        return judgement.evaluation(self)


def load(lot: Lot, *, catalogue: Catalogue | None = None) -> Rows:
    """Return the rows of the lot, read in a fixed number of queries."""
    [rows] = _load([lot], {lot.material_id: catalogue or Catalogue(lot.material_id)})
    return rows


def evaluate(lot: Lot, *, catalogue: Catalogue | None = None) -> LotEvaluation:
    """Return the evaluation of the lot as its records are now."""
    return load(lot, catalogue=catalogue).evaluation()


def evaluate_all(lots: Iterable[Lot]) -> dict[int, LotEvaluation]:
    """Return the evaluations of lots, by key, in as many queries as of one material."""
    lots = list({lot.pk: lot for lot in lots}.values())
    catalogues = {pk: Catalogue(pk) for pk in {lot.material_id for lot in lots}}
    return {rows.lot.pk: rows.evaluation() for rows in _load(lots, catalogues)}


def load_all(lots: Collection[Lot], *, catalogue: Catalogue) -> dict[int, Rows]:
    """Return the rows of lots of one material, by key, in as many queries as of one."""
    loaded = _load(lots, {catalogue.material_id: catalogue})
    return {rows.lot.pk: rows for rows in loaded}


def _load(lots: Collection[Lot], catalogues: dict[int, Catalogue]) -> Collection[Rows]:
    """Read the rows of the lots: each table once, and what several rows name once.

    A signature with all that it signed hangs on every result reviewed under it. The
    database is not asked for an order: putting every column of a wide row into a
    query with one costs more than sorting these few.
    """
    of_lots = {"lot__in": [lot.pk for lot in lots]}
    test_orders = _ordered(TestOrder.objects.filter(**of_lots), "ordinal")
    assessments = _ordered(
        Assessment.objects.filter(**of_lots).select_related(
            "specification", "alternative_use"
        )
    )
    results = _ordered(
        Result.objects.filter(test_order__in=[one.pk for one in test_orders]),
        "test_order_id",
        "test_id",
        "attempt",
    )
    marks = _ordered(
        Mark.objects.filter(result__test_order__in=[one.pk for one in test_orders])
    )
    investigations = _ordered(Investigation.objects.filter(**of_lots))
    phase_ones = _phase_ones(investigations)
    _name(
        User.objects,
        opened_by=(*test_orders, *investigations),
        planned_by=investigations,
        performed_by=results,
        entered_by=results,
        by=marks,
    )
    _name(
        Signature.objects,
        signature=(
            *assessments,
            *(one.specification for one in assessments),
            *(one.alternative_use for one in assessments if one.alternative_use),
            *marks,
            *investigations,
            *phase_ones,
        ),
    )
    _name(Site.objects.select_related("organisation"), laboratory=results)
    _name(Sample.objects, sample=results)

    found = {
        lot.pk: Rows(lot, catalogues[lot.material_id], [], [], [], [], [])
        for lot in lots
    }
    lot_of = {one.pk: one.lot_id for one in test_orders}
    lot_of_result = {one.pk: lot_of[one.test_order_id] for one in results}
    for test_order in test_orders:
        found[test_order.lot_id].test_orders.append(test_order)
    for assessment in assessments:
        found[assessment.lot_id].assessments.append(assessment)
    for result in results:
        found[lot_of[result.test_order_id]].results.append(result)
    for mark in marks:
        found[lot_of_result[mark.result_id]].marks.append(mark)
    for investigation in investigations:
        found[investigation.lot_id].investigations.append(investigation)
    return found.values()


def _phase_ones(investigations: Collection[Investigation]) -> Collection[PhaseOne]:
    """Give each investigation the last phase I record of its result; return them."""
    if not investigations:
        return ()
    found = {
        one.result_id: one
        for one in _ordered(
            PhaseOne.objects.filter(
                result__in=[one.result_id for one in investigations]
            )
        )
    }
    for investigation in investigations:
        investigation.phase_one = found.get(investigation.result_id)
    return found.values()


def _ordered(queryset: models.QuerySet[_Row], *names: str) -> list[_Row]:
    return sorted(queryset, key=operator.attrgetter(*(names or ("pk",))))


def _name(
    queryset: models.QuerySet[Any] | models.Manager[Any],
    **naming: Collection[models.Model],
) -> None:
    """Give these rows what they name in the column, every such record read once."""
    wanted = {
        getattr(one, f"{column}_id") for column, rows in naming.items() for one in rows
    } - {None}
    named = queryset.in_bulk(wanted) if wanted else {}
    for column, rows in naming.items():
        for one in rows:
            key = getattr(one, f"{column}_id")
            if key is not None:
                setattr(one, column, named[key])
