"""Judgement: applies the rules to the rows of a lot that were loaded.

Reads no further rows, so that a step can evaluate what it has just stored.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Protocol

from lots.evaluation import completion
from lots.evaluation.outcome import (
    AssessmentEvaluation,
    Attempt,
    AttemptsByTest,
    GridRow,
    Line,
    LotEvaluation,
    MinimumEvaluation,
    TestOrderEvaluation,
)
from lots.models import (
    Assessment,
    AssessmentState,
    Criterion,
    Investigation,
    Lot,
    Mark,
    MarkKind,
    Result,
    Specification,
    TestOrder,
)
from lots.rules import verdicts
from lots.rules.reportable_value import Calculation, Reportable
from lots.rules.states import CURRENT, AttemptStage, LineOutcome
from lots.rules.verdicts import Outcome, Requirement, Verdict
from lots.setup.catalogue import Catalogue


class Rows(Protocol):
    """The rows of one lot, as `evaluator` loads them."""

    lot: Lot
    catalogue: Catalogue
    test_orders: list[TestOrder]
    assessments: list[Assessment]
    results: list[Result]
    marks: list[Mark]
    investigations: list[Investigation]

    def reportable(self, result: Result, *, by: Result | None = None) -> Reportable: ...

    def verdict(
        self, criterion: Criterion, attempt: Attempt
    ) -> tuple[Verdict, Decimal | None]: ...


def evaluation(rows: Rows) -> LotEvaluation:
    """Return the evaluation of the rows of a lot."""
    catalogue, lot = rows.catalogue, rows.lot
    test_orders = {test_order.pk: test_order for test_order in rows.test_orders}
    for test_order in rows.test_orders:
        test_order.lot = lot
    # The lot's own use comes first, on the page and in the order of the grid.
    assessments = sorted(
        rows.assessments,
        key=lambda one: (one.use != lot.use, one.specification.code, one.pk),
    )
    uses = {lot.use, *(one.use for one in assessments)}
    catalogue.load_criteria(
        {one.specification_id for one in assessments}
        | {one.pk for use, one in catalogue.minimums.items() if use in uses}
    )
    marks_of: defaultdict[int, list[Mark]] = defaultdict(list)
    for mark in rows.marks:
        marks_of[mark.result_id].append(mark)
    results_of: defaultdict[int, list[Result]] = defaultdict(list)
    for result in rows.results:
        result.test = catalogue.tests[result.test_id]
        result.method = catalogue.methods[result.method_id]
        result.test_order = test_orders[result.test_order_id]
        results_of[result.test_order_id].append(result)
    _name_results(rows)
    attempts_of = {
        test_order.pk: _attempts(rows, results_of[test_order.pk], marks_of)
        for test_order in rows.test_orders
    }
    lines_of = {
        one: _lines(rows, one, attempts_of[one.test_order_id]) for one in assessments
    }
    elsewhere = {
        one: tuple(_lines_of_others(rows, one, attempts_of, lines_of))
        for one in assessments
    }
    minimums = {use: _against_minimum(rows, use, attempts_of) for use in sorted(uses)}
    touching = {use: _touching(rows, use) for use in uses}
    evaluated = []
    for test_order in rows.test_orders:
        attempts = attempts_of[test_order.pk]
        assessed = tuple(
            AssessmentEvaluation(
                one,
                lines,
                elsewhere[one],
                (
                    *completion.here(lines, attempts, catalogue),
                    *completion.retested(one, lines, touching[one.use], attempts_of),
                    *completion.still_open(rows.investigations),
                    *completion.earlier_versions(
                        (other.specification, others)
                        for other, others in lines_of.items()
                        if other.test_order_id == test_order.pk
                        and other.specification.code == one.specification.code
                        and other.specification.version < one.specification.version
                    ),
                    *completion.approved_since(
                        one.specification,
                        _of_other_codes(one, lines_of),
                        known=_known_at_release(one, rows),
                    ),
                    *completion.elsewhere(elsewhere[one]),
                    *completion.below_minimum(
                        one, lines, elsewhere[one], minimums[one.use]
                    ),
                ),
            )
            for one, lines in lines_of.items()
            if one.test_order_id == test_order.pk
        )
        rows_of = _grid(assessed, attempts, catalogue)
        held = _held_to(test_order, assessed, minimums)
        grid, informational = (
            tuple(_with_minimum(row, held, catalogue) for row in part)
            for part in rows_of
        )
        evaluated.append(
            TestOrderEvaluation(
                test_order,
                attempts,
                assessed,
                grid,
                informational,
                _lacking(held, (*grid, *informational), catalogue),
            )
        )
    return LotEvaluation(
        lot, tuple(evaluated), tuple(rows.investigations), minimums, catalogue
    )


def _name_results(rows: Rows) -> None:
    """Give each investigation the result that it is about, of those at hand."""
    results = {result.pk: result for result in rows.results}
    for investigation in rows.investigations:
        investigation.result = results[investigation.result_id]


def _touching(rows: Rows, use: str) -> list[Investigation]:
    """Return the investigations that touch what the lot is judged by for the use.

    By any specification for it, whatever became of its assessment, and by its minimum.
    """
    by = {one.specification_id for one in rows.assessments if one.use == use}
    if use in rows.catalogue.minimums:
        by.add(rows.catalogue.minimums[use].pk)
    asked = {row.test_id for pk in by for row in rows.catalogue.criteria(pk)}
    return [
        investigation
        for investigation in rows.investigations
        if not asked.isdisjoint(rows.catalogue.touched_by(investigation.result.test_id))
    ]


def _attempts(
    rows: Rows, results: Sequence[Result], marks_of: Mapping[int, list[Mark]]
) -> AttemptsByTest:
    by_id = {result.pk: result for result in results}
    marked = {
        pk: {mark.kind for mark in marks_of[pk]} for pk in by_id if pk in marks_of
    }
    unconfirmed = {
        pk
        for pk, result in by_id.items()
        if result.needs_confirmation and MarkKind.CONFIRMED not in marked.get(pk, ())
    }
    replaced = {
        result.replaces_id
        for pk, result in by_id.items()
        if result.replaces_id and pk not in unconfirmed
    }
    invalidated = {pk for pk, kinds in marked.items() if MarkKind.INVALIDATED in kinds}
    gone = invalidated | replaced | unconfirmed
    # What only tests a hypothesis is no result of the lot (FDA OOS guidance 2022).
    not_valid = gone | {pk for pk, result in by_id.items() if result.serves_hypothesis}
    found: defaultdict[int, list[Attempt]] = defaultdict(list)
    for pk, result in by_id.items():
        if result.replaces_id:
            result.replaces = by_id[result.replaces_id]
        if result.test.calculation == Calculation.TOTAL:
            result.parts = tuple(by_id[part] for part in result.inputs)
        found[result.test_id].append(
            Attempt(
                result=result,
                test=result.test,
                method=result.method,
                reportable=rows.reportable(result),
                stage=_stage(pk, marks_of, invalidated, replaced, unconfirmed),
                is_valid=pk not in not_valid,
                stale=pk not in gone and not gone.isdisjoint(result.inputs),
                marks=tuple(marks_of.get(pk, ())),
                waters=_waters(rows, result, results, not_valid),
            )
        )
    return {test_id: tuple(attempts) for test_id, attempts in found.items()}


def _waters(
    rows: Rows, result: Result, results: Sequence[Result], gone: Collection[int]
) -> tuple[tuple[Result, Reportable], ...]:
    """Return the valid results of its water with the value by each, if several."""
    valid = [
        one
        for one in results
        if one.test_id == result.test.water_test_id and one.pk not in gone
    ]
    if not result.inputs or {one.pk for one in valid} <= set(result.inputs):
        return ()
    return tuple((one, rows.reportable(result, by=one)) for one in valid)


def _stage(
    pk: int,
    marks_of: Mapping[int, list[Mark]],
    invalidated: Collection[int],
    replaced: Collection[int],
    unconfirmed: Collection[int],
) -> AttemptStage:
    if pk in invalidated:
        return AttemptStage.INVALIDATED
    if pk in replaced:
        return AttemptStage.REPLACED
    if pk in unconfirmed:
        return AttemptStage.UNCONFIRMED
    for mark in reversed(marks_of.get(pk, ())):
        if mark.kind in (MarkKind.SUBMITTED, MarkKind.RETURNED, MarkKind.REVIEWED):
            return AttemptStage.of(mark.kind)
    return AttemptStage.ENTERED


def verdict(rule: verdicts.Criterion, attempt: Attempt) -> Verdict:
    """Return the verdict on an attempt under a criterion's rule."""
    if attempt.stale:
        return Verdict(
            outcome=Outcome.UNDECIDED,
            alert=False,
            rounded="",
            shown=attempt.reportable.text,
            working=(),
            reason="It was calculated from a result that is no longer valid.",
        )
    own, *others = (
        verdicts.judge(
            rule,
            value,
            lod=attempt.method.lod,
            loq=attempt.method.loq,
            portion=attempt.test.portion,
        )
        for value in (attempt.reportable, *(value for _, value in attempt.waters))
    )
    if own.outcome not in (Outcome.PASS, Outcome.REPORTED):
        return own
    for (water, _), other in zip(attempt.waters, others, strict=True):
        if other.outcome is not own.outcome:
            # Both are valid, and neither is known to be the water of this lot.
            return replace(
                own,
                outcome=Outcome.UNDECIDED,
                alert=False,
                working=(*own.working, *other.working),
                reason=(
                    f"With attempt {water.attempt} of {water.test.name}, which is"
                    f" valid too, it is {other.shown}: {other.outcome}."
                ),
            )
    return own


