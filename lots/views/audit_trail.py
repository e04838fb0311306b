"""Pages of the audit trail: a sentence for each act, details, CSV export."""

import itertools

from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lots.accounts.roles import TRAIL_READERS, role_required
from lots.evidence import chained_names, creations
from lots.forms.audit_trail import TrailFilter
from lots.history import history
from lots.models import AuditEntry, Signature
from lots.rules import chain
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
SIGNATURES = chained_names.table(Signature)
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

    A signed text is there whole, from its signature, as long as its digest is that of
    the trail.

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
        texts = _signed_texts(some)
        for one in some:
            for entry in creations.apart(one):
                yield from _lines_of(entry, sentences[entry.sequence], texts)


def _chunks(entries):
    while some := list(itertools.islice(entries, CHUNK)):
        yield some


def _signed_texts(entries):
    """Return by its digest each text that these entries tell by its digest alone."""
    keys = [one.record for one in entries if one.table == SIGNATURES]
    texts = Signature.objects.filter(pk__in=keys).values_list("text", flat=True)
    return {chain.digest(text): text for text in texts} if keys else {}


def _whole(value, texts):
    """Return a text whole where the trail has its beginning and digest."""
    if isinstance(value, dict) and "sha256" in value:
        return texts.get(value["sha256"], value)
    return value


def _lines_of(entry, told, texts):
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
        said = (_whole(old, texts), _whole(new, texts))
        yield (*start, name, *said, entry.reason, entry.digest, told)


urls = [
    path("audit/", audit_trail, name="audit_trail"),
    path("audit/<int:pk>/", audit_act, name="audit_act"),
    path("audit/export/", audit_export, name="audit_export"),
]
