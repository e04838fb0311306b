"""What closes a release from outside the lot, and what opens it again: by their verbs.

A case has the `world`, its `cast` and the moment `at`.
"""

from lots.demo import bench
from lots.evidence import signatures
from lots.intake import test_orders
from lots.models import PrintedIdentity
from lots.release import disposition
from lots.setup import qualifications, specification_versions
from tests.lots.setup import specifications
from tests.lots.setup.qualified import qualified
from tests.lots.situations import ORAL
from tests.world import change

NUMBER = "BAC-26-700"


def complete(case, number=NUMBER, **facts):
    lot = bench.log(case.cast, case.world, at=case.at, number=number, **facts)
    bench.enter(lot, case.world, ORAL, by=case.cast.lin, at=case.at)
    bench.review(case.cast, lot, at=case.at)
    return lot


def single(case):
    return complete(case)


def child(case):
    """Return a repacked lot of a blend of two lots: the cause is two steps away."""
    first, second = complete(case, "BAC-26-601"), complete(case, "BAC-26-602")
    blend = complete(
        case, "BAC-26-650", origin="blend", parents=[(first, "5"), (second, "5")]
    )
    return complete(case, origin="repacking", parents=[(blend, "5")])


def first_parent(lot):
    return type(lot).objects.get(number="BAC-26-601")


def suspend(case, lot):
    return qualifications.suspend_qualification(
        qualification=lot.qualification, by=case.cast.chen, at=case.at,
        reason="Audit finding", since=lot.manufactured_on,
    )  # fmt: skip


def resume(case, lot):
    row = type(lot.qualification).objects.get(pk=lot.qualification_id)
    by = case.cast.chen
    qualifications.resume_qualification(
        qualification=row, by=by, at=case.at, reason="Finding closed",
        confirmation=case.cast.confirmation(by, at=case.at),
        shown=signatures.shown(qualifications.qualification_text(row)),
    )  # fmt: skip


def withdraw(case, lot):
    qualifications.withdraw_qualification(
        qualification=lot.qualification, by=case.cast.chen, at=case.at, reason="Moved"
    )


def qualify(case, lot):
    qualified(case.world, case.at, process=lot.qualification.process)


def retire(case, lot):
    specification_versions.withdraw_specification(
        specification=lot.assessments.get().specification, by=case.cast.chen,
        at=case.at, reason="Replaced",
    )  # fmt: skip


def tighten(case, lot):
    specifications.minimum(case.world, case.at, TOL={"high": "700"})


def ease(case, lot):
    rows = specifications.rows_of("BAC-ORAL-MIN", version=1)
    specifications.minimum(case.world, case.at, rows=rows)


def hold_parent(case, lot):
    disposition.hold(
        lot=first_parent(lot), by=case.cast.chen, at=case.at, reason="Complaint"
    )


def resume_parent(case, lot):
    bench.decide(
        case.cast, disposition.resume, first_parent(lot), at=case.at, reason="Closed"
    )


def reject_parent(case, lot):
    bench.decide(
        case.cast, disposition.reject, first_parent(lot), at=case.at, reason="Colour"
    )


def fail_parent(case, lot):
    parent = first_parent(lot)
    order = test_orders.open_test_order(
        lot=parent, by=case.cast.olga, at=case.at, occasion="stability"
    )
    bench.enter(
        parent, case.world, {"ROI": "0.4"}, by=case.cast.lin, at=case.at,
        test_order=order,
    )  # fmt: skip


def unapprove(case, lot):
    row = PrintedIdentity.objects.get(site=lot.site, state="approved")
    change(row, by=case.cast.olga, at=case.at, state="withdrawn")


def approve_again(case, lot):
    row = PrintedIdentity.objects.get(site=lot.site, state="withdrawn")
    change(row, by=case.cast.olga, at=case.at, state="approved")


CAUSES = {
    "suspended qualification": (single, suspend, resume),
    "withdrawn qualification": (single, withdraw, qualify),
    "suspended qualification of a parent": (child, suspend, resume),
    "retired specification": (single, retire, None),
    "higher minimum": (single, tighten, ease),
    "hold of a parent": (child, hold_parent, resume_parent),
    "rejected parent": (child, reject_parent, None),
    "failure of a parent": (child, fail_parent, None),
    "printed identity": (single, unapprove, approve_again),
}
