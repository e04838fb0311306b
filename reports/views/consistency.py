"""Consistency: a lot beside the lots of its process that were made before it."""

from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from lots.accounts import permissions
from lots.accounts.roles import readable
from lots.consistency import findings
from lots.views import lot_page, lot_tabs


@require_safe
@readable
def lot_consistency(request, pk):
    """The tab of a lot with its tests against the lots before; `show` narrows them."""
    from reports.trends import lot_consistency as of_lot

    evaluated = lot_page.evaluated(pk)
    return render(
        request,
        "reports/trends/lot_consistency.html",
        {
            **lot_tabs.context(evaluated, request.user, "consistency"),
            "findings": findings.of(evaluated.lot),
            "may_conclude": permissions.offer(
                "conclude_finding", evaluated.lot, request.user
            ).open,
            **of_lot.context(evaluated, shown=request.GET.get("show", of_lot.ALL)),
        },
    )


urls = [
    path("lots/<int:pk>/consistency/", lot_consistency, name="lot_consistency"),
]
