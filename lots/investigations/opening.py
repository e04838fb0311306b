"""Opening of investigations: for failing results at once, for others by hand.

Every failing result has an investigation as soon as it is stored (FDA, Investigating
OOS Test Results, 2022; domain.md 5.1).
"""

import itertools
from typing import Any

from django.db.models import Max

from lots import calendar
from lots.accounts import permissions
from lots.evaluation import evaluator
from lots.evidence import audit, number_series
from lots.investigations import periodic_failures
from lots.models import Conclusion, Investigation
from lots.rules.refusal import Refusal
from lots.rules.states import GONE, AttemptStage
from lots.rules.step_table import STEPS
from lots.rules.verdicts import Outcome
from lots.workflow import lot_status


class NotInvestigated(Refusal):
    """The investigation cannot take this step."""


def open_for_failures(act, rows):
    """Open an investigation for every result of the lot that fails and has none.

    Returns the evaluation of the rows as they are then. A result can also fail against
    an assessment of another test order whose criterion its own does not have, and
    needs an investigation then as well.

    A correction that still waits for a reviewer counts too: nobody may learn of a
    fail and have no investigation. A retest that fails belongs to the
    investigation that planned it, unless that one ended with the first result wrong,
    by QA's proof or by a correction. A re-measurement shows what the first preparation
    was, and is evidence of that investigation alone.

    A fail of a periodic criterion is noted, whichever specification of the lot asks it,
    and also where an open investigation covers the result already.
    """
    whole = rows.evaluation()
    known = {one.result_id for one in rows.investigations}
    under_way = {one.pk: one for one in rows.investigations if one.closed_at is None}
    in_hand = {one.result_id for one in under_way.values()}
    covering = {
        one.pk
        for one in rows.investigations
        if one.conclusion != Conclusion.PROVEN and one.corrected_by_id is None
    }
    opened = False
    for evaluation in whole.test_orders:
        for attempt in itertools.chain.from_iterable(evaluation.attempts.values()):
            pk = attempt.result.pk
            first = attempt.result.investigation_id
            is_covered = pk in known or first in covering
            is_in_hand = pk in in_hand or first in under_way
            if (
                (is_covered and not is_in_hand)
                or attempt.stage in GONE
                or attempt.result.serves_hypothesis
            ):
                continue
            # Also against a specification whose release was refused before.
            fails: list[Any] = [
                *evaluation.failing(pk),
                *whole.failing_elsewhere(pk),
                *whole.failing_minimum(pk),
            ]
            if fails and is_covered:
                periodic_failures.note(act, rows, attempt.result, fails)
            elif fails:
                _one, line, verdict = fails[0]
                _open(
                    act,
                    rows,
                    attempt.result,
                    trigger=f"{attempt.test.name}: {verdict.shown} against"
                    f" {line.words}",
                )
                periodic_failures.note(act, rows, attempt.result, fails)
                opened = True
    return rows.evaluation() if opened else whole


def open_for_undecided(*, result, by, at, reason):
    """Open an investigation on a valid result that is undecided."""
    with audit.act(by=by, at=at, action="open_investigation", reason=reason) as act:
        lot = act.lock(result.test_order.lot)
        permissions.check(
            act,
            STEPS["enter" if act.by.is_a(*STEPS["enter"].roles) else "examine"],
            lot=lot,
        )
        rows = evaluator.load(lot)
        whole = rows.evaluation()
        evaluation = whole.of(result.test_order_id)
        undecided: list[Any] = evaluation.failing(
            result.pk, outcomes=(Outcome.UNDECIDED,)
        )
        undecided += _undecided_by(evaluation, result)
        undecided += whole.failing_minimum(result.pk, outcomes=(Outcome.UNDECIDED,))
        if not undecided or not evaluation.attempt(result.pk).is_valid:
            raise NotInvestigated(
                "decided",
                "No investigation was opened: this result of %(test)s is not"
                " undecided, or not valid any more. A result that fails has its"
                " investigation already.",
                test=result.test.name,
            )
        if any(one.result_id == result.pk for one in rows.investigations):
            raise NotInvestigated(
                "open",
                "This result of %(test)s is already under investigation; use that"
                " investigation.",
                test=result.test.name,
            )
        for attempt in evaluation.attempts[result.test_id]:
            if (
                attempt.stage == AttemptStage.UNCONFIRMED
                and attempt.result.replaces_id == (result.pk)
            ):
                raise NotInvestigated(
                    "unconfirmed",
                    "A correction of %(test)s waits for a reviewer; have it verified"
                    " or returned first.",
                    test=result.test.name,
                )
        _one, line, verdict = undecided[0]
        investigation = _open(
            act,
            rows,
            result,
            trigger=f"{line.test.name}: {verdict.shown} against {line.words},"
            " undecided",
        )
        lot_status.settle(act, rows)
        return investigation


def open_of_run(act, rows, result, first, *, reason):
    """Open and close an investigation of a result that an error of its run takes.

    It ends as `first` does, by the same signature, so that the result's own lot says
    why the result is invalid and is tested again as often as was planned.
    """
    investigation = _open(
        act,
        rows,
        result,
        trigger=f"{result.test.name}: same run as {first.number}",
    )
    return act.change(
        investigation,
        hypothesis=first.hypothesis,
        planned_retests=max(first.planned_retests or 0, 1),
        planned_by=act.by,
        planned_at=act.at,
        conclusion=Conclusion.PROVEN,
        cause=f"{first.cause[:180]} ({first.number}). {reason}"[:600],
        cause_kind=first.cause_kind,
        evidence=first.evidence,
        evidence_file=first.evidence_file,
        signature=first.signature,
        closed_at=act.at,
    )


def _undecided_by(test_order, water):
    """Return what is undecided because several results of its water are valid."""
    return [
        (one, line, verdict)
        for one in test_order.assessments
        for line in one.lines
        for attempt, verdict in line.valid
        if verdict.outcome == Outcome.UNDECIDED
        and water.pk in {one.pk for one, _ in attempt.waters}
    ]


def _open(act, rows, result, *, trigger):
    investigation = act.create(
        Investigation(
            number=_next_number(act),
            lot=rows.lot,
            result=result,
            trigger=trigger[:300],
            opened_by=act.by,
            opened_at=act.at,
        )
    )
    rows.investigations.append(investigation)
    return investigation


def _next_number(act):
    """Return the next number of the year: a number in a row, so in turn."""
    act.take_turn()
    series = f"OOS-{calendar.today(act.at).year}"
    number = Investigation.objects.filter(number__startswith=f"{series}-").aggregate(
        Max("number")
    )["number__max"]
    last = int(number.removeprefix(f"{series}-")) if number else 0
    return f"{series}-{max(last, number_series.floor(series)) + 1:05d}"


def last_numbers():
    """Return the highest number of each year's series of investigations."""
    highest: dict[str, int] = {}
    for number in Investigation.objects.values_list("number", flat=True):
        series, _dash, ordinal = number.rpartition("-")
        highest[series] = max(int(ordinal), highest.get(series, 0))
    return highest
