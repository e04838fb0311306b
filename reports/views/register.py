"""Pages of many certificates: the register with its export, and those of a lot."""

import itertools

from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from lots.accounts.roles import readable, step_required
from lots.models import AssessmentState
from lots.rules.step_table import STEPS
from lots.tables.csv_export import csv_response
from lots.views import lot_page, lot_tabs
from lots.views.base import done
from lots.views.paging import query_without, turn_to_page
from lots.wording import sentence
from reports.filters import CertificateFilter
from reports.issuing import certificates
from reports.models import Certificate
from reports.status import reasons, verification
from reports.status.certificate_status import CertificateStatus
from reports.tables import SORTABLE, CertificateTable, csv_header, csv_row

PER_PAGE = 50
EXPORTED_AT_ONCE = 500


@require_safe
@readable
def certificate_list(request):
    """The register of certificates; `format=csv` gives exactly the filtered rows."""
    asked = CertificateFilter(
        request.GET,
        queryset=Certificate.objects.light().select_related(
            "lot__material", "assessment__specification", "customer", "issued_by"
        ),
    )
    troubles = []
    sort = request.GET.get("sort", "")
    if sort and sort.removeprefix("-") not in SORTABLE:
        troubles.append(
            _(
                "The list cannot be sorted by %(column)s; it shows the newest"
                " certificates first."
            )
            % {"column": sort[:40]}
        )
        sort = ""
    rows = Certificate.objects.none() if asked.errors else asked.qs
    table = CertificateTable(
        rows,
        order_by=sort or "-issued_at",
        empty_text=None
        if any(request.GET.get(name) for name in asked.filters)
        else _("No certificates yet."),
    )
    query = query_without(request, "page", "format")
    if request.GET.get("format") == "csv":
        if asked.errors:
            # The page says what is wrong; a file without lines would not.
            return redirect(f"{reverse('reports:certificate_list')}?{query}")
        return csv_response(
            "certificates.csv",
            csv_header(),
            _exported(table.data.data.iterator(chunk_size=EXPORTED_AT_ONCE)),
        )
    troubles += turn_to_page(table, request, per_page=PER_PAGE)
    table.codes = verification.codes([row.record for row in table.page.object_list])
    return render(
        request,
        "reports/certificates/certificate_list.html",
        {
            "table": table,
            "filter": asked,
            "troubles": troubles,
            "count": table.paginator.count,
            "query": query,
            "sort": sort,
            "left_over": Certificate.objects.left_over().count(),
            "may_issue": request.user.takes(*STEPS["issue"].roles),
        },
    )


def _exported(shown):
    """Yield each row of the export; what is said of their status is read in pieces."""
    while piece := list(itertools.islice(shown, EXPORTED_AT_ONCE)):
        codes = verification.codes(piece)
        for certificate in piece:
            yield csv_row(certificate, codes[certificate.pk])


@require_POST
@step_required("issue")
def finish_left_over(request):
    n = len(certificates.finish_left_over(by=request.user, at=timezone.now()))
    said = ngettext(
        "The issue of %(n)s certificate is completed.",
        "The issue of %(n)s certificates is completed.",
        n,
    )
    return done(request, said % {"n": n}, reverse("reports:certificate_list"))


@require_safe
@readable
def lot_certificates(request, pk):
    """The tab of a lot with its certificates, and its released assessments."""
    evaluated = lot_page.evaluated(pk)
    lot = evaluated.lot
    rows = with_status(
        lot.certificates.light()
        .select_related("lot", "assessment__specification", "customer", "issued_by")
        .order_by("-issued_at", "-pk")
    )
    return render(
        request,
        "reports/certificates/lot_certificates.html",
        {
            **lot_tabs.context(evaluated, request.user, "certificates"),
            "certificates": rows,
            "why_under_review": why_under_review(
                each for each, code in rows if code == CertificateStatus.UNDER_REVIEW
            ),
            "assessments": sorted(
                (
                    one.assessment
                    for one in evaluated.assessments
                    if one.assessment.state == AssessmentState.RELEASED
                ),
                key=lambda one: one.pk,
            ),
            "may_issue": request.user.takes(*STEPS["issue"].roles),
        },
    )


def why_under_review(rows):
    """Return why certificates of a lot are under review: sentences with reasons."""
    return [(sentence(each), each) for each in reasons.why(rows)]


def with_status(rows):
    """Return the certificates, each with the code of its status, in one query."""
    codes = verification.codes(rows)
    return [(each, codes[each.pk]) for each in rows]


urls = [
    path("certificates/", certificate_list, name="certificate_list"),
    path("certificates/finish/", finish_left_over, name="finish_left_over"),
    path("lots/<int:pk>/certificates/", lot_certificates, name="lot_certificates"),
]
