"""What closes a release from outside the lot, and what opens it again: by their verbs.

A case has the `world`, its `cast` and the moment `at`.
"""

from lots import calendar
from lots.demo import bench
from lots.evidence import signatures
from lots.intake import test_orders
from lots.models import AlternativeUse, PrintedIdentity, Specification
from lots.release import disposition
from lots.setup import alternative_uses, qualifications, specification_versions
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


def release(case, lot):
    """Release the lot for oral use, for which it may have been made or not."""
    why = "" if lot.use == "oral" else "Its own limits are tighter."
    bench.release(case.cast, lot, "BAC-ORAL", at=case.at, justification=why)


def single(case):
    return complete(case)


def child(case):
    """Return a repacked lot of a blend of two lots: the cause is two steps away."""
    first, second = complete(case, "BAC-26-601"), complete(case, "BAC-26-602")
    blend = complete(
        case, "BAC-26-650", origin="blend", parents=[(first, "5"), (second, "5")]
    )
    return complete(case, origin="repacking", parents=[(blend, "5")])


def elsewhere(case):
    """Return a repacked lot of a blend, one lot of which has a process of its own."""
    qualified(case.world, case.at, process="BP-11")
    first = complete(case, "BAC-26-601", process="BP-11")
    second = complete(case, "BAC-26-602")
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


def suspend_later(case, lot):
    """Suspend it for what is made from today on; nothing older is in question."""
    return qualifications.suspend_qualification(
        qualification=lot.qualification, by=case.cast.chen, at=case.at,
        reason="Audit finding", since=calendar.today(case.at),
    )  # fmt: skip


def suspend_of_parent(case, lot):
    """Suspend the process of a grandparent alone, for what is made from today on."""
    return suspend_later(case, first_parent(lot))


def resume_of_parent(case, lot):
    resume(case, first_parent(lot))


def serving(case, **facts):
    """Return a lot made for intrathecal use that is complete for oral use alone."""
    return complete(case, use="intrathecal", specifications=[oral()], **facts)


def child_serving(case):
    """Return an oral lot that was reprocessed from one made for intrathecal use."""
    parent = complete(case, "BAC-26-601", use="intrathecal", specifications=[oral()])
    return complete(case, origin="reprocessing", parents=[(parent, "5")])


def oral():
    return Specification.objects.get(code="BAC-ORAL")


def end_alternative_use(case, lot):
    row = AlternativeUse.objects.get(material=lot.material, state="approved")
    alternative_uses.withdraw_alternative_use(
        alternative_use=row, by=case.cast.chen, at=case.at, reason="Audit finding"
    )


def allow_alternative_use(case, lot):
    draft = alternative_uses.draft_alternative_use(
        by=case.cast.olga, at=case.at, material=lot.material, made_for="intrathecal",
        use_for="oral", justification="Tighter limits",
    )  # fmt: skip
    by = case.cast.chen
    alternative_uses.approve_alternative_use(
        alternative_use=draft, by=by, at=case.at,
        confirmation=case.cast.confirmation(by, at=case.at),
        shown=signatures.shown(alternative_uses.alternative_use_text(draft)),
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
    "qualification suspended for later lots": (single, suspend_later, resume),
    "qualification of a grandparent alone": (
        elsewhere,
        suspend_of_parent,
        resume_of_parent,
    ),
    "withdrawn alternative use": (serving, end_alternative_use, allow_alternative_use),
    "withdrawn alternative use of a parent": (
        child_serving,
        end_alternative_use,
        allow_alternative_use,
    ),
    "withdrawn qualification": (single, withdraw, qualify),
    "suspended qualification of a parent": (child, suspend, resume),
    "retired specification": (single, retire, None),
    "higher minimum": (single, tighten, ease),
    "hold of a parent": (child, hold_parent, resume_parent),
    "rejected parent": (child, reject_parent, None),
    "failure of a parent": (child, fail_parent, None),
    "printed identity": (single, unapprove, approve_again),
}
