"""Verbs that keep the set-up: organisations, sites, materials, statements, letterheads.

What is measured on a material is in `lots.measuring`. Imports models, audit, drafting
and rules; views and commands import it.
"""

from django.db.models import Exists, OuterRef

from lots.accounts import permissions
from lots.evidence import audit
from lots.models import (
    Approval,
    Letterhead,
    Lot,
    LotState,
    Material,
    Organisation,
    Site,
    Statement,
)
from lots.rules import chain, uses
from lots.rules.cas import cas_number
from lots.rules.refusal import Refusal, Word
from lots.rules.step_table import STEPS
from lots.setup import approval
from lots.workflow import lot_status


def add_organisation(
    *, by, at, name, address, telephone, is_customer=False, is_ours=False
):
    """Add a company: our own, a manufacturer, a laboratory, a customer."""
    with audit.act(by=by, at=at, action="add_organisation") as act:
        permissions.check(act, STEPS["draft"], subject=name)
        return act.create(
            _new_name(
                Organisation(
                    name=name,
                    address=address,
                    telephone=telephone,
                    is_customer=is_customer,
                    is_ours=is_ours,
                )
            )
        )


def change_organisation(
    *, organisation, by, at, reason, name, address, telephone, is_customer, is_ours
):
    """Change what we know of a company; certificates already issued keep theirs."""
    with audit.act(by=by, at=at, action="change_organisation", reason=reason) as act:
        permissions.check(act, STEPS["draft"], subject=organisation.name)
        approval.reason_given(reason)
        organisation = act.lock(organisation)
        values = {
            "name": name,
            "address": address,
            "telephone": telephone,
            "is_customer": is_customer,
            "is_ours": is_ours,
        }
        _new_name(Organisation(pk=organisation.pk, **values))
        if name != organisation.name:
            lot_status.also_found_by(name, site__organisation=organisation)
        return act.change(organisation, **values)


def add_site(
    *, by, at, organisation, name, address, telephone, manufactures=False, tests=False
):
    """Add an address of an organisation where material is made, packed or tested."""
    with audit.act(by=by, at=at, action="add_site") as act:
        permissions.check(act, STEPS["draft"], subject=name)
        return act.create(
            _new_site(
                Site(
                    organisation=organisation,
                    name=name,
                    address=address,
                    telephone=telephone,
                    manufactures=manufactures,
                    tests=tests,
                )
            )
        )


def change_site(*, site, by, at, reason, name, address, telephone, manufactures, tests):
    """Change what we know of a site; certificates already issued keep theirs."""
    with audit.act(by=by, at=at, action="change_site", reason=reason) as act:
        permissions.check(act, STEPS["draft"], subject=site.name)
        approval.reason_given(reason)
        site = act.lock(site)
        values = {
            "name": name,
            "address": address,
            "telephone": telephone,
            "manufactures": manufactures,
            "tests": tests,
        }
        _new_site(Site(pk=site.pk, organisation_id=site.organisation_id, **values))
        if name != site.name:
            lot_status.also_found_by(name, site=site)
        return act.change(site, **values)


def add_material(
    *, by, at, name, item_code, storage, cas_number="", formula="", note=""
):
    """Add a material; its CAS number, where it has one, is checked by its digit."""
    with audit.act(by=by, at=at, action="add_material") as act:
        permissions.check(act, STEPS["draft"], subject=name)
        return act.create(
            _new_material(
                Material(
                    name=name,
                    item_code=item_code,
                    cas_number=cas_number,
                    formula=formula,
                    storage=storage,
                    note=note,
                )
            )
        )


def change_material(
    *, material, by, at, reason, name, item_code, storage, cas_number, formula, note
):
    """Change what we know of a material; certificates already issued keep theirs."""
    with audit.act(by=by, at=at, action="change_material", reason=reason) as act:
        permissions.check(act, STEPS["draft"], subject=material.name)
        approval.reason_given(reason)
        material = act.lock(material)
        values = {
            "name": name,
            "item_code": item_code,
            "storage": storage,
            "cas_number": cas_number,
            "formula": formula,
            "note": note,
        }
        _new_material(Material(pk=material.pk, **values))
        if cas_number != material.cas_number:
            act.take_turn()
            _one_substance(material, cas_number)
        if name != material.name:
            lot_status.also_found_by(name, material=material)
        return act.change(material, **values)


def add_statement(*, by, at, material, title, text):
    """Add a text that certificates of the material carry.

    A further one of the same title is its next version, and the current one.
    """
    with audit.act(by=by, at=at, action="add_statement") as act:
        permissions.check(act, STEPS["draft"], subject=title)
        # The lock keeps two people from making the same version at once.
        material = act.lock(material)
        earlier = (
            material.statements.filter(title=title).order_by("-version", "pk").first()
        )
        statement = approval.sound(
            Statement(
                material=material,
                title=title,
                text=text,
                version=earlier.version + 1 if earlier else 1,
            )
        )
        for field in ("title", "text"):
            _names_no_use(getattr(statement, field), field=field)
        if earlier and earlier.is_current:
            act.change(earlier, is_current=False)
        return act.create(statement)


def retire_statement(*, statement, by, at, reason):
    """Leave the statement out of certificates from now on."""
    with audit.act(by=by, at=at, action="retire_statement", reason=reason) as act:
        permissions.check(act, STEPS["draft"], subject=statement.title)
        approval.reason_given(reason)
        statement = act.lock(statement)
        if not statement.is_current:
            raise Refusal(
                "not-current",
                "%(statement)s is not current; there is nothing to retire.",
                statement=str(statement),
            )
        return act.change(statement, is_current=False)


