"""The evaluator: loads the rows of a lot and returns its evaluation.

The number of queries does not depend on how many results a lot has. This is the only
door to a verdict for pages, steps and certificates. Reads, never writes.
"""

import functools
import operator
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar

from django.db import models

from lots.evaluation import attempts, judgement, sparing
from lots.evaluation.outcome import Attempt, LotEvaluation
from lots.evaluation.sparing import Sparing
from lots.evidence import audit
from lots.models import (
    Assessment,
    ConsistencyFinding,
    Criterion,
    Investigation,
    Lot,
    Mark,
    Parentage,
    PhaseOne,
    Result,
    Sample,
    Signature,
    TestOrder,
)
from lots.rules import reportable_value
from lots.rules.consistency import DATA_INTEGRITY
from lots.rules.distance_to_limit import distance
from lots.rules.reportable_value import Decimals, Determination, Reportable
from lots.rules.verdicts import Verdict
from lots.setup import master_data
from lots.setup.catalogue import Catalogue

_Row = TypeVar("_Row", bound=models.Model)


def stored_determinations(result: Result) -> tuple[Determination, ...]:
    """Return a result's determinations as the rules see them."""
    return tuple(Determination(**typed) for typed in result.determinations)


@dataclass
class Rows:
    """The rows of one lot, loaded; a verb adds the rows that it stores.

    What a stored result says never changes, nor does its verdict under a criterion:
    both are worked out once, however often the rows are judged as they grow. What the
    lots before say of its periodic tests (`sparing`) is kept with the lot's status,
    which follows them.
    """

    lot: Lot
    catalogue: Catalogue
    test_orders: list[TestOrder]
    assessments: list[Assessment]
    results: list[Result]
    marks: list[Mark]
    investigations: list[Investigation]
    samples: list[Sample]
    sparing: dict[tuple[int, int], Sparing] = field(default_factory=dict)
    # Whether other lots were made of it.
    has_offspring: bool = False
    # Whether QA has still to conclude on a finding that puts its data in doubt.
    is_in_doubt: bool = False
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
        first = (
            result.inputs[0] if result.test.water_test_id and result.inputs else None
        )
        key = result.pk, by.pk if by else first
        if key not in self._reportables:
            if by is None and first is not None:
                [by] = (one for one in self.results if one.pk == first)
            self._reportables[key] = reportable_value.reportable(
                self.catalogue.measurement(result.test_id, result.method_id),
                stored_determinations(result),
                water=self.reportable(by) if by else None,
                decimals=Decimals.of(result.decimals),
            )
        return self._reportables[key]

    def verdict(
        self, criterion: Criterion, attempt: Attempt
    ) -> tuple[Verdict, Decimal | None]:
        """Return the verdict on an attempt, and its distance to the nearest limit."""
        by = tuple(water.pk for water, _ in attempt.waters)
        # Criteria that say the same judge the same, in whatever specification.
        rule = self.catalogue.rule(criterion)
        key = id(rule), attempt.result.pk, attempt.stale, by, *attempt.result.inputs
        if key not in self._verdicts:
            self._verdicts[key] = (
                attempts.verdict(rule, attempt),
                distance(rule, attempt.reportable),
            )
        return self._verdicts[key]

    def evaluation(self) -> LotEvaluation:
        """Return the evaluation of the rows as they are now."""
        return judgement.evaluation(self)


def load(lot: Lot) -> Rows:
    """Return the rows of the lot, read in a fixed number of queries."""
    [rows] = _load([lot])
    return rows


def evaluate(lot: Lot) -> LotEvaluation:
    """Return the evaluation of the lot as its records are now."""
    return load(lot).evaluation()


def evaluate_all(lots: Iterable[Lot]) -> dict[int, LotEvaluation]:
    """Return the evaluations of lots, by key, in as many queries as of one."""
    return {key: rows.evaluation() for key, rows in load_all(lots).items()}


def load_all(lots: Iterable[Lot]) -> dict[int, Rows]:
    """Return the rows of lots, by key, in as many queries as of one."""
    lots = list({lot.pk: lot for lot in lots}.values())
    return {rows.lot.pk: rows for rows in _load(lots)}


