"""Parent check: use, dates, quantities and qualification of parent lots.

Done when a lot is logged; `genealogy` checks them again at release. Reads, never
writes.
"""

from collections import defaultdict
from decimal import Decimal

from django.db.models import Exists, Max, OuterRef, Q

from lots.models import (
    Assessment,
    AssessmentState,
    DateKind,
    Lot,
    LotState,
    LotStatus,
    Origin,
    Parentage,
    Qualification,
)
from lots.origin import genealogy, questions
from lots.rules import uses
from lots.rules.refusal import Refusal, Word
from lots.rules.reported_value import NotAReportedValue, parse
from lots.setup import valid_qualification

_GRAMS = {"kg": 1000, "g": 1}


def wrong_parents(facts):
    """Yield why the lots that are named as its parents cannot be the lot's parents."""
    origin, parents, use = facts.origin, facts.parents, facts.use
    if origin not in Origin.values:
        yield Refusal(
            "origin",
            "How a lot is produced must be one of %(origins)s.",
            field="origin",
            origins=", ".join(Origin.values),
        )
        return
    needed = {Origin.MANUFACTURE: 0, Origin.BLEND: 2}.get(origin, 1)
    if len(parents) < needed or (origin == Origin.MANUFACTURE and parents):
        yield Refusal(
            "parents",
            "A lot produced by %(origin)s needs %(needed)s, but has %(count)s;"
            " correct How produced or the parent lots.",
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
            yield Refusal(
                "parent-twice",
                "Parent lot %(parent)s is named twice; remove one of the rows.",
                field="parents",
                parent=parent.number,
            )
        seen.add(parent.pk)
        if parent.material_id != facts.material.pk:
            yield Refusal(
                "parent-material",
                "Parent lot %(parent)s is not %(material)s; correct the number.",
                field="parents",
                parent=parent.number,
                material=facts.material.name,
            )
        if facts.manufactured_on < parent.manufactured_on:
            yield Refusal(
                "parent-younger",
                "Parent lot %(parent)s was manufactured on %(made)s, after this lot;"
                " correct one of the two dates.",
                field="manufactured_on",
                parent=parent.number,
                made=parent.manufactured_on,
            )
        if not uses.could_serve(made_for=parent.use, use_for=use):
            # A lot may have no use that a parent lacks (domain.md 0.2).
            yield Refusal(
                "parent-use",
                "Parent lot %(parent)s was made for %(parent_use)s use, so a lot made"
                " from it cannot be for %(use)s use; correct the intended use or the"
                " parent lot.",
                field="parents",
                parent=parent.number,
                parent_use=Word(uses.use(parent.use).said),
                use=Word(uses.use(use).said),
            )
        yield from genealogy.against_manufacturer(parent, facts.site)
        yield from genealogy.against_parent(parent, origin=origin, use=use)


def too_much(facts):
    """Yield where more of a parent would be used than was made of it.

    Over all that was made of it and is not void, each in the unit of its own batch
    size. What was used without saying how much cannot be counted. Certificates print
    the quantities (WHO model certificate; domain.md 1.2).
    """
    used: defaultdict[Lot, Decimal] = defaultdict(Decimal)
    for parent, quantity in facts.parents:
        used[parent] += _grams(quantity, facts.size_unit)
    if not any(used.values()):
        return
    before: defaultdict[int, Decimal] = defaultdict(Decimal)
    for row in (
        Parentage.objects.filter(parent__in=used)
        .exclude(lot__state=LotState.VOID)
        .select_related("lot")
    ):
        before[row.parent_id] += _grams(row.quantity, row.lot.size_unit)
    for parent, grams in used.items():
        made = _grams(parent.size, parent.size_unit)
        if grams and made and grams + before[parent.pk] > made:
            # So many grams are so many of the parent's unit.
            left = max(made - before[parent.pk], Decimal(0))
            left /= _GRAMS[parent.size_unit]
            yield Refusal(
                "parent-quantity",
                "Parent lot %(parent)s has only %(left)s %(unit)s left of its batch"
                " size of %(size)s %(unit)s; correct the quantity used.",
                field="parents",
                parent=parent.number,
                left=f"{left.normalize():f}",
                size=parent.size,
                unit=parent.size_unit,
            )


def _grams(text, unit):
    """Return a quantity in grams, nought where it is not said or cannot be read."""
    try:
        number = parse(text).number
    except NotAReportedValue:
        return Decimal(0)
    return (number or Decimal(0)) * _GRAMS.get(unit, 0)


def last_days(facts):
    """Return the last day of each parent: its date, or that of a passed retest.

    Of a retest that was released for this use: one for oral products says nothing of
    endotoxins. None of parents that are made into something new.
    """
    if facts.origin not in questions.UNCHANGED:
        return {}
    use_by = dict(
        Assessment.objects.filter(
            lot__in=[parent.pk for parent, _ in facts.parents],
            state=AssessmentState.RELEASED,
            use=facts.use,
        )
        .values_list("lot_id")
        .annotate(Max("test_order__use_by"))
    )
    return {
        parent: max(parent.date_on, use_by.get(parent.pk) or parent.date_on)
        for parent, _ in facts.parents
    }


def too_old(facts, ends):
    """Yield where mixing or moving lots would give them more time than they had.

    `ends` is what `last_days` returns. The date of a blend is that of the oldest lot
    in it (ICH Q7 8.47).
    """
    for parent, last in ends.items():
        told = {
            "parent": parent.number,
            "kind": f"{parent.date_kind} date",
            "last": last,
        }
        if last < facts.manufactured_on:
            yield Refusal(
                "parent-date-passed",
                "The %(kind)s of parent lot %(parent)s, %(last)s, is before %(made)s;"
                " blending and repacking give no new date, so do not use this parent"
                " lot.",
                field="parents",
                made=facts.manufactured_on,
                **told,
            )
        elif facts.date_on is not None and facts.date_on > last:
            yield Refusal(
                "parent-date",
                "The date %(date)s is later than the %(kind)s of parent lot"
                " %(parent)s, %(last)s; blending and repacking keep the earliest date"
                " of the parent lots.",
                field="date_on",
                date=facts.date_on,
                **told,
            )
        elif (
            parent.date_kind == DateKind.EXPIRY
            # Left blank, it becomes that of the parents.
            and facts.date_kind
            and facts.date_kind != DateKind.EXPIRY
        ):
            yield Refusal(
                "parent-expires",
                "Parent lot %(parent)s has an expiry date, which no retest extends;"
                " choose expiry date as the kind of date.",
                field="date_kind",
                **told,
            )


def against_qualifications(parents, *, on):
    """Yield what the qualifications that the parents were made on say against them.

    Nothing is made elsewhere of a lot whose process is suspended; one that was released
    while its qualification stood may see it end. Each is asked for its own use.
    """
    parents = {parent.pk: parent for parent in parents}
    if not parents:
        return
    kept: dict[tuple[int, int, str, str], list[Qualification]] = {}
    for row in Qualification.objects.filter(
        material__in={parent.material_id for parent in parents.values()},
        site__in={parent.site_id for parent in parents.values()},
    ).order_by("-valid_from", "-pk"):
        key = row.material_id, row.site_id, row.use, row.process
        kept.setdefault(key, []).append(row)
    released = set(
        Assessment.objects.filter(
            lot__in=parents, state=AssessmentState.RELEASED
        ).values_list("lot_id", flat=True)
    )
    for parent in parents.values():
        key = (
            parent.material_id,
            parent.site_id,
            parent.use,
            parent.qualification.process,
        )
        try:
            valid_qualification.of_lot(parent, on=on, kept=kept.get(key, ()))
        except valid_qualification.NotQualified as refusal:
            if refusal.code == "suspended" or parent.pk not in released:
                yield Refusal(
                    "parent-unqualified",
                    "Parent lot %(parent)s cannot be used for another lot: %(why)s",
                    field="parents",
                    parent=parent.number,
                    why=refusal,
                )


def is_unqualified(on):
    """Return the condition of lot statuses with a parent that has no qualification.

    What `against_qualifications` says of the parents of every generation, in the
    database.
    """
    released = Assessment.objects.filter(
        lot=OuterRef("pk"), state=AssessmentState.RELEASED
    )
    parents = LotStatus.objects.filter(
        valid_qualification.is_suspended()
        | ~valid_qualification.valid_on(on) & ~Exists(released),
        pk__in=Parentage.objects.values("parent"),
    )
    return Q(pk__in=genealogy.made_of(parents))
