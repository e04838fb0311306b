"""Rows of the results grid: as entered, outcome and calculation, as plain values."""

from dataclasses import dataclass

from django.http import Http404
from django.utils.translation import gettext as _

from lots.evaluation.outcome import Attempt, Line
from lots.forms.base import whole_number
from lots.forms.results import ResultForm
from lots.models import (
    Assessment,
    AssessmentState,
    Investigation,
    Kind,
    MarkKind,
    Method,
    Result,
    Source,
    Test,
)
from lots.results import remarks as remarks_on
from lots.rules import measurement
from lots.rules.reportable_value import Calculation, Decimals
from lots.rules.states import GONE, AttemptStage, LineOutcome
from lots.rules.uses import USES
from lots.rules.verdicts import Outcome, Verdict
from lots.setup.catalogue import measurement_of
from lots.wording import sentence
from lots.workflow.blockers import STAGES


def chosen_results(test_order, keys):
    """Return the results with these keys; 404 if one is not of this test order."""
    wanted = {whole_number(key) for key in keys}
    results = list(
        Result.objects.filter(test_order=test_order, pk__in=wanted - {None}).order_by(
            "pk"
        )
    )
    if len(results) != len(wanted):
        raise Http404(
            _(
                "A selected result does not belong to this test order; open its results"
                " and select again."
            )
        )
    return results


@dataclass(frozen=True)
class GridVerdict:
    """An attempt's verdict against one specification."""

    attempt: Attempt
    verdict: Verdict
    is_struck: bool


@dataclass(frozen=True)
class Cell:
    """A test under one assessment: its criterion and how it stands.

    `least` is how it stands against the minimum specification of the use, where that
    asks more of the test, or asks for it alone.
    """

    assessment: Assessment
    line: Line | None = None
    verdicts: tuple[GridVerdict, ...] = ()
    least: Line | None = None

    @property
    def least_of(self):
        """Return the words before the criterion of the minimum."""
        return _("Minimum for %(use)s use:") % {
            "use": _(USES[self.assessment.use].said)
        }

    @property
    def undecided(self):
        """Return the valid results that are not decided; their verdicts say why."""
        return tuple(
            each
            for each in self.verdicts
            if each.attempt.is_valid and each.verdict.outcome == Outcome.UNDECIDED
        )

    @property
    def waits(self):
        """Return whether a valid value waits for the test's water."""
        return any(
            each.attempt.is_valid and each.verdict.outcome == Outcome.WAITS
            for each in self.verdicts
        )


@dataclass(frozen=True)
class StoredAttempt:
    """An attempt with the words that a page needs of it.

    `other_method` is the one that it was measured by, where its row names another.
    """

    attempt: Attempt
    typed: tuple[str, ...]
    is_struck: bool
    is_further: bool
    is_submittable: bool
    needs_confirmation: bool
    remarks: tuple[str, ...]
    takes_remark: bool = False
    other_method: Method | None = None

    @property
    def result(self):
        return self.attempt.result


@dataclass(frozen=True)
class Row:
    """A test of the grid with its attempts, one cell per assessment, and its form.

    `form` is None where nothing can be typed: to readers, on closed lots, and in
    tests that are computed from others; `computed_from` then names these. `water` is
    the test that its value is corrected with, if it is. `closed` says why a test takes
    no first result for now. `cases` are the open investigations of its results.
    """

    test: Test
    method: object
    attempts: tuple[StoredAttempt, ...]
    cells: tuple[Cell, ...]
    computed_from: tuple[str, ...] = ()
    water: Test | None = None
    form: ResultForm | None = None
    closed: str = ""
    is_refused: bool = False
    cases: tuple[Investigation, ...] = ()

    @property
    def is_failing(self):
        """Return whether a valid result of the test fails under a specification."""
        return any(
            line.outcome == LineOutcome.FAIL
            for cell in self.cells
            for line in (cell.line, cell.least)
            if line
        )

    @property
    def is_stored(self):
        return bool(self.attempts)

    @property
    def is_computed(self):
        return bool(self.computed_from)


@dataclass(frozen=True)
class Section:
    """Rows under one heading, in the order of the specification."""

    heading: str
    rows: tuple[Row, ...]


def live_assessments(test_order):
    """Return the evaluated assessments whose columns the grid shows.

    A release that was withdrawn or refused stays on the page of the lot; its column
    would repeat that of the assessment opened after it.
    """
    live = [
        one
        for one in test_order.assessments
        if one.assessment.state != AssessmentState.RELEASE_WITHDRAWN
    ]
    return tuple(live or test_order.assessments)


def row(
    test_order,
    grid_row,
    *,
    catalogue,
    form=None,
    closed="",
    bare=None,
    is_refused=False,
    investigations=(),
    by=None,
):
    """Return one row of the grid from its evaluation.

    `investigations` are those of the lot that are open. `bare` says why results cannot
    be submitted, by their keys: they have no raw data. `by` is who may put remarks on
    them.
    """
    bare = bare or {}
    lines = {one.assessment.pk: line for one, line in grid_row.lines}
    least = {minimum.use: line for minimum, line in grid_row.least}
    return Row(
        test=grid_row.test,
        method=grid_row.method,
        attempts=tuple(
            stored(
                attempt,
                why_bare=bare.get(attempt.result.pk),
                by=by,
                other_method=attempt.method
                if attempt.method != grid_row.method
                else None,
            )
            for attempt in grid_row.attempts
        ),
        cells=tuple(
            _cell(
                one.assessment,
                lines.get(one.assessment.pk),
                # Once for each use, in its first column.
                least.pop(one.assessment.use, None),
            )
            for one in live_assessments(test_order)
        ),
        computed_from=computed_from(grid_row.test, catalogue),
        water=catalogue.tests.get(grid_row.test.water_test_id),
        form=form,
        closed=closed,
        is_refused=is_refused,
        cases=tuple(
            one
            for one in investigations
            if any(one.result_id == each.result.pk for each in grid_row.attempts)
        ),
    )