def _line(
    rows: Rows, row: Criterion, due: Collection[int], attempts: AttemptsByTest
) -> Line:
    rule = rows.catalogue.rule(row)
    pairs, distances = [], []
    for attempt in attempts.get(row.test_id, ()):
        verdict, distance = rows.verdict(row, attempt)
        pairs.append((attempt, verdict))
        if attempt.is_valid:
            distances.append(distance)
    valid = [pair for pair in pairs if pair[0].is_valid]
    outcomes = {verdict.outcome for _, verdict in valid}
    required = row.requirement == Requirement.EVERY or (
        row.requirement == Requirement.PERIODIC and row.test_id in due
    )
    if Outcome.FAIL in outcomes:
        outcome = LineOutcome.FAIL
    elif Outcome.UNDECIDED in outcomes:
        outcome = LineOutcome.UNDECIDED
    elif not valid:
        outcome = LineOutcome.MISSING if required else LineOutcome.NOT_REQUIRED
    elif Outcome.REPORTED in outcomes:
        outcome = LineOutcome.REPORTED
    else:
        outcome = LineOutcome.PASS
    return Line(
        criterion=row,
        rule=rule,
        words=verdicts.words(rule),
        required=required,
        verdicts=tuple(pairs),
        outcome=outcome,
        alert=any(verdict.alert for _, verdict in valid),
        shown="; ".join(verdict.shown for _, verdict in valid),
        reviewed=bool(valid) and all(pair[0].reviewed for pair in valid),
        distance=distances[-1] if distances else None,
    )


