"""Pages that add to a lot: logging it, its samples, files and test orders."""

from django.db.models import Min, Q
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lots import calendar
from lots.accounts.roles import step_required
from lots.forms.base import whole_number
from lots.forms.intake import (
    PARENT_ROWS,
    AssessmentForm,
    AttachmentForm,
    LogLotForm,
    OriginalCertificateForm,
    ParentFormSet,
    SampleForm,
    TestOrderForm,
)
from lots.forms.results import InvalidRunForm
from lots.intake import log, samples, test_orders
from lots.models import (
    Approval,
    Attachment,
    Lot,
    Qualification,
    Result,
    TestOrder,
)
from lots.results import invalid_runs, result_entry
from lots.rules.roles import IssuerRole
from lots.setup import specification_versions
from lots.views import lot_page
from lots.views.base import done, status, taken
from lots.wording import sentence
from lots.workflow import blockers


@step_required("log")
def log_lot(request):
    if request.method == "POST" and "more" not in request.POST:
        parents = ParentFormSet(request.POST, prefix="parents")
        form = LogLotForm(request.POST, request.FILES, parents=parents)
    else:
        typed = request.POST.dict()
        parents = ParentFormSet(initial=_parents_typed(typed), prefix="parents")
        form = LogLotForm(initial=typed, parents=parents)
    if form.is_bound and taken(request, form, log.log_lot):
        said = _("Lot %(lot)s is logged.") % {"lot": form.made.number}
        return done(request, said, lot_page.address(form.made))
    chosen = {name: form[name].value() or "" for name in ("material", "site")}
    return render(
        request,
        "lots/intake/log_lot.html",
        {
            "form": form,
            "files_lost": bool(request.FILES),
            "qualifications": _qualifications(chosen),
            "processes": Qualification.objects.filter(state=Approval.APPROVED)
            .order_by("process")
            .values_list("process", flat=True)
            .distinct(),
        },
        status=status(form),
    )


@require_safe
@step_required("log")
def valid_qualifications(request):
    """The part of the page that follows the material and site chosen.

    With the issuer role, which another company's site never lets us have.
    """
    return render(
        request,
        "lots/intake/_qualifications.html",
        {"qualifications": _qualifications(request.GET), "role": _role(request.GET)},
    )


def _role(chosen):
    """Return the field of the issuer role as the site chosen proposes it."""
    if whole_number(chosen.get("site", "")) is None:
        return ""
    told = chosen.get("issuer_role", "")
    kept = {} if told in ("", IssuerRole.MANUFACTURER) else {"issuer_role": told}
    form = LogLotForm(
        initial={"site": chosen["site"], **kept},
        parents=ParentFormSet(prefix="parents"),
    )
    return form["issuer_role"].as_widget(attrs={"hx-swap-oob": "true"})


def _parents_typed(typed):
    """Return the parent rows typed so far and as many blank ones again."""
    rows = whole_number(typed.get("parents-TOTAL_FORMS", "")) if typed else 0
    return [
        {
            "parent": typed.get(f"parents-{number}-parent", ""),
            "quantity": typed.get(f"parents-{number}-quantity", ""),
        }
        for number in range(min(rows or 0, ParentFormSet.max_num - PARENT_ROWS))
    ]


def _qualifications(chosen):
    found = Qualification.objects.exclude(
        state__in=[Approval.DRAFT, Approval.SUPERSEDED]
    ).select_related("site__organisation", "material")
    for name in ("material", "site"):
        key = whole_number(str(chosen.get(name) or ""))
        if key is not None:
            found = found.filter(Q(**{f"{name}_id": key}))
    return found.order_by("material__name", "site__organisation__name", "use", "pk")


@step_required("sample")
def take_sample(request, pk):
    lot = get_object_or_404(Lot, pk=pk)
    initial = {
        "taken_on": calendar.today(timezone.now()),
        "taken_by": request.user.printed_name,
    }
    return _add(
        request,
        lot=lot,
        form=SampleForm(request.POST or None, initial=initial),
        call=samples.take_sample,
        heading="sample",
        anchor="samples",
    )


