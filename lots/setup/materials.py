"""Materials and the statements that their certificates carry."""

from django.db.models import Exists, OuterRef

from lots.accounts import permissions
from lots.evidence import audit, text_checks
from lots.models import (
    Lot,
    LotState,
    Material,
    Statement,
)
from lots.rules import claims, uses
from lots.rules.cas import cas_number, is_assigned
from lots.rules.refusal import Refusal, Word
from lots.rules.step_table import STEPS
from lots.rules.unknown import if_known
from lots.setup import printed_identity


def add_material(*, by, at, name, item_code, storage, cas_number, formula="", note=""):
    """Add a material; its CAS number is checked by its digit, or "not assigned"."""
    with audit.act(by=by, at=at, action="add_material") as act:
        permissions.check(act, STEPS["draft"], subject=name)
        return printed_identity.add(
            act,
            new_material(
                Material(
                    name=name,
                    item_code=item_code,
                    cas_number=cas_number,
                    formula=formula,
                    storage=storage,
                    note=note,
                )
            ),
        )


def change_material(
    *, material, by, at, reason, name, item_code, storage, cas_number, formula, note
):
    """Draft what certificates print of a material from its approval on."""
    with audit.act(by=by, at=at, action="change_material", reason=reason) as act:
        permissions.check(act, STEPS["draft"], subject=material.name)
        text_checks.reason_given(reason)
        material = act.lock(material)
        values = {
            "name": name,
            "item_code": item_code,
            "storage": storage,
            "cas_number": cas_number,
            "formula": formula,
            "note": note,
        }
        new_material(Material(pk=material.pk, **values))
        with if_known:
            one_substance(act, material, cas_number)
        return printed_identity.change(act, material, values)


def add_statement(*, by, at, material, title, text):
    """Draft a text that certificates of the material carry once it is approved.

    A further one of the same title is its next version, and then the current one.
    """
    with audit.act(by=by, at=at, action="add_statement") as act:
        permissions.check(act, STEPS["draft"], subject=title)
        # The lock keeps two people from making the same version at once.
        material = act.lock(material)
        earlier = None
        with if_known:
            earlier = (
                material.statements.filter(title=title)
                .order_by("-version", "pk")
                .first()
            )
        statement = Statement(
            material=material,
            title=title,
            text=text,
            version=earlier.version + 1 if earlier else 1,
            is_current=False,
        )
        new_statement(statement)
        printed_identity.take_back(act, statement)
        return printed_identity.add(act, statement)


def retire_statement(*, statement, by, at, reason):
    """Draft that certificates leave the statement out, from the approval on.

    Returns the draft: what a certificate says no more takes two people as well.
    """
    with audit.act(by=by, at=at, action="retire_statement", reason=reason) as act:
        permissions.check(act, STEPS["draft"], subject=statement.title)
        text_checks.reason_given(reason)
        statement = act.lock(statement)
        if not statement.is_current:
            raise Refusal(
                "not-current",
                "%(statement)s is not current; there is nothing to retire.",
                statement=str(statement),
            )
        return printed_identity.draft(act, statement, {})


def one_substance(act, material, cas_number):
    """Refuse a number by which one manufacturer's lot would be here for two uses.

    Logging asks by the number of the day; this is the other door (domain.md 0.2).
    """
    if cas_number == material.cas_number:
        return
    act.take_turn()
    lots = Lot.objects.filter(material=material).exclude(state=LotState.VOID)
    is_removed = is_assigned(material.cas_number) and not is_assigned(cas_number)
    if is_removed and lots.exists():
        raise Refusal(
            "cas-removed",
            "Lots of %(material)s are logged, and the CAS number is needed to find"
            " lots that are logged twice; correct the number, do not remove it.",
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
    if is_assigned(cas_number) and twice:
        raise Refusal(
            "cas-of-twin",
            "With this CAS number, lot %(lot)s, made for %(use)s use, is the same"
            " manufacturer's lot %(original)s that is logged for another use under"
            " another material; void the one that was logged by mistake first.",
            field="cas_number",
            lot=twice.number,
            use=Word(uses.use(twice.use).said),
            original=twice.original_number,
        )


def _names_no_use(text, *, field):
    """Refuse a use in a text that an oral certificate too prints (FDA, 2015)."""
    with if_known:
        for named in uses.named_in(text):
            raise Refusal(
                "names-use",
                "%(text)s names %(use)s use, but certificates for every use print this"
                " text; word it without a use. The use belongs to specification and"
                " lot.",
                field=field,
                text=text,
                use=Word(named.said),
            )
        for claim, use in claims.beyond_some(text):
            raise claims.refusal(claim, text=text, use=use, field=field)


def new_statement(statement):
    """Return the statement if its texts are sound and claim no use."""
    text_checks.sound(statement)
    for field in ("title", "text"):
        _names_no_use(getattr(statement, field), field=field)
    return statement


def new_material(material):
    """Return the material if its texts are sound, its own, and claim no use."""
    text_checks.sound(material)
    for field in ("name", "item_code", "storage", "note"):
        _names_no_use(getattr(material, field), field=field)
    with if_known:
        cas_number(material.cas_number)
    others = Material.objects.exclude(pk=material.pk)
    text_checks.once(
        others,
        text=material.name,
        sentence="A material with this name, or one that reads the same, already"
        " exists; change that one.",
        field="name",
    )
    text_checks.once(
        others,
        text=material.item_code,
        sentence="Another material already has this item code, or one that reads the"
        " same; choose another.",
        field="item_code",
    )
    return material
