"""Rows of the results of a lot: each value with its picture and its past."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from lots.evaluation import attempts, earlier_lots
from lots.pictures import limit_bar, sparkline
from lots.rules.bounds import bounds_of
from lots.rules.reported_value import Kind
from lots.rules.states import GONE, AttemptStage, LineOutcome
from lots.rules.verdicts import CriterionKind, Outcome
from lots.views import results_grid

# What the rows can be narrowed to, by the word in the address.
ALL, MISSING, EXCEPTIONS = "all", LineOutcome.MISSING.value, "exceptions"
_SHOWN = {
    ALL: _("All"),
    MISSING: _("Missing"),
    EXCEPTIONS: _("Exceptions"),
}
_MISSING = (LineOutcome.MISSING, LineOutcome.WAITS)
_EXCEPTIONS = (LineOutcome.FAIL, LineOutcome.UNDECIDED)


@dataclass(frozen=True)
class ResultCell:
    """A test under one assessment.

    `is_same` says that its criterion is that of the first column, whose words and
    value it would repeat. `bar` is drawn in the first column alone.
    """

    cell: results_grid.Cell
    is_same: bool = False
    bar: limit_bar.LimitBar | None = None

    @property
    def line(self):
        return self.cell.line

    @property
    def is_failing(self):
        return self.line is not None and self.line.outcome == LineOutcome.FAIL


@dataclass(frozen=True)
class ResultRow:
    """A test with what is reported of it, as entered beneath where that differs.

    `attempts` are those of which more is to be said than their value and its `stage`,
    which is None once it is reviewed. `earlier` are
    the last lots of the process with a value, and `spark` their picture.
    """

    row: results_grid.Row
    cells: tuple[ResultCell, ...]
    reported: str
    entered: str
    attempts: tuple[results_grid.StoredAttempt, ...]
    stage: AttemptStage | None = None
    earlier: tuple[earlier_lots.OfLot, ...] = ()
    spark: sparkline.Sparkline | None = None

    @property
    def test(self):
        return self.row.test

    @property
    def first(self):
        """Return the cell of the first specification."""
        return self.cells[0] if self.cells else None

    @property
    def further(self):
        return self.cells[1:]

    @property
    def outcomes(self):
        return {cell.line.outcome for cell in self.cells if cell.line}

    @property
    def is_missing(self):
        return not self.outcomes.isdisjoint(_MISSING)

    @property
    def is_exception(self):
        """Return whether a reviewer looks at it first: it is not a plain pass."""
        return (
            self.row.is_failing
            or not self.outcomes.isdisjoint(_EXCEPTIONS)
            or any(cell.line.alert for cell in self.cells if cell.line)
            or len(self.row.attempts) > 1
        )


@dataclass(frozen=True)
class ResultSection:
    """Rows under one heading."""

    heading: str
    rows: tuple[ResultRow, ...]


@dataclass(frozen=True)
class Choice:
    """One way to narrow the rows, with how many there are."""

    code: str
    name: object
    n: int
    is_on: bool


def of(evaluated, *, shown=ALL):
    """Return the test orders with their rows, and the choices that narrow them.

    Each as a test order's evaluation, its assessments and its sections. The last lots
    of the process are asked for once, for all tests.
    """
    past = earlier_lots.of_process(evaluated, _measured(evaluated))
    found, rows = [], []
    for one in evaluated.test_orders:
        sections = [
            ResultSection(
                section.heading,
                tuple(_row(each, evaluated, past) for each in section.rows),
            )
            for section in results_grid.sections(
                one,
                evaluated.catalogue,
                make=lambda order, grid_row, **told: results_grid.row(
                    order,
                    grid_row,
                    investigations=evaluated.open_investigations,
                    **told,
                ),
            )
        ]
        rows += [row for section in sections for row in section.rows]
        found.append((one, sections))
    asked = {
        ALL: lambda row: True,
        MISSING: lambda row: row.is_missing,
        EXCEPTIONS: lambda row: row.is_exception,
    }
    shown = shown if shown in asked else ALL
    choices = [
        Choice(code, _SHOWN[code], sum(map(takes, rows)), code == shown)
        for code, takes in asked.items()
    ]
    return [
        {
            "evaluated": one,
            "test_order": one.test_order,
            "assessments": results_grid.live_assessments(one),
            "sections": [
                ResultSection(section.heading, taken)
                for section in sections
                if (taken := tuple(filter(asked[shown], section.rows)))
            ],
        }
        for one, sections in found
    ], choices


def _measured(evaluated):
    """Return the tests whose values are numbers that have a picture, by key."""
    return {
        line.test.pk
        for one in evaluated.assessments
        for line in one.lines
        if line.rule.kind.limits or line.rule.kind is CriterionKind.REPORT
    }


def _row(row, evaluated, past):
    lines = [cell.line for cell in row.cells]
    first = next(filter(None, lines), None)
    valid = [one for one in row.attempts if one.attempt.is_valid]
    reported = first.shown if first and first.valid else ""
    entered = "; ".join("; ".join(one.typed) for one in valid)
    cells = [
        ResultCell(
            cell,
            is_same=place > 0
            and cell.line is not None
            and lines[0] is not None
            and (cell.line.words, cell.line.shown) == (lines[0].words, lines[0].shown),
            bar=_bar(cell.line) if place == 0 and cell.line else None,
        )
        for place, cell in enumerate(row.cells)
    ]
    stages = {one.attempt.stage for one in row.attempts} - {AttemptStage.REVIEWED}
    earlier = past.get(row.test.pk, ())
    return ResultRow(
        row=row,
        cells=tuple(cells),
        reported=reported or entered,
        entered="" if reported in ("", entered) else entered,
        attempts=tuple(
            one for one in row.attempts if len(row.attempts) > 1 or _is_told(one)
        ),
        stage=next(iter(stages), None),
        earlier=earlier,
        spark=_spark(earlier, first) if first else None,
    )


def _is_told(stored):
    """Return whether a page says more of an attempt than what it came to."""
    return bool(
        stored.remarks
        or stored.other_method
        or stored.is_further
        or stored.needs_confirmation
        or stored.attempt.stage in GONE
    )


def _bar(line):
    """Return the bar of the value that decides: the failing one, or the last."""
    pairs = line.valid
    failing = [pair for pair in pairs if pair[1].outcome == Outcome.FAIL]
    chosen = (failing or pairs)[-1:]
    reportable = chosen[0][0].reportable if chosen else None
    return limit_bar.limit_bar(line.rule, reportable)


def _spark(earlier, line):
    values = [_value(one, line.rule) for one in earlier]
    return sparkline.sparkline(
        [one for one in values if one],
        limits=[bound.number for bound in bounds_of(line.rule)],
    )


def _value(of_lot, rule):
    """Return what is drawn of a lot; None of a value that is no number.

    Of several valid results the one that fails today's limit, else the last.
    """
    found = [
        sparkline.Value(
            number=reportable.number,
            is_bound=reportable.kind is not Kind.NUMBER,
            is_failing=attempts.verdict(rule, attempt).outcome == Outcome.FAIL,
        )
        for attempt in of_lot.attempts
        if (reportable := attempt.reportable).usable and reportable.number is not None
    ]
    failing = [one for one in found if one.is_failing]
    return next(iter(failing or found[-1:]), None)
