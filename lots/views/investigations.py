"""Pages of investigations: the list, and one from opening to conclusion."""

from django.db.models import Exists, OuterRef
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lots.accounts import permissions
from lots.accounts.roles import readable, step_required
from lots.evaluation import evaluator, runs, signed_text
from lots.evidence import signatures
from lots.forms.base import ReasonForm
from lots.forms.investigations import ConclusionForm, PhaseOneForm, PlanForm
from lots.investigations import conduct, opening
from lots.investigations.phase_one import sign_phase_one
from lots.models import Attachment, Investigation, PhaseOne, Result
from lots.rules import step_table
from lots.rules.step_table import STEPS
from lots.views import lot_page, results_grid
from lots.views.base import done, status, taken
from lots.views.paging import page_of
from lots.wording import sentence
from lots.workflow import blockers

PER_PAGE = 50


@require_safe
@readable
def investigation_list(request):
    """Open investigations, oldest first; with `closed` in the address the others."""
    is_closed = "closed" in request.GET
    found = (
        Investigation.objects.filter(closed_at__isnull=not is_closed)
        .select_related("lot__material", "result__test", "opened_by")
        .annotate(is_checked=Exists(PhaseOne.objects.filter(result=OuterRef("result"))))
        .order_by("-closed_at" if is_closed else "opened_at", "pk")
    )
    page = page_of(request, found, per_page=PER_PAGE)
    return render(
        request,
        "lots/investigations/list.html",
        {
            "page": page,
            "rows": [(one, _days(one)) for one in page],
            "is_closed": is_closed,
        },
    )


@require_safe
@readable
def investigation_detail(request, pk):
    return _page(request, _investigation(pk))


@step_required("phase_one")
def phase_one(request, pk):
    """The checklist of phase I, signed; shown again where it is refused."""
    investigation = _investigation(pk)
    form = PhaseOneForm(request.POST or None)
    if taken(request, form, sign_phase_one, investigation=investigation):
        said = _("Phase I of investigation %(number)s is signed.")
        return _done(request, said, investigation)
    return _page(request, investigation, phase_one_form=form)


@step_required("plan")
def plan(request, pk):
    """The hypothesis and the number of retests; shown again where it is refused."""
    investigation = _investigation(pk)
    form = PlanForm(request.POST or None)
    if taken(request, form, conduct.plan, investigation=investigation):
        said = _("The retest plan of investigation %(number)s is set.")
        return _done(request, said, investigation)
    return _page(request, investigation, plan_form=form)


@step_required("conclude")
def conclude(request, pk):
    """The conclusion, signed; shown again where it is refused."""
    investigation = _investigation(pk)
    evaluated = evaluator.evaluate(investigation.lot)
    of_run = runs.others(evaluated, investigation.result)
    form = ConclusionForm(request.POST or None, request.FILES or None, of_run=of_run)
    if taken(request, form, conduct.conclude, investigation=investigation):
        said = _("Investigation %(number)s is concluded.")
        return _done(request, said, investigation)
    return _page(
        request,
        investigation,
        evaluated=evaluated,
        of_run=of_run,
        conclusion_form=form,
    )


def _done(request, said, investigation):
    address = reverse("lots:investigation_detail", args=[investigation.pk])
    return done(request, said % {"number": investigation.number}, address)


@step_required("enter", "examine")
def open_investigation(request, pk):
    """Opening an investigation on a result that cannot be decided."""
    result = get_object_or_404(
        Result.objects.select_related("test", "test_order__lot__material"), pk=pk
    )
    form = ReasonForm(request.POST or None)
    if taken(request, form, opening.open_for_undecided, result=result):
        return done(
            request,
            _("Investigation %(number)s is open.") % {"number": form.made.number},
            lot_page.address(result.test_order.lot, "investigations"),
        )
    return render(
        request,
        "lots/investigations/open.html",
        {"lot": result.test_order.lot, "result": result, "form": form},
        status=status(form),
    )