def sections(test_order, catalogue, *, make=row):
    """Return the grid under the headings of the tests, then what is in none of them.

    Each heading once: what a second specification adds stands with its group.
    """
    found: dict[str, list[Row]] = {}
    for grid_row in test_order.grid:
        heading = grid_row.test.get_group_display()
        made = make(test_order, grid_row, catalogue=catalogue)
        found.setdefault(heading, []).append(made)
    others = {
        _("Required by the minimum specification alone"): [
            *(row for row in test_order.informational if row.least),
            *test_order.lacking,
        ],
        _("Additional tests (not in a specification)"): [
            row for row in test_order.informational if not row.least
        ],
    }
    for heading, rows in others.items():
        if rows:
            found[heading] = [
                make(test_order, grid_row, catalogue=catalogue) for grid_row in rows
            ]
    return tuple(Section(heading, tuple(rows)) for heading, rows in found.items())


def computed_from(test, catalogue):
    """Return the names of the tests that this one is added up from, if it is."""
    if test.calculation != Calculation.TOTAL:
        return ()
    return tuple(part.name for part in catalogue.components[test.pk])


def remarks(attempt):
    """Return, in words, what was said of an attempt after it was stored."""
    return tuple(
        _("%(what)s by %(name)s: %(reason)s")
        % {
            "what": mark.get_kind_display(),
            "name": mark.by.printed_name,
            "reason": mark.reason,
        }
        for mark in attempt.marks
        if mark.reason and _still_counts(mark, attempt)
    )


def _still_counts(mark, attempt):
    """Say whether a mark is no remark that a later one replaced."""
    is_remark = mark.kind in (MarkKind.REMARK, MarkKind.PRINTED_REMARK)
    return not is_remark or mark == attempt.remark


def _questioned(attempt):
    """Return what is asked of a typed bound, while its result counts."""
    if attempt.stage in GONE or attempt.result.source == Source.COMPUTED:
        return ()
    asked = measurement.questioned(
        measurement_of(attempt.test, attempt.method),
        (each["text"] for each in attempt.result.determinations),
    )
    return (sentence(asked),) if asked else ()


def _without_zeros(attempt):
    """Return, in words, that the file of a value lost its zeros, if it did."""
    result = attempt.result
    if result.source != Source.IMPORT or result.decimals != Decimals.LOST:
        return ()
    return (_("The numbers of the file lost the zeros at their end, as its map says."),)


def verdicts(grid_row, attempt):
    """Return each specification of a row with its line and verdict on this attempt."""
    return tuple(
        (one.specification, line, verdict)
        for one, line in grid_row.lines
        for each, verdict in line.verdicts
        if each.result.pk == attempt.result.pk
    )


def typed(attempt):
    """Return what was typed, each determination with its peak where it has one.

    A computed value was not typed: it shows as what it came to.
    """
    if (
        attempt.result.source == Source.COMPUTED
        and attempt.test.calculation == Calculation.TOTAL
    ):
        return (attempt.reportable.text,)
    if attempt.test.injections > 1:
        return _by_preparation(attempt.result.determinations)
    return tuple(
        f"{each['component']}: {_as_written(each)}"
        if each.get("component")
        else _as_written(each)
        for each in attempt.result.determinations
    )


def _as_written(determination):
    """Return the value, with the word of the file that a map translated into it."""
    if not determination.get("written"):
        return determination["text"]
    return _("%(text)s (“%(written)s” in the file)") % determination


def _by_preparation(determinations):
    """Return the injections of each preparation as one text."""
    found: dict[int, list[str]] = {}
    for each in determinations:
        found.setdefault(each["preparation"], []).append(_as_written(each))
    return tuple(" / ".join(texts) for texts in found.values())


def _cell(assessment, line, least):
    if line is None:
        return Cell(assessment, least=least)
    return Cell(
        assessment,
        line,
        tuple(
            GridVerdict(attempt, verdict, attempt.stage in GONE)
            for attempt, verdict in line.verdicts
        ),
        least,
    )


def stored(attempt, *, why_bare=None, by=None, other_method=None):
    """Return the attempt with its words, and why it lacks raw data, if it does.

    `by` is who may put a remark on it; None on pages that only show it. `other_method`
    is its method where the row that it stands in names another.
    """
    return StoredAttempt(
        attempt=attempt,
        typed=typed(attempt),
        is_struck=attempt.stage in GONE,
        is_further=attempt.result.kind != Kind.FIRST,
        is_submittable=attempt.stage in STAGES["submit"] and not why_bare,
        # What was worked out with a correction is confirmed with it.
        needs_confirmation=attempt.stage == AttemptStage.UNCONFIRMED
        and attempt.result.source != Source.COMPUTED,
        takes_remark=by is not None and remarks_on.is_open(attempt, by),
        other_method=other_method,
        remarks=(
            *remarks(attempt),
            *_questioned(attempt),
            *_without_zeros(attempt),
            *([sentence(why_bare)] if why_bare else []),
        ),
    )
