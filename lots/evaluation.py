"""The bridge: rows → rules → evaluation, and the canonical records that are signed.

Reads, never writes, in a number of queries that does not depend on how many results
a lot has. Verbs, views and certificates ask it; nothing else judges a value.
"""

import operator
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from lots import gates
from lots.catalogue import Catalogue
from lots.models import (
    Assessment,
    AssessmentState,
    Criterion,
    Examination,
    Investigation,
    Lot,
    Mark,
    MarkKind,
    Procedure,
    Result,
    Sample,
    Signature,
    Site,
    Test,
    User,
)
from lots.rules import criteria, reportable
from lots.rules.criteria import Outcome, Requirement, Verdict
from lots.rules.refusal import Refusal
from lots.rules.reportable import Determination, Reportable


def stored_determinations(result):
    """Return a result's determinations as the rules see them."""
    return tuple(Determination(**typed) for typed in result.determinations)


@dataclass(frozen=True)
class Attempt:
    """A stored result with what became of it.

    `stage` is one of entered, submitted, returned, reviewed, unconfirmed (a
    correction that waits for a second person), replaced, invalidated. A result is
    `standing` unless it was invalidated, replaced, or is not confirmed yet.
    """

    result: Result
    test: Test
    procedure: Procedure
    reportable: Reportable
    stage: str
    standing: bool
    stale: bool
    marks: tuple = ()

    @property
    def reviewed(self):
        return self.stage == "reviewed"


@dataclass(frozen=True)
class Line:
    """A criterion with every attempt judged against it.

    `outcome`: pass, fail, undecided, reported, missing or not_required; taken over
    all standing results, so that no later result hides a failing one.
    """

    criterion: Criterion
    rule: criteria.Criterion
    words: str
    required: bool
    judged: tuple[tuple[Attempt, Verdict], ...]
    outcome: str
    alert: bool
    shown: str
    reviewed: bool
    headroom: Decimal | None

    @property
    def test(self):
        return self.criterion.test

    @property
    def standing(self):
        return tuple(pair for pair in self.judged if pair[0].standing)


@dataclass(frozen=True)
class AssessmentEvaluation:
    """An assessment with its lines and what stands in the way of its completion."""

    assessment: Assessment
    lines: tuple[Line, ...]
    gates: tuple[Refusal, ...]

    @property
    def specification(self):
        return self.assessment.specification

    @property
    def complete(self):
        return not self.gates

    def count(self, *outcomes):
        """Return how many lines have one of these outcomes."""
        return sum(line.outcome in outcomes for line in self.lines)

    @property
    def passed(self):
        return self.count("pass", "reported")

    @property
    def asked(self):
        return len(self.lines) - self.count("not_required")

    @property
    def missing(self):
        return self.count("missing")

    @property
    def alerts(self):
        return sum(line.alert for line in self.lines)

    @property
    def outcome(self):
        """Return fail, undecided, missing or pass, the gravest first."""
        for grave in ("fail", "undecided", "missing"):
            if self.count(grave):
                return grave
        return "pass"


@dataclass(frozen=True)
class GridRow:
    """A row of the entry grid: a test, its attempts, and a line per assessment."""

    test: Test
    procedure: Procedure | None
    attempts: tuple[Attempt, ...]
    lines: tuple[tuple[AssessmentEvaluation, Line], ...]


@dataclass(frozen=True)
class ExaminationEvaluation:
    examination: Examination
    attempts: dict[int, tuple[Attempt, ...]]
    assessments: tuple[AssessmentEvaluation, ...]
    grid: tuple[GridRow, ...]
    informational: tuple[GridRow, ...]

    def attempt(self, result_id):
        """Return the attempt of this result."""
        for attempts in self.attempts.values():
            for attempt in attempts:
                if attempt.result.pk == result_id:
                    return attempt
        raise KeyError(result_id)

    def standing(self, test_id):
        """Return the last standing attempt of a test, None if there is none."""
        for attempt in reversed(self.attempts.get(test_id, ())):
            if attempt.standing:
                return attempt
        return None

    def failing(self, result_id, *, outcomes=(Outcome.FAIL,)):
        """Return the (assessment, line, verdict) under which this result fails."""
        return [
            (one, line, verdict)
            for one in self.assessments
            for line in one.lines
            for attempt, verdict in line.judged
            if attempt.result.pk == result_id and verdict.outcome in outcomes
        ]


