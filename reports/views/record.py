"""Printed record of a lot: everything that is stored about it, on one page.

Every attempt, signature and audit entry. Texts that were signed are shown with their
beginning and digest; the export of the trail has them whole. The number of queries is
fixed.
"""

import json
from dataclasses import dataclass

from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_safe

from lots.accounts.roles import readable
from lots.consistency import findings
from lots.evaluation import evaluator
from lots.history import history
from lots.models import Attachment, AuditEntry, Lot, Parentage, Sample, Signature
from lots.views import lot_page, results_grid
from lots.wording import now_called
from reports.models import Certificate
from reports.status import verification


@dataclass(frozen=True)
class PrintedAttempt:
    """A stored result with its verdicts, and each mark that it was given."""

    test: object
    stored: results_grid.StoredAttempt
    verdicts: tuple
    marks: tuple


@require_safe
@readable
def lot_record(request, pk):
    """Everything about the lot, to print; it says by whom and when it was."""
    lot = get_object_or_404(
        Lot.objects.select_related(
            "material",
            "site__organisation",
            "qualification",
            "use_document",
            "original_certificate",
            "logged_by",
            "status",
        ).defer("use_document__content", "original_certificate__content"),
        pk=pk,
    )
    evaluated = evaluator.evaluate(lot)
    return render(
        request,
        "reports/lot_record.html",
        {
            "lot": lot,
            "evaluated": evaluated,
            "parents": Parentage.objects.filter(lot=lot)
            .select_related("parent")
            .order_by("pk"),
            "offspring": Parentage.objects.filter(parent=lot)
            .select_related("lot")
            .order_by("pk"),
            "documents": _documents(lot),
            "findings": findings.of(lot),
            "invalid_runs": lot_page.invalid_runs(lot),
            "samples": Sample.objects.filter(lot=lot)
            .select_related("recorded_by")
            .order_by("pk"),
            "test_orders": [_test_order(one) for one in evaluated.test_orders],
            "signatures": _signatures(lot),
            "certificates": _certificates(lot),
            "history": history.of(
                AuditEntry.objects.filter(lot=lot)
                .select_related("lot")
                .order_by("sequence")
            ),
            "printed_by": request.user,
            "printed_at": timezone.now(),
        },
    )


def _documents(lot):
    """Return what is attached, without the files."""
    return (
        Attachment.objects.filter(lot=lot)
        .select_related("document", "attached_by", "result__test")
        .defer("document__content")
        .order_by("pk")
    )


def _test_order(test_order):
    """Return the attempts, and each of their laboratories once: a row has its name."""
    attempts = _attempts(test_order)
    laboratories = {each.stored.result.laboratory for each in attempts}
    return {
        "evaluated": test_order,
        "attempts": attempts,
        "laboratories": sorted(laboratories, key=lambda site: (str(site), site.pk)),
    }


def _attempts(test_order):
    """Return every attempt of the test order, in the order of its specification."""
    return [
        PrintedAttempt(
            test=grid_row.test,
            stored=results_grid.stored(attempt),
            verdicts=results_grid.verdicts(grid_row, attempt),
            marks=attempt.marks,
        )
        for grid_row in (*test_order.grid, *test_order.informational)
        for attempt in grid_row.attempts
    ]


@dataclass(frozen=True)
class Signed:
    """A signature with what its text says: words of the evidence, as they were signed.

    `manufacturer` is what it names, with what the place is called today; `stated` is
    what was ticked, `exceptions` are those of the audit trail, and `files` the raw data
    with whether they were opened.
    """

    signature: Signature
    manufacturer: str
    stated: tuple[str, ...]
    exceptions: tuple[str, ...]
    files: tuple[str, ...]


# What every release stated before there were boxes, as its page said it.
_LABEL = ("label_and_certificate_agree", "The label agrees with the certificate.")


def _signatures(lot):
    found = Signature.objects.filter(lot=lot).order_by("at", "pk")
    return [_signed(one, str(lot.site)) for one in found]


def _signed(signature, today):
    stored = json.loads(signature.text)
    # Without statements a signature keeps the shown text alone.
    shown = json.loads(stored["shown"]) if "shown" in stored else stored
    statements = stored.get("statements", {})
    named = shown.get("printed", {}).get("manufacturer")
    return Signed(
        signature=signature,
        manufacturer=now_called(
            f"{named['name']}, {named['site']}" if named else "", today
        ),
        stated=(
            *((_LABEL[1],) if statements.get(_LABEL[0]) else ()),
            *statements.get("stated", {}).values(),
        ),
        exceptions=tuple(one["said"] for one in shown.get("exceptions", ())),
        files=tuple(
            f"{one['title']}: {one['opened']}"
            for one in shown.get("attachments", ())
            if one.get("opened")
        ),
    )


def _certificates(lot):
    found = list(
        Certificate.objects.light()
        .filter(lot=lot)
        .select_related("lot", "assessment__specification", "customer", "issued_by")
        .order_by("pk")
    )
    codes = verification.codes(found)
    return [(one, codes[one.pk].word) for one in found]


urls = [path("lots/<int:pk>/record/", lot_record, name="lot_record")]
