"""Verbs that take a lot in: log it, sample it, open examinations and assessments.

What is logged was admitted by `admitting`, where the first use gate stands. Imports
audit, documents, admitting, use_gate, obstacles and standing; views, commands and
importing import it.
"""

from lots.accounts import permissions
from lots.evaluation.evaluator import Rows
from lots.evidence import audit, documents
from lots.intake import admission, test_orders
from lots.intake.admission import Grounds
from lots.models import (
    DateKind,
    Lot,
    LotState,
    Occasion,
    Origin,
    Parentage,
    TestOrder,
)
from lots.rules import lot_number
from lots.rules.refusal import Refusal
from lots.rules.step_table import STEPS
from lots.workflow import lot_status


def log_lot(*, by, at, **facts):
    """Log a lot for a use, open its release examination and return the lot.

    The facts are those of `logged`. Raises Refusals with everything that is wrong,
    each with the field it belongs to; nothing is stored then.
    """
    with audit.act(by=by, at=at, action="log") as act:
        rows = logged(act, grounds=Grounds(), **facts)
        lot_status.begin(rows, at=at)
        return rows.lot


def logged(
    act,
    *,
    grounds,
    number,
    material,
    site,
    original_number,
    use,
    process,
    manufactured_on,
    size,
    packaging,
    use_document_kind,
    use_document_reference,
    origin=Origin.MANUFACTURE,
    size_unit="kg",
    use_document=None,
    date_kind=DateKind.RETEST,
    date_on=None,
    storage="",
    issuer_role="manufacturer",
    original_certificate_number="",
    original_certificate=None,
    parents=(),
    note="",
    specifications=None,
    imported=None,
):
    """Log a lot inside an open act; return its rows.

    `parents` pairs each parent lot with the text of the quantity used. `date_on`
    defaults to the qualification's retest period after manufacture, `storage` to the
    qualification's. `specifications` defaults to all in force for the lot's own use
    and for the uses that it may stand in for.
    """
    permissions.check(act, STEPS["log"], subject=number or "the lot")
    # In one order, so that two who blend the same lots do not wait for each other.
    locked = {pk: act.lock(Lot(pk=pk)) for pk in sorted({lot.pk for lot, _ in parents})}
    parents = [(locked[parent.pk], quantity) for parent, quantity in parents]
    act.take_turn()
    admitted = admission.admit(
        at=act.at,
        grounds=grounds,
        number=number,
        material=material,
        site=site,
        original_number=original_number,
        use=use,
        process=process,
        manufactured_on=manufactured_on,
        size=size,
        packaging=packaging,
        use_document_kind=use_document_kind,
        use_document_reference=use_document_reference,
        origin=origin,
        size_unit=size_unit,
        date_kind=date_kind,
        date_on=date_on,
        storage=storage,
        issuer_role=issuer_role,
        original_certificate_number=original_certificate_number,
        parents=parents,
        note=note,
        specifications=specifications,
    )
    lot = act.create(
        Lot(
            number=number,
            number_key=lot_number.skeleton(number),
            material=material,
            site=site,
            original_number=original_number,
            original_key=lot_number.skeleton(original_number),
            use=use,
            qualification=admitted.qualification,
            use_document_kind=use_document_kind,
            use_document_reference=use_document_reference,
            use_document=use_document
            and documents.keep(act, use_document, field="use_document"),
            origin=origin,
            manufactured_on=manufactured_on,
            date_kind=date_kind,
            date_on=admitted.date_on,
            size=size,
            size_unit=size_unit,
            packaging=packaging,
            storage=admitted.storage,
            issuer_role=issuer_role,
            original_certificate_number=original_certificate_number,
            original_certificate=original_certificate
            and documents.keep(act, original_certificate, field="original_certificate"),
            note=note,
            state=LotState.QUARANTINE,
            imported=imported,
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
    return Rows(
        lot=lot,
        catalogue=grounds.catalogue(material),
        test_orders=[test_order],
        assessments=[
            test_orders.open_assessment(act, test_order, *chosen, grounds=grounds)
            for chosen in admitted.specifications
        ],
        results=[],
        marks=[],
        investigations=[],
    )


def attach_original(*, lot, by, at, upload):
    """Keep the maker's certificate of a lot that was logged without its copy.

    Who re-issues attaches it (ICH Q7 11.44). Raises Refusal where we made the lot
    ourselves, and where a copy is kept: that one is never changed.
    """
    with audit.act(by=by, at=at, action="attach_original") as act:
        lot = act.lock(lot)
        permissions.check(act, STEPS["enter"], lot=lot)
        if lot.issuer_role == "manufacturer":
            raise Refusal(
                "own-lot",
                "Your company is the manufacturer of lot %(lot)s, so it has no"
                " certificate of another manufacturer; use Attach raw data instead.",
                field="upload",
                lot=lot.number,
            )
        if lot.original_certificate_id:
            raise Refusal(
                "original-kept",
                "The manufacturer's certificate of lot %(lot)s is already attached and"
                " is never changed; use Attach raw data instead.",
                field="upload",
                lot=lot.number,
            )
        act.change(
            lot, original_certificate=documents.keep(act, upload, field="upload")
        )
        lot_status.worked(lot, by=act.by)
    return lot
