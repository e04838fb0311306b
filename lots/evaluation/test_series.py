"""Test series: the reportable values of tests, lot after lot, as their records are now.

The values by which lots were released, in the order of manufacture. A retest, a
stability point and a comparison are of another day in the life of a lot and are not
among them (domain.md 4.1; ICH Q7 2.50). Reads, never writes.
"""

import datetime
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import F, QuerySet

from lots.evaluation.attempts import attempts_by_test, verdict
from lots.evaluation.evaluator import Rows
from lots.evaluation.outcome import Attempt
from lots.models import Lot, LotState, Mark, Occasion, Qualification, Result
from lots.rules import verdicts
from lots.rules.reportable_value import Reportable
from lots.rules.reported_value import Kind
from lots.rules.verdicts import Outcome
from lots.setup import master_data
from lots.setup.catalogue import Catalogue

# How many lots are looked at unless another number is asked for, and which may be.
LAST = 100
WINDOWS = (25, 50, 100, 200)


@dataclass(frozen=True)
class Range:
    """Which lots are looked at: of a material and use, the last by day of manufacture.

    A blank process, a site of None and a day of None ask for any.
    """

    material_id: int
    use: str
    process: str = ""
    site_id: int | None = None
    since: datetime.date | None = None
    until: datetime.date | None = None
    last: int = LAST


@dataclass(frozen=True)
class LotValue:
    """The reportable value of a lot; `value` of a censored one is its LOQ.

    `text` is how it was reported, unrounded. The first valid result of release testing
    stands: where it was invalidated, the valid one after it; a passing retest beside a
    valid result is no value of the lot.
    """

    lot_id: int
    number: str
    manufactured_on: datetime.date
    value: Decimal
    text: str
    is_censored: bool
    of_rejected_lot: bool
    attempt: Attempt

    @property
    def is_reviewed(self) -> bool:
        """Say whether a second person signed the result."""
        return self.attempt.reviewed

    def is_oos(self, rule: verdicts.Criterion) -> bool:
        """Say whether the result fails the criterion, rounded as it says."""
        return verdict(rule, self.attempt).outcome is Outcome.FAIL


@dataclass(frozen=True)
class TestSeries:
    """The values of a test, oldest first.

    `without_number` are the lots whose valid result is no number that can be drawn, as
    one above a bound; `invalidated` counts lots of which every result was invalidated.
    """

    values: tuple[LotValue, ...]
    without_number: tuple[str, ...] = ()
    invalidated: int = 0


@dataclass(frozen=True)
class SeriesOfTests:
    """The series of tests over the same lots; `has_more` says that older ones exist."""

    lots: int
    has_more: bool
    of_test: Mapping[int, TestSeries]


def has_numbers(catalogue: Catalogue, test_id: int) -> bool:
    """Say whether results of the test are numbers by its current method."""
    method = catalogue.current_method.get(test_id)
    return (
        method is not None
        and not catalogue.tests[test_id].is_text
        and not catalogue.measurement(test_id, method.pk).has_words
    )


def series_of(asked: Range, tests: Collection[int]) -> SeriesOfTests:
    """Return the series of the tests over the last lots of the range.

    In four queries beside the master data, whatever the number of lots and tests.
    """
    lots = list(_lots(asked)[: asked.last + 1])
    has_more = len(lots) > asked.last
    return of_lots(lots[: asked.last], asked.material_id, tests, has_more=has_more)