def _lines(
    rows: Rows, assessment: Assessment, attempts: AttemptsByTest
) -> tuple[Line, ...]:
    return tuple(
        _line(rows, row, assessment.due, attempts)
        for row in rows.catalogue.criteria(assessment.specification_id)
    )


def _against_minimum(
    rows: Rows, use: str, attempts_of: Mapping[int, AttemptsByTest]
) -> MinimumEvaluation:
    """Return the results of every test order against the minimum of the use.

    Which periodic tests are due is asked of the specifications that cover it.
    """
    specification = rows.catalogue.minimums.get(use)
    if specification is None:
        return MinimumEvaluation(use, None)
    criteria = rows.catalogue.criteria(specification.pk)
    return MinimumEvaluation(
        use,
        specification,
        tuple(
            (
                test_order,
                tuple(
                    _line(rows, row, (), attempts_of[test_order.pk]) for row in criteria
                ),
            )
            for test_order in rows.test_orders
        ),
    )


def _lines_of_others(
    rows: Rows,
    assessment: Assessment,
    attempts_of: dict[int, AttemptsByTest],
    lines_of: dict[Assessment, tuple[Line, ...]],
) -> Iterator[tuple[TestOrder, list[Line]]]:
    """Yield each other test order of the lot with its lines for the assessment.

    What was judged there by a version of the same specification keeps that verdict;
    the rest is judged by this one, tests that the version did not have included.
    """
    for test_order in rows.test_orders:
        if test_order.pk == assessment.test_order_id:
            continue
        of_version = [
            line
            for one, lines in lines_of.items()
            if one.test_order_id == test_order.pk
            and one.specification.code == assessment.specification.code
            for line in lines
        ]
        known = {line.criterion.test_id for line in of_version}
        yield (
            test_order,
            [
                *of_version,
                *(
                    line
                    for line in _lines(rows, assessment, attempts_of[test_order.pk])
                    if line.criterion.test_id not in known
                ),
            ],
        )


def _of_other_codes(
    assessment: Assessment, lines_of: dict[Assessment, tuple[Line, ...]]
) -> list[tuple[Specification, tuple[Line, ...]]]:
    """Return (specification, lines) of the other codes for the assessment's use."""
    return [
        (other.specification, lines)
        for other, lines in lines_of.items()
        if _is_of_other_code(other, assessment)
    ]