@step_required("enter")
def attach(request, pk):
    lot = get_object_or_404(Lot, pk=pk)
    form = AttachmentForm(
        request.POST or None,
        request.FILES or None,
        results=Result.objects.filter(test_order__lot=lot)
        .select_related("test")
        .order_by("test__name", "attempt"),
        files=_files(lot),
        initial={"result": request.GET.get("result", "")},
    )
    return _add(
        request,
        lot=lot,
        form=form,
        call=result_entry.attach,
        heading="attach",
        anchor="samples",
    )


def _files(lot):
    """Return an attachment for each file of the lot, the first of each."""
    first = Attachment.objects.filter(lot=lot).values("document").annotate(Min("pk"))
    return (
        Attachment.objects.filter(pk__in=first.values("pk__min"))
        .select_related("document")
        .defer("document__content")
        .order_by("pk")
    )


@step_required("invalid_run")
def invalid_run(request, pk):
    lot = get_object_or_404(Lot, pk=pk)
    return _add(
        request,
        lot=lot,
        form=InvalidRunForm(request.POST or None, request.FILES or None),
        call=invalid_runs.record_invalid_run,
        heading="invalid_run",
        anchor="samples",
    )


@step_required("enter")
def attach_original(request, pk):
    return _add(
        request,
        lot=get_object_or_404(Lot, pk=pk),
        form=OriginalCertificateForm(request.POST or None, request.FILES or None),
        call=log.attach_original,
        heading="original",
        anchor="samples",
    )


@step_required("examine")
def open_test_order(request, pk):
    lot = get_object_or_404(Lot, pk=pk)
    return _add(
        request,
        lot=lot,
        form=TestOrderForm(request.POST or None),
        call=test_orders.open_test_order,
        heading="examine",
        anchor="results",
    )


@step_required("assess")
def add_assessment(request, pk):
    test_order = get_object_or_404(
        TestOrder.objects.select_related("lot__material"), pk=pk
    )
    lot = test_order.lot
    at = timezone.now()
    effective = specification_versions.offered(
        material=lot.material, on=calendar.today(at), occasion=test_order.occasion
    )
    closed = blockers.to_assess(test_order, effective)
    form = AssessmentForm(
        request.POST or None,
        specifications=effective,
        offered=[one for one, refusal in closed.items() if refusal is None],
    )
    return _add(
        request,
        lot=lot,
        form=form,
        call=test_orders.add_assessment,
        subject={"test_order": test_order},
        heading="assess",
        anchor="results",
        closed=[(one, sentence(why)) for one, why in closed.items() if why],
    )


def _add(request, *, lot, form, call, heading, anchor, subject=None, closed=()):
    """Add something to the lot, or to the `subject` that the verb takes instead.

    `closed` pairs what is not offered with why.
    """
    if taken(request, form, call, **(subject or {"lot": lot})):
        said = lot_page.ADDING[heading].said
        return done(request, said, lot_page.address(lot, anchor))
    return render(
        request,
        "lots/intake/add.html",
        {
            "lot": lot,
            "form": form,
            "words": lot_page.ADDING[heading],
            "closed": closed,
        },
        status=status(form),
    )


urls = [
    path("lots/log/", log_lot, name="log_lot"),
    path(
        "lots/log/qualifications/",
        valid_qualifications,
        name="valid_qualifications",
    ),
    path("lots/<int:pk>/samples/new/", take_sample, name="take_sample"),
    path("lots/<int:pk>/attachments/new/", attach, name="attach"),
    path("lots/<int:pk>/invalid-runs/new/", invalid_run, name="invalid_run"),
    path(
        "lots/<int:pk>/original-certificate/", attach_original, name="attach_original"
    ),
    path("lots/<int:pk>/test-orders/new/", open_test_order, name="open_test_order"),
    path(
        "test-orders/<int:pk>/assessments/new/",
        add_assessment,
        name="add_assessment",
    ),
]
