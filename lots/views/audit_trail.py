"""Pages of the audit trail: filter, details, CSV export."""

from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lots.accounts.roles import TRAIL_READERS, role_required
from lots.forms.audit_trail import TrailFilter
from lots.models import AuditEntry
from lots.tables.audit_trail import Entries, TrailTable
from lots.tables.csv_export import csv_response
from lots.views.setup_base import listed, show

reads_trail = role_required(*TRAIL_READERS)
HEADER = (
    "sequence",
    "at",
    "by",
    "account",
    "action",
    "table",
    "record",
    "lot",
    "field",
    "old",
    "new",
    "reason",
    "digest",
)


@require_safe
@reads_trail
def audit_trail(request):
    form = TrailFilter(request.GET)
    return show(
        request,
        "lots/evidence/audit_trail.html",
        title=_("Audit trail"),
        form=form,
        table=listed(request, TrailTable(Entries(form.entries()))),
        head=AuditEntry.objects.order_by("-sequence").first(),
        query=request.GET.urlencode(),
    )


@require_safe
@reads_trail
def audit_export(request):
    """Answer with exactly the filtered entries, one line for each changed value.

    Where a filter is wrong, the page says so: a file without lines would not.
    """
    form = TrailFilter(request.GET)
    if not form.is_valid():
        return redirect(f"{reverse('lots:audit_trail')}?{request.GET.urlencode()}")
    entries = form.entries().iterator(chunk_size=500)
    return csv_response("audit-trail.csv", HEADER, _lines(entries))


def _lines(entries):
    for entry in entries:
        start = (
            entry.sequence,
            entry.at.isoformat(),
            entry.by_name,
            entry.account,
            entry.action,
            entry.table,
            entry.record,
            entry.lot.number if entry.lot else "",
        )
        changes = entry.changes or {"": [None, None]}
        for name, (old, new) in changes.items():
            yield (*start, name, old, new, entry.reason, entry.digest)


urls = [
    path("audit/", audit_trail, name="audit_trail"),
    path("audit/export/", audit_export, name="audit_export"),
]
