"""Failures of periodic tests: every lot is tested until QA reinstates the programme.

A periodic test that fails says that lots which were not tested may fail too
(ICH Q6A 2.1; docs/decisions/0028).
"""

from django.db.models import Q

from lots.accounts import permissions
from lots.evaluation import evaluator, lot_signature, periodic_tests
from lots.evidence import audit
from lots.models import PeriodicFailure
from lots.rules.refusal import Refusal
from lots.rules.step_table import STEPS
from lots.rules.verdicts import Requirement
from lots.workflow import lot_status


def note(act, rows, result, fails):
    """Note in the act that a result fails a criterion that is asked periodically.

    `fails` are the lines that it fails. What was released without the test is in
    question from then on, and the next lots are tested. Noted once while it lasts, and
    once of a result that repeats another.
    """
    periodic = [
        line.criterion
        for _one, line, _v in fails
        if line.criterion.requirement == Requirement.PERIODIC
    ]
    first = result.investigation.result_id if result.investigation else result.pk
    noted = PeriodicFailure.objects.filter(lot=rows.lot, test=result.test)
    if (
        not periodic
        or noted.filter(Q(signature=None) | Q(result__in=[first, result.pk])).exists()
    ):
        return
    act.create(
        PeriodicFailure(
            lot=rows.lot,
            test=result.test,
            result=result,
            passed=periodic_tests.last_passed(rows.lot, periodic[0]),
            failed_at=act.at,
        ),
        lot=rows.lot,
    )


def to_reinstate(failure):
    """Return why the test is not reinstated as things stand; None where it may be."""
    told = {"test": failure.test.name, "lot": failure.lot.number}
    if failure.signature_id:
        return Refusal(
            "reinstated",
            "Periodic testing of %(test)s is reinstated already since lot %(lot)s"
            " failed it.",
            **told,
        )
    if failure.lot.investigations.filter(
        result__test=failure.test_id, closed_at=None
    ).exists():
        return Refusal(
            "investigation",
            "A result of %(test)s of lot %(lot)s is under investigation; conclude"
            " that first, then reinstate the test.",
            **told,
        )
    return None


def reinstate(*, failure, by, at, confirmation, shown, reason):
    """Sign that the test is done periodically again; return the failure.

    Lots that were released without it stay in question until QA decides each.
    """
    with audit.act(by=by, at=at, action="reinstate", reason=reason) as act:
        lot = act.lock(failure.lot)
        failure = act.lock(failure)
        step = STEPS["reinstate"]
        permissions.check(act, step, lot=lot)
        closed = to_reinstate(failure)
        if closed:
            raise closed
        signature = lot_signature.sign(
            act,
            step,
            lot=lot,
            confirmation=confirmation,
            shown=shown,
            statements={"test": failure.test.name},
            places={"test": failure.test.name},
        )
        act.change(failure, lot=lot, reason=reason, signature=signature)
        lot_status.settle(act, evaluator.load(lot))
        return failure
