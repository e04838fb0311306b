"""Minimums: a minimum specification is approved, and what it asks of releases.

It is effective from its approval. What is not decided yet is evaluated against it in
the same act; of each release that falls short of it QA decides
(docs/decisions/0023).
"""

import datetime

from lots import calendar
from lots.accounts import permissions
from lots.evaluation import evaluator, lot_signature
from lots.evidence import audit
from lots.models import AssessmentState, Lot, Purpose, ReleaseKept
from lots.rules.refusal import Refusal
from lots.rules.states import LIVE, NOT_DECIDED
from lots.rules.step_table import STEPS
from lots.setup import specification_versions
from lots.workflow import blockers, lot_status

# Of a lot whose date passed longer ago nothing is sold any more (as of a retest that is
# due: docs/decisions/0003).
PAST = datetime.timedelta(days=365)
# So many lots are read at once.
_STEP = 50


def approve_minimum(*, specification, by, at, confirmation, shown):
    """Sign the draft of a minimum, effective at once; return it.

    Settles every lot that is assessed or released for the use. Refused as any
    specification is, and where the use needs an attribute that no test of it has.
    """
    with audit.act(by=by, at=at, action="approve_specification") as act:
        if specification.purpose != Purpose.MINIMUM:
            raise ValueError("Only a minimum is approved here.")
        specification = specification_versions.approved(
            act, specification, confirmation=confirmation, shown=shown
        )
        _settle_lots(act, specification)
        return specification


def _settle_lots(act, minimum):
    """Evaluate the lots of the use against the minimum, the smallest key first."""
    lots = (
        Lot.objects.filter(
            material=minimum.material_id,
            state__in=list(LIVE),
            assessments__use=minimum.use,
            assessments__state__in=[*NOT_DECIDED, AssessmentState.RELEASED],
            status__date_on__gte=calendar.today(act.at) - PAST,
        )
        .order_by("pk")
        .distinct()
        .values_list("pk", flat=True)
    )
    keys = list(lots)
    for start in range(0, len(keys), _STEP):
        locked = [act.lock(Lot(pk=pk)) for pk in keys[start : start + _STEP]]
        for rows in evaluator.load_all(locked).values():
            lot_status.settle(act, rows)


def keep_release(*, assessment, by, at, confirmation, shown, reason):
    """Sign that a release stands although it falls short of today's minimum.

    With every other release of the lot for the use. Its certificates stay as they
    are; nothing further is released or issued by it. Refused where a valid result
    fails the minimum: its certificates are under review then.
    """
    with audit.act(by=by, at=at, action="keep_release", reason=reason) as act:
        lot = act.lock(assessment.lot)
        rows = evaluator.load(lot)
        evaluation = rows.evaluation()
        step = STEPS["keep"]
        assessment = next(one for one in rows.assessments if one.pk == assessment.pk)
        use = assessment.use
        permissions.check(act, step, lot=lot, assessment=assessment)
        closed = against_keeping(evaluation, use)
        if closed:
            raise closed
        minimum = evaluation.catalogue.minimums[use]
        signature = lot_signature.sign(
            act,
            step,
            lot=lot,
            confirmation=confirmation,
            shown=shown,
            statements={"use": use, "minimum": str(minimum)},
            places={"minimum": minimum},
        )
        kept = act.create(
            ReleaseKept(
                lot=lot, use=use, minimum=minimum, reason=reason, signature=signature
            ),
            lot=lot,
        )
        lot_status.settle(act, rows, evaluation)
        return kept


def against_keeping(evaluation, use):
    """Return why no release for the use is kept; None where QA can keep it."""
    closed = blockers.to_keep(evaluation, use)
    if closed:
        return closed
    if evaluation.minimums[use].fails:
        return Refusal(
            "minimum-fails",
            "A valid result of lot %(lot)s fails the minimum specification %(minimum)s,"
            " so its release for this use cannot be kept; recall or reopen the lot.",
            lot=evaluation.lot.number,
            minimum=str(evaluation.catalogue.minimums[use]),
        )
    return None
