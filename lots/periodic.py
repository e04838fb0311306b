"""Which periodic tests a lot must have, by what was last tested on lots like it.

Reads, never writes; intake and importing ask it when an assessment opens.
"""

from django.db.models import Exists, Max, OuterRef

from lots import calendar
from lots.models import (
    Assessment,
    Conclusion,
    Investigation,
    Lot,
    LotState,
    Mark,
    MarkKind,
    Result,
)


def due(lot, specification, periodic):
    """Return the periodic tests that this lot must have, as primary keys.

    Due is what was never tested on a lot judged by this specification code, or was
    last tested `every_lots` lots or `every_months` months ago (domain.md 4.6). Lots of
    another site, use or process do not speak for this one, nor does a result that is
    invalid, or a lot whose result failed and stands or is under investigation.
    """
    if not periodic:
        return []
    judged = Assessment.objects.filter(
        specification__code=specification.code,
        lot__site=lot.site_id,
        lot__use=lot.use,
        lot__qualification__process=lot.qualification.process,
    ).exclude(lot=lot)
    invalid = Mark.objects.filter(result=OuterRef("pk"), kind=MarkKind.INVALIDATED)
    failing = Investigation.objects.filter(
        lot=OuterRef("examination__lot"),
        result__test=OuterRef("test"),
        corrected_by=None,
    ).exclude(conclusion=Conclusion.PROVEN)
    last_of = dict(
        Result.objects.filter(
            test__in=[one.test_id for one in periodic],
            examination__in=judged.exclude(lot__state=LotState.VOID).values(
                "examination"
            ),
        )
        .exclude(Exists(invalid))
        .exclude(Exists(failing))
        .values_list("test")
        .annotate(Max("examination__lot_id"))
    )
    made_on = dict(
        Lot.objects.filter(pk__in=set(last_of.values())).values_list(
            "pk", "manufactured_on"
        )
    )
    # Tests are mostly done together, so that these are few.
    lots_since = {
        last: judged.filter(lot_id__gt=last, lot_id__lt=lot.pk)
        .values("lot_id")
        .distinct()
        .count()
        for last in made_on
    }
    return [
        criterion.test_id
        for criterion in periodic
        if _is_due(criterion, lot, last_of.get(criterion.test_id), made_on, lots_since)
    ]


def _is_due(criterion, lot, last, made_on, lots_since):
    """Say so of a test last done on this lot; how many followed, by lot."""
    if last is None:
        return True
    by_count = criterion.every_lots and lots_since[last] + 1 >= criterion.every_lots
    by_age = (
        criterion.every_months
        and calendar.months_after(made_on[last], criterion.every_months)
        <= lot.manufactured_on
    )
    return bool(by_count or by_age)
