"""The log: lots are logged here, one by one or from a file."""

from dataclasses import fields, replace

from lots.accounts import permissions
from lots.evaluation.evaluator import Rows
from lots.evidence import audit, documents
from lots.intake import admission, test_orders
from lots.intake.admission import Grounds
from lots.models import (
    AssessmentState,
    Lot,
    Occasion,
    Parentage,
    TestOrder,
)
from lots.origin.lot_facts import LotFacts
from lots.rules import lot_number
from lots.rules.refusal import Refusal
from lots.rules.roles import IssuerRole
from lots.rules.step_table import STEPS
from lots.rules.unknown import of_known
from lots.workflow import lot_status

# The facts that the row of a lot keeps. Its process stands in its qualification, and
# each parent in a row of its own.
_KEPT = {field.name for field in fields(LotFacts)} & {
    field.name for field in Lot._meta.concrete_fields
}


def log_lot(*, by, at, facts, specifications=None):
    """Log a lot for a use, open its release test order and return the lot.

    The arguments are those of `logged`. Raises Refusals with everything that is wrong,
    each with the field it belongs to; nothing is stored then.
    """
    with audit.act(by=by, at=at, action="log") as act:
        rows = logged(act, facts, grounds=Grounds(), specifications=specifications)
        lot_status.begin(rows, at=at)
        return rows.lot


def logged(act, facts, *, grounds, specifications=None, imported=None, left_out=None):
    """Log a lot inside an open act; return its rows.

    `specifications` defaults to all in force for the lot's own use and for the uses
    that it can serve. `imported` is the file that the lot came with, `left_out`
    lists the cells of its row that became no result.
    """
    subject = of_known(lambda number: number or "the lot", facts.number)
    permissions.check(act, STEPS["log"], subject=subject)
    # In one order, so that two who blend the same lots do not wait for each other.
    parents = of_known(lambda given: _locked(act, given), facts.parents)
    act.take_turn()
    admitted = admission.admit(
        replace(facts, parents=parents),
        at=act.at,
        grounds=grounds,
        specifications=specifications,
    )
    facts = admitted.facts
    kept = {name: value for name, value in vars(facts).items() if name in _KEPT}
    for name in ("use_document", "original_certificate"):
        if kept[name]:
            kept[name] = documents.keep(act, kept[name], field=name)
    lot = act.create(
        Lot(
            **kept,
            number_key=lot_number.skeleton(facts.number),
            original_key=lot_number.skeleton(facts.original_number),
            qualification=admitted.qualification,
            state=str(STEPS["log"].leads_to),
            imported=imported,
            left_out=left_out,
            logged_by=act.by,
            logged_at=act.at,
        )
    )
    grounds.twins.note(lot)
    for parent, quantity in parents:
        act.create(Parentage(lot=lot, parent=parent, quantity=quantity))
    test_order = act.create(
        TestOrder(
            lot=lot,
            ordinal=1,
            occasion=Occasion.RELEASE,
            opened_by=act.by,
            opened_at=act.at,
        )
    )
    opened = [
        test_orders.open_assessment(act, test_order, *chosen, grounds=grounds)
        for chosen in admitted.specifications
    ]
    return Rows(
        lot=lot,
        catalogue=grounds.catalogue(facts.material),
        test_orders=[test_order],
        assessments=[assessment for assessment, _spared in opened],
        results=[],
        marks=[],
        investigations=[],
        samples=[],
        sparing={
            (assessment.pk, test_id): one
            for assessment, spared in opened
            for test_id, one in spared.items()
        },
    )


def _locked(act, parents):
    """Return the parents, each with its quantity, locked in the order of their keys."""
    locked = {pk: act.lock(Lot(pk=pk)) for pk in sorted({lot.pk for lot, _ in parents})}
    return tuple((locked[parent.pk], quantity) for parent, quantity in parents)


def attach_original(*, lot, by, at, upload):
    """Keep the manufacturer's certificate of a lot that was logged without its copy.

    Who re-issues attaches it (ICH Q7 11.44). Raises the Refusal of
    `to_attach_original`.
    """
    with audit.act(by=by, at=at, action="attach_original") as act:
        lot = act.lock(lot)
        permissions.check(act, STEPS["enter"], lot=lot)
        if closed := to_attach_original(lot):
            raise closed
        act.change(
            lot, original_certificate=documents.keep(act, upload, field="upload")
        )
        lot_status.worked(act, lot)
    return lot


def to_attach_original(lot):
    """Return why no certificate of a manufacturer is attached to the lot, None if one.

    Certificates print its checksum, so it is there before the release, or the lot is
    reopened.
    """
    if lot.issuer_role == IssuerRole.MANUFACTURER:
        return Refusal(
            "own-lot",
            "Your company is the manufacturer of lot %(lot)s, so it has no certificate"
            " of another manufacturer; use Attach raw data instead.",
            field="upload",
            lot=lot.number,
        )
    if lot.original_certificate_id:
        return Refusal(
            "original-kept",
            "The manufacturer's certificate of lot %(lot)s is already attached and is"
            " never changed; use Attach raw data instead.",
            field="upload",
            lot=lot.number,
        )
    if lot.assessments.filter(state=AssessmentState.RELEASED).exists():
        return Refusal(
            "released",
            "Lot %(lot)s was released without the manufacturer's certificate, and"
            " certificates print it, so it cannot be attached now. QA reopens the lot;"
            " then attach it, and the lot is released again.",
            field="upload",
            lot=lot.number,
        )
    return None
