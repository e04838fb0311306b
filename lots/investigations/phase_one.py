"""Phase I: what a reviewer checks in the laboratory before anybody explains a result.

The reviewer entered nothing of the result and of what it was calculated from (FDA,
Investigating OOS Test Results, 2022, III; MHRA 2017, phase Ib).
"""

from lots.accounts import permissions
from lots.evaluation import evaluator, signed_text
from lots.evidence import audit, signatures
from lots.models import PhaseOne
from lots.rules import laboratory_error
from lots.rules.refusal import Refusals
from lots.rules.step_table import STEPS
from lots.workflow import blockers, lot_status


def sign_phase_one(*, investigation, by, at, confirmation, shown, checks):
    """Sign the phase I record of an investigated result; return it.

    `checks` are the answers (`laboratory_error.Checked`). A later record stands in
    place of an earlier one, which is kept. Raises Refusals with each check that has no
    answer, or no remark where it needs one.
    """
    with audit.act(by=by, at=at, action="phase_one") as act:
        lot = act.lock(investigation.lot)
        rows = evaluator.load(lot)
        [investigation] = (
            one for one in rows.investigations if one.pk == investigation.pk
        )
        evaluation = rows.evaluation()
        step = STEPS["phase_one"]
        permissions.check(
            act,
            step,
            lot=lot,
            subject=investigation.number,
            done=permissions.deeds_with(
                blockers.behind_investigation(
                    investigation, evaluation.of(investigation.result.test_order_id)
                ),
                act.by,
            ),
        )
        closed = blockers.to_check(investigation)
        if closed:
            raise closed
        check(checks)
        signature = signatures.sign_step(
            act,
            step,
            confirmation=confirmation,
            shown=shown,
            text=signed_text.investigation_text(evaluation, investigation),
            statements={"checks": told(checks)},
            lot=lot,
            places={"number": investigation.number},
        )
        record = keep(act, investigation.result, checks, lot=lot, signature=signature)
        investigation.phase_one = record
        lot_status.settle(act, rows, evaluation)
        return record


def check(checks):
    """Raise Refusals with what a phase I record lacks."""
    wrong = laboratory_error.against_phase_one(checks)
    if wrong:
        raise Refusals(wrong)


def told(checks):
    """Return the answers as they are signed and stored."""
    return [
        {"check": one.check, "answer": one.answer, "remark": one.remark.strip()}
        for one in checks
    ]


def keep(act, result, checks, *, lot, signature):
    """Store the phase I record of a result, signed already; return it."""
    return act.create(
        PhaseOne(result=result, checks=told(checks), signature=signature), lot=lot
    )