def _is_of_other_code(other: Assessment, assessment: Assessment) -> bool:
    return (
        other.use == assessment.use
        and other.specification.code != assessment.specification.code
    )


def _known_at_release(assessment: Assessment, rows: Rows) -> set[int]:
    """Return the failed results, as keys, that a release against another code knew.

    It knew those whose investigation was concluded before it was signed, by the order
    of the signatures and not by the clock, for nothing is released while one is open;
    a retest that failed is concluded about with the result that it repeats.
    """
    released = max(
        (
            other.signature_id or 0
            for other in rows.assessments
            if other.state == AssessmentState.RELEASED
            and _is_of_other_code(other, assessment)
        ),
        default=0,
    )
    concluded = {
        one
        for one in rows.investigations
        if one.signature_id is not None and one.signature_id < released
    }
    about = {one.pk for one in concluded}
    own = {one.result_id for one in rows.investigations}
    return {one.result_id for one in concluded} | {
        result.pk
        for result in rows.results
        if result.investigation_id in about and result.pk not in own
    }


def _held_to(
    test_order: TestOrder,
    evaluation: Iterable[AssessmentEvaluation],
    minimums: Mapping[str, MinimumEvaluation],
) -> dict[str, tuple[MinimumEvaluation, dict[int, Line], set[int]]]:
    """Return the minimum of each use that the test order is assessed for.

    With its lines here, by test, and the tests that have a valid result on any test
    order of the lot.
    """
    found = {}
    for use in {
        one.assessment.use for one in evaluation if one.assessment.state in CURRENT
    }:
        minimum = minimums[use]
        here: dict[int, Line] = {}
        tested = set()
        for other, lines in minimum.lines:
            tested |= {line.criterion.test_id for line in lines if line.valid}
            if other.pk == test_order.pk:
                here = {line.criterion.test_id: line for line in lines}
        found[use] = minimum, here, tested
    return found


def _with_minimum(
    row: GridRow,
    held: Mapping[str, tuple[MinimumEvaluation, dict[int, Line], set[int]]],
    catalogue: Catalogue,
) -> GridRow:
    """Return the row with the minimum of each use, where no code here asks as much."""
    least = tuple(
        (minimum, here[row.test.pk])
        for use, (minimum, here, _tested) in sorted(held.items())
        if row.test.pk in here
        and all(
            one.assessment.use != use
            or catalogue.falls_short(one.specification.pk, row.test.pk, use)
            for one, _line in row.lines
        )
    )
    return replace(row, least=least) if least else row


def _lacking(
    held: Mapping[str, tuple[MinimumEvaluation, dict[int, Line], set[int]]],
    shown: Iterable[GridRow],
    catalogue: Catalogue,
) -> tuple[GridRow, ...]:
    """Return a row for each test that a minimum alone requires and that nobody tested.

    Of those that it requires of every lot, as `completion.below_minimum` refuses them.
    """
    known = {row.test.pk for row in shown}
    asked: dict[int, list[tuple[MinimumEvaluation, Line]]] = {}
    for _use, (minimum, here, tested) in sorted(held.items()):
        for test_id, line in here.items():
            if (
                test_id not in known | tested
                and line.criterion.requirement == Requirement.EVERY
            ):
                asked.setdefault(test_id, []).append((minimum, line))
    return tuple(
        GridRow(
            test=catalogue.tests[test_id],
            method=catalogue.current_method.get(test_id),
            attempts=(),
            lines=(),
            least=tuple(least),
        )
        for test_id, least in asked.items()
    )


def _grid(
    assessed: Iterable[AssessmentEvaluation],
    attempts: AttemptsByTest,
    catalogue: Catalogue,
) -> tuple[tuple[GridRow, ...], tuple[GridRow, ...]]:
    order: list[int] = []
    lines: defaultdict[int, list[tuple[AssessmentEvaluation, Line]]] = defaultdict(list)
    for one in assessed:
        for line in one.lines:
            if line.criterion.test_id not in lines:
                order.append(line.criterion.test_id)
            lines[line.criterion.test_id].append((one, line))
    others = [test_id for test_id in attempts if test_id not in lines]
    rows = [
        GridRow(
            test=catalogue.tests[test_id],
            method=catalogue.current_method.get(test_id),
            attempts=attempts.get(test_id, ()),
            lines=tuple(lines.get(test_id, ())),
        )
        for test_id in order + others
    ]
    return tuple(rows[: len(order)]), tuple(rows[len(order) :])
