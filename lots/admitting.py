"""What a lot must bring to be logged: facts, parents, qualification, specifications.

Here stands the first use gate: no lot without a qualification for its use
(domain.md 0.2). Reads, never writes. Intake and importing import it.
"""

import datetime
from dataclasses import dataclass

from lots import calendar, lineage, parentage, qualifying, versioning
from lots.catalogue import Catalogue
from lots.models import (
    Approval,
    DateKind,
    LotState,
    Origin,
    Qualification,
    Specification,
    StandIn,
    UseDocument,
)
from lots.rules import identity, uses
from lots.rules.criteria import Requirement
from lots.rules.refusal import Refusal, Refusals, Word
from lots.rules.reported import Kind, NotAReportedValue, parse
from lots.rules.text import plain_text
from lots.twins import Twins

LONGEST_PROCESS = Qualification._meta.get_field("process").max_length
ISSUER_ROLES = ("manufacturer", "repacker", "reprocessor", "agent")


class NotLogged(Refusal):
    """The lot cannot be logged as it was described."""


def retest_months(lot, *, on):
    """Return the retest period of the lot as it is approved on the day, in months.

    That of the qualification that stands; where none does, the one it was logged on.
    """
    try:
        standing = qualifying.standing_qualification(
            material=lot.material,
            site=lot.site,
            use=lot.use,
            process=lot.qualification.process,
            manufactured_on=lot.manufactured_on,
            on=on,
        )
    except qualifying.NotQualified:
        standing = lot.qualification
    return standing.retest_months


class Grounds:
    """What lots rest on when they are logged, looked up once for all of one act."""

    def __init__(self):
        self._found = {}
        self.twins = Twins()

    def catalogue(self, material):
        """Return what is measured on the material."""
        return self._once(("catalogue", material), Catalogue, material.pk)

    def qualification(self, **what):
        """Return what qualifying.standing_qualification does, or refuse as it does."""
        key = ("qualification", *what.values())
        return self._once(key, lambda: qualifying.standing_qualification(**what))

    def specifications(self, **what):
        """Return the specifications to judge by, each with its stand-in row."""
        key = ("specifications", *what.values())
        return self._once(key, lambda: _specifications(**what))

    def periodic(self, specification):
        """Return the criteria of the specification that only some lots must meet."""
        return self._once(
            ("periodic", specification),
            lambda: list(
                specification.criteria.filter(requirement=Requirement.PERIODIC)
            ),
        )

    def _once(self, key, find, *asked):
        if key not in self._found:
            self._found[key] = find(*asked)
        return self._found[key]


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
    plain_text(process, field="process", longest=LONGEST_PROCESS)
    wrong = list(
        _wrong_facts(
            number=number,
            original_number=original_number,
            material=material,
            site=site,
            use=use,
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
            twins=grounds.twins,
        )
    )
    for _parent, quantity in parents:
        if quantity:
            wrong += _wrong_quantity(quantity, field="parents")
    wrong += parentage.wrong_parents(
        origin=origin,
        parents=parents,
        material=material,
        use=use,
        manufactured_on=manufactured_on,
    )
    wrong += parentage.against_qualifications(
        [parent for parent, _ in parents], on=today
    )
    qualification = None
    try:
        uses.use(use)
        qualification = grounds.qualification(
            material=material,
            site=site,
            use=use,
            process=process,
            manufactured_on=manufactured_on,
            on=today,
        )
    except Refusal as refusal:
        wrong.append(refusal)
    ends = parentage.last_days(parents, origin=origin)
    if qualification is not None and date_on is None and manufactured_on <= today:
        months = qualification.retest_months
        date_on = min([calendar.months_after(manufactured_on, months), *ends.values()])
    old = list(parentage.too_old(ends, manufactured_on, date_kind, date_on))
    wrong += old
    if date_on is not None and not old and date_on <= manufactured_on:
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
        wrong += _dated_too_late(
            number, origin, manufactured_on, date_kind, date_on, qualification
        )
        storage = storage or qualification.storage
        texts = {"packaging": packaging, "storage": storage, "note": note}
        wrong += _names_other_use(texts, use)
        try:
            chosen = wanted(
                grounds.specifications(material=material, use=use, on=today),
                specifications,
            )
        except Refusal as refusal:
            wrong.append(refusal)
    if wrong:
        raise wrong[0] if len(wrong) == 1 else Refusals(wrong)
    return Admission(
        qualification=qualification,
        date_on=date_on,
        storage=storage,
        specifications=tuple(chosen),
    )


def _wrong_facts(
    *,
    number,
    original_number,
    material,
    site,
    use,
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
    twins,
):
    well_formed = True
    for text, field in ((number, "number"), (original_number, "original_number")):
        try:
            identity.lot_number(text, field=field)
        except Refusal as refusal:
            well_formed = False
            yield refusal
    if well_formed:
        of_number, of_maker = twins.of(number, material, site, original_number)
        yield from _twins(
            of_number, of_maker, number, original_number, material, site, use
        )
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
    elif refusal := against_role(number, site, issuer_role):
        yield refusal
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