@dataclass(frozen=True)
class LotEvaluation:
    lot: Lot
    examinations: tuple[ExaminationEvaluation, ...]
    investigations: tuple[Investigation, ...]
    catalogue: Catalogue = field(repr=False)

    @property
    def assessments(self):
        return tuple(
            one for examination in self.examinations for one in examination.assessments
        )

    def of(self, examination_id):
        """Return the evaluation of this examination."""
        for one in self.examinations:
            if one.examination.pk == examination_id:
                return one
        raise KeyError(examination_id)

    def assessment(self, assessment_id):
        """Return the evaluation of this assessment."""
        for one in self.assessments:
            if one.assessment.pk == assessment_id:
                return one
        raise KeyError(assessment_id)

    @property
    def open_investigations(self):
        return tuple(one for one in self.investigations if one.closed_at is None)


@dataclass
class Rows:
    """The rows of one lot, loaded; a verb adds the rows that it stores.

    What a stored result says never changes, nor does its verdict under a criterion:
    both are worked out once, however often the rows are judged as they grow.
    """

    lot: Lot
    catalogue: Catalogue
    examinations: list[Examination]
    assessments: list[Assessment]
    results: list[Result]
    marks: list[Mark]
    investigations: list[Investigation]
    _reportables: dict = field(default_factory=dict, repr=False)
    _verdicts: dict = field(default_factory=dict, repr=False)

    def reportable(self, result):
        """Return the reportable value of a result, corrected for its own water."""
        if result.pk not in self._reportables:
            water = None
            if result.test.water_test_id and result.inputs:
                [first] = (one for one in self.results if one.pk == result.inputs[0])
                water = self.reportable(first)
            self._reportables[result.pk] = reportable.reportable(
                self.catalogue.measurement(result.test_id, result.procedure_id),
                stored_determinations(result),
                water=water,
            )
        return self._reportables[result.pk]

    def verdict(self, criterion, attempt):
        """Return the verdict on an attempt, and its distance to the nearest limit."""
        key = criterion.pk, attempt.result.pk, attempt.stale
        if key not in self._verdicts:
            rule = self.catalogue.rule(criterion)
            self._verdicts[key] = (
                _judge(rule, attempt),
                criteria.headroom(rule, attempt.reportable),
            )
        return self._verdicts[key]

    def judged(self):
        """Return the evaluation of the rows as they are now."""
        return _evaluation(self)


def load(lot, *, catalogue=None):
    """Return the rows of the lot, read in a fixed number of queries."""
    [rows] = _load([lot], {lot.material_id: catalogue or Catalogue(lot.material_id)})
    return rows


def evaluate(lot, *, catalogue=None):
    """Return the lot judged as its records stand now."""
    return load(lot, catalogue=catalogue).judged()


def evaluate_all(lots):
    """Return the lots judged, by key, in as many queries as there are materials."""
    lots = list({lot.pk: lot for lot in lots}.values())
    catalogues = {pk: Catalogue(pk) for pk in {lot.material_id for lot in lots}}
    return {rows.lot.pk: rows.judged() for rows in _load(lots, catalogues)}


