"""Disposition: QA's decisions on an assessment and on a lot.

Who may do it and from which state is in the step table; what else blocks it is in
`lots/workflow/blockers.py`.
"""

import contextlib

from lots import calendar
from lots.accounts import permissions, titles
from lots.evaluation import evaluator, lot_signature, signed_text
from lots.evidence import audit, signatures
from lots.models import (
    Assessment,
    AssessmentState,
    LotState,
    printable_text,
)
from lots.origin import duplicates
from lots.rules import claims, statements, uses
from lots.rules.refusal import Refusal, Refusals, Word
from lots.rules.repeated import together
from lots.rules.step_table import STEPS, NotAllowed
from lots.rules.text import plain_text
from lots.rules.unknown import as_far_as_known, if_known
from lots.workflow import blockers, lot_status
from lots.workflow.blockers import NotDecided

# A number, or a list of numbers, that a release or a reopening is signed with.
LONGEST_STATEMENT = 200


def release(
    *,
    assessment,
    by,
    at,
    confirmation,
    shown,
    batch_record,
    deviations,
    justification="",
    stated=(),
):
    """Release a complete assessment for the manufacture of products of its use.

    Signs with it the number of the batch record that was reviewed, the numbers of
    the closed deviations and investigations (or none), and what was `stated`, the
    codes of the boxes that were ticked. A lot with a concluded fail, or one that
    stands in for another use, needs QA's justification (domain.md 5.2). Returns the
    signature.
    """
    with audit.act(by=by, at=at, action="release", reason=justification) as act:
        lot = act.lock(assessment.lot)
        # Who suspends a qualification now does so before or after, not meanwhile.
        act.take_turn()
        rows = evaluator.load(lot)
        assessment = next(one for one in rows.assessments if one.pk == assessment.pk)
        evaluation = rows.evaluation()
        one = evaluation.assessment(assessment.pk)
        step = STEPS["release"]
        try:
            permissions.check(act, step, lot=lot, assessment=assessment)
        except NotAllowed as refusal:
            if refusal.code != "assessment-state" or not one.blockers:
                raise
            # Not complete: say what is missing rather than that something is.
            raise Refusals([refusal, *together(one.blockers)]) from None
        wrong = list(one.blockers)
        wrong += _wrong_release(
            act, one, evaluation, batch_record, deviations, justification
        )
        wrong += as_far_as_known(statements.against("release", stated))
        if wrong := together(wrong):
            raise wrong[0] if len(wrong) == 1 else Refusals(wrong)
        signature = signatures.sign_step(
            act,
            step,
            confirmation=confirmation,
            shown=shown,
            text=signed_text.assessment_text(evaluation, assessment.pk),
            statements={
                "batch_record_reviewed": batch_record,
                "deviations_and_investigations_closed": deviations,
                "justification": justification,
            },
            stated=stated,
            lot=lot,
            places={"products": uses.use(assessment.use).products},
        )
        act.change(
            assessment,
            lot=lot,
            state=step.leads_to,
            state_reason=justification,
            signature=signature,
            released_on=calendar.today(at),
        )
        lot_status.settle(act, rows)
        return signature


def _wrong_release(act, one, evaluation, batch_record, deviations, justification):
    lot, assessment = evaluation.lot, one.assessment
    yield from blockers.to_release(evaluation, assessment, on=calendar.today(act.at))
    yield from titles.against_signing(act.by, lot=lot, use=assessment.use)
    for text, field in ((batch_record, "batch_record"), (deviations, "deviations")):
        with if_known:
            try:
                plain_text(text, field=field, longest=LONGEST_STATEMENT)
            except Refusal as refusal:
                yield refusal
    with if_known:
        if not batch_record.strip():
            yield NotDecided(
                "batch-record",
                "Type the number of the batch record that you reviewed.",
                field="batch_record",
            )
    with if_known:
        if not deviations.strip():
            yield NotDecided(
                "deviations",
                "Type the numbers of the closed deviations and investigations, or"
                " none.",
                field="deviations",
            )
    for text, field in ((justification, "justification"), (deviations, "deviations")):
        yield from as_far_as_known(
            _against_printed(lot, assessment.use, text, field=field)
        )
    with if_known:
        if not justification.strip():
            yield from unjustified(evaluation, assessment)


def _against_printed(lot, use, text, *, field):
    """Yield why certificates for the use do not print what is stated of the lot."""
    yield from printable_text.faults(in_lines=True, **{field: text})
    for named in uses.named_beyond(lot.use, text):
        yield NotDecided(
            "other-use",
            "%(text)s names %(named)s use, but the intended use of lot %(lot)s is"
            " %(use)s; certificates print this text, so word it without the other"
            " use.",
            field=field,
            text=text,
            named=Word(named.said),
            lot=lot.number,
            use=Word(uses.use(lot.use).said),
        )
    yield from claims.refusals_of_release(use, **{field: text})


