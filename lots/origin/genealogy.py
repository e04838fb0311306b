"""Genealogy: the lots that a lot was made from, and what blocks it because of them.

A parent can fail, be held or be rejected after it was used, so release asks every
generation again (ICH Q7 8.4). Reads, never writes.
"""

from django.db import connection
from django.db.models.expressions import RawSQL

from lots.evaluation import evaluator
from lots.models import (
    AssessmentState,
    Lot,
    LotState,
    Origin,
    Parentage,
)
from lots.origin import questions
from lots.origin.questions import REMADE, UNCHANGED, Cause
from lots.rules import uses
from lots.rules.refusal import Refusal, Word
from lots.rules.states import LineOutcome
from lots.rules.stored_codes import gettext_noop as _

# What a lot is produced by, inside a sentence.
_PRODUCED = {
    Origin.MANUFACTURE: _("manufacture"),
    Origin.BLEND: _("blend"),
    Origin.REPROCESSING: _("reprocessing"),
    Origin.REWORK: _("rework"),
    Origin.REPACKING: _("repacking"),
}
_ALIVE = (AssessmentState.OPEN, AssessmentState.COMPLETE, AssessmentState.RELEASED)


def ancestors(lot):
    """Yield every lot that this one comes from, each with how its child arose."""
    seen, children = set(), [lot.pk]
    while children:
        rows = list(
            Parentage.objects.filter(lot__in=children)
            .select_related(
                "parent__material",
                "parent__site__organisation",
                "parent__qualification",
                "lot",
            )
            .order_by("pk")
        )
        children = []
        for row in rows:
            yield row.parent, row.lot.origin
            if row.parent_id not in seen:
                seen.add(row.parent_id)
                children.append(row.parent_id)


def descendants(lot):
    """Return every lot that was made of this one, of each generation, oldest first."""
    found: dict[int, Lot] = {}
    parents = [lot.pk]
    while parents:
        rows = Parentage.objects.filter(parent__in=parents).exclude(lot__in=found)
        new = {row.lot_id: row.lot for row in rows.select_related("lot__status")}
        found |= new
        parents = list(new)
    return [found[key] for key in sorted(found)]


def made_of(lots):
    """Return as SQL the keys of what was made of these lots, of each generation."""
    table = connection.ops.quote_name(Parentage._meta.db_table)
    parents, values = lots.values("pk").query.sql_with_params()
    return RawSQL(
        f"WITH RECURSIVE below(id) AS (SELECT lot_id FROM {table}"
        f" WHERE parent_id IN ({parents}) UNION SELECT made.lot_id FROM below"
        f" JOIN {table} made ON made.parent_id = below.id) SELECT id FROM below",
        values,
    )


def against_parent(parent, *, origin, use, evaluation=None, is_cleared=False):
    """Yield what keeps a parent out of a lot for the use that arises in this way.

    `evaluation` is its own, where it is at hand; `is_cleared` says that QA signed
    that a hold of the parent does not touch the lot.

    An out-of-specification lot is neither blended nor renumbered to meet its
    specification (ICH Q7 8.41); the way on is reprocessing or rework.
    """
    is_made_anew = parent.state == LotState.REJECTED and origin in REMADE
    is_cleared = is_cleared and parent.state == LotState.ON_HOLD
    if parent.state != LotState.QUARANTINE and not (is_made_anew or is_cleared):
        yield Refusal(
            "parent-state",
            "Parent lot %(parent)s is %(state)s and cannot be used for a lot produced"
            " by %(origin)s.",
            field="parents",
            parent=parent.number,
            state=Word(LotState.of(parent.state).said),
            origin=Word(_PRODUCED[origin]),
        )
    elif origin in UNCHANGED:
        evaluation = evaluation or evaluator.evaluate(parent)
        yield from _as_evaluated(evaluation, origin=origin, use=use)


def against_manufacturer(parent, site):
    """Yield why the lot's site cannot be that of its manufacturer.

    What we mix, move or work up of a bought lot is not our own make: its certificates
    name the original manufacturer (ICH Q7 11.43, 11.44).
    """
    if not site.organisation.is_ours or parent.site.organisation.is_ours:
        return
    yield Refusal(
        "parent-not-our-make",
        "Parent lot %(parent)s was made by %(manufacturer)s, and certificates must"
        " name the original manufacturer; log the lot with the site of"
        " %(manufacturer)s, with your issuer role, and with the number of the"
        " manufacturer's certificate.",
        field="site",
        parent=parent.number,
        manufacturer=parent.site.organisation.name,
    )


