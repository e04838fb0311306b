"""Not affected: QA signs that what puts a lot in question does not touch it.

A hold of a lot that it was made from, the cause for which a qualification was suspended
or withdrawn, or a periodic test that failed. What is known of a parent (it is recalled,
it fails) is no question of judgement, and is not signed away (docs/decisions/0025).
"""

from lots.accounts import permissions
from lots.evaluation import evaluator, lot_signature
from lots.evidence import audit
from lots.models import Unaffected
from lots.origin import questions
from lots.origin.questions import Cause
from lots.rules.refusal import Refusal
from lots.rules.step_table import STEPS
from lots.workflow import lot_status

# The column of a decision that names what it is about.
_COLUMNS = {
    Cause.HOLD: "held",
    Cause.QUALIFICATION: "qualification",
    Cause.PERIODIC: "failure",
}


def clearable(lot):
    """Return the questions about the lot that QA may decide so."""
    return [one for one in questions.of_lot(lot) if one.cause.is_clearable]


def to_sign(lot):
    """Return why there is nothing to sign so; None where there is."""
    if clearable(lot):
        return None
    return Refusal(
        "nothing-to-clear",
        "No hold of a parent lot, no qualification and no failed periodic test puts lot"
        " %(lot)s in question, so there is nothing to decide. Open the lot to see what"
        " its certificates wait for.",
        lot=lot.number,
    )


def sign_unaffected(*, lot, about, by, at, confirmation, shown, reason):
    """Sign that what `about` names does not touch the lot; return the decision.

    `about` is the key of a question. The certificates of the lot, and of what was made
    of it, are then no longer under review because of it, and it no longer closes
    release and issue. It ends with the hold or the suspension. Raises Refusal where
    nothing of that name is in question.
    """
    with audit.act(by=by, at=at, action="unaffected", reason=reason) as act:
        lot = act.lock(lot)
        step = STEPS["unaffected"]
        permissions.check(act, step, lot=lot)
        # Who ends the hold or the suspension now does so before or after.
        act.take_turn()
        closed = to_sign(lot)
        if closed:
            raise closed
        found = next((one for one in clearable(lot) if one.key == about), None)
        if found is None:
            raise Refusal(
                "not-in-question",
                "This does not put lot %(lot)s in question any more; choose one from"
                " the list.",
                field="about",
                lot=lot.number,
            )
        signature = lot_signature.sign(
            act,
            step,
            lot=lot,
            confirmation=confirmation,
            shown=shown,
            statements={"cause": str(found.why)},
            places={"cause": found.cause.word.lower(), "source": found.name},
        )
        decision = act.create(
            Unaffected(
                lot=lot,
                **{_COLUMNS[found.cause]: found.source},
                reason=reason,
                signature=signature,
            ),
            lot=lot,
        )
        lot_status.settle(act, evaluator.load(lot))
        return decision
