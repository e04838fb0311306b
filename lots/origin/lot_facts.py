"""What is wrong with a lot as it was described: its facts, each by itself.

Reads, never writes. Admitting asks it when a lot is logged, the issue of a certificate
about our role once more.
"""

import datetime

from lots import calendar
from lots.models import DateKind, LotState, Qualification, UseDocument
from lots.origin import genealogy
from lots.rules import lot_number, uses
from lots.rules.refusal import Refusal, Word
from lots.rules.reported_value import Kind, NotAReportedValue, parse

ISSUER_ROLES = ("manufacturer", "repacker", "reprocessor", "agent")

# Mistakes that are told of a quantity in the words in which they are of a result.
_OF_ANY_NUMBER = {
    "comma",
    "exponent",
    "underscore",
    "plus",
    "leading-zeros",
    "leading-point",
    "trailing-point",
    "space",
    "character",
}


class NotLogged(Refusal):
    """The lot cannot be logged as it was described."""


def wrong_facts(
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
    """Yield everything that is wrong with the facts, in the order of the form."""
    well_formed = True
    for text, field in ((number, "number"), (original_number, "original_number")):
        try:
            lot_number.lot_number(text, field=field)
        except Refusal as refusal:
            well_formed = False
            yield refusal
    if well_formed:
        of_number, of_manufacturer = twins.of(number, material, site, original_number)
        yield from _twins(
            of_number, of_manufacturer, number, original_number, material, site, use
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
            "%(site)s is not marked “Material is made here”; choose another site, or"
            " ask QA to mark it.",
            field="site",
            site=str(site),
        )
    yield from wrong_quantity(size, field="size")
    if size_unit not in ("kg", "g"):
        yield NotLogged(
            "unit", "Choose kg or g as the unit of the batch size.", field="size_unit"
        )
    if issuer_role not in ISSUER_ROLES:
        yield NotLogged(
            "role",
            "The issuer role must be one of %(roles)s.",
            field="issuer_role",
            roles=", ".join(ISSUER_ROLES),
        )
    elif refusal := against_role(number, site, issuer_role):
        yield refusal
    elif issuer_role != "manufacturer" and not original_certificate_number:
        # ICH Q7 11.44: who re-issues names the original certificate.
        yield NotLogged(
            "original-certificate",
            "Lot %(lot)s comes from another manufacturer, so it needs the"
            " manufacturer's certificate number; copy it from that certificate.",
            field="original_certificate_number",
            lot=number,
        )
    if use_document_kind not in UseDocument.values:
        yield NotLogged(
            "use-document-kind",
            "Lot %(lot)s needs a basis for its intended use: the batch record or the"
            " manufacturer's declaration.",
            field="use_document_kind",
            lot=number,
        )
    if date_kind not in DateKind.values:
        yield NotLogged(
            "date-kind",
            "Choose retest date or expiry date as the kind of date.",
            field="date_kind",
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
        "Lot %(lot)s was made by %(manufacturer)s, so your company is not its"
        " manufacturer; choose another issuer role, and give the manufacturer's"
        " certificate number. If this is your own company, ask QA to mark it “Our own"
        " company” on the page of %(manufacturer)s.",
        field="issuer_role",
        lot=number,
        manufacturer=site.organisation.name,
    )


def _twins(of_number, of_manufacturer, number, original_number, material, site, use):
    for twin in of_number:
        yield NotLogged(
            "duplicate",
            "Nothing was stored: lot %(lot)s is already logged as %(twin)s, or looks"
            " the same in print; open that lot, or correct the number.",
            field="number",
            lot=number,
            twin=twin.number,
        )
    # The numbers of one maker: at this site a lot is logged once, and under another
    # site, or as another material of this substance, it must not be made for something
    # else (domain.md 0.2).
    for twin in of_manufacturer:
        told = {"original": original_number, "twin": twin.number, "use": twin.use}
        could_serve = uses.could_serve(made_for=twin.use, use_for=use)
        if twin.state == LotState.VOID and not twin.failed and could_serve:
            # Logged by mistake, as QA signed; the lot itself is logged rightly now.
            continue
        if twin.site_id == site.pk and twin.material_id == material.pk:
            yield NotLogged(
                "duplicate-original",
                "The manufacturer's lot %(original)s of %(site)s is already logged as"
                " lot %(twin)s for %(use)s use; a lot is logged only once, so open"
                " that lot.",
                field="original_number",
                site=str(site),
                **told,
            )
        elif twin.use != use and twin.state != LotState.VOID:
            yield NotLogged(
                "duplicate-elsewhere",
                "The manufacturer's lot %(original)s is already logged as lot"
                " %(twin)s, made for %(use)s use %(where)s; void that one first if it"
                " was logged by mistake.",
                field="original_number",
                where="at another site"
                if twin.material_id == material.pk
                else "under another material with this CAS number",
                **told,
            )


def dated_too_late(number, origin, manufactured_on, date_kind, date_on, qualification):
    """Yield that a date is later than anybody approved; to the end of its month.

    What is only mixed or moved is asked about its parents' dates instead.
    """
    if date_on is None or origin in genealogy.UNCHANGED:
        return
    is_retest = date_kind == DateKind.RETEST
    months = qualification.retest_months if is_retest else Qualification.LONGEST_PERIOD
    last = calendar.month_end(calendar.months_after(manufactured_on, months))
    if date_on > last:
        yield NotLogged(
            "date-late",
            "The retest date %(date)s of lot %(lot)s is after %(last)s, the end of the"
            " retest period of %(months)s months in its qualification; correct the"
            " date, or ask QA to approve a longer period first."
            if is_retest
            else "The expiry date %(date)s of lot %(lot)s is more than %(months)s"
            " months after its manufacture; correct the date.",
            field="date_on",
            date=date_on,
            lot=number,
            last=last,
            months=months,
        )


def names_other_use(texts, use):
    """Yield a use, named in what certificates print, that the lot cannot serve."""
    for field, text in texts.items():
        for named in uses.named_beyond(use, text):
            yield NotLogged(
                "other-use",
                "%(text)s names %(named)s use, but the intended use of the lot is"
                " %(use)s; certificates print this text, so word it without the other"
                " use.",
                field=field,
                text=text,
                named=Word(named.code),
                use=Word(use),
            )


def wrong_quantity(text, *, field):
    """Yield why the text is no quantity, nothing where it is one.

    A mistake of any number is told as with results; what is said of results is not.
    """
    try:
        value = parse(text)
    except NotAReportedValue as refusal:
        if refusal.code in _OF_ANY_NUMBER:
            yield NotLogged("quantity", refusal.sentence, field=field, **refusal.params)
            return
    else:
        if value.kind is Kind.NUMBER and value.number > 0:
            return
    yield NotLogged(
        "quantity",
        "%(text)s is not a quantity; type a number above 0, without the unit.",
        field=field,
        text=text or "(blank)",
    )
