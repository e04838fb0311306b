"""Lot facts: what a person says of a lot to log it, and what is wrong with it."""

import datetime
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lots import calendar
from lots.evidence.documents import Upload
from lots.models import (
    DateKind,
    Lot,
    LotState,
    Material,
    Origin,
    Qualification,
    Site,
    UseDocument,
)
from lots.origin import questions
from lots.origin.duplicates import Twins
from lots.rules import claims, lot_number, uses
from lots.rules.refusal import Refusal, Word
from lots.rules.reported_value import Kind, NotAReportedValue, parse
from lots.rules.roles import IssuerRole
from lots.rules.stored_codes import gettext_noop as _
from lots.rules.unknown import UNKNOWN, as_far_as_known, if_known

# The date of a lot, inside a sentence.
DATES: dict[str, str] = {
    DateKind.RETEST: _("retest date"),
    DateKind.EXPIRY: _("expiry date"),
}
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


@dataclass(frozen=True, kw_only=True)
class LotFacts:
    """What is known of a lot when it is logged, as it was given.

    A fact is one field here, one of the model Lot by the same name, and one of the
    page's form; the map of a file knows it by this name too. Sources: domain.md 0.2
    (use), ICH Q7 8.4 (parents), 11.4 (what certificates say of a lot).
    """

    # Our lot number, on labels and certificates (rules/lot_number.py).
    number: str
    material: Material
    # The original manufacturer's site.
    site: Site
    # The lot number as that manufacturer prints it.
    original_number: str
    # The code of the use that the lot was made for (rules/uses.py).
    use: str
    # The manufacturing process as its qualification writes it.
    process: str
    manufactured_on: datetime.date
    # The batch size as typed: a number above 0, in `size_unit`.
    size: str
    packaging: str
    # Which document states the use, a value of UseDocument, and its number.
    use_document_kind: str
    use_document_reference: str
    # How the lot arises: a value of Origin.
    origin: str = Origin.MANUFACTURE
    # kg or g; the parents' quantities are in it too.
    size_unit: str = "kg"
    # A copy of the document that states the use.
    use_document: Upload | None = None
    # What `date_on` is: a value of DateKind. Blank: as the qualification says.
    date_kind: str = ""
    # None: the qualification's period after manufacture.
    date_on: datetime.date | None = None
    # Blank: the qualification's.
    storage: str = ""
    # Our part in the lot (ICH Q7 11.4).
    issuer_role: str = IssuerRole.MANUFACTURER
    # The manufacturer's certificate that we re-issue: its number, and a copy.
    original_certificate_number: str = ""
    original_certificate: Upload | None = None
    # Each lot that this one is made from, with the quantity used as typed, or blank.
    parents: tuple[tuple[Lot, str], ...] = ()
    # Printed on every document of the lot.
    note: str = ""


class NotLogged(Refusal):
    """The lot cannot be logged as it was described."""


def wrong_facts(
    facts: LotFacts, *, today: datetime.date, twins: Twins
) -> Iterator[Refusal]:
    """Yield everything that is wrong with the facts, in the order of the form."""
    well_formed = True
    checks: list[tuple[Callable[[str], str], str]] = [
        (lot_number.lot_number, facts.number)
    ]
    of_manufacturer = (lot_number.manufacturers_number, facts.original_number)
    if facts.number is UNKNOWN:
        checks.append(of_manufacturer)
    with if_known:
        if facts.original_number != facts.number:
            # Where they are the same, the stricter rule says it once.
            checks.append(of_manufacturer)
    for check, number in checks:
        with if_known:
            try:
                check(number)
            except Refusal as refusal:
                well_formed = False
                yield refusal
    if well_formed:
        yield from _twins(facts, twins)
    yield from as_far_as_known(_wrong_day(facts, today=today))
    with if_known:
        if not facts.site.manufactures:
            yield NotLogged(
                "site",
                "%(site)s is not marked “Material is made here”; choose another site,"
                " or ask QA to mark it.",
                field="site",
                site=str(facts.site),
            )
    yield from as_far_as_known(wrong_quantity(facts.size, field="size"))
    with if_known:
        if facts.size_unit not in ("kg", "g"):
            yield NotLogged(
                "unit",
                "Choose kg or g as the unit of the batch size.",
                field="size_unit",
            )
    yield from as_far_as_known(_wrong_role(facts))
    with if_known:
        if facts.use_document_kind not in UseDocument.values:
            yield NotLogged(
                "use-document-kind",
                "Lot %(lot)s needs a basis for its intended use: the batch record or"
                " the manufacturer's declaration.",
                field="use_document_kind",
                lot=facts.number,
            )
    with if_known:
        if facts.date_kind and facts.date_kind not in DateKind.values:
            yield NotLogged(
                "date-kind",
                "Choose retest date or expiry date as the kind of date.",
                field="date_kind",
            )
    for field, what in (
        ("packaging", "its packaging"),
        ("use_document_reference", "the document's number"),
    ):
        with if_known:
            if not getattr(facts, field).strip():
                yield NotLogged(
                    "blank",
                    "Lot %(lot)s needs %(what)s.",
                    field=field,
                    lot=facts.number,
                    what=what,
                )


def _wrong_day(facts, *, today):
    """Yield why the lot was not manufactured on the day that is given."""
    if facts.manufactured_on > today:
        yield NotLogged(
            "future",
            "Lot %(lot)s cannot have been manufactured on %(date)s, which is after"
            " today, %(today)s; correct the date.",
            field="manufactured_on",
            lot=facts.number,
            date=facts.manufactured_on,
            today=today,
        )
    if facts.manufactured_on < datetime.date(1990, 1, 1):
        yield NotLogged(
            "long-ago",
            "Lot %(lot)s cannot have been manufactured on %(date)s; type the year in"
            " four digits.",
            field="manufactured_on",
            lot=facts.number,
            date=facts.manufactured_on,
        )


