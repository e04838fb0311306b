"""Conduct of an investigation: the retest plan and QA's conclusion.

A failing result is settled only by the conclusion, or by a transcription correction
that a second person verifies (FDA, Investigating OOS Test Results, 2022; domain.md
5.1).
"""

from lots.accounts import permissions
from lots.evaluation import evaluator, retests, signed_text
from lots.evidence import audit, signatures
from lots.investigations import opening
from lots.investigations.opening import NotInvestigated
from lots.models import (
    Conclusion,
    Kind,
    Mark,
    MarkKind,
    Source,
)
from lots.rules.coded import gettext_noop as _
from lots.rules.refusal import Word
from lots.rules.reportable_value import Calculation
from lots.rules.states import GONE
from lots.rules.step_table import STEPS
from lots.workflow import blockers, lot_status

# MHRA's papers suggest five, seven or nine retests at most (domain.md 5.1).
MOST_RETESTS = 9
# The kinds that stand beside an earlier value, inside a sentence.
_KINDS = {
    Kind.REMEASUREMENT: _("remeasurement"),
    Kind.RETEST: _("retest"),
    Kind.RESAMPLE: _("resample"),
}
_FINDINGS = {
    Conclusion.PROVEN: "laboratory error proven",
    Conclusion.NOT_PROVEN: "no laboratory error proven",
}


def room_for(rows, test_order, test, kind):
    """Return the investigation that a re-measurement, retest or resample is under.

    That of the test's own result, if it has room; else one of what is calculated from
    the test. None for the re-measurement of a result that nothing is wrong with.
    Raises NotInvestigated where no plan allows it or its number is used up: the number
    is fixed before the first (FDA OOS guidance 2022; MHRA 2017).
    """
    touched = rows.catalogue.touched_by(test.pk)
    touching = [
        one
        for one in rows.investigations
        if one.result.test_order_id == test_order.test_order.pk
        and one.result.test_id in touched
        and one.corrected_by_id is None
    ]
    if not touching:
        if kind == Kind.REMEASUREMENT:
            return None
        raise NotInvestigated(
            "no-investigation",
            "A %(kind)s of %(test)s needs an investigation with a retest plan, and"
            " none is open. If the value was typed wrongly, choose “Transcription"
            " correction”.",
            field="kind",
            kind=Word(_KINDS[kind]),
            test=test.name,
        )
    own = [one for one in touching if one.result.test_id == test.pk]
    deciding = own or touching
    for investigation in deciding:
        if refusal := _against(investigation, test):
            raise refusal
    attempts = test_order.attempts.get(test.pk, ())
    others = [one for one in touching if one not in own and not _against(one, test)]
    for investigation in (*reversed(own), *reversed(others)):
        if retests.has_room(investigation, attempts, kind):
            return investigation
    raise NotInvestigated(
        "used-up",
        "Investigation %(number)s allows %(planned)s re-measurements of %(test)s, as"
        " many as retests, and all are done. Results do not change that number; QA"
        " decides with the results that are there."
        if kind == Kind.REMEASUREMENT
        else (
            "Investigation %(number)s planned %(planned)s retests of %(test)s, and all"
            " are done. Results do not change that number; QA decides with the results"
            " that are there."
        ),
        field="kind",
        number=deciding[-1].number,
        planned=retests.places(deciding[-1]),
        test=test.name,
    )


def _against(investigation, test):
    """Return why no further result of the test is taken under the investigation."""
    if investigation.conclusion == Conclusion.NOT_PROVEN:
        return NotInvestigated(
            "stands",
            "Investigation %(number)s proved no laboratory error, so the result of"
            " %(test)s stays valid and no other replaces it. QA decides on the lot.",
            field="kind",
            number=investigation.number,
            test=test.name,
        )
    if investigation.planned_retests is None and not investigation.conclusion:
        return NotInvestigated(
            "no-plan",
            "%(test)s cannot be tested again yet: investigation %(number)s has no"
            " retest plan. QA first writes the hypothesis and chooses “Set the retest"
            " plan”.",
            field="kind",
            number=investigation.number,
            test=test.name,
        )
    return None


def plan(*, investigation, by, at, hypothesis, planned_retests):
    """Write the hypothesis and fix the number of retests, before the first."""
    with audit.act(by=by, at=at, action="plan", reason=hypothesis[:400]) as act:
        lot = act.lock(investigation.lot)
        investigation = act.lock(investigation)
        permissions.check(act, STEPS["plan"], lot=lot)
        if investigation.closed_at or investigation.planned_retests is not None:
            raise NotInvestigated(
                "planned",
                "Investigation %(number)s already has its retest plan or is concluded,"
                " so its number of retests cannot change.",
                number=investigation.number,
            )
        if not hypothesis.strip():
            raise NotInvestigated(
                "hypothesis",
                "Write the hypothesis: what may have caused the result.",
                field="hypothesis",
            )
        if not 0 <= planned_retests <= MOST_RETESTS:
            raise NotInvestigated(
                "number",
                "Plan between 0 and %(most)s retests.",
                field="planned_retests",
                most=MOST_RETESTS,
            )
        act.change(
            investigation,
            hypothesis=hypothesis,
            planned_retests=planned_retests,
            planned_by=act.by,
            planned_at=at,
        )
        return investigation


