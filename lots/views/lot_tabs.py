"""Tabs of the page of a lot, each with its own address under the same head.

A tab more is a row of `TABS`; what another app shows of a lot names its own page.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from django.shortcuts import render
from django.urls import path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from lots.accounts.roles import readable
from lots.evaluation.outcome import LotEvaluation
from lots.history import history
from lots.models import Attachment, AuditEntry, ConsistencyFinding, Sample, Signature
from lots.rules.step_table import STEPS
from lots.views import lot_page, lot_results, results_grid

SHOWN_ENTRIES = 600


@dataclass(frozen=True)
class Tab:
    """A part of the page of a lot.

    `page` names its address. `count` says how many it has, from what is evaluated;
    `content` returns what its `template` shows. Of a page of another app both of these
    are left out.
    """

    code: str
    name: str | Promise
    page: str
    count: Callable[[LotEvaluation], object] | None = None
    content: Callable[[LotEvaluation, object], dict] | None = None
    template: str = ""


@dataclass(frozen=True)
class TabLink:
    """A tab as the page of a lot shows it."""

    name: str | Promise
    address: str
    count: object
    is_on: bool


def context(evaluated, person, code):
    """Return what the page of a lot shows around the tab with this code."""
    lot = evaluated.lot
    return {
        **lot_page.context(evaluated, person),
        "tab": code,
        "tabs": [
            TabLink(
                one.name,
                reverse(one.page, args=[lot.pk]),
                one.count(evaluated) if one.count else None,
                one.code == code,
            )
            for one in TABS
        ],
    }


@require_safe
@readable
def show(request, pk, tab):
    """Show the page of a lot with this tab of it."""
    evaluated = lot_page.evaluated(pk)
    shown = {
        **context(evaluated, request.user, tab.code),
        **tab.content(evaluated, request),
    }
    return render(request, tab.template, shown)


def _results(evaluated, request):
    test_orders, choices = lot_results.of(
        evaluated, shown=request.GET.get("show", lot_results.ALL)
    )
    person, lot = request.user, evaluated.lot
    step = STEPS["assess"]
    return {
        "test_orders": test_orders,
        "choices": choices,
        "may_assess": person.takes(*step.roles) and lot.state in step.lot_states,
    }


def _results_count(evaluated):
    """Return how many tests have a result, of those that the lot must have."""
    asked = {line.test.pk for one in evaluated.assessments for line in one.lines}
    there = {
        line.test.pk
        for one in evaluated.assessments
        for line in one.lines
        if line.valid
    }
    return f"{len(there)}/{len(asked)}"


def _findings_count(evaluated):
    return ConsistencyFinding.objects.filter(lot=evaluated.lot).count() or None


def _attempts(evaluated, request):
    return {
        "attempts": [
            (one.test_order, grid_row, results_grid.stored(attempt))
            for one in evaluated.test_orders
            for grid_row in (*one.grid, *one.informational)
            for attempt in grid_row.attempts
        ]
    }


def _attempts_count(evaluated):
    return sum(
        len(attempts)
        for one in evaluated.test_orders
        for attempts in one.attempts.values()
    )


def _documents(evaluated, request):
    lot = evaluated.lot
    return {
        "samples": list(
            Sample.objects.filter(lot=lot).select_related("recorded_by").order_by("pk")
        ),
        "attachments": list(
            Attachment.objects.filter(lot=lot)
            .select_related("document", "attached_by", "result__test")
            .defer("document__content")
            .order_by("pk")
        ),
        "invalid_runs": lot_page.invalid_runs(lot),
    }


def _documents_count(evaluated):
    return Attachment.objects.filter(lot=evaluated.lot).count()


def _certificates_count(evaluated):
    return len(evaluated.lot.status.certificates.split())


def _history(evaluated, request):
    lot = evaluated.lot
    acts, is_cut = _acts(lot)
    return {
        "signatures": Signature.objects.filter(lot=lot)
        .defer("text")
        .order_by("-at", "-pk"),
        "history": acts,
        "is_history_cut": is_cut,
    }


def _acts(lot):
    """Return the acts on the lot, newest first, and whether older ones are left out.

    An act that is cut itself is left out too: its sentence would count too little.
    """
    entries = AuditEntry.objects.filter(lot=lot).select_related("lot")
    latest = list(entries.order_by("-sequence")[: SHOWN_ENTRIES + 1])
    acts = history.of(latest[::-1])
    is_cut = len(latest) > SHOWN_ENTRIES
    return acts[is_cut:][::-1], is_cut


TABS = (
    Tab(
        "results",
        _("Results"),
        "lots:lot_detail",
        _results_count,
        _results,
        "lots/lot/results.html",
    ),
    Tab(
        "consistency",
        _("Consistency"),
        "reports:lot_consistency",
        _findings_count,
    ),
    Tab(
        "attempts",
        _("Attempts"),
        "lots:lot_attempts",
        _attempts_count,
        _attempts,
        "lots/lot/attempts.html",
    ),
    Tab(
        "documents",
        _("Documents"),
        "lots:lot_documents",
        _documents_count,
        _documents,
        "lots/lot/documents.html",
    ),
    Tab(
        "certificates",
        _("Certificates"),
        "reports:lot_certificates",
        _certificates_count,
    ),
    Tab(
        "history",
        _("History"),
        "lots:lot_history",
        None,
        _history,
        "lots/lot/history.html",
    ),
)

urls = [
    path(
        "lots/<int:pk>/" if one.code == "results" else f"lots/<int:pk>/{one.code}/",
        partial(show, tab=one),
        name=one.page.removeprefix("lots:"),
    )
    for one in TABS
    if one.content
]