def against_role(number, site, issuer_role):
    """Return why this cannot be our role in a lot of the site, None where it can.

    Who did not make a lot never certifies it as its manufacturer, for the original
    certificate would be left out (ICH Q7 11.43, 11.44).
    """
    if issuer_role != "manufacturer" or site.organisation.is_ours:
        return None
    return NotLogged(
        "not-our-make",
        "Lot %(lot)s was made by %(maker)s, so we are not its manufacturer; choose what"
        " we did with it, and give the number of the maker's certificate. If this is"
        " our own company, have QA say so on the page of %(maker)s.",
        field="issuer_role",
        lot=number,
        maker=site.organisation.name,
    )


def _twins(of_number, of_maker, number, original_number, material, site, use):
    for twin in of_number:
        yield NotLogged(
            "duplicate",
            "Lot %(lot)s is already logged as %(twin)s, or cannot be told from it in"
            " print; nothing was stored. Open that lot or correct the number.",
            field="number",
            lot=number,
            twin=twin.number,
        )
    # The numbers of one maker: at this site a lot is logged once, and under another
    # site, or as another material of this substance, it must not be made for something
    # else (domain.md 0.2).
    for twin in of_maker:
        told = {"original": original_number, "twin": twin.number, "use": twin.use}
        could_serve = uses.could_serve(made_for=twin.use, use_for=use)
        if twin.state == LotState.VOID and not twin.failed and could_serve:
            # Logged by mistake, as QA signed; the lot itself is logged rightly now.
            continue
        if twin.site_id == site.pk and twin.material_id == material.pk:
            yield NotLogged(
                "duplicate-original",
                "The maker's lot %(original)s of %(site)s is already logged as lot"
                " %(twin)s for %(use)s use; a lot is logged once, whatever our own"
                " number.",
                field="original_number",
                site=str(site),
                **told,
            )
        elif twin.use != use and twin.state != LotState.VOID:
            yield NotLogged(
                "duplicate-elsewhere",
                "The maker's lot %(original)s is already logged as lot %(twin)s, made"
                " for %(use)s use %(where)s; void that one first if it was logged by"
                " mistake.",
                field="original_number",
                where="at another site"
                if twin.material_id == material.pk
                else "under another material with this CAS number",
                **told,
            )


def _dated_too_late(number, origin, manufactured_on, date_kind, date_on, qualification):
    """Yield that a date is later than anybody approved; to the end of its month.

    What is only mixed or moved is asked about its parents' dates instead.
    """
    if date_on is None or origin in lineage.UNCHANGED:
        return
    is_retest = date_kind == DateKind.RETEST
    months = qualification.retest_months if is_retest else Qualification.LONGEST_PERIOD
    last = calendar.month_end(calendar.months_after(manufactured_on, months))
    if date_on > last:
        yield NotLogged(
            "date-late",
            "The retest date %(date)s of lot %(lot)s is after %(last)s, with which the"
            " %(months)s months of its qualification end; correct the date, or have QA"
            " approve a longer period first."
            if is_retest
            else "The expiry date %(date)s of lot %(lot)s is more than %(months)s"
            " months after its manufacture; correct the date.",
            field="date_on",
            date=date_on,
            lot=number,
            last=last,
            months=months,
        )


def _names_other_use(texts, use):
    """Yield a use, named in what certificates print, that the lot cannot serve."""
    for field, text in texts.items():
        for named in uses.named_beyond(use, text):
            yield NotLogged(
                "other-use",
                "%(text)s names %(named)s use, and the lot was made for %(use)s use;"
                " certificates print it, so word it without.",
                field=field,
                text=text,
                named=Word(named.code),
                use=Word(use),
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


def _specifications(*, material, use, on):
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
            use=Word(use),
            date=on,
        )
    return [(spec, None) for spec in own] + [
        (spec, stand_ins[spec.use]) for spec in in_force if spec.use in stand_ins
    ]


def wanted(chosen, specifications):
    """Return those of the specifications that were asked for, all if none were.

    Refuses one that is not in force for the lot's own use or one it may stand in for.
    """
    if specifications is None:
        return chosen
    allowed = [specification for specification, _ in chosen]
    for specification in specifications:
        if specification not in allowed:
            raise NotLogged(
                "specification",
                "%(specification)s is not in force for the use that the lot was made"
                " for, nor for one that it may stand in for; choose among %(allowed)s.",
                field="specifications",
                specification=str(specification),
                allowed=", ".join(map(str, allowed)),
            )
    return [pair for pair in chosen if pair[0] in specifications]