def draft_letterhead(*, by, at, name, address, telephone, email=""):
    """Draft the next version of the issuer as certificates print it."""
    with audit.act(by=by, at=at, action="draft_letterhead") as act:
        permissions.check(act, STEPS["draft"], subject="the letterhead")
        approval.once(
            Letterhead.objects.filter(state=Approval.DRAFT),
            sentence="There is a draft of the letterhead already;"
            " approve or withdraw it first.",
            field="",
        )
        latest = Letterhead.objects.order_by("-version").first()
        return act.create(
            approval.sound(
                Letterhead(
                    version=latest.version + 1 if latest else 1,
                    name=name,
                    address=address,
                    telephone=telephone,
                    email=email,
                    drafted_by=act.by,
                    drafted_at=at,
                )
            )
        )


def approve_letterhead(*, letterhead, by, at, confirmation, shown):
    """Sign the drafted letterhead; it supersedes the one before."""
    with audit.act(by=by, at=at, action="approve_letterhead") as act:
        before = Letterhead.objects.select_for_update().filter(state=Approval.APPROVED)
        for earlier in before:
            act.change(earlier, state=Approval.SUPERSEDED)
        return approval.approve(
            act,
            letterhead,
            subject=f"letterhead version {letterhead.version}",
            confirmation=confirmation,
            shown=shown,
            text=letterhead_text,
            wording="Letterhead approved",
        )


def withdraw_letterhead(*, letterhead, by, at, reason):
    """Withdraw a letterhead that is still a draft."""
    with audit.act(by=by, at=at, action="withdraw_letterhead", reason=reason) as act:
        permissions.check(act, STEPS["draft"], subject="the letterhead")
        approval.reason_given(reason)
        letterhead = act.lock(letterhead)
        if letterhead.state != Approval.DRAFT:
            raise Refusal(
                "not-a-draft",
                "Letterhead version %(version)s is %(state)s; only a draft can be"
                " withdrawn.",
                version=letterhead.version,
                state=Word(letterhead.state),
            )
        return act.change(letterhead, state=Approval.WITHDRAWN)


def letterhead_text(letterhead):
    """Return the canonical text that an approval of the letterhead signs."""
    return chain.canonical(
        {
            "format": 1,
            "letterhead": {
                "version": letterhead.version,
                "name": letterhead.name,
                "address": letterhead.address,
                "telephone": letterhead.telephone,
                "email": letterhead.email,
            },
        }
    )


def _new_name(organisation):
    approval.sound(organisation)
    approval.once(
        Organisation.objects.filter(name=organisation.name).exclude(pk=organisation.pk),
        sentence="An organisation of this name exists already; change that one.",
        field="name",
    )
    return organisation


def _new_site(site):
    approval.sound(site)
    approval.once(
        Site.objects.filter(
            organisation_id=site.organisation_id, name=site.name
        ).exclude(pk=site.pk),
        sentence="This organisation has a site of this name already; change that one.",
        field="name",
    )
    return site


def _one_substance(material, cas_number):
    """Refuse a number by which one maker's lot would be here for two uses.

    Logging asks by the number of the day; this is the other door (domain.md 0.2).
    """
    lots = Lot.objects.filter(material=material).exclude(state=LotState.VOID)
    if not cas_number and lots.exists():
        raise Refusal(
            "cas-removed",
            "Lots of %(material)s are logged, and by its CAS number it is told whether"
            " one is logged again; correct the number rather than remove it.",
            field="cas_number",
            material=material.name,
        )
    twins = (
        Lot.objects.filter(
            material__cas_number=cas_number,
            site__organisation=OuterRef("site__organisation"),
            original_key=OuterRef("original_key"),
        )
        .exclude(material=material)
        .exclude(use=OuterRef("use"))
        .exclude(state=LotState.VOID)
    )
    twice = lots.filter(Exists(twins)).order_by("pk").first()
    if cas_number and twice:
        raise Refusal(
            "cas-of-twin",
            "By this CAS number lot %(lot)s, made for %(use)s use, is the maker's lot"
            " %(original)s that is logged for another use under another material; void"
            " the one that was logged by mistake first.",
            field="cas_number",
            lot=twice.number,
            use=twice.use,
            original=twice.original_number,
        )


def _names_no_use(text, *, field):
    """Refuse a use in a text that an oral certificate too prints (FDA, 2015)."""
    for named in uses.named_in(text):
        raise Refusal(
            "names-use",
            "%(text)s names %(use)s use, and certificates for every use print it;"
            " word it without. The use belongs to specification and lot.",
            field=field,
            text=text,
            use=Word(named.code),
        )


def _new_material(material):
    approval.sound(material)
    for field in ("name", "item_code", "note"):
        _names_no_use(getattr(material, field), field=field)
    if material.cas_number:
        cas_number(material.cas_number)
    others = Material.objects.exclude(pk=material.pk)
    approval.once(
        others.filter(name=material.name),
        sentence="A material of this name exists already; change that one.",
        field="name",
    )
    approval.once(
        others.filter(item_code=material.item_code),
        sentence="Another material has this item code already; choose another.",
        field="item_code",
    )
    return material
