"""Verbs that take a lot in: log it, sample it, open examinations and assessments.

Here stands the first use gate: no lot without a qualification for its use
(domain.md 0.2). Imports audit, documents, evaluation's neighbours below it; views,
commands and importing import it.
"""

import datetime
from dataclasses import dataclass

from django.db.models import Max

from lots import audit, calendar, documents, qualifying, standing, steps, versioning
from lots.models import (
    Approval,
    Assessment,
    AssessmentState,
    DateKind,
    Examination,
    Lot,
    LotState,
    Occasion,
    Origin,
    Parentage,
    Qualification,
    Result,
    Sample,
    Specification,
    StandIn,
    UseDocument,
)
from lots.rules import identity, uses
from lots.rules.criteria import Requirement
from lots.rules.lifecycle import STEPS
from lots.rules.refusal import Refusal, Refusals
from lots.rules.reported import Kind, NotAReportedValue, parse

ISSUER_ROLES = ("manufacturer", "repacker", "reprocessor", "agent")


class NotLogged(Refusal):
    """The lot cannot be logged as it was described."""


def log_lot(*, by, at, **facts):
    """Log a lot for a use, open its release examination and return the lot.

    The facts are those of `logged`. Raises Refusals with everything that is wrong,
    each with the field it belongs to; nothing is stored then.
    """
    with audit.act(by=by, at=at, action="log") as act:
        lot = logged(act, **facts)
        standing.refresh(lot, at=at)
        return lot


