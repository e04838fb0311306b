"""Pages of imports: dry run, confirmation, receipt, template, maps to approve."""

import re

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext, gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from lots import calendar
from lots.accounts.roles import readable, step_required
from lots.evidence import signatures
from lots.forms.base import ReasonForm, SignedForm
from lots.forms.imports import CheckImportForm, RunImportForm, TemplateForm
from lots.imports import column_map, lot_import, map_approval, omissions, template
from lots.imports.row_report import NEW, STORED, WRONG, shown_columns
from lots.models import ColumnMap, ImportedFile, Lot, LotStatus
from lots.rules import step_table
from lots.rules.refusal import Refusal
from lots.rules.step_table import STEPS
from lots.views.base import done, status, taken
from lots.views.paging import page_of
from lots.wording import sentence
from lots.workflow import lot_stage

PER_PAGE = 50
# So many lots of a map are shown, the newest.
MOST_LOTS = 100
WORDS = {
    NEW: gettext_lazy("New"),
    STORED: gettext_lazy("Already imported"),
    WRONG: gettext_lazy("Wrong"),
}


@require_safe
@readable
def import_list(request):
    """Every file that was imported, the newest first."""
    found = (
        ImportedFile.objects.select_related("document", "by")
        .defer("document__content", "map")
        .order_by("-pk")
    )
    return render(
        request,
        "lots/imports/import_list.html",
        {
            "page": page_of(request, found, per_page=PER_PAGE),
            "may_import": request.user.takes(*STEPS["log"].roles),
            "maps": ColumnMap.objects.select_related(
                "proposed_by", "signature"
            ).order_by("-pk")[:PER_PAGE],
        },
    )


@step_required("log")
def import_new(request):
    """The file and its map; the dry run is the answer, and nothing is imported."""
    if request.method == "POST":
        form = CheckImportForm(request.POST, request.FILES)
    else:
        form = CheckImportForm()
    if taken(request, form, lot_import.check_file):
        return _checked(request, form.made)
    return _new(request, form)


@require_POST
@step_required("log")
def import_run(request):
    """Import what the dry run kept, by its digest."""
    form = RunImportForm(request.POST)
    if taken(request, form, lot_import.import_kept):
        n = form.made.rows
        return done(
            request,
            ngettext("%(n)s lot imported.", "%(n)s lots imported.", n) % {"n": n},
            reverse("lots:import_detail", args=[form.made.pk]),
        )
    again = CheckImportForm(initial={"map_text": request.POST.get("map_text", "")})
    return _new(request, again, refused=form)


def _new(request, form, *, refused=None):
    return render(
        request,
        "lots/imports/import_new.html",
        {"form": form, "refused": refused or form, "template_form": TemplateForm()},
        status=status(refused or form),
    )


# So many values of a column that shows other decimals are shown as examples.
MOST_EXAMPLES = 3


def _checked(request, checked):
    return render(
        request,
        "lots/imports/import_checked.html",
        {
            "checked": checked,
            "faults": _faults(checked.forms),
            "rows": [(form, WORDS[form.state]) for form in checked.forms],
            "new": checked.count(NEW),
            "stored": checked.count(STORED),
            "wrong": checked.count(WRONG),
            "omissions": [
                (one, _spans(one.places))
                for one in omissions.omissions(
                    (form.row, form.left_out) for form in checked.forms
                )
            ],
            "shown_columns": [
                (one, one.cells[:MOST_EXAMPLES], _spans(one.rows))
                for one in shown_columns(checked.forms)
            ],
            "translations": list(checked.map.translations()),
            "closed": sentence(checked.closed) if checked.closed else "",
            "column_map": map_approval.found(checked.map_text)
            if checked.closed
            else None,
            "again": CheckImportForm(initial={"map_text": checked.map_text}),
            "form": RunImportForm(
                initial={
                    "sha256": checked.document.sha256,
                    "map_text": checked.map_text,
                }
            ),
        },
    )


# The values of a refusal by which the same fault differs from lot to lot.
OF_ONE_LOT = frozenset({"lot", "twin", "original", "other", "first"})


def _faults(forms):
    """Return each fault of a column once: an example of it, how many rows, and which.

    Faults that differ only in the lot that they name are one, for they are fixed by
    one correction. What is in no column is named as the map would name it.
    """
    found: dict[tuple, list[tuple[int, Refusal]]] = {}
    for form in forms:
        for one in form.wrong:
            column = _columns(one.column) or one.why.field
            found.setdefault((column, *_same(one.why)), []).append((form.row, one.why))
    return [
        {
            "column": column,
            "said": sentence(faults[0][1]),
            "differs": len({sentence(why) for _row, why in faults}) > 1,
            "n": len(rows := list(dict.fromkeys(row for row, _why in faults))),
            "rows": _spans(rows),
        }
        for (column, *_), faults in found.items()
    ]


def _same(refusal):
    """Return what two refusals of one fault share."""
    others = {
        name: str(value)
        for name, value in refusal.params.items()
        if name not in OF_ONE_LOT
    }
    return refusal.sentence, tuple(sorted(others.items()))


def _columns(origin):
    """Return the columns that a fact comes from; a template of them names each."""
    return ", ".join(re.findall(r"\{([^{}]*)\}", origin)) or origin


