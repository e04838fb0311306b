"""The page of releases below a new minimum: lots and certificates that are out."""

from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_safe

from lots.accounts.roles import readable
from lots.models import Assessment, AssessmentState
from lots.rules.step_table import STEPS
from lots.workflow.tasks import TASKS
from reports.models import Certificate
from reports.status import certificate_status

# Who decides takes them one by one; what is left comes up as these are decided.
SHOWN = 100


@dataclass(frozen=True)
class Out:
    """A lot that QA decides, with its releases and certificates."""

    row: Any
    releases: tuple[Assessment, ...]
    certificates: tuple[Certificate, ...]


@require_safe
@readable
def below_minimum(request):
    """Each lot whose release falls short of a minimum approved since, to decide."""
    waiting = TASKS["below_minimum"].lots(at=timezone.now())
    rows = list(
        waiting.select_related("lot", "material").order_by("stage_at", "pk")[:SHOWN]
    )
    keys = [row.pk for row in rows]
    releases = _by_lot(
        Assessment.objects.filter(
            lot__in=keys, state=AssessmentState.RELEASED
        ).select_related("specification")
    )
    certificates = _by_lot(
        certificate_status.asked(
            Certificate.objects.light().printed().filter(lot__in=keys)
        ).select_related("customer")
    )
    for several in certificates.values():
        for one in several:
            one.worth = certificate_status.code(one)
    return render(
        request,
        "reports/below_minimum.html",
        {
            "found": [
                Out(row, releases.get(row.pk, ()), certificates.get(row.pk, ()))
                for row in rows
            ],
            "n": waiting.count(),
            "may_decide": request.user.takes(*STEPS["keep"].roles),
        },
    )


def _by_lot(rows):
    ordered = rows.order_by("lot_id", "pk")
    return {pk: tuple(found) for pk, found in groupby(ordered, lambda row: row.lot_id)}


urls = [path("below-minimum/", below_minimum, name="below_minimum")]