def _as_evaluated(evaluation, *, origin, use):
    parent = evaluation.lot.number
    for investigation in evaluation.open_investigations:
        yield Refusal(
            "parent-investigation",
            "Parent lot %(parent)s is under investigation %(number)s; QA must conclude"
            " it first.",
            field="parents",
            parent=parent,
            number=investigation.number,
        )
    own = [one for one in evaluation.assessments if one.assessment.use == use]
    if not own:
        # Nothing that was found of it would be asked here (ICH Q7 8.41).
        yield Refusal(
            "parent-unassessed",
            "Parent lot %(parent)s was never tested for %(use)s use, so it cannot be"
            " used for a lot produced by %(origin)s; add an assessment for that use on"
            " its page first.",
            field="parents",
            parent=parent,
            use=Word(uses.use(use).said),
            origin=Word(_PRODUCED[origin]),
        )
    for one in own:
        if (
            one.outcome in (LineOutcome.FAIL, LineOutcome.UNDECIDED)
            or one.waits_for_input
            or _fails_elsewhere(one)
        ):
            yield Refusal(
                "parent-fails",
                "Parent lot %(parent)s does not meet %(specification)s, so it cannot"
                " be used for a lot produced by %(origin)s.",
                field="parents",
                parent=parent,
                specification=str(one.specification),
                origin=Word(_PRODUCED[origin]),
            )
    for one in own:
        if one.assessment.state == AssessmentState.REFUSED and not any(
            other.specification.code == one.specification.code
            and other.assessment.state in _ALIVE
            for other in own
        ):
            yield Refusal(
                "parent-refused",
                "The release of parent lot %(parent)s against %(specification)s was"
                " refused, so it cannot be used for a lot produced by %(origin)s.",
                field="parents",
                parent=parent,
                specification=str(one.specification),
                origin=Word(_PRODUCED[origin]),
            )


def _fails_elsewhere(assessed):
    """Say whether a result of another test order of the lot fails its criteria."""
    return any(
        line.outcome == LineOutcome.FAIL
        for _specification, lines in assessed.elsewhere
        for line in lines
    )


def against_release(lot, use, *, came_from=None):
    """Yield what its parents, of every generation, hold against the lot's release.

    Each as the parent and the refusal. `came_from` are its ancestors, where they are
    at hand. The issue of a certificate asks it again, for
    a parent can be held or fail after the lot was released. What is blended was
    tested by itself and met its specification (ICH Q7 8.41).
    """
    came_from = list(ancestors(lot)) if came_from is None else came_from
    evaluation = evaluator.evaluate_all(
        parent for parent, origin in came_from if origin in UNCHANGED
    )
    holds = _holds(lot, [parent for parent, _origin in came_from])
    for parent, origin in came_from:
        of_parent = evaluation.get(parent.pk)
        found = [
            *against_manufacturer(parent, lot.site),
            *against_parent(
                parent,
                origin=origin,
                use=use,
                evaluation=of_parent,
                is_cleared=parent.pk not in holds,
            ),
        ]
        for refusal in found:
            yield parent, refusal
        if found or origin != Origin.BLEND:
            continue
        for one in evaluation[parent.pk].assessments:
            if (
                one.assessment.use == use
                and one.assessment.state in _ALIVE
                and one.missing
            ):
                yield (
                    parent,
                    Refusal(
                        "parent-untested",
                        "Parent lot %(parent)s lacks results against"
                        " %(specification)s; each lot of a blend must be tested and"
                        " meet its specification first.",
                        parent=parent.number,
                        specification=str(one.specification),
                    ),
                )


def _holds(lot, parents):
    """Return the keys of the parents whose hold touches the lot."""
    if all(parent.state != LotState.ON_HOLD for parent in parents):
        return ()
    found = questions.of_lot(lot)
    return {one.source.pk for one in found if one.cause == Cause.HOLD}
