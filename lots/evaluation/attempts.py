"""Attempts: the results of a test order with their stage, and the verdict on each."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from lots.evaluation.outcome import Attempt, AttemptsByTest
from lots.evaluation.rows import Rows
from lots.models import Kind, Mark, MarkKind, Result
from lots.rules import verdicts
from lots.rules.reportable_value import Calculation, Reportable
from lots.rules.states import AttemptStage
from lots.rules.verdicts import Outcome, Verdict


def attempts_by_test(
    rows: Rows, results: Sequence[Result], marks_of: Mapping[int, list[Mark]]
) -> AttemptsByTest:
    """Return the attempts of each test; of a total with its peaks at hand."""
    _take_first_water(results, marks_of)
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
    return {test_id: tuple(made) for test_id, made in found.items()}


def _take_first_water(
    results: Sequence[Result], marks_of: Mapping[int, list[Mark]]
) -> None:
    """Give each value stored before its water the first result of the water after it.

    It is the same attempt before and after: nothing is entered again, and nothing is
    calculated a second time. One that somebody reviewed while it waited is calculated
    again, and reviewed again, as in the records of before version 0.7.0.
    """
    for result in results:
        test = result.test
        if result.inputs or not test.water_test_id or test.already_corrected:
            continue
        later = [
            one
            for one in results
            if one.test_id == test.water_test_id
            and one.pk > result.pk
            and not one.serves_hypothesis
        ]
        if not later:
            continue
        water = min(later, key=lambda one: one.pk)
        was_reviewed = any(
            mark.kind == MarkKind.REVIEWED and mark.at < water.entered_at
            for mark in marks_of.get(result.pk, ())
        )
        was_calculated_again = any(
            one.replaces_id == result.pk
            and one.kind == Kind.RECALCULATION
            and one.inputs == [water.pk]
            for one in results
        )
        if not was_reviewed and not was_calculated_again:
            result.inputs = [water.pk]


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
