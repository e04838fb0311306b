"""Grid of a test order: a row for each test, its lines, the minimum of its use."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from lots.evaluation.outcome import (
    AssessmentEvaluation,
    AttemptsByTest,
    GridRow,
    Line,
    MinimumEvaluation,
)
from lots.models import TestOrder
from lots.rules.states import CURRENT
from lots.rules.verdicts import Requirement
from lots.setup.catalogue import Catalogue


def rows(
    assessed: Iterable[AssessmentEvaluation],
    attempts: AttemptsByTest,
    catalogue: Catalogue,
) -> tuple[tuple[GridRow, ...], tuple[GridRow, ...]]:
    """Return the rows of what a specification asks, and of what is informational."""
    order: list[int] = []
    lines: defaultdict[int, list[tuple[AssessmentEvaluation, Line]]] = defaultdict(list)
    for one in assessed:
        for line in one.lines:
            if line.criterion.test_id not in lines:
                order.append(line.criterion.test_id)
            lines[line.criterion.test_id].append((one, line))
    others = [test_id for test_id in attempts if test_id not in lines]
    made = [
        GridRow(
            test=catalogue.tests[test_id],
            method=catalogue.current_method.get(test_id),
            attempts=attempts.get(test_id, ()),
            lines=tuple(lines.get(test_id, ())),
        )
        for test_id in order + others
    ]
    return tuple(made[: len(order)]), tuple(made[len(order) :])


def held_to(
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


def with_minimum(
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


def lacking(
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