def conclude(*, investigation, by, at, confirmation, shown, conclusion, cause):
    """Conclude an investigation with QA's signature.

    Laboratory error proven: the result is invalidated, kept and shown. Not proven:
    it stays valid, and no later result makes its criterion pass.
    """
    with audit.act(by=by, at=at, action="conclude", reason=cause[:400]) as act:
        lot = act.lock(investigation.lot)
        step = STEPS["conclude"]
        permissions.check(act, step, lot=lot)
        rows = evaluator.load(lot)
        [investigation] = (
            one for one in rows.investigations if one.pk == investigation.pk
        )
        _check_conclusion(investigation, conclusion, rows)
        text = signed_text.investigation_text(rows.judged(), investigation)
        signature = signatures.sign_step(
            act,
            step,
            confirmation=confirmation,
            shown=shown,
            text=text,
            statements={"conclusion": conclusion, "cause": cause},
            lot=lot,
            places={
                "number": investigation.number,
                "finding": _FINDINGS[conclusion],
            },
        )
        act.change(
            investigation,
            conclusion=conclusion,
            cause=cause,
            signature=signature,
            closed_at=at,
        )
        judged = None
        if conclusion == Conclusion.PROVEN:
            _invalidate(act, rows, investigation, signature)
            judged = opening.open_for_failures(act, rows)
        lot_status.settle(act, rows, judged)
        return investigation


def _check_conclusion(investigation, conclusion, rows):
    judged = rows.judged().of(investigation.result.test_order_id)
    closed = blockers.to_conclude(investigation, judged)
    if closed:
        raise closed
    if conclusion not in Conclusion.values:
        raise NotInvestigated(
            "conclusion",
            "Choose whether a laboratory error is proven or not.",
            field="conclusion",
        )
    if conclusion == Conclusion.PROVEN:
        _check_others(investigation, judged, rows)
        return
    attempt = judged.attempt(investigation.result_id)
    if attempt.stale or not attempt.is_valid:
        raise NotInvestigated(
            "gone",
            "The result of investigation %(number)s, or one that it was calculated"
            " from, is no longer valid. You cannot conclude that it stays valid;"
            " choose the other conclusion.",
            field="conclusion",
            number=investigation.number,
        )


def _check_others(investigation, judged, rows):
    """Refuse a proof that would invalidate what another investigation is about.

    A result that QA concluded to be valid is not invalidated through its total or
    water; a peak's own investigation is concluded before that of the total.
    """
    gone = set(_going(investigation, judged))
    touched = {
        attempt.result.pk
        for attempts in judged.attempts.values()
        for attempt in attempts
        if attempt.is_valid
        and (attempt.result.pk in gone or not gone.isdisjoint(attempt.result.inputs))
    }
    inputs = set(judged.attempt(investigation.result_id).result.inputs) & gone
    for other in rows.investigations:
        if other.result_id not in touched or other.pk == investigation.pk:
            continue
        if other.conclusion == Conclusion.NOT_PROVEN:
            raise NotInvestigated(
                "stands",
                "Investigation %(other)s proved no laboratory error, so its result"
                " stays valid. A laboratory error in %(number)s would invalidate that"
                " result too; choose the other conclusion.",
                field="conclusion",
                other=other.number,
                number=investigation.number,
            )
        if other.closed_at is None and other.result_id in inputs:
            raise NotInvestigated(
                "peak-first",
                "Investigation %(number)s is about a total, and investigation"
                " %(other)s about a result in that total. Conclude %(other)s first.",
                field="conclusion",
                other=other.number,
                number=investigation.number,
            )


def _going(investigation, judged):
    """Return the results that a proven error of the investigation's result takes."""
    failed = judged.attempt(investigation.result_id)
    gone = [failed.result.pk]
    if (
        failed.test.calculation == Calculation.TOTAL
        and failed.result.source == Source.COMPUTED
    ):
        # A computed value is wrong because its peaks are: they go together.
        gone += failed.result.inputs
    gone += [
        attempt.result.pk
        for attempts in judged.attempts.values()
        for attempt in attempts
        if attempt.test.calculation == Calculation.TOTAL
        and not set(gone).isdisjoint(attempt.result.inputs)
    ]
    return tuple(dict.fromkeys(gone))


def _invalidate(act, rows, investigation, signature):
    """Mark the result invalidated, and the totals that were calculated from it."""
    judged = rows.judged().of(investigation.result.test_order_id)
    for pk in _going(investigation, judged):
        if judged.attempt(pk).stage in GONE:
            continue
        rows.marks.append(
            act.create(
                Mark(
                    result=judged.attempt(pk).result,
                    kind=MarkKind.INVALIDATED,
                    reason=investigation.cause[:400],
                    signature=signature,
                    by=act.by,
                    at=act.at,
                ),
                lot=rows.lot,
            )
        )