def of_lots(
    lots: Collection[Lot],
    material_id: int,
    tests: Collection[int],
    *,
    has_more: bool = False,
) -> SeriesOfTests:
    """Return the series of the tests over these lots of the material."""
    catalogue = master_data.current().catalogue(material_id)
    lots = sorted(lots, key=lambda one: (one.manufactured_on, one.pk))
    results = _results(lots, catalogue, tests)
    marks_of: defaultdict[int, list[Mark]] = defaultdict(list)
    for mark in Mark.objects.filter(
        result__in=[one.pk for several in results.values() for one in several]
    ).order_by("pk"):
        marks_of[mark.result_id].append(mark)
    found: dict[int, list[LotValue]] = {test_id: [] for test_id in tests}
    without: dict[int, list[str]] = {test_id: [] for test_id in tests}
    invalidated = dict.fromkeys(tests, 0)
    for lot in lots:
        own = results.get(lot.pk, [])
        there = {one.pk for one in own}
        # What was worked out from a result of another test order is left out.
        own = [one for one in own if there.issuperset(one.inputs)]
        if not own:
            continue
        rows = Rows(lot, catalogue, [], [], own, [], [], [])
        attempts = attempts_by_test(rows, own, marks_of)
        for test_id in tests:
            of_lot = attempts.get(test_id, ())
            valid = next((one for one in of_lot if one.is_valid), None)
            if valid is None:
                invalidated[test_id] += bool(of_lot)
            elif value := _value(lot, valid):
                found[test_id].append(value)
            elif not valid.waits:
                without[test_id].append(lot.number)
    return SeriesOfTests(
        lots=len(lots),
        has_more=has_more,
        of_test={
            test_id: TestSeries(
                tuple(values), tuple(without[test_id]), invalidated[test_id]
            )
            for test_id, values in found.items()
        },
    )


def _lots(asked: Range) -> "QuerySet[Lot, Any]":
    found = (
        Lot.objects.filter(material=asked.material_id, use=asked.use)
        .exclude(state=LotState.VOID)
        .only("pk", "number", "manufactured_on", "state", "material_id")
        .order_by("-manufactured_on", "-pk")
    )
    if asked.process:
        # Keys, and not a join: lots are then walked in their order (lot_by_day).
        found = found.filter(
            qualification__in=list(
                Qualification.objects.filter(
                    material=asked.material_id,
                    use=asked.use,
                    process=asked.process,
                ).values_list("pk", flat=True)
            )
        )
    if asked.site_id is not None:
        found = found.filter(site=asked.site_id)
    if asked.since is not None:
        found = found.filter(manufactured_on__gte=asked.since)
    if asked.until is not None:
        found = found.filter(manufactured_on__lte=asked.until)
    return found


def _results(
    lots: Sequence[Lot], catalogue: Catalogue, tests: Collection[int]
) -> dict[int, list[Result]]:
    """Return by lot the results of the tests, and of those they are worked out from."""
    wanted = set(tests)
    for test_id in tests:
        wanted |= {part.pk for part in catalogue.components[test_id]}
    for test_id in tuple(wanted):
        if water := catalogue.tests[test_id].water_test_id:
            wanted.add(water)
    found: defaultdict[int, list[Result]] = defaultdict(list)
    for result in (
        Result.objects.filter(
            test_order__lot__in=[lot.pk for lot in lots],
            test_order__occasion=Occasion.RELEASE,
            test__in=wanted,
        )
        .annotate(of_lot=F("test_order__lot"))
        .order_by("pk")
    ):
        result.test = catalogue.tests[result.test_id]
        result.method = catalogue.methods[result.method_id]
        found[result.of_lot].append(result)
    return found


def _value(lot: Lot, attempt: Attempt) -> LotValue | None:
    """Return the value of the lot; None where it is no number that can be drawn."""
    found = _number(attempt.reportable, loq=attempt.method.loq)
    if found is None or attempt.stale:
        return None
    value, is_censored = found
    return LotValue(
        lot_id=lot.pk,
        number=lot.number,
        manufactured_on=lot.manufactured_on,
        value=value,
        text=attempt.reportable.unrounded,
        is_censored=is_censored,
        of_rejected_lot=lot.state == LotState.REJECTED,
        attempt=attempt,
    )


def _number(reportable: Reportable, *, loq: str) -> tuple[Decimal, bool] | None:
    """Return the number, and whether it is censored: the result is below the LOQ.

    What is not detected, or less than a bound, is below it too. A number below the LOQ
    has no precision (ICH Q2(R2)) and is drawn at the LOQ like those.
    """
    if not reportable.usable:
        return None
    limit = Decimal(loq) if loq else None
    number = reportable.number
    if reportable.kind in (Kind.LESS, Kind.NOT_DETECTED):
        if limit is None or (reportable.kind is Kind.LESS and number is not None):
            limit = number if limit is None or number is None else max(limit, number)
        return None if limit is None else (limit, True)
    if reportable.kind is not Kind.NUMBER or number is None:
        return None
    if limit is not None and number < limit:
        return limit, True
    return number, False