def _spans(rows):
    """Return ascending row numbers in short: 2–13, 20."""
    spans: list[list[int]] = []
    for row in rows:
        if spans and row == spans[-1][1] + 1:
            spans[-1][1] = row
        else:
            spans.append([row, row])
    return ", ".join(
        str(first) if first == last else f"{first}\N{EN DASH}{last}"
        for first, last in spans
    )


@require_safe
@readable
def import_detail(request, pk):
    """The receipt: the file with its digest, its map, and the lots that came of it."""
    imported = get_object_or_404(
        ImportedFile.objects.select_related("document", "by").defer(
            "document__content"
        ),
        pk=pk,
    )
    lots = lot_stage.on_day(
        LotStatus.objects.filter(lot__imported=imported).order_by("pk"),
        calendar.today(timezone.now()),
    ).only("lot_id", "number", "stage", "manufactured_on", "open_investigations")
    return render(
        request,
        "lots/imports/import_detail.html",
        {
            "imported": imported,
            "omissions": [
                (one, ", ".join(map(str, one.places)))
                for one in omissions.omissions(
                    (number, omissions.of_lot(stored))
                    for number, stored in Lot.objects.filter(imported=imported)
                    .order_by("pk")
                    .values_list("number", "left_out")
                )
            ],
            "column_map": map_approval.found(imported.map),
            "page": page_of(request, lots, per_page=PER_PAGE),
        },
    )


@require_safe
@readable
def import_map(request, pk):
    """A map that translates: what it makes of which words, and who approved it."""
    column = _map(pk)
    may_withdraw = request.user.takes(*STEPS["withdraw_map"].roles)
    return render(
        request,
        "lots/imports/import_map.html",
        {**_about(column), "may_withdraw": may_withdraw},
    )


@step_required("approve_map")
def approve_map(request, pk):
    """The translations of a map, to be signed by a second person."""
    column = _map(pk)
    form = SignedForm(request.POST or None)
    if taken(request, form, map_approval.approve_map, column=column):
        return done(
            request,
            gettext("The column map is approved; files can be imported with it."),
            reverse("lots:import_map", args=[column.pk]),
        )
    text = map_approval.map_text(column)
    return render(
        request,
        "lots/imports/approve_map.html",
        {
            **_about(column),
            "form": form,
            "text": text,
            "shown": signatures.shown(text),
            "meaning": gettext(STEPS["approve_map"].meaning),
            "why": _why_not(column, request.user),
        },
        status=status(form),
    )


@step_required("withdraw_map")
def withdraw_map(request, pk):
    """A map is withdrawn with a reason; what was imported with it is listed."""
    column = _map(pk)
    form = ReasonForm(request.POST or None)
    if taken(request, form, map_approval.withdraw_map, column=column):
        return done(
            request,
            gettext("The column map is withdrawn; nothing is imported with it."),
            reverse("lots:import_map", args=[column.pk]),
        )
    closed = map_approval.to_withdraw(column)
    return render(
        request,
        "lots/imports/withdraw_map.html",
        {
            **_about(column),
            "form": form,
            "why": sentence(closed) if closed else "",
        },
        status=status(form),
    )


def _map(pk):
    return get_object_or_404(
        ColumnMap.objects.select_related("proposed_by", "signature", "withdrawn_by"),
        pk=pk,
    )


def _about(column):
    read = column_map.read(column.text)
    return {
        "column_map": column,
        "translations": list(read.translations()),
        "ignored": [(name, why.word) for name, why in read.ignore.items()],
        **_imported_with(column),
    }


def _imported_with(column):
    """Return the lots that were imported with the map, the newest, and how many."""
    lots = LotStatus.objects.filter(lot__imported__in=map_approval.imported(column))
    n = lots.count()
    newest = lot_stage.on_day(
        lots.select_related("lot__imported__document").order_by("-pk"),
        calendar.today(timezone.now()),
    )
    return {
        "imported_lots": newest[:MOST_LOTS],
        "lot_count": n,
        "more_lots": max(0, n - MOST_LOTS),
    }


def _why_not(column, person):
    """Return why this person cannot approve the map, blank where they can."""
    if closed := map_approval.to_withdraw(column):
        return sentence(closed)
    try:
        step_table.check(
            STEPS["approve_map"],
            subject=str(column),
            roles=frozenset(person.roles),
            deeds=map_approval.deeds(column, person),
        )
    except step_table.NotAllowed as refusal:
        return sentence(refusal)
    return ""


@require_safe
@step_required("log")
def import_template(request):
    """A CSV header for lots of a material or, with `map`, the map that goes with it."""
    form = TemplateForm(request.GET)
    if not form.is_valid():
        return redirect("lots:import_new")
    material = form.cleaned_data["material"]
    is_map = "map" in request.GET
    make = template.template_map if is_map else template.template
    name = f"{slugify(material.item_code) or 'lots'}.{'toml' if is_map else 'csv'}"
    return HttpResponse(
        make(material=material),
        content_type=f"{'application/toml' if is_map else 'text/csv'}; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


urls = [
    path("imports/", import_list, name="import_list"),
    path("imports/new/", import_new, name="import_new"),
    path("imports/run/", import_run, name="import_run"),
    path("imports/template/", import_template, name="import_template"),
    path("imports/maps/<int:pk>/", import_map, name="import_map"),
    path("imports/maps/<int:pk>/approve/", approve_map, name="approve_map"),
    path("imports/maps/<int:pk>/withdraw/", withdraw_map, name="withdraw_map"),
    path("imports/<int:pk>/", import_detail, name="import_detail"),
]
