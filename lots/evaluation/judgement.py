"""Judgement: applies the rules to the rows of a lot that were loaded.

Reads no further rows, so that a step can evaluate what it has just stored.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping

from lots.evaluation import completion, test_order_grid
from lots.evaluation.attempts import attempts_by_test
from lots.evaluation.outcome import (
    AssessmentEvaluation,
    AttemptsByTest,
    Line,
    LotEvaluation,
    MinimumEvaluation,
    TestOrderEvaluation,
)
from lots.evaluation.rows import Rows
from lots.evaluation.sparing import BySpared, Sparing
from lots.models import (
    Assessment,
    AssessmentState,
    Criterion,
    Investigation,
    Mark,
    Result,
    Specification,
    TestOrder,
)
from lots.rules import verdicts
from lots.rules.states import LineOutcome
from lots.rules.verdicts import Outcome, Requirement


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
        test_order.pk: attempts_by_test(rows, results_of[test_order.pk], marks_of)
        for test_order in rows.test_orders
    }
    lines_of = {
        one: _lines(rows, one, attempts_of[one.test_order_id], spared=rows.sparing)
        for one in assessments
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
        rows_of = test_order_grid.rows(assessed, attempts, catalogue)
        held = test_order_grid.held_to(test_order, assessed, minimums)
        grid, informational = (
            tuple(test_order_grid.with_minimum(row, held, catalogue) for row in part)
            for part in rows_of
        )
        evaluated.append(
            TestOrderEvaluation(
                test_order,
                attempts,
                assessed,
                grid,
                informational,
                test_order_grid.lacking(held, (*grid, *informational), catalogue),
            )
        )
    return LotEvaluation(
        lot,
        tuple(evaluated),
        tuple(rows.investigations),
        minimums,
        catalogue,
        tuple(rows.samples),
        rows.is_in_doubt,
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


def lines_under(
    rows: Rows, specification_id: int, attempts: AttemptsByTest
) -> tuple[Line, ...]:
    """Return these attempts against each criterion of a loaded specification.

    Of any specification, also of one that the lot is not tested against: no periodic
    test is due by it.
    """
    return tuple(
        _line(rows, row, (), attempts)
        for row in rows.catalogue.criteria(specification_id)
    )


def _line(
    rows: Rows,
    row: Criterion,
    due: Collection[int],
    attempts: AttemptsByTest,
    sparing: Sparing | None = None,
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
    if sparing is not None and row.test_id in due:
        sparing = None
    required = row.requirement == Requirement.EVERY or (
        row.requirement == Requirement.PERIODIC
        and (row.test_id in due or (sparing is not None and sparing.is_required))
    )
    if Outcome.FAIL in outcomes:
        outcome = LineOutcome.FAIL
    elif Outcome.UNDECIDED in outcomes:
        outcome = LineOutcome.UNDECIDED
    elif Outcome.WAITS in outcomes or (
        not valid and sparing is not None and sparing.is_awaited
    ):
        outcome = LineOutcome.WAITS
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
        sparing=None if valid else sparing,
    )


def _lines(
    rows: Rows,
    assessment: Assessment,
    attempts: AttemptsByTest,
    *,
    spared: BySpared | None = None,
) -> tuple[Line, ...]:
    spared = spared or {}
    return tuple(
        _line(
            *(rows, row, assessment.due, attempts),
            spared.get((assessment.pk, row.test_id)),
        )
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
    return MinimumEvaluation(
        use,
        specification,
        tuple(
            (
                test_order,
                lines_under(rows, specification.pk, attempts_of[test_order.pk]),
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
