"""Page of the lot list, and its export."""

from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lots import calendar
from lots.accounts.roles import readable
from lots.rules.step_table import STEPS
from lots.rules.uses import USES
from lots.tables import lot_search
from lots.tables.csv_export import csv_response
from lots.tables.filters import DATES, QUICK, LotFilter
from lots.tables.lots import (
    PER_PAGE,
    SORTABLE,
    LotStatusRows,
    LotTable,
    csv_header,
    csv_row,
)
from lots.views.paging import query_without, turn_to_page

MAIN = ("q", "material", "site", "use", "stage", "outcome")
MORE = ("quick", "task", "mine", "closest_test")


@require_safe
@readable
def lot_list(request):
    """Lots that meet the filter; `format=csv` gives exactly these, all of them."""
    at = timezone.now()
    asked = LotFilter(request.GET, person=request.user, at=at)
    troubles = []
    sort = request.GET.get("sort", "")
    if sort and sort.removeprefix("-") not in SORTABLE:
        troubles.append(
            _(
                "The list cannot be sorted by %(column)s; it shows the latest logged"
                " lots first."
            )
            % {"column": sort[:40]}
        )
        sort = ""
    table = LotTable(
        LotStatusRows(asked.qs, on=calendar.today(at)),
        today=calendar.today(at),
        order_by=sort or "-logged_at",
        empty_text=None
        if any(request.GET.get(name) for name in asked.filters)
        else _("No lots yet."),
    )
    if request.GET.get("format") == "csv":
        if asked.errors:
            query = query_without(request, "format")
            return redirect(f"{reverse('lots:lot_list')}?{query}")
        return csv_response(
            "lots.csv", [str(head) for head in csv_header()], map(csv_row, table.data)
        )
    troubles += turn_to_page(table, request, per_page=PER_PAGE)
    return render(
        request,
        "lots/list/lots.html",
        {
            "filter": asked,
            "table": table,
            "troubles": troubles,
            "quick": [_chip(request, "quick", code, QUICK[code][0]) for code in QUICK]
            + [_chip(request, "use", use.code, _(use.name)) for use in USES.values()],
            "main": [asked.form[name] for name in MAIN],
            "more": [asked.form[name] for name in MORE],
            "dates": [
                (asked.form[f"{name}_from"], asked.form[f"{name}_to"]) for name in DATES
            ],
            "more_asked": any(
                request.GET.get(name) for name in asked.filters if name not in MAIN
            ),
            "sort": sort,
            "count": len(table.data),
            "is_more": table.data.is_long,
            "counted": f"{lot_search.COUNTED:,}",
            "query": query_without(request, "page", "format"),
            "may_log": request.user.takes(*STEPS["log"].roles),
        },
    )


def _chip(request, name, code, label):
    """Return a quick filter: its label, whether it is on, and what switches it."""
    query = request.GET.copy()
    for gone in ("page", "format", name):
        query.pop(gone, None)
    is_on = request.GET.get(name) == code
    if not is_on:
        query[name] = code
    return {
        "label": label,
        "is_on": is_on,
        "url": f"{reverse('lots:lot_list')}?{query.urlencode()}",
    }


urls = [path("lots/", lot_list, name="lot_list")]
