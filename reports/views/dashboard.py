"""Dashboard: figures of a period beside the period before, each with its rows."""

from urllib.parse import urlencode

from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lots import calendar
from lots.accounts.roles import readable
from reports.charts import svg
from reports.dashboard import figures
from reports.dashboard.board import board
from reports.dashboard_filter import DashboardFilter
from reports.views import files

DEFAULT_MONTHS = 12
# Where the page draws a picture, by its name in the board.
PICTURES = (
    "releases_picture",
    "open_picture",
    "quarters_picture",
    "closest_picture",
    "calendar_picture",
)


@require_safe
@readable
def dashboard(request):
    """Figures of the last 3, 6, 12 or 24 months; each leads to its rows."""
    at = timezone.now()
    asked = DashboardFilter(request.GET)
    scope = asked.scope()
    months, trouble = _months(request)
    shown = board(months=months, scope=scope, at=at)
    is_right = not asked.errors and not trouble
    if request.GET.get("format") == "pdf" and is_right:
        from reports.dashboard import sheet

        return files.pdf(
            sheet.pdf(
                shown,
                scope=", ".join(asked.said()),
                by=request.user.printed_name,
                at=calendar.stamp(at),
            ),
            name=f"dashboard-{calendar.today(at)}",
        )
    pictures = {
        name: svg.drawn(shown[name], name=name.removesuffix("_picture"))
        for name in PICTURES
        if shown[name]
    }
    return render(
        request,
        "reports/dashboard.html",
        {
            **shown,
            **dict.fromkeys(PICTURES, ""),
            **pictures,
            "months": months,
            "trouble": trouble,
            "pdf": urlencode({**scope.query, "months": months, "format": "pdf"}),
            "filter": asked,
            "scope": ", ".join(asked.said()),
            "choices": [
                (choice, urlencode({**scope.query, "months": choice}))
                for choice in figures.PERIODS
            ],
        },
    )


def _months(request):
    """Return the period that the address asks for, and what is wrong with it."""
    asked = request.GET.get("months") or str(DEFAULT_MONTHS)
    if asked in map(str, figures.PERIODS):
        return int(asked), ""
    return DEFAULT_MONTHS, _(
        "There is no period of %(months)s months; this page shows 12 months."
    ) % {"months": asked[:40]}


urls = [path("dashboard/", dashboard, name="dashboard")]
