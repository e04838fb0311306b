"""Verbs that take a lot in: log it, sample it, open examinations and assessments.

What is logged was admitted by `admitting`, where the first use gate stands. Imports
audit, documents, admitting, use_gate, obstacles and standing; views, commands and
importing import it.
"""

from django.db.models import Max

from lots import calendar
from lots.accounts import permissions
from lots.evaluation import evaluator
from lots.evaluation.evaluator import Rows
from lots.evidence import audit, documents
from lots.intake import admission as admitting
from lots.intake.admission import Grounds
from lots.investigations import opening
from lots.models import (
    Assessment,
    AssessmentState,
    DateKind,
    Examination,
    Lot,
    LotState,
    Occasion,
    Origin,
    Parentage,
    Sample,
)
from lots.origin import use_gate
from lots.results import validation
from lots.rules import lot_number
from lots.rules.refusal import Refusal
from lots.rules.step_table import STEPS
from lots.setup import specification_versions
from lots.workflow import blockers, lot_status


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
    admission = admitting.admit(
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
            qualification=admission.qualification,
            use_document_kind=use_document_kind,
            use_document_reference=use_document_reference,
            use_document=use_document
            and documents.keep(act, use_document, field="use_document"),
            origin=origin,
            manufactured_on=manufactured_on,
            date_kind=date_kind,
            date_on=admission.date_on,
            size=size,
            size_unit=size_unit,
            packaging=packaging,
            storage=admission.storage,
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
    examination = act.create(
        Examination(
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
        examinations=[examination],
        assessments=[
            _assess(act, examination, *chosen, grounds=grounds)
            for chosen in admission.specifications
        ],
        results=[],
        marks=[],
        investigations=[],
    )


def _assess(act, examination, specification, stand_in, *, grounds):
    return act.create(
        Assessment(
            lot=examination.lot,
            examination=examination,
            specification=specification,
            use=specification.use,
            stand_in=stand_in,
            state=AssessmentState.OPEN,
            due=grounds.due(examination.lot, specification),
            opened_at=act.at,
        )
    )


def take_sample(*, lot, by, at, number, taken_on, taken_by, quantity, purpose):
    """Record a sample taken from a lot and return it."""
    with audit.act(by=by, at=at, action="sample") as act:
        lot = act.lock(lot)
        permissions.check(act, STEPS["sample"], lot=lot)
        validation.check_sample(
            lot, number=number, taken_on=taken_on, quantity=quantity, at=at
        )
        lot_status.worked(lot, by=act.by)
        return act.create(
            Sample(
                lot=lot,
                number=number,
                taken_on=taken_on,
                taken_by=taken_by,
                quantity=quantity,
                purpose=purpose,
                recorded_by=act.by,
                recorded_at=at,
            )
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
                "We are the manufacturer of lot %(lot)s, so it has no other maker's"
                " certificate; attach the file as a document.",
                field="upload",
                lot=lot.number,
            )
        if lot.original_certificate_id:
            raise Refusal(
                "original-kept",
                "The original certificate of lot %(lot)s is kept already and is never"
                " changed; attach the file as a document.",
                field="upload",
                lot=lot.number,
            )
        act.change(
            lot, original_certificate=documents.keep(act, upload, field="upload")
        )
        lot_status.worked(lot, by=act.by)
    return lot


def open_examination(*, lot, by, at, occasion, use_by=None, specifications=None):
    """Open a further examination of a lot, with its assessments; return it.

    A retest past the lot's date needs the use-by date that a pass will give; the
    original date is never overwritten (domain.md 7).
    """
    with audit.act(by=by, at=at, action="examine") as act:
        lot = act.lock(lot)
        permissions.check(act, STEPS["examine"], lot=lot)
        today = calendar.today(at)
        if occasion == Occasion.RETEST:
            if lot.date_kind == DateKind.EXPIRY:
                raise Refusal(
                    "expiry",
                    "Lot %(lot)s has an expiry date, which no retest extends.",
                    field="occasion",
                    lot=lot.number,
                )
            if use_by is None or use_by <= today:
                raise Refusal(
                    "use-by",
                    "A retest of lot %(lot)s needs the use-by date that a pass will"
                    " give, after today, %(today)s.",
                    field="use_by",
                    lot=lot.number,
                    today=today,
                )
            _within_its_period(lot, use_by, today=today)
        use_by = use_by if occasion == Occasion.RETEST else None
        empty = lot.examinations.filter(
            occasion=occasion, use_by=use_by, results=None
        ).first()
        if empty is not None:
            raise Refusal(
                "empty",
                "Examination %(ordinal)s of lot %(lot)s is open for the same occasion"
                " and has no result yet; enter the results there.",
                field="occasion",
                ordinal=empty.ordinal,
                lot=lot.number,
            )
        last = lot.examinations.aggregate(Max("ordinal"))["ordinal__max"]
        examination = act.create(
            Examination(
                lot=lot,
                ordinal=last + 1,
                occasion=occasion,
                use_by=use_by,
                opened_by=act.by,
                opened_at=at,
            ),
            lot=lot,
        )
        grounds = Grounds()
        for chosen in admitting.wanted(
            grounds.specifications(material=lot.material, use=lot.use, on=today),
            specifications,
        ):
            _assess(act, examination, *chosen, grounds=grounds)
        # What was found for information may fail what is in force today.
        rows = evaluator.load(lot)
        judged = opening.open_for_failures(act, rows)
        lot_status.settle(act, rows, judged)
        return examination


def _within_its_period(lot, use_by, *, today):
    """Refuse a use-by date that a retest today cannot give (domain.md 7).

    A retest lets the lot be used for a further period at most; a longer one takes
    stability data, and so a qualification that a second person approves.
    """
    months = admitting.retest_months(lot, on=today)
    last = calendar.months_after(today, months)
    if use_by > last:
        raise Refusal(
            "use-by-late",
            "A retest of lot %(lot)s today gives a use-by date up to %(last)s, its"
            " retest period of %(months)s months from today; %(date)s is later.",
            field="use_by",
            lot=lot.number,
            last=last,
            months=months,
            date=use_by,
        )


def add_assessment(*, examination, specification, by, at):
    """Judge an examination against one more specification; return the assessment.

    Refused for a use that the lot was not made for and may not stand in for.
    """
    with audit.act(by=by, at=at, action="assess") as act:
        lot = act.lock(examination.lot)
        examination.lot = lot
        permissions.check(act, STEPS["assess"], lot=lot)
        if specification not in specification_versions.in_force(
            material=lot.material, on=calendar.today(at)
        ):
            raise Refusal(
                "not-in-force",
                "Specification %(specification)s is not in force; choose an approved"
                " one of %(material)s.",
                field="specification",
                specification=str(specification),
                material=lot.material.name,
            )
        closed = blockers.to_assess(examination, [specification])[specification]
        if closed:
            raise closed
        stand_in = use_gate.allowed(lot, specification.use)
        assessment = _assess(
            act, examination, specification, stand_in, grounds=Grounds()
        )
        rows = evaluator.load(lot)
        opening.open_for_failures(act, rows)
        lot_status.settle(act, rows)
        return assessment