def _load(lots, catalogues):
    """Read the rows of the lots: each table once, and what several rows name once.

    A signature with all that it signed hangs on every result reviewed under it. The
    database is not asked for an order: putting every column of a wide row into a
    query with one costs more than sorting these few.
    """
    of_lots = {"lot__in": [lot.pk for lot in lots]}
    examinations = _ordered(Examination.objects.filter(**of_lots), "ordinal")
    assessments = _ordered(
        Assessment.objects.filter(**of_lots).select_related("specification", "stand_in")
    )
    results = _ordered(
        Result.objects.filter(examination__in=[one.pk for one in examinations]),
        "examination_id",
        "test_id",
        "attempt",
    )
    marks = _ordered(
        Mark.objects.filter(result__examination__in=[one.pk for one in examinations])
    )
    investigations = _ordered(Investigation.objects.filter(**of_lots))
    _name(
        User.objects,
        opened_by=(*examinations, *investigations),
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
            *(one.stand_in for one in assessments if one.stand_in),
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
    lot_of = {one.pk: one.lot_id for one in examinations}
    lot_of_result = {one.pk: lot_of[one.examination_id] for one in results}
    for one in examinations:
        found[one.lot_id].examinations.append(one)
    for one in assessments:
        found[one.lot_id].assessments.append(one)
    for one in results:
        found[lot_of[one.examination_id]].results.append(one)
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


def _evaluation(rows):
    catalogue, lot = rows.catalogue, rows.lot
    for examination in rows.examinations:
        examination.lot = lot
    # The lot's own use comes first, on the page and in the order of the grid.
    assessments = sorted(
        rows.assessments,
        key=lambda one: (one.use != lot.use, one.specification.code, one.pk),
    )
    catalogue.load_criteria({one.specification_id for one in assessments})
    marks_of = defaultdict(list)
    for mark in rows.marks:
        marks_of[mark.result_id].append(mark)
    results_of = defaultdict(list)
    for result in rows.results:
        result.test = catalogue.tests[result.test_id]
        result.procedure = catalogue.procedures[result.procedure_id]
        results_of[result.examination_id].append(result)
    attempts_of = {
        examination.pk: _attempts(rows, results_of[examination.pk], marks_of)
        for examination in rows.examinations
    }
    lines_of = {
        one: _lines(rows, one, attempts_of[one.examination_id]) for one in assessments
    }
    evaluated = []
    for examination in rows.examinations:
        attempts = attempts_of[examination.pk]
        judged = tuple(
            AssessmentEvaluation(
                one,
                lines,
                (
                    *gates.here(lines, attempts, rows.investigations, catalogue),
                    *gates.earlier_versions(
                        (other.specification, others)
                        for other, others in lines_of.items()
                        if other.examination_id == examination.pk
                        and other.specification.code == one.specification.code
                        and other.specification.version < one.specification.version
                    ),
                    *gates.approved_since(
                        one.specification, _of_other_codes(one, lines_of)
                    ),
                    *gates.elsewhere(
                        _lines_of_others(rows, one, attempts_of, lines_of)
                    ),
                ),
            )
            for one, lines in lines_of.items()
            if one.examination_id == examination.pk
        )
        grid, informational = _grid(judged, attempts, catalogue)
        evaluated.append(
            ExaminationEvaluation(examination, attempts, judged, grid, informational)
        )
    return LotEvaluation(lot, tuple(evaluated), tuple(rows.investigations), catalogue)


def _attempts(rows, results, marks_of):
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
    found = defaultdict(list)
    for pk, result in by_id.items():
        if result.replaces_id:
            result.replaces = by_id[result.replaces_id]
        found[result.test_id].append(
            Attempt(
                result=result,
                test=result.test,
                procedure=result.procedure,
                reportable=rows.reportable(result),
                stage=_stage(pk, marks_of, invalidated, replaced, unconfirmed),
                standing=pk not in gone,
                stale=pk not in gone and not gone.isdisjoint(result.inputs),
                marks=tuple(marks_of.get(pk, ())),
            )
        )
    return {test_id: tuple(attempts) for test_id, attempts in found.items()}


def _stage(pk, marks_of, invalidated, replaced, unconfirmed):
    if pk in invalidated:
        return "invalidated"
    if pk in replaced:
        return "replaced"
    if pk in unconfirmed:
        return "unconfirmed"
    for mark in reversed(marks_of.get(pk, ())):
        if mark.kind in (MarkKind.SUBMITTED, MarkKind.RETURNED, MarkKind.REVIEWED):
            return str(mark.kind)
    return "entered"


def _judge(rule, attempt):
    if attempt.stale:
        return Verdict(
            outcome=Outcome.UNDECIDED,
            alert=False,
            rounded="",
            shown=attempt.reportable.text,
            working=(),
            reason="It was worked out from a result that no longer stands.",
        )
    return criteria.judge(
        rule,
        attempt.reportable,
        lod=attempt.procedure.lod,
        loq=attempt.procedure.loq,
        portion=attempt.test.portion,
    )


def _line(rows, row, assessment, attempts):
    rule = rows.catalogue.rule(row)
    judged, headrooms = [], []
    for attempt in attempts.get(row.test_id, ()):
        verdict, headroom = rows.verdict(row, attempt)
        judged.append((attempt, verdict))
        if attempt.standing:
            headrooms.append(headroom)
    standing = [pair for pair in judged if pair[0].standing]
    outcomes = {verdict.outcome for _, verdict in standing}
    required = row.requirement == Requirement.EVERY or (
        row.requirement == Requirement.PERIODIC and row.test_id in assessment.due
    )
    if Outcome.FAIL in outcomes:
        outcome = "fail"
    elif Outcome.UNDECIDED in outcomes:
        outcome = "undecided"
    elif not standing:
        outcome = "missing" if required else "not_required"
    elif Outcome.REPORTED in outcomes:
        outcome = "reported"
    else:
        outcome = "pass"
    return Line(
        criterion=row,
        rule=rule,
        words=criteria.words(rule),
        required=required,
        judged=tuple(judged),
        outcome=outcome,
        alert=any(verdict.alert for _, verdict in standing),
        shown="; ".join(verdict.shown for _, verdict in standing),
        reviewed=bool(standing) and all(pair[0].reviewed for pair in standing),
        headroom=headrooms[-1] if headrooms else None,
    )


def _lines(rows, assessment, attempts):
    return tuple(
        _line(rows, row, assessment, attempts)
        for row in rows.catalogue.criteria(assessment.specification_id)
    )


def _lines_of_others(rows, assessment, attempts_of, lines_of):
    """Yield each other examination of the lot with its lines for the assessment.

    What was judged there by a version of the same specification keeps that verdict;
    the rest is judged by this one, tests that the version did not have included.
    """
    for examination in rows.examinations:
        if examination.pk == assessment.examination_id:
            continue
        judged = [
            line
            for one, lines in lines_of.items()
            if one.examination_id == examination.pk
            and one.specification.code == assessment.specification.code
            for line in lines
        ]
        known = {line.criterion.test_id for line in judged}
        yield (
            examination,
            [
                *judged,
                *(
                    line
                    for line in _lines(rows, assessment, attempts_of[examination.pk])
                    if line.criterion.test_id not in known
                ),
            ],
        )


def _of_other_codes(assessment, lines_of):
    """Return (specification, lines) of the other codes for the assessment's use.

    None once one of them was released: the lot passed by what stood before.
    """
    others = [
        (other, lines)
        for other, lines in lines_of.items()
        if other.use == assessment.use
        and other.specification.code != assessment.specification.code
    ]
    if any(other.state == AssessmentState.RELEASED for other, _ in others):
        return []
    return [(other.specification, lines) for other, lines in others]


def _grid(assessed, attempts, catalogue):
    order, lines = [], defaultdict(list)
    for one in assessed:
        for line in one.lines:
            if line.criterion.test_id not in lines:
                order.append(line.criterion.test_id)
            lines[line.criterion.test_id].append((one, line))
    others = [test_id for test_id in attempts if test_id not in lines]
    rows = [
        GridRow(
            test=catalogue.tests[test_id],
            procedure=catalogue.current_procedure.get(test_id),
            attempts=attempts.get(test_id, ()),
            lines=tuple(lines.get(test_id, ())),
        )
        for test_id in order + others
    ]
    return tuple(rows[: len(order)]), tuple(rows[len(order) :])