def _wrong_role(facts):
    """Yield why the issuer role is none that we can have in the lot, or lacks proof."""
    if facts.issuer_role not in tuple(IssuerRole):
        yield NotLogged(
            "role",
            "The issuer role must be one of %(roles)s.",
            field="issuer_role",
            roles=", ".join(IssuerRole),
        )
    elif wrong_role := against_role(facts):
        yield wrong_role
    elif (
        facts.issuer_role != IssuerRole.MANUFACTURER
        and not facts.original_certificate_number
    ):
        # ICH Q7 11.44: who re-issues names the original certificate.
        yield NotLogged(
            "original-certificate",
            "Lot %(lot)s comes from another manufacturer, so it needs the"
            " manufacturer's certificate number; copy it from that certificate.",
            field="original_certificate_number",
            lot=facts.number,
        )


def against_role(lot: Lot | LotFacts) -> NotLogged | None:
    """Return why we cannot have this role in the lot, None where we can.

    Who did not make a lot never certifies it as its manufacturer, for the original
    certificate would be left out (ICH Q7 11.43, 11.44).
    """
    if lot.issuer_role != IssuerRole.MANUFACTURER or lot.site.organisation.is_ours:
        return None
    return NotLogged(
        "not-our-make",
        "Lot %(lot)s was made by %(manufacturer)s, so your company is not its"
        " manufacturer; choose another issuer role, and give the manufacturer's"
        " certificate number. If %(manufacturer)s is your own company, ask QA to mark"
        " it “Our own company” on its page.",
        field="issuer_role",
        lot=lot.number,
        manufacturer=lot.site.organisation.name,
    )


def _twins(facts, twins):
    of_number, of_manufacturer = twins.of(facts)
    for twin in of_number:
        yield NotLogged(
            "duplicate",
            "Nothing was stored: lot %(lot)s is already logged as %(twin)s, or looks"
            " the same in print; open that lot, or correct the number.",
            field="number",
            lot=facts.number,
            twin=twin.number,
        )
    # The numbers of one manufacturer: at this site a lot is logged once, and under
    # another site, or as another material of this substance, it must not be made for
    # something else (domain.md 0.2).
    for twin in of_manufacturer:
        if facts.use is UNKNOWN:
            break
        told = {"original": facts.original_number, "twin": twin.number, "use": twin.use}
        could_serve = uses.could_serve(made_for=twin.use, use_for=facts.use)
        if twin.state == LotState.VOID and not twin.failed and could_serve:
            # Logged by mistake, as QA signed; the lot itself is logged rightly now.
            continue
        if twin.site_id == facts.site.pk and twin.material_id == facts.material.pk:
            yield NotLogged(
                "duplicate-original",
                "The manufacturer's lot %(original)s of %(site)s is already logged as"
                " lot %(twin)s for %(use)s use; a lot is logged only once, so open"
                " that lot.",
                field="original_number",
                site=str(facts.site),
                **told,
            )
        elif twin.use != facts.use and twin.state != LotState.VOID:
            yield NotLogged(
                "duplicate-elsewhere",
                "The manufacturer's lot %(original)s is already logged as lot"
                " %(twin)s, made for %(use)s use %(where)s; void that one first if it"
                " was logged by mistake.",
                field="original_number",
                where="at another site"
                if twin.material_id == facts.material.pk
                else "under another material with this CAS number",
                **told,
            )


def dated_too_late(
    facts: LotFacts, qualification: Qualification
) -> Iterator[NotLogged]:
    """Yield that a date is later than anybody approved; to the end of its month.

    What is only mixed or moved is asked about its parents' dates instead.
    """
    if facts.date_on is None or facts.origin in questions.UNCHANGED:
        return
    kind = DATES[qualification.date_kind]
    if facts.date_kind != qualification.date_kind:
        yield NotLogged(
            "date-kind",
            "The qualification of lot %(lot)s gives its lots the %(kind)s; choose that"
            " as the kind of date, or ask QA to approve another one first.",
            field="date_kind",
            lot=facts.number,
            kind=Word(kind),
        )
    months = qualification.retest_months
    last = calendar.month_end(calendar.months_after(facts.manufactured_on, months))
    if facts.date_on > last:
        yield NotLogged(
            "date-late",
            "The %(kind)s %(date)s of lot %(lot)s is after %(last)s, the end of the"
            " period of %(months)s months in its qualification; correct the date, or"
            " ask QA to approve a longer period first.",
            kind=Word(kind),
            field="date_on",
            date=facts.date_on,
            lot=facts.number,
            last=last,
            months=months,
        )


def names_other_use(texts, use):
    """Yield a use, named in what certificates print, that the lot cannot serve.

    And a claim that goes beyond the lot's own use (rules/claims.py).
    """
    for field, text in texts.items():
        with if_known:
            others = uses.named_beyond(use, text)
            for named in others:
                yield NotLogged(
                    "other-use",
                    "%(text)s names %(named)s use, but the intended use of the lot is"
                    " %(use)s; certificates print this text, so word it without the"
                    " other use.",
                    field=field,
                    text=text,
                    named=Word(named.said),
                    use=Word(uses.use(use).said),
                )
            # The words of another use are claims too, and said once.
            if not others:
                yield from claims.refusals(use, **{field: text})


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
        if value.kind is Kind.NUMBER and (value.number or 0) > 0:
            return
    yield NotLogged(
        "quantity",
        "%(text)s is not a quantity; type a number above 0, without the unit.",
        field=field,
        text=text or "(blank)",
    )