def unjustified(evaluation, assessment):
    """Yield why the lot is not released without a justification."""
    lot = evaluation.lot
    refused = any(
        other.assessment.state == AssessmentState.REFUSED
        and other.assessment.use == assessment.use
        for other in evaluation.assessments
    )
    if evaluation.investigations or refused or assessment.alternative_use_id:
        yield NotDecided(
            "justification",
            "Lot %(lot)s has had an investigation or a refusal, or is released for an"
            " alternative use: write in the justification why this does not affect the"
            " release.",
            field="justification",
            lot=lot.number,
        )
    yield from map(
        duplicates.against_namesake, duplicates.namesakes(lot, assessment.use)
    )


def refuse(*, assessment, by, at, confirmation, shown, reason):
    """Refuse to release an assessment, signed and with a reason."""
    with audit.act(by=by, at=at, action="refuse", reason=reason) as act:
        lot = act.lock(assessment.lot)
        rows = evaluator.load(lot)
        assessment = next(one for one in rows.assessments if one.pk == assessment.pk)
        step = STEPS["refuse"]
        permissions.check(act, step, lot=lot, assessment=assessment)
        signature = signatures.sign_step(
            act,
            step,
            confirmation=confirmation,
            shown=shown,
            text=signed_text.assessment_text(rows.evaluation(), assessment.pk),
            statements={"reason": reason},
            lot=lot,
            places={"specification": assessment.specification},
        )
        act.change(
            assessment,
            lot=lot,
            state=step.leads_to,
            state_reason=reason,
            signature=signature,
        )
        lot_status.settle(act, rows)
        return signature


def hold(*, lot, by, at, reason):
    """Put the lot on hold: nothing is released, its certificates are under review."""
    with _decision("hold", lot, by, at, reason) as (_act, rows):
        return rows.lot


def resume(*, lot, by, at, confirmation, shown, reason):
    """End the hold."""
    with _decision("resume", lot, by, at, reason, confirmation, shown) as (_act, rows):
        return rows.lot


def reject(*, lot, by, at, confirmation, shown, reason):
    """Reject the lot; one that was released is recalled instead."""
    with _decision("reject", lot, by, at, reason, confirmation, shown) as (_act, rows):
        return rows.lot


def recall(*, lot, by, at, confirmation, shown, reason):
    """Recall a lot that was released."""
    with _decision("recall", lot, by, at, reason, confirmation, shown) as (_act, rows):
        return rows.lot


def void(*, lot, by, at, confirmation, shown, reason):
    """Void a lot logged by mistake, before any release; its number stays used."""
    with _decision("void", lot, by, at, reason, confirmation, shown) as (_act, rows):
        return rows.lot


def reopen(*, lot, by, at, confirmation, shown, reason, deviation):
    """Reopen a released lot under a deviation: its releases are withdrawn.

    For each a new assessment against the same specification is opened, so that the
    lot can be released again after what the deviation found.
    """
    with if_known:
        if not deviation.strip():
            raise NotDecided(
                "deviation", "Type the deviation number.", field="deviation"
            )
        plain_text(deviation, field="deviation", longest=LONGEST_STATEMENT)
    full = f"{deviation}: {reason}"
    with _decision(
        "reopen",
        lot,
        by,
        at,
        reason,
        confirmation,
        shown,
        state_reason=full,
        deviation=deviation,
    ) as (act, rows):
        lot = rows.lot
        released = [
            one for one in rows.assessments if one.state == AssessmentState.RELEASED
        ]
        for assessment in released:
            act.change(
                assessment,
                lot=lot,
                state=AssessmentState.RELEASE_WITHDRAWN,
                state_reason=full[:400],
            )
            rows.assessments.append(
                act.create(
                    Assessment(
                        lot=lot,
                        test_order=assessment.test_order,
                        specification=assessment.specification,
                        use=assessment.use,
                        alternative_use=assessment.alternative_use,
                        due=assessment.due,
                        opened_at=at,
                    )
                )
            )
        act.change(lot, reopenings=lot.reopenings + 1)
        return lot


@contextlib.contextmanager
def _decision(
    code,
    lot,
    by,
    at,
    reason,
    confirmation=None,
    shown="",
    *,
    state_reason="",
    **statements,
):
    """Take the decision on the lot that stands in this row of the table of steps.

    Checks it, signs it where the row is signed, lets the caller do what else it
    takes with the act and the rows of the lot, and puts the lot into the state that
    the row leads to. `state_reason` is kept beside the state where that is more than
    the reason; `statements` are signed with it.
    """
    step = STEPS[code]
    with audit.act(by=by, at=at, action=code, reason=reason) as act:
        lot = act.lock(lot)
        permissions.check(act, step, lot=lot)
        rows = evaluator.load(lot)
        blocker = blockers.to_step(code, rows.evaluation())
        if blocker:
            raise blocker
        if step.signed_as:
            lot_signature.sign(
                act,
                step,
                lot=lot,
                confirmation=confirmation,
                shown=shown,
                statements=statements,
            )
        yield act, rows
        if lot.state == LotState.ON_HOLD:
            # A further hold is decided anew.
            for decision in lot.found_unaffected.filter(is_over=False):
                act.change(decision, is_over=True)
        act.change(
            lot, state=step.leads_to, state_reason=(state_reason or reason)[:400]
        )
        lot_status.settle(act, rows)
