"""Remark on a result: what its reader should know, printed on certificates or not.

The last remark counts; a blank one takes it back. All stay in the audit trail.
"""

from lots.accounts import permissions
from lots.evaluation import evaluator
from lots.evidence import audit, text_checks
from lots.models import Mark, MarkKind, printable_text
from lots.origin import lot_facts
from lots.rules.refusal import Refusal, Word
from lots.rules.states import AttemptStage
from lots.rules.step_table import STEPS
from lots.workflow import lot_status

# Until it is reviewed: whoever reviews signs the remark with the result.
OPEN = (AttemptStage.ENTERED, AttemptStage.RETURNED, AttemptStage.SUBMITTED)


def is_open(attempt, person):
    """Say whether the person may put a remark on the attempt now."""
    return attempt.stage in OPEN and _is_own(attempt, person)


def _is_own(attempt, person):
    """Say whether the person entered or performed it, and so never reviews it."""
    hands = {attempt.result.entered_by_id, attempt.result.performed_by_id}
    return not hands.isdisjoint(person.accounts)


def add_remark(*, result, by, at, remark, is_printed=False):
    """Put a remark on a result, in place of an earlier one; return the mark.

    Refused to who neither entered nor performed the result, once it is reviewed, and
    of a text that certificates cannot print or that claims another use, where it is
    printed.
    """
    with audit.act(by=by, at=at, action="remark") as act:
        lot = act.lock(result.test_order.lot)
        permissions.check(act, STEPS["enter"], lot=lot)
        rows = evaluator.load(lot)
        attempt = rows.evaluation().of(result.test_order_id).attempt(result.pk)
        if attempt.stage not in OPEN:
            raise Refusal(
                "remark-late",
                "%(test)s, attempt %(attempt)s, is %(stage)s and takes no remark any"
                " more. Have the reviewer return it first.",
                test=attempt.test.name,
                attempt=result.attempt,
                stage=Word(attempt.stage.said),
            )
        if not _is_own(attempt, act.by):
            raise Refusal(
                "remark-of-another",
                "Only who entered or performed %(test)s, attempt %(attempt)s, puts a"
                " remark on it; ask %(name)s.",
                test=attempt.test.name,
                attempt=result.attempt,
                name=result.entered_by.printed_name,
            )
        remark = " ".join(remark.split())
        if remark and is_printed:
            printable_text.check(remark, field="remark")
            for refusal in lot_facts.names_other_use({"remark": remark}, lot.use):
                raise refusal
        if not remark and attempt.remark is None:
            raise Refusal(
                "remark-blank",
                "Type the remark; there is none to take back.",
                field="remark",
            )
        made = act.create(
            text_checks.sound(
                Mark(
                    result=attempt.result,
                    kind=MarkKind.PRINTED_REMARK if is_printed else MarkKind.REMARK,
                    reason=remark,
                    by=act.by,
                    at=act.at,
                )
            ),
            lot=lot,
        )
        rows.marks.append(made)
        lot_status.settle(act, rows)
        return made
