"""Outcome: the evaluation of a lot, its test orders, assessments and results.

Frozen values without behaviour of their own; `judgement` makes them.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeAlias

from lots.evaluation.sparing import Sparing
from lots.models import (
    Assessment,
    Criterion,
    Investigation,
    Lot,
    Mark,
    MarkKind,
    Method,
    Result,
    Sample,
    Specification,
    Test,
    TestOrder,
)
from lots.rules import verdicts
from lots.rules.refusal import Refusal
from lots.rules.reportable_value import Reportable
from lots.rules.states import AttemptStage, LineOutcome
from lots.rules.verdicts import Outcome, Verdict
from lots.setup.catalogue import Catalogue

# Codes of blockers (`completion`): a valid fail, here or under another specification;
# what may still undo it.
_FAILS = frozenset(
    {"fails", "earlier-version", "approved-since", "elsewhere", "minimum-fails"}
)
_UNSETTLED = frozenset({"investigation", "unconfirmed"})


@dataclass(frozen=True)
class Attempt:
    """A stored result with what became of it.

    `stage` says what became of it (AttemptStage). A result is `is_valid` unless it
    was invalidated, replaced, is not confirmed yet, or only tests a hypothesis.
    `waters` are the valid results of its water, each with the value by it, if there is
    another than the one that it was corrected with.
    """

    result: Result
    test: Test
    method: Method
    reportable: Reportable
    stage: AttemptStage
    is_valid: bool
    stale: bool
    marks: tuple[Mark, ...] = ()
    waters: tuple[tuple[Result, Reportable], ...] = ()

    @property
    def reviewed(self) -> bool:
        return self.stage == AttemptStage.REVIEWED

    @property
    def waits(self) -> bool:
        """Return whether it is not evaluated: a result that it needs is missing."""
        return self.reportable.waits and not self.stale

    @property
    def remark(self) -> Mark | None:
        """Return the last remark on it; None where there is none, or it is blank."""
        remarks = [
            mark
            for mark in self.marks
            if mark.kind in (MarkKind.REMARK, MarkKind.PRINTED_REMARK)
        ]
        return remarks[-1] if remarks and remarks[-1].reason else None

    @property
    def sent_back(self) -> bool:
        """Return whether it was a correction that was returned: it was never valid.

        What a proven laboratory error takes away is marked under its signature.
        """
        return self.stage == AttemptStage.INVALIDATED and any(
            mark.kind == MarkKind.INVALIDATED and mark.signature_id is None
            for mark in self.marks
        )


# The attempts of a test order, by test.
AttemptsByTest: TypeAlias = dict[int, tuple[Attempt, ...]]


@dataclass(frozen=True)
class Line:
    """A criterion with every attempt judged against it.

    `outcome` is taken over all valid results, so that no later result hides a failing
    one. `sparing` says what the lots before decide of a periodic test that is not done.
    """

    criterion: Criterion
    rule: verdicts.Criterion
    words: str
    required: bool
    verdicts: tuple[tuple[Attempt, Verdict], ...]
    outcome: LineOutcome
    alert: bool
    shown: str
    reviewed: bool
    distance: Decimal | None
    sparing: Sparing | None = None

    @property
    def test(self) -> Test:
        return self.criterion.test

    @property
    def valid(self) -> tuple[tuple[Attempt, Verdict], ...]:
        return tuple(pair for pair in self.verdicts if pair[0].is_valid)


def gravest(outcomes: Collection[LineOutcome]) -> LineOutcome:
    """Return fail, undecided, missing or waits if among the outcomes, else pass."""
    grave = (
        LineOutcome.FAIL,
        LineOutcome.UNDECIDED,
        LineOutcome.MISSING,
        LineOutcome.WAITS,
    )
    return next((one for one in grave if one in outcomes), LineOutcome.PASS)


@dataclass(frozen=True)
class AssessmentEvaluation:
    """An assessment with its lines and what blocks its completion (`blockers`).

    `elsewhere` has the other test orders of the lot, each with its lines for it.
    """

    assessment: Assessment
    lines: tuple[Line, ...]
    elsewhere: tuple[tuple[TestOrder, list[Line]], ...]
    blockers: tuple[Refusal, ...]

    @property
    def specification(self) -> Specification:
        return self.assessment.specification

    @property
    def complete(self) -> bool:
        return not self.blockers

    @property
    def is_lost(self) -> bool:
        """Return whether a fail is valid for good, so that no result completes it.

        One that an investigation did not prove wrong is never outweighed by later
        results (domain.md 5.1): QA's decision is all that is left.
        """
        codes = {blocker.code for blocker in self.blockers}
        return not codes.isdisjoint(_FAILS) and codes.isdisjoint(_UNSETTLED)

    def count(self, *outcomes: str) -> int:
        """Return how many lines have one of these outcomes."""
        return sum(line.outcome in outcomes for line in self.lines)

    @property
    def passed(self) -> int:
        return self.count(LineOutcome.PASS, LineOutcome.REPORTED)

    @property
    def asked(self) -> int:
        """Return how many tests the lot must have as things stand."""
        return len(self.lines) - sum(
            line.outcome == LineOutcome.NOT_REQUIRED
            or (line.sparing is not None and line.sparing.is_awaited)
            for line in self.lines
        )

    @property
    def awaited(self) -> dict[int, str]:
        """Return the earlier lots that decide what is tested: numbers, by key."""
        return {
            line.sparing.lot_id: line.sparing.number
            for line in self.lines
            if line.sparing and line.sparing.is_awaited and line.sparing.lot_id
        }

    @property
    def waits_for_input(self) -> bool:
        """Return whether a valid value waits for another result, such as its water."""
        return any(
            line.outcome == LineOutcome.WAITS and line.sparing is None
            for line in self.lines
        )

    @property
    def waits(self) -> bool:
        """Return whether nothing but the review of earlier lots is left to do."""
        return {blocker.code for blocker in self.blockers} == {"earlier-lot"}

    @property
    def missing(self) -> int:
        return self.count(LineOutcome.MISSING)

    @property
    def to_test(self) -> int:
        """Return how many tests wait for a result: missing, or a retest planned."""
        asking = (
            *("missing", "periodic", "invalidated", "retests", "minimum-missing"),
            "waits",
        )
        return len(
            {
                blocker.params.get("water") or blocker.params["test"]
                for blocker in self.blockers
                if blocker.code in asking
            }
        )

    @property
    def alerts(self) -> int:
        return sum(line.alert for line in self.lines)

    @property
    def outcome(self) -> str:
        """Return fail, undecided, missing or pass, the gravest first."""
        return gravest({line.outcome for line in self.lines})


@dataclass(frozen=True)
class MinimumEvaluation:
    """A lot against the minimum specification of a use, on all of its test orders.

    `specification` is None where no minimum is in force; `lines` has each test order
    with its lines then.
    """

    use: str
    specification: Specification | None
    lines: tuple[tuple[TestOrder, tuple[Line, ...]], ...] = ()

    @property
    def fails(self) -> bool:
        """Return whether a valid result fails it, whatever code asked for it."""
        return any(
            line.outcome == LineOutcome.FAIL
            for _, lines in self.lines
            for line in lines
        )

    def verdicts(
        self, result_id: int, *, outcomes: Collection[Outcome] = (Outcome.FAIL,)
    ) -> list[tuple["MinimumEvaluation", Line, Verdict]]:
        """Return the (minimum, line, verdict) under which this result is so."""
        return [
            (self, line, verdict)
            for _, lines in self.lines
            for line, verdict in _verdicts(lines, result_id)
            if verdict.outcome in outcomes
        ]


@dataclass(frozen=True)
class GridRow:
    """A row of the entry grid: a test, its attempts, and a line per assessment.

    `least` has the line of the minimum specification for each use of which no
    specification here asks as much of the test.
    """

    test: Test
    method: Method | None
    attempts: tuple[Attempt, ...]
    lines: tuple[tuple[AssessmentEvaluation, Line], ...]
    least: tuple[tuple[MinimumEvaluation, Line], ...] = ()


@dataclass(frozen=True)
class TestOrderEvaluation:
    """A test order with its results, its assessments and the rows of its grid.

    `grid` are the tests of its specifications; `lacking` those that only the minimum
    requires and that have no valid result; `informational` what else was tested.
    """

    test_order: TestOrder
    attempts: AttemptsByTest
    assessments: tuple[AssessmentEvaluation, ...]
    grid: tuple[GridRow, ...]
    informational: tuple[GridRow, ...]
    lacking: tuple[GridRow, ...] = ()

    def attempt(self, result_id: int) -> Attempt:
        """Return the attempt of this result."""
        for attempts in self.attempts.values():
            for attempt in attempts:
                if attempt.result.pk == result_id:
                    return attempt
        raise KeyError(result_id)

    def valid_result(self, test_id: int) -> Attempt | None:
        """Return the last valid attempt of a test, None if there is none."""
        for attempt in reversed(self.attempts.get(test_id, ())):
            if attempt.is_valid:
                return attempt
        return None

    def failing(
        self, result_id: int, *, outcomes: Collection[Outcome] = (Outcome.FAIL,)
    ) -> list[tuple[AssessmentEvaluation, Line, Verdict]]:
        """Return the (assessment, line, verdict) under which this result fails."""
        return [
            (one, line, verdict)
            for one in self.assessments
            for line, verdict in _verdicts(one.lines, result_id)
            if verdict.outcome in outcomes
        ]


def _verdicts(lines: Sequence[Line], result_id: int) -> Iterator[tuple[Line, Verdict]]:
    """Yield the verdicts on this result, each with its line."""
    for line in lines:
        for attempt, verdict in line.verdicts:
            if attempt.result.pk == result_id:
                yield line, verdict


@dataclass(frozen=True)
class LotEvaluation:
    lot: Lot
    test_orders: tuple[TestOrderEvaluation, ...]
    investigations: tuple[Investigation, ...]
    minimums: dict[str, MinimumEvaluation] = field(repr=False)
    catalogue: Catalogue = field(repr=False)
    samples: tuple[Sample, ...]
    # Whether QA has still to conclude on a finding that puts its data in doubt.
    is_in_doubt: bool = False

    @property
    def assessments(self) -> tuple[AssessmentEvaluation, ...]:
        return tuple(
            one for test_order in self.test_orders for one in test_order.assessments
        )

    def of(self, test_order_id: int) -> TestOrderEvaluation:
        """Return the evaluation of this test order."""
        for one in self.test_orders:
            if one.test_order.pk == test_order_id:
                return one
        raise KeyError(test_order_id)

    def assessment(self, assessment_id: int) -> AssessmentEvaluation:
        """Return the evaluation of this assessment."""
        for one in self.assessments:
            if one.assessment.pk == assessment_id:
                return one
        raise KeyError(assessment_id)

    def failing_elsewhere(
        self, result_id: int
    ) -> list[tuple[AssessmentEvaluation, Line, Verdict]]:
        """Return the (assessment, line, verdict) of others that this result fails.

        Of assessments of other test orders: its own need not have the criterion, as
        where a later version of the specification left the test out.
        """
        return [
            (one, line, verdict)
            for one in self.assessments
            for _test_order, lines in one.elsewhere
            for line, verdict in _verdicts(lines, result_id)
            if verdict.outcome == Outcome.FAIL
        ]

    def failing_minimum(
        self, result_id: int, *, outcomes: Collection[Outcome] = (Outcome.FAIL,)
    ) -> list[tuple[MinimumEvaluation, Line, Verdict]]:
        """Return the (minimum, line, verdict) of each use that this result fails."""
        return [
            found
            for minimum in self.minimums.values()
            for found in minimum.verdicts(result_id, outcomes=outcomes)
        ]

    def covers_minimum(self, specification: Specification) -> bool:
        """Say whether a lot may be released alone by it, under today's minimum."""
        use = specification.use
        return (
            specification.may_release_alone
            and use in self.catalogue.minimums
            and not self.catalogue.shortfalls(specification.pk, use)
        )

    @property
    def open_investigations(self) -> tuple[Investigation, ...]:
        return tuple(one for one in self.investigations if one.closed_at is None)
