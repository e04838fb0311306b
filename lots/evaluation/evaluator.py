"""The bridge: rows → rules → evaluation.

Reads, never writes, in a number of queries that does not depend on how many results
a lot has. Verbs, views and certificates ask it; nothing else judges a value.
"""

import operator
from dataclasses import dataclass, field

from lots.evaluation import judgement
from lots.models import (
    Assessment,
    Investigation,
    Lot,
    Mark,
    Result,
    Sample,
    Signature,
    Site,
    TestOrder,
    User,
)
from lots.rules import reportable_value
from lots.rules.distance_to_limit import distance
from lots.rules.reportable_value import Determination
from lots.setup.catalogue import Catalogue


def stored_determinations(result):
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
    _reportables: dict = field(default_factory=dict, repr=False)
    _verdicts: dict = field(default_factory=dict, repr=False)

    def reportable(self, result, *, by=None):
        """Return the reportable value of a result, corrected for its own water.

        Or for the water `by`, another result of it.
        """
        key = result.pk, by and by.pk
        if key not in self._reportables:
            if by is None and result.test.water_test_id and result.inputs:
                [by] = (one for one in self.results if one.pk == result.inputs[0])
            self._reportables[key] = reportable_value.reportable(
                self.catalogue.measurement(result.test_id, result.method_id),
                stored_determinations(result),
                water=by and self.reportable(by),
            )
        return self._reportables[key]

    def verdict(self, criterion, attempt):
        """Return the verdict on an attempt, and its distance to the nearest limit."""
        by = tuple(water.pk for water, _ in attempt.waters)
        key = criterion.pk, attempt.result.pk, attempt.stale, by
        if key not in self._verdicts:
            rule = self.catalogue.rule(criterion)
            self._verdicts[key] = (
                judgement.verdict(rule, attempt),
                distance(rule, attempt.reportable),
            )
        return self._verdicts[key]

    def judged(self):
        """Return the evaluation of the rows as they are now."""
        return judgement.judged(self)


def load(lot, *, catalogue=None):
    """Return the rows of the lot, read in a fixed number of queries."""
    [rows] = _load([lot], {lot.material_id: catalogue or Catalogue(lot.material_id)})
    return rows


def evaluate(lot, *, catalogue=None):
    """Return the evaluation of the lot as its records are now."""
    return load(lot, catalogue=catalogue).judged()


def evaluate_all(lots):
    """Return the lots judged, by key, in as many queries as there are materials."""
    lots = list({lot.pk: lot for lot in lots}.values())
    catalogues = {pk: Catalogue(pk) for pk in {lot.material_id for lot in lots}}
    return {rows.lot.pk: rows.judged() for rows in _load(lots, catalogues)}


def load_all(lots, *, catalogue):
    """Return the rows of lots of one material, by key, in as many queries as of one."""
    loaded = _load(lots, {catalogue.material_id: catalogue})
    return {rows.lot.pk: rows for rows in loaded}


def _load(lots, catalogues):
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
    for one in test_orders:
        found[one.lot_id].test_orders.append(one)
    for one in assessments:
        found[one.lot_id].assessments.append(one)
    for one in results:
        found[lot_of[one.test_order_id]].results.append(one)
    for one in marks:
        found[lot_of_result[one.result_id]].marks.append(one)
    for one in investigations:
        found[one.lot_id].investigations.append(one)
    return found.values()


def _ordered(queryset, *names):
    return sorted(queryset, key=operator.attrgetter(*(names or ("pk",))))


def _name(queryset, **naming):
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