def logged(
    act,
    *,
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
    """Log a lot inside an open act; return it.

    `parents` pairs each parent lot with the text of the quantity used. `date_on`
    defaults to the qualification's retest period after manufacture, `storage` to the
    qualification's. `specifications` defaults to all in force for the lot's own use
    and for the uses that it may stand in for.
    """
    steps.check(act, STEPS["log"], subject=number or "the lot")
    parents = [(act.lock(parent), quantity) for parent, quantity in parents]
    admission = admit(
        at=act.at,
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
            number_key=identity.skeleton(number),
            material=material,
            site=site,
            original_number=original_number,
            original_key=identity.skeleton(original_number),
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
    for specification, stand_in in admission.specifications:
        _assess(act, examination, specification, stand_in)
    return lot


@dataclass(frozen=True)
class Admission:
    """What a lot rests on when it is logged, with the defaults worked out."""

    qualification: Qualification
    date_on: datetime.date
    storage: str
    specifications: tuple[tuple[Specification, StandIn | None], ...]


def admit(
    *,
    at,
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
    date_kind=DateKind.RETEST,
    date_on=None,
    storage="",
    issuer_role="manufacturer",
    original_certificate_number="",
    parents=(),
    note="",
    specifications=None,
):
    """Return what the lot would rest on if it were logged now; write nothing.

    Raises Refusals with everything that is wrong, each with its field.
    """
    today = calendar.today(at)
    wrong = list(
        _wrong_facts(
            number=number,
            original_number=original_number,
            material=material,
            site=site,
            manufactured_on=manufactured_on,
            today=today,
            size=size,
            size_unit=size_unit,
            packaging=packaging,
            use_document_kind=use_document_kind,
            use_document_reference=use_document_reference,
            issuer_role=issuer_role,
            original_certificate_number=original_certificate_number,
            date_kind=date_kind,
            note=note,
        )
    )
    wrong += _wrong_parents(origin=origin, parents=parents, material=material, use=use)
    qualification = None
    try:
        uses.use(use)
        qualification = qualifying.standing_qualification(
            material=material,
            site=site,
            use=use,
            process=process,
            manufactured_on=manufactured_on,
            on=today,
        )
    except Refusal as refusal:
        wrong.append(refusal)
    if qualification is not None and date_on is None:
        date_on = calendar.months_after(manufactured_on, qualification.retest_months)
    if date_on is not None and date_on <= manufactured_on:
        wrong.append(
            NotLogged(
                "date-order",
                "The %(kind)s %(date)s of lot %(lot)s is not after its manufacture on"
                " %(made)s; correct one of the two dates.",
                field="date_on",
                kind=f"{date_kind} date",
                date=date_on,
                lot=number,
                made=manufactured_on,
            )
        )
    chosen = ()
    if qualification is not None:
        try:
            chosen = _specifications(
                material=material, use=use, on=today, wanted=specifications
            )
        except Refusal as refusal:
            wrong.append(refusal)
    if wrong:
        raise wrong[0] if len(wrong) == 1 else Refusals(wrong)
    return Admission(
        qualification=qualification,
        date_on=date_on,
        storage=storage or qualification.storage,
        specifications=tuple(chosen),
    )


def _wrong_facts(
    *,
    number,
    original_number,
    material,
    site,
    manufactured_on,
    today,
    size,
    size_unit,
    packaging,
    use_document_kind,
    use_document_reference,
    issuer_role,
    original_certificate_number,
    date_kind,
    note,
):
    well_formed = True
    for text, field in ((number, "number"), (original_number, "original_number")):
        try:
            identity.lot_number(text, field=field)
        except Refusal as refusal:
            well_formed = False
            yield refusal
    if well_formed:
        yield from _twins(number, original_number, material, site)
    if manufactured_on > today:
        yield NotLogged(
            "future",
            "Lot %(lot)s cannot have been manufactured on %(date)s, which is after"
            " today, %(today)s; correct the date.",
            field="manufactured_on",
            lot=number,
            date=manufactured_on,
            today=today,
        )
    if manufactured_on < datetime.date(1990, 1, 1):
        yield NotLogged(
            "long-ago",
            "Lot %(lot)s cannot have been manufactured on %(date)s; type the year in"
            " four digits.",
            field="manufactured_on",
            lot=number,
            date=manufactured_on,
        )
    if not site.manufactures:
        yield NotLogged(
            "site",
            "%(site)s is not marked as a site that manufactures; choose another or"
            " have QA mark it.",
            field="site",
            site=str(site),
        )
    yield from _wrong_quantity(size, field="size")
    if size_unit not in ("kg", "g"):
        yield NotLogged("unit", "A batch size is given in kg or g.", field="size_unit")
    if issuer_role not in ISSUER_ROLES:
        yield NotLogged(
            "role",
            "Our role is one of %(roles)s.",
            field="issuer_role",
            roles=", ".join(ISSUER_ROLES),
        )
    elif issuer_role != "manufacturer" and not original_certificate_number:
        # ICH Q7 11.44: who re-issues names the original certificate.
        yield NotLogged(
            "original-certificate",
            "Lot %(lot)s comes from another maker, so the number of the original"
            " certificate is needed; copy it from that certificate.",
            field="original_certificate_number",
            lot=number,
        )
    if use_document_kind not in UseDocument.values:
        yield NotLogged(
            "use-document-kind",
            "Say which document states what lot %(lot)s was made for: its batch"
            " record or the maker's declaration.",
            field="use_document_kind",
            lot=number,
        )
    if date_kind not in DateKind.values:
        yield NotLogged(
            "date-kind", "A lot has a retest or an expiry date.", field="date_kind"
        )
    for text, field, what in (
        (packaging, "packaging", "its packaging"),
        (use_document_reference, "use_document_reference", "the document's number"),
    ):
        if not text.strip():
            yield NotLogged(
                "blank",
                "Lot %(lot)s needs %(what)s.",
                field=field,
                lot=number,
                what=what,
            )


def _twins(number, original_number, material, site):
    twin = Lot.objects.filter(number_key=identity.skeleton(number)).first()
    if twin is not None:
        yield NotLogged(
            "duplicate",
            "Lot %(lot)s is already logged as %(twin)s, or cannot be told from it in"
            " print; nothing was stored. Open that lot or correct the number.",
            field="number",
            lot=number,
            twin=twin.number,
        )
    same = Lot.objects.filter(
        material=material, site=site, original_key=identity.skeleton(original_number)
    ).first()
    if same is not None:
        yield NotLogged(
            "duplicate-original",
            "The maker's lot %(original)s of %(site)s is already logged as lot"
            " %(twin)s for %(use)s use; a lot is logged once, whatever our own"
            " number.",
            field="original_number",
            original=original_number,
            site=str(site),
            twin=same.number,
            use=same.use,
        )


def _wrong_quantity(text, *, field):
    try:
        value = parse(text)
    except NotAReportedValue as refusal:
        yield NotLogged("quantity", str(refusal).replace("%", "%%"), field=field)
        return
    if value.kind is not Kind.NUMBER or value.number <= 0:
        yield NotLogged(
            "quantity",
            "A quantity is a number above 0; %(text)s is not.",
            field=field,
            text=text,
        )


def _wrong_parents(*, origin, parents, material, use):
    if origin not in Origin.values:
        yield NotLogged(
            "origin",
            "A lot arises by one of %(origins)s.",
            field="origin",
            origins=", ".join(Origin.values),
        )
        return
    needed = {Origin.MANUFACTURE: 0, Origin.BLEND: 2}.get(origin, 1)
    if len(parents) < needed or (origin == Origin.MANUFACTURE and parents):
        yield NotLogged(
            "parents",
            "A lot that arises by %(origin)s has %(needed)s; %(count)s given.",
            field="parents",
            origin=origin,
            needed="no parent lots"
            if origin == Origin.MANUFACTURE
            else f"at least {needed} parent lots",
            count=len(parents),
        )
    seen = set()
    for parent, _quantity in parents:
        if parent.pk in seen:
            yield NotLogged(
                "parent-twice",
                "Parent lot %(parent)s is named twice.",
                field="parents",
                parent=parent.number,
            )
        seen.add(parent.pk)
        if parent.material_id != material.pk:
            yield NotLogged(
                "parent-material",
                "Parent lot %(parent)s is not %(material)s.",
                field="parents",
                parent=parent.number,
                material=material.name,
            )
        if parent.use != use and not uses.may_stand_in(
            made_for=parent.use, use_for=use
        ):
            # A lot may have no use that a parent lacks (domain.md 0.2).
            yield NotLogged(
                "parent-use",
                "Parent lot %(parent)s was made for %(parent_use)s use, so what is"
                " made from it cannot be for %(use)s use.",
                field="parents",
                parent=parent.number,
                parent_use=parent.use,
                use=use,
            )
        if parent.state in (LotState.VOID, LotState.RECALLED, LotState.ON_HOLD) or (
            parent.state == LotState.REJECTED
            and origin not in (Origin.REPROCESSING, Origin.REWORK)
        ):
            # A rejected lot is not blended away (ICH Q7 8.41).
            yield NotLogged(
                "parent-state",
                "Parent lot %(parent)s is %(state)s and cannot go into a lot that"
                " arises by %(origin)s.",
                field="parents",
                parent=parent.number,
                state=parent.state.replace("_", " "),
                origin=origin,
            )


def _specifications(*, material, use, on, wanted):
    """Return the specifications to judge against, each with its stand-in row."""
    in_force = versioning.in_force(material=material, on=on)
    stand_ins = {
        row.use_for: row
        for row in StandIn.objects.filter(
            material=material, made_for=use, state=Approval.APPROVED
        )
        if uses.may_stand_in(made_for=row.made_for, use_for=row.use_for)
    }
    own = [spec for spec in in_force if spec.use == use]
    if not own:
        raise NotLogged(
            "no-specification",
            "No approved specification of %(material)s for %(use)s use is in force on"
            " %(date)s; have QA approve one first.",
            field="use",
            material=material.name,
            use=use,
            date=on,
        )
    chosen = [(spec, None) for spec in own] + [
        (spec, stand_ins[spec.use]) for spec in in_force if spec.use in stand_ins
    ]
    if wanted is not None:
        chosen = [pair for pair in chosen if pair[0] in wanted]
    return chosen


def _assess(act, examination, specification, stand_in):
    return act.create(
        Assessment(
            lot=examination.lot,
            examination=examination,
            specification=specification,
            use=specification.use,
            stand_in=stand_in,
            state=AssessmentState.OPEN,
            due=_due(examination.lot, specification),
            opened_at=examination.opened_at,
        )
    )


def _due(lot, specification):
    """Return the periodic tests that this lot must have, as primary keys.

    Due is what was never tested on a lot judged by this specification code, or was
    last tested `every_lots` lots or `every_months` months ago (domain.md 4.6).
    """
    due = []
    for criterion in specification.criteria.all():
        if criterion.requirement != Requirement.PERIODIC:
            continue
        last = (
            Result.objects.filter(
                test_id=criterion.test_id,
                examination__assessments__specification__code=specification.code,
            )
            .exclude(examination__lot=lot)
            .exclude(examination__lot__state=LotState.VOID)
            .order_by("-examination__lot_id")
            .values_list("examination__lot_id", "examination__lot__manufactured_on")
            .first()
        )
        if last is None:
            due.append(criterion.test_id)
            continue
        lot_id, manufactured_on = last
        since = (
            Assessment.objects.filter(
                specification__code=specification.code,
                lot_id__gt=lot_id,
                lot_id__lt=lot.pk,
            )
            .values("lot_id")
            .distinct()
            .count()
        )
        by_count = criterion.every_lots and since + 1 >= criterion.every_lots
        by_age = (
            criterion.every_months
            and calendar.months_after(manufactured_on, criterion.every_months)
            <= lot.manufactured_on
        )
        if by_count or by_age:
            due.append(criterion.test_id)
    return due


def take_sample(*, lot, by, at, number, taken_on, taken_by, quantity, purpose):
    """Record a sample taken from a lot and return it."""
    with audit.act(by=by, at=at, action="sample") as act:
        lot = act.lock(lot)
        steps.check(act, STEPS["sample"], lot=lot)
        identity.lot_number(number.replace(":", "-"), field="number")
        if Sample.objects.filter(number=number).exists():
            raise Refusal(
                "duplicate-sample",
                "Sample %(number)s is already recorded; give this one another number.",
                field="number",
                number=number,
            )
        if not lot.manufactured_on <= taken_on <= calendar.today(at):
            raise Refusal(
                "sample-date",
                "A sample of lot %(lot)s cannot have been taken on %(date)s: the lot"
                " was made on %(made)s and today is %(today)s.",
                field="taken_on",
                lot=lot.number,
                date=taken_on,
                made=lot.manufactured_on,
                today=calendar.today(at),
            )
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


def open_examination(*, lot, by, at, occasion, use_by=None, specifications=None):
    """Open a further examination of a lot, with its assessments; return it.

    A retest past the lot's date needs the use-by date that a pass will give; the
    original date is never overwritten (domain.md 7).
    """
    with audit.act(by=by, at=at, action="examine") as act:
        lot = act.lock(lot)
        steps.check(act, STEPS["examine"], lot=lot)
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
        last = lot.examinations.aggregate(Max("ordinal"))["ordinal__max"]
        examination = act.create(
            Examination(
                lot=lot,
                ordinal=last + 1,
                occasion=occasion,
                use_by=use_by if occasion == Occasion.RETEST else None,
                opened_by=act.by,
                opened_at=at,
            ),
            lot=lot,
        )
        for specification, stand_in in _specifications(
            material=lot.material, use=lot.use, on=today, wanted=specifications
        ):
            _assess(act, examination, specification, stand_in)
        standing.refresh(lot, at=at)
        return examination


def add_assessment(*, examination, specification, by, at):
    """Judge an examination against one more specification; return the assessment.

    Refused for a use that the lot was not made for and may not stand in for.
    """
    with audit.act(by=by, at=at, action="assess") as act:
        lot = act.lock(examination.lot)
        examination.lot = lot
        steps.check(act, STEPS["assess"], lot=lot)
        stand_in = allowed_use(lot, specification.use)
        if specification not in versioning.in_force(
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
        if examination.assessments.filter(
            specification=specification, state__in=["open", "complete", "released"]
        ).exists():
            raise Refusal(
                "assessed",
                "Lot %(lot)s is already assessed against %(specification)s.",
                field="specification",
                lot=lot.number,
                specification=str(specification),
            )
        assessment = act.create(
            Assessment(
                lot=lot,
                examination=examination,
                specification=specification,
                use=specification.use,
                stand_in=stand_in,
                state=AssessmentState.OPEN,
                due=_due(lot, specification),
                opened_at=at,
            )
        )
        standing.refresh(lot, at=at)
        return assessment


def allowed_use(lot, use):
    """Return the stand-in row by which the lot may serve this use, None for its own.

    Raises Refusal for any other: a lot made for oral use is never judged for
    intrathecal use, whatever its numbers (domain.md 0.2, rule 14 of section 9).
    """
    if use == lot.use:
        return None
    row = StandIn.objects.filter(
        material=lot.material_id,
        made_for=lot.use,
        use_for=use,
        state=Approval.APPROVED,
    ).first()
    if row is None or not uses.may_stand_in(made_for=lot.use, use_for=use):
        raise Refusal(
            "use",
            "Lot %(lot)s was made for %(made_for)s use (%(document)s) and cannot be"
            " judged, released or certified for %(use)s use, whatever its results.",
            field="specification",
            lot=lot.number,
            made_for=lot.use,
            document=lot.use_document_reference,
            use=use,
        )
    return row
