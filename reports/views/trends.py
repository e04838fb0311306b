"""Trends: the results of a test lot after lot, and all tests of a material at a glance.

What is asked for is in the address; `format` gives the same as a file. The statistics
are loaded by the first page that needs them, and by no other.
"""

from urllib.parse import urlencode

from django.db.models import Exists, OuterRef
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from lots import calendar
from lots.accounts.roles import readable
from lots.evaluation import test_series
from lots.evaluation.test_series import Range
from lots.models import (
    Lot,
    LotState,
    LotStatus,
    Material,
    Purpose,
    Qualification,
    Test,
)
from lots.rules.uses import USES
from lots.setup import master_data, specification_versions
from lots.setup.catalogue import criterion_of as rule_of
from lots.tables.csv_export import csv_response
from reports.charts import svg
from reports.trend_filter import TrendFilter, criterion_of

# How many lots a small multiple shows.
SMALL = 50
MAIN = ("use", "last", "limits", "rules", "baseline")
MORE = ("since", "until", "process", "site")
FORMATS = ("csv", "svg", "pdf")


@require_safe
@readable
def trends(request):
    """All tests of a material as small multiples, what needs attention first."""
    from reports.trends import overview

    pairs = _pairs()
    chosen = _chosen(request, pairs)
    tests: tuple = ()
    series = None
    if chosen:
        material, use = chosen
        catalogue = master_data.current().catalogue(material.pk)
        asked = [pk for pk in catalogue.tests if test_series.has_numbers(catalogue, pk)]
        series = test_series.series_of(Range(material.pk, use, last=SMALL), asked)
        specification = _effective(material, use)
        tests = overview.multiples(
            series,
            catalogue,
            specification,
            address=lambda test: _address(material.pk, test.pk, use),
        )
    return render(
        request,
        "reports/trends/overview.html",
        {
            "chosen": chosen,
            "places": [
                {
                    "material": material,
                    "use": use,
                    "url": f"?{urlencode({'material': material.pk, 'use': use})}",
                    "is_on": (material, use) == chosen,
                }
                for material, use in pairs
            ],
            "series": series,
            "tests": tests,
        },
    )


def _pairs():
    """Return each material and use of which there are lots, by name."""
    made = Lot.objects.filter(material=OuterRef("material"), use=OuterRef("use"))
    asked = (
        Qualification.objects.filter(Exists(made.exclude(state=LotState.VOID)))
        .order_by("material__name", "use")
        .values_list("material", "use")
        .distinct()
    )
    pairs = [(pk, use) for pk, use in asked if use in USES]
    materials = Material.objects.in_bulk({pk for pk, _use in pairs})
    return [(materials[pk], use) for pk, use in pairs]


def _chosen(request, pairs):
    """Return the material and use that the address names, else those made last."""
    for material, use in pairs:
        if request.GET.get("material") == str(material.pk) and (
            request.GET.get("use") in (use, None, "")
        ):
            return material, use
    last = (
        LotStatus.objects.exclude(state=LotState.VOID)
        .order_by("-manufactured_on")
        .values_list("material", "use")
        .first()
    )
    return next(
        (one for one in pairs if (one[0].pk, one[1]) == last), next(iter(pairs), None)
    )


def _address(material_id, test_id, use):
    found = reverse("reports:trend", args=[material_id, test_id])
    return f"{found}?{urlencode({'use': use})}"


def _effective(material, use):
    """Return the specification in force by which lots of the use are released first."""
    found = specification_versions.effective(
        material=material,
        on=calendar.today(timezone.now()),
        use=use,
        purposes=(Purpose.RELEASE,),
    )
    own = [one for one in found if one.may_release_alone]
    return next(iter(own or found), None)


@require_safe
@readable
def trend(request, material, test):
    """The trend of a test: chart, signals, capability, and the table of its points."""
    material = get_object_or_404(Material, pk=material)
    test = get_object_or_404(Test, pk=test, material=material)
    catalogue = master_data.current().catalogue(material.pk)
    if not test_series.has_numbers(catalogue, test.pk):
        raise Http404("The results of this test are no numbers.")
    from lots.consistency import analysis
    from reports.trends import test_trend

    uses = (request.GET.get("use"), _latest_use(material), *USES)
    default_use = next(use for use in uses if use in USES)
    specification = _effective(material, default_use)
    asked = TrendFilter(
        request.GET,
        material=material,
        test=test,
        default_use=default_use,
        effective={specification.pk} if specification else set(),
    )
    looked_at = asked.range()
    kind = request.GET.get("format", "")
    if kind and (asked.errors or kind not in FORMATS):
        query = request.GET.copy()
        del query["format"]
        return redirect(f"{request.path}?{query.urlencode()}")
    found = test_series.series_of(looked_at, [test.pk])
    row = criterion_of(asked.specification, test)
    limits = analysis.limits_of(rule_of(row, unit=test.unit)) if row else None
    shown = test_trend.test_trend(
        test,
        found,
        found.of_test[test.pk],
        limits,
        rules=analysis.RULE_SETS[asked.rule_set],
        baseline=asked.first,
    )
    if kind:
        return _file(kind, request, material, asked, shown)
    query = request.GET.copy()
    query.pop("format", None)
    fields = asked.shown()
    return render(
        request,
        "reports/trends/trend.html",
        {
            "material": material,
            "test": test,
            "use": looked_at.use,
            "filter": fields,
            "main": [fields[name] for name in MAIN],
            "more": [fields[name] for name in MORE],
            "more_asked": any(request.GET.get(name) for name in MORE),
            "specification": asked.specification,
            "criterion": row,
            "trend": shown,
            "chart": svg.drawn(shown.chart, name="chart") if shown.chart else "",
            "histogram": svg.drawn(shown.histogram, name="histogram")
            if shown.histogram
            else "",
            "query": query.urlencode(),
            "overview": f"{reverse('reports:trends')}?"
            + urlencode({"material": material.pk, "use": looked_at.use}),
        },
    )


def _latest_use(material):
    """Return the use of the lot of the material that was logged last."""
    return (
        Lot.objects.filter(material=material)
        .exclude(state=LotState.VOID)
        .order_by("-pk")
        .values_list("use", flat=True)
        .first()
    )


def _file(kind, request, material, asked, shown):
    """Return the trend as a file: its points, its chart, or the page of it."""
    name = f"trend-{material.item_code}-{shown.test.code}.{kind}".lower()
    if kind == "csv":
        return csv_response(name, shown.csv_header(), shown.csv_rows())
    if kind == "svg":
        if shown.chart is None:
            raise Http404("There is no result to draw.")
        content, kind_of = svg.file(shown.chart).encode(), "image/svg+xml"
    else:
        from reports.trends import sheet

        at = timezone.now()
        content = sheet.pdf(
            shown,
            material=material,
            said=asked.said(),
            by=request.user.printed_name,
            at=calendar.stamp(at),
        )
        kind_of = "application/pdf"
    return HttpResponse(
        content,
        content_type=kind_of,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


urls = [
    path("trends/", trends, name="trends"),
    path("trends/<int:material>/<int:test>/", trend, name="trend"),
]
