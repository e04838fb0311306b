"""Use gate: the uses for which a lot may be tested, released and certified.

These are its intended use, and an alternative use that two people signed for its
material (FDA warning on baclofen, December 2015; domain.md 0.2). Reads, never writes.
"""

from django.db.models import Exists, OuterRef, Q

from lots.models import AlternativeUse, Approval, Lot, Parentage
from lots.origin import genealogy, parent_lots
from lots.rules import uses
from lots.rules.refusal import Refusal, Refusals, Word
from lots.setup import valid_qualification


def check(lot, use, *, on, came_from=None):
    """Refuse a use that the lot, a parent or one of their qualifications does not have.

    The one check between a lot made for oral products and an intrathecal certificate;
    asked at release and again at issue (FDA, December 2015; domain.md 0.2).
    `came_from` are its ancestors, where they are at hand.
    """
    if came_from is None:
        came_from = genealogy.ancestors(lot)
    wrong, granted = [], set()
    parents = {each.pk: each for each, _ in came_from}
    for one in (lot, *parents.values()):
        # One signed row speaks for every lot of its material and use.
        if (one.material_id, one.use) in granted:
            continue
        try:
            allowed(one, use)
        except Refusal as refusal:
            wrong.append(refusal)
        else:
            granted.add((one.material_id, one.use))
    try:
        valid_qualification.of_lot(lot, on=on)
    except Refusal as refusal:
        wrong.append(refusal)
    wrong += parent_lots.against_qualifications(parents.values(), on=on)
    if wrong:
        raise wrong[0] if len(wrong) == 1 else Refusals(wrong)


def allowed(lot, use, *, alternative_uses=None):
    """Return the alternative use by which the lot may serve this use, None for its own.

    `alternative_uses` are the lot's, where they are at hand. Raises Refusal for any
    other use: a lot made for oral use is never judged for intrathecal use, whatever
    its numbers (domain.md 0.2, rule 14 of section 9).
    """
    if use == lot.use:
        return None
    row = (granted(lot) if alternative_uses is None else alternative_uses).get(use)
    if row is None or not uses.may_also_serve(made_for=lot.use, use_for=use):
        raise Refusal(
            "use",
            "Lot %(lot)s was made for %(made_for)s use (%(document)s) and cannot be"
            " tested, released or certified for %(use)s use, whatever its results.",
            field="specification",
            lot=lot.number,
            made_for=Word(uses.use(lot.use).said),
            document=lot.use_document_reference,
            use=Word(uses.use(use).said),
        )
    return row


def granted(lot):
    """Return the approved rows by which lots like this one serve other uses, by use."""
    rows = AlternativeUse.objects.filter(
        material=lot.material_id, made_for=lot.use, state=Approval.APPROVED
    )
    return {row.use_for: row for row in rows.order_by("pk")}


def is_allowed():
    """Return the condition of assessments whose use their lot and its parents may have.

    What `allowed` says of each of them, in the database. Parents are of the material
    of what is made of them.
    """
    kept_back = Q()
    for made_for, use_for in uses.alternatives():
        approved = AlternativeUse.objects.filter(
            made_for=made_for, use_for=use_for, state=Approval.APPROVED
        )
        parents = Lot.objects.filter(
            ~Exists(approved.filter(material=OuterRef("material"))),
            use=made_for,
            pk__in=Parentage.objects.values("parent"),
        )
        here = approved.filter(material=OuterRef("lot__material"))
        kept_back |= Q(use=use_for) & (
            Q(~Exists(here), lot__use=made_for) | Q(lot__in=genealogy.made_of(parents))
        )
    return ~kept_back