def _page(
    request,
    investigation,
    *,
    evaluated=None,
    of_run=None,
    phase_one_form=None,
    plan_form=None,
    conclusion_form=None,
):
    lot = investigation.lot
    evaluated = evaluated or evaluator.evaluate(lot)
    test_order = evaluated.of(investigation.result.test_order_id)
    row = next(
        row
        for row in (*test_order.grid, *test_order.informational)
        if row.test.pk == investigation.result.test_id
    )
    loaded = next(one for one in evaluated.investigations if one.pk == investigation.pk)
    if of_run is None:
        of_run = runs.others(evaluated, loaded.result)
    text = signed_text.investigation_text(evaluated, investigation)
    sent = phase_one_form or plan_form or conclusion_form
    return render(
        request,
        "lots/investigations/detail.html",
        {
            "lot": lot,
            "investigation": investigation,
            "test": row.test,
            "days_open": _days(investigation),
            "attempts": [
                (results_grid.stored(attempt), results_grid.verdicts(row, attempt))
                for attempt in row.attempts
            ],
            "attachments": Attachment.objects.filter(
                lot=lot, result__test=investigation.result.test_id
            )
            .select_related("document")
            .defer("document__content")
            .order_by("pk"),
            "phase_one": loaded.phase_one,
            "phase_one_form": phase_one_form or PhaseOneForm(),
            "plan_form": plan_form or PlanForm(),
            "conclusion_form": conclusion_form or ConclusionForm(of_run=of_run),
            "laboratory": loaded.result.laboratory,
            "run": loaded.result.run,
            "decisions": investigation.run_decisions.select_related(
                "result__test", "result__test_order__lot"
            ).order_by("pk"),
            "why_no_phase_one": _why(
                "phase_one",
                investigation,
                request.user,
                done=permissions.deeds_with(
                    blockers.behind_investigation(loaded, test_order), request.user
                ),
            ),
            # Whoever has not the role reads once in each part who decides it.
            "is_qa": request.user.is_a(*STEPS["conclude"].roles),
            "why_no_plan": _why("plan", investigation, request.user),
            "why_no_conclusion": _why("conclude", investigation, request.user)
            or _closed(loaded, test_order),
            "is_planned": investigation.planned_at is not None,
            "text": text,
            "shown": signatures.shown(text),
            "meaning": _(STEPS["conclude"].meaning),
            "meaning_of_phase_one": _(STEPS["phase_one"].meaning),
        },
        status=status(sent) if sent else 200,
    )


def _why(code, investigation, person, *, done=None):
    """Return why the step is closed to this person now, blank where it is open.

    `done` overrides what counts as the person's deeds, as the verb does.
    """
    lot = investigation.lot
    try:
        step_table.check(
            STEPS[code],
            subject=investigation.number,
            roles=frozenset(person.roles),
            lot_state=lot.state,
            deeds=permissions.deeds(lot, person) if done is None else done,
        )
    except step_table.NotAllowed as refusal:
        return sentence(refusal)
    return ""


def _closed(investigation, test_order):
    """Return why the records close the conclusion, blank where they do not."""
    blocker = blockers.to_conclude(investigation, test_order)
    return sentence(blocker) if blocker else ""


def _days(investigation):
    """Return the days from opening to closing, or until now."""
    return lot_page.days_between(
        investigation.opened_at, investigation.closed_at or timezone.now()
    )


def _investigation(pk):
    return get_object_or_404(
        Investigation.objects.select_related(
            "lot__material",
            "lot__site__organisation",
            "lot__status",
            "result__test",
            "opened_by",
            "planned_by",
            "evidence_file",
            "signature",
            "corrected_by",
        ),
        pk=pk,
    )


urls = [
    path("investigations/", investigation_list, name="investigation_list"),
    path("investigations/<int:pk>/", investigation_detail, name="investigation_detail"),
    path("investigations/<int:pk>/phase-one/", phase_one, name="phase_one"),
    path("investigations/<int:pk>/plan/", plan, name="plan_investigation"),
    path("investigations/<int:pk>/conclude/", conclude, name="conclude_investigation"),
    path("results/<int:pk>/investigate/", open_investigation, name="investigate"),
]
