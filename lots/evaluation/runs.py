"""Runs: the results that one instrument, standard or reagent touched together.

A cause in one of these touches every result of the run, passing ones too (FDA,
Investigating OOS Test Results, 2022). Reads, never writes.
"""

import datetime
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.db.models import Q

from lots.accounts.permissions import history
from lots.evaluation import evaluator
from lots.evaluation.outcome import Attempt, LotEvaluation, TestOrderEvaluation
from lots.models import Conclusion, Investigation, Lot, LotState, Result, Source
from lots.rules.laboratory_error import CauseKind
from lots.rules.reportable_value import Calculation
from lots.rules.states import GONE, AttemptStage
from lots.rules.text import latin
from lots.rules.verdicts import Outcome

# Dashes that a reader takes for a hyphen, the minus sign among them.
_DASHES = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
OF_RUN = tuple(kind for kind in CauseKind if kind.is_of_run)


@dataclass(frozen=True)
class OfRun:
    """Another result of the run, as its own lot has it today.

    `outcome` is the gravest verdict on it, blank where nothing judges it. `case` is
    its own investigation, which decides it where there is one. `is_being_corrected`
    while a correction of it waits for a reviewer.
    """

    lot: Lot
    attempt: Attempt
    outcome: Outcome | None
    case: Investigation | None
    is_being_corrected: bool = False

    @property
    def result(self) -> Result:
        return self.attempt.result

    @property
    def is_to_decide(self) -> bool:
        return self.case is None


def key(text: str) -> str:
    """Return the name of a run as it is stored: one run has one spelling.

    In capitals, with letters and dashes that look alike as one.
    """
    return _DASHES.sub("-", " ".join(latin(text).split())).upper()


def named(result: Result) -> list[Result]:
    """Return the other results of the run, of lots that are not void, by lot.

    Of the same laboratory, with the same run. Where either names none, nobody knows:
    those of the same method and day count too. A correction changes no run: what was
    said of a value before it was corrected counts as well, on either side.
    """
    own = list(history(result))
    there = Result.objects.exclude(test_order__lot__state=LotState.VOID).select_related(
        "test_order"
    )
    found = {
        one.pk: one
        for one in there.filter(reduce(or_, map(_alike, own))).order_by("pk")
    }
    corrections = there.filter(
        replaces__isnull=False,
        test_order__in={one.test_order_id for one in found.values()},
        test__in={one.test_id for one in found.values()},
    )
    # A correction comes after what it corrects.
    for one in corrections.order_by("pk"):
        if one.replaces_id in found:
            found[one.pk] = one
    for one in own:
        found.pop(one.pk, None)
    return sorted(
        found.values(), key=lambda one: (one.test_order.lot_id, one.test_id, one.pk)
    )


def _alike(result: Result) -> Q:
    """Return the condition on what one value says to be of its run."""
    same = Q(method=result.method_id, performed_on=result.performed_on)
    if result.run:
        same = Q(run=result.run) | same & Q(run="")
    return same & Q(laboratory=result.laboratory_id)


def others(evaluated: LotEvaluation, result: Result) -> Sequence[OfRun]:
    """Return the other valid results of the run of this result, the own lot first.

    A total goes with its peaks, and a result that was replaced or invalidated, or
    waits for a second person, with what is done about it.
    """
    # What was judged has what it replaced at hand.
    judged = evaluated.of(result.test_order_id).attempt(result.pk).result
    found = named(judged)
    lots = {evaluated.lot.pk: evaluated}
    further = {one.test_order.lot_id for one in found} - lots.keys()
    if further:
        lots |= evaluator.evaluate_all(
            Lot.objects.filter(pk__in=further).select_related(
                "material", "site__organisation"
            )
        )
    return tuple(
        sorted(
            (
                one
                for result in found
                if (one := _of_run(lots[result.test_order.lot_id], result))
            ),
            key=lambda one: (one.lot.pk != evaluated.lot.pk, one.lot.pk, one.result.pk),
        )
    )


def spoiled(laboratory_id: int, run: str) -> Investigation | None:
    """Return the investigation that proved an error of the whole run, if one did."""
    return (
        Investigation.objects.filter(
            Q(result__run=run, result__laboratory=laboratory_id)
            | Q(
                result__replaces__run=run,
                result__replaces__laboratory=laboratory_id,
            ),
            conclusion=Conclusion.PROVEN,
            cause_kind__in=OF_RUN,
        )
        .order_by("pk")
        .first()
    )


def spoiled_days(
    tests: Collection[int],
) -> Mapping[tuple[int, int, datetime.date], str]:
    """Return the numbers of the investigations that proved an error of a whole run.

    By test, laboratory and day: a value of these that names no run may be of that one.
    """
    cases = Investigation.objects.filter(
        result__test__in=tests, conclusion=Conclusion.PROVEN, cause_kind__in=OF_RUN
    ).order_by("pk")
    return {
        (test, laboratory, day): number
        for test, laboratory, day, number in cases.values_list(
            "result__test", "result__laboratory", "result__performed_on", "number"
        )
    }


def _of_run(evaluated: LotEvaluation, result: Result) -> OfRun | None:
    test_order = evaluated.of(result.test_order_id)
    attempt = test_order.attempt(result.pk)
    is_total = (
        attempt.test.calculation == Calculation.TOTAL
        and attempt.result.source == Source.COMPUTED
    )
    is_waiting = attempt.stage in (*GONE, AttemptStage.UNCONFIRMED)
    if is_waiting or is_total or result.serves_hypothesis:
        return None
    outcomes = {
        verdict.outcome
        for one in test_order.assessments
        for line in one.lines
        for each, verdict in line.verdicts
        if each.result.pk == result.pk
    }
    grave = (
        *(Outcome.FAIL, Outcome.UNDECIDED, Outcome.WAITS),
        *(Outcome.PASS, Outcome.REPORTED),
    )
    return OfRun(
        lot=evaluated.lot,
        attempt=attempt,
        outcome=next((one for one in grave if one in outcomes), None),
        case=next(
            (one for one in evaluated.investigations if one.result_id == result.pk),
            None,
        ),
        is_being_corrected=_is_being_corrected(test_order, result),
    )


def _is_being_corrected(test_order: TestOrderEvaluation, result: Result) -> bool:
    return any(
        one.stage == AttemptStage.UNCONFIRMED and one.result.replaces_id == result.pk
        for one in test_order.attempts.get(result.test_id, ())
    )
