"""Pages of the audit trail: a sentence for each act, details, CSV export."""

import itertools

from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lots.accounts.roles import TRAIL_READERS, role_required
from lots.forms.audit_trail import TrailFilter
from lots.history import history
from lots.models import AuditEntry
from lots.tables.audit_trail import Acts, TrailTable
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
    "sentence",
)
# An act comes with its detail, so a page has fewer of them than other lists have rows.
ACTS_PER_PAGE = 25
# So many entries have their sentences made at once.
CHUNK = 200


@require_safe
@reads_trail
def audit_trail(request):
    form = TrailFilter(request.GET)
    return show(
        request,
        "lots/evidence/audit_trail.html",
        title=_("Audit trail"),
        form=form,
        table=listed(request, TrailTable(Acts(form.entries())), per_page=ACTS_PER_PAGE),
        head=AuditEntry.objects.order_by("-sequence").first(),
        query=request.GET.urlencode(),
    )


@require_safe
@reads_trail
def audit_act(request, pk):
    """The act that the entry belongs to, with the detail of all its entries."""
    entry = get_object_or_404(AuditEntry, pk=pk)
    [told] = history.around([entry])
    title = _("Audit trail, entry %(number)s") % {"number": pk}
    return show(request, "lots/evidence/act.html", title=title, told=told)


@require_safe
@reads_trail
def audit_export(request):
    """Answer with exactly the filtered entries, one line for each changed value.

    The last column is the sentence of the whole act, also where the filter holds only
    some of its entries. Where a filter is wrong, the page says so: a file without lines
    would not.
    """
    form = TrailFilter(request.GET)
    if not form.is_valid():
        return redirect(f"{reverse('lots:audit_trail')}?{request.GET.urlencode()}")
    entries = form.entries().iterator(chunk_size=CHUNK)
    return csv_response("audit-trail.csv", HEADER, _lines(entries))


def _lines(entries):
    for some in _chunks(entries):
        sentences = history.sentences_of(some)
        for entry in some:
            yield from _lines_of(entry, sentences[entry.sequence])


def _chunks(entries):
    while some := list(itertools.islice(entries, CHUNK)):
        yield some


def _lines_of(entry, told):
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
        yield (*start, name, old, new, entry.reason, entry.digest, told)


urls = [
    path("audit/", audit_trail, name="audit_trail"),
    path("audit/<int:pk>/", audit_act, name="audit_act"),
    path("audit/export/", audit_export, name="audit_export"),
]