def _load(lots: Collection[Lot]) -> Collection[Rows]:
    """Read the rows of the lots: each table once, and what several rows name once.

    A signature with all that it signed hangs on every result reviewed under it. The
    database is not asked for an order: putting every column of a wide row into a
    query with one costs more than sorting these few.
    """
    if not lots:
        return ()
    digest, beside, (test_orders, assessments, investigations) = _opened(lots)
    kept = master_data.under(digest)
    test_orders = _ordered(test_orders, "ordinal")
    assessments = _ordered(assessments)
    investigations = _ordered(investigations)
    results = _ordered(
        Result.objects.filter(test_order__in=[one.pk for one in test_orders]),
        "test_order_id",
        "test_id",
        "attempt",
    )
    marks = _ordered(
        Mark.objects.filter(result__test_order__in=[one.pk for one in test_orders])
    )
    samples = _ordered(Sample.objects.filter(lot__in=[lot.pk for lot in lots]))
    phase_ones = _phase_ones(investigations)
    _name(
        kept.people,
        opened_by=(*test_orders, *investigations),
        planned_by=investigations,
        performed_by=results,
        entered_by=results,
        by=marks,
    )
    _name(kept.alternative_uses, alternative_use=assessments)
    _name(kept.sites, laboratory=results, site=lots)
    _name(kept.materials, material=lots)
    _name(
        Signature.objects.in_bulk,
        signature=(*assessments, *marks, *investigations, *phase_ones),
    )
    of_sample = {one.pk: one for one in samples}
    for result in results:
        if result.sample_id in of_sample:
            result.sample = of_sample[result.sample_id]
    catalogues = {one.material_id: kept.catalogue(one.material_id) for one in lots}
    material_of = {lot.pk: lot.material_id for lot in lots}
    for material_id, catalogue in catalogues.items():
        those = [one for one in assessments if material_of[one.lot_id] == material_id]
        _name(catalogue.specifications, specification=those)

    found = {
        lot.pk: Rows(
            *(lot, catalogues[lot.material_id], [], [], [], [], [], []),
            sparing=sparing.read(beside[lot.pk].spared if lot.pk in beside else None),
            has_offspring=lot.pk in beside and beside[lot.pk].has_offspring,
            is_in_doubt=lot.pk in beside and beside[lot.pk].is_in_doubt,
        )
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
    for sample in samples:
        found[sample.lot_id].samples.append(sample)
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


def _ordered(found: Iterable[_Row], *names: str) -> list[_Row]:
    return sorted(found, key=operator.attrgetter(*(names or ("pk",))))


# What is read with the test orders of a lot, in one query: few rows of each kind.
_WITH_TEST_ORDERS = {
    "": TestOrder,
    "assessments__": Assessment,
    "lot__investigations__": Investigation,
}


@functools.cache
def _test_orders() -> tuple[models.QuerySet[Any], dict[str, list[str]]]:
    """Return the query for all test orders with theirs, and its columns by kind.

    Its first column is what master data stand on; then the lot, and what is beside its
    rows. It is put together once.
    """
    columns = {
        start: [field.attname for field in kind._meta.concrete_fields]
        for start, kind in _WITH_TEST_ORDERS.items()
    }
    asked = [f"{start}{column}" for start, own in columns.items() for column in own]
    told = TestOrder.objects.annotate(
        told=models.Subquery(audit.beside_lots()),
        is_parent=models.Exists(
            Parentage.objects.filter(parent=models.OuterRef("lot"))
        ),
        is_in_doubt=models.Exists(
            ConsistencyFinding.objects.filter(
                lot=models.OuterRef("lot"), kind__in=DATA_INTEGRITY, signature=None
            )
        ),
    )
    beside = ("told", "lot_id", "lot__status__spared", "is_parent", "is_in_doubt")
    return told.values_list(*beside, *asked), columns


class _Beside(NamedTuple):
    """What its status keeps of a lot's periodic tests; whether it is a parent lot.

    And whether a finding that puts its data in doubt is open.
    """

    spared: str | None
    has_offspring: bool
    is_in_doubt: bool


def _opened(
    lots: Collection[Lot],
) -> tuple[str | None, dict[int, _Beside], list[list[Any]]]:
    """Return what master data stand on now, and the lots' rows of these three kinds.

    Between them, by lot, what is beside its rows.
    """
    digest = None
    beside = {}
    queryset, columns = _test_orders()
    found: dict[str, dict[Any, Any]] = {start: {} for start in columns}
    for told, key, kept, is_parent, is_in_doubt, *values in queryset.filter(
        lot__in=[lot.pk for lot in lots]
    ):
        digest, beside[key] = told, _Beside(kept, is_parent, is_in_doubt)
        for start, own in columns.items():
            row, values = values[: len(own)], values[len(own) :]
            if row[0] is not None and row[0] not in found[start]:
                kind = _WITH_TEST_ORDERS[start]
                found[start][row[0]] = kind.from_db(queryset.db, own, row)
    return digest, beside, [list(rows.values()) for rows in found.values()]


def _name(
    find: Callable[[set[int]], Mapping[int, models.Model]],
    **naming: Collection[models.Model],
) -> None:
    """Give these rows what they name in the column, every such record read once."""
    wanted = {
        getattr(one, f"{column}_id") for column, rows in naming.items() for one in rows
    } - {None}
    named = find(wanted) if wanted else {}
    for column, rows in naming.items():
        for one in rows:
            key = getattr(one, f"{column}_id")
            if key is not None:
                setattr(one, column, named[key])
