"""Head of the page of a lot: next step, how far it is, what blocks release, actions.

The number of queries does not depend on how many results there are.
"""

from dataclasses import dataclass

from django.db.models import Q
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lots import calendar
from lots.accounts import permissions
from lots.evaluation import evaluator, periodic_tests
from lots.intake import log
from lots.models import InvalidRun, Lot, LotState, Parentage, Unaffected
from lots.origin import genealogy, questions
from lots.rules.repeated import together
from lots.rules.states import NOT_DECIDED
from lots.rules.step_table import STEPS
from lots.views import lot_steps, lot_tracks
from lots.wording import sentence

SHOWN_BLOCKERS = 6
# What was made of a lot in one of these is named, with whom its certificates went to.
_CONCERNING = (LotState.ON_HOLD, LotState.REJECTED, LotState.RECALLED)


@dataclass(frozen=True)
class Words:
    """What a page that adds something to a lot says."""

    title: str | Promise
    lead: str | Promise
    button: str | Promise
    said: str | Promise


ADDING = {
    "sample": Words(
        _("Take a sample"),
        _(
            "Record the quantity taken from the lot, the date, the person and the"
            " purpose."
        ),
        _("Record the sample"),
        _("The sample is recorded."),
    ),
    "attach": Words(
        _("Attach raw data"),
        _("PDF, PNG, JPEG, TIFF, XLSX or plain text. A file is never changed."),
        _("Attach the file"),
        _("The file is attached."),
    ),
    "original": Words(
        _("Attach the manufacturer's certificate"),
        _(
            "Attach the file of the manufacturer's certificate whose number was given"
            " when the lot was logged."
        ),
        _("Attach the certificate"),
        _("The manufacturer's certificate is attached."),
    ),
    "invalid_run": Words(
        _("Record an invalid run"),
        _(
            "A run whose system suitability failed, or that was aborted, gives no"
            " value. Record it before any value of it is entered; enter the repeat"
            " under its own run."
        ),
        _("Record the invalid run"),
        _("The invalid run is recorded."),
    ),
    "examine": Words(
        _("Open a test order"),
        _(
            "Test the lot again: a retest, a comparison with the supplier's"
            " certificate, or a stability point. The test order has one assessment for"
            " each effective specification."
        ),
        _("Open the test order"),
        _("The test order is open."),
    ),
    "assess": Words(
        _("Add an assessment"),
        _(
            "Evaluate the results of this test order against one more specification,"
            " for the intended use or an alternative use of the lot."
        ),
        _("Add the assessment"),
        _("The assessment is added."),
    ),
}


@dataclass(frozen=True)
class AssessmentPanel:
    """An assessment with what still stands in the way of its release."""

    evaluated: object
    assessment: object
    occasion: str
    is_ready: bool
    # Each with the address and the name of the step that settles it, blank if none.
    sentences: tuple[tuple[str, str, str], ...]
    more_sentences: tuple[tuple[str, str, str], ...]
    links: tuple[lot_steps.StepLink, ...]


# The parts of the page that have a tab of their own, by what leads to them.
_PAGES = {
    "samples": "lots:lot_documents",
    "attempts": "lots:lot_attempts",
    "investigations": "lots:lot_attempts",
    "history": "lots:lot_history",
    "consistency": "reports:lot_consistency",
}


def address(lot, anchor=""):
    """Return the address of the lot's page, or of a part of it."""
    page = reverse(_PAGES.get(anchor, "lots:lot_detail"), args=[lot.pk])
    return f"{page}#{anchor}" if anchor else page


def evaluated(pk):
    """Return the evaluation of the lot with this key; 404 if there is none."""
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
    return evaluator.evaluate(lot)


def invalid_runs(lot):
    """Return the runs of the lot that gave no value, in their order."""
    return (
        InvalidRun.objects.filter(lot=lot)
        .select_related("laboratory__organisation", "evidence_file", "recorded_by")
        .defer("evidence_file__content")
        .order_by("pk")
    )


def context(evaluated, person):
    """Return what the head of the page of a lot shows to this person, on every tab."""
    lot = evaluated.lot
    closed = lot_steps.closing(evaluated)
    links = lot_steps.step_links(evaluated, person, closed=closed)
    next_step = lot_steps.next_step(
        evaluated, links, has_sample=bool(evaluated.samples), closed=closed
    )
    return {
        "lot": lot,
        "evaluated": evaluated,
        "next_step": next_step,
        "panels": _panels(evaluated, links, closed, told=str(next_step.words)),
        "tracks": lot_tracks.tracks(evaluated),
        "open_steps": [link for link in links if link.is_open and not link.assessment],
        "may": {
            **{link.code: link.is_open for link in links if not link.assessment},
            "attach_original": log.to_attach_original(lot) is None,
        },
        "closed_steps": [link for link in links if not link.is_open],
        "questions": _questions(lot, person),
        "unaffected": Unaffected.objects.filter(Q(lot=lot) | Q(held=lot))
        .select_related(
            "lot", "held", "qualification", "failure__test", "failure__lot", "signature"
        )
        .defer("signature__text")
        .order_by("-pk"),
        "failures": _failures(lot),
        "may_reinstate": person.is_a(*STEPS["reinstate"].roles),
        "is_concerning": lot.state in _CONCERNING,
        "descendants": genealogy.descendants(lot) if lot.state in _CONCERNING else (),
        "parents": Parentage.objects.filter(lot=lot)
        .select_related("parent")
        .order_by("pk"),
        "offspring": Parentage.objects.filter(parent=lot)
        .select_related("lot")
        .order_by("pk"),
    }


def _questions(lot, person):
    """Return what puts the lot in question, and whether this person may clear it."""
    found = questions.of_lot(lot)
    may = any(one.cause.is_clearable for one in found) and (
        permissions.offer("unaffected", lot, person).open
    )
    return {"why": [sentence(one.why) for one in found], "may_clear": may}


def _failures(lot):
    """Return the periodic tests that failed on the lot, and what was released without.

    Asked only where an investigation may have one.
    """
    if not lot.status.failures:
        return []
    found = lot.periodic_failures.select_related("test", "lot", "signature")
    return [(one, periodic_tests.released_without(one)) for one in found.order_by("pk")]


def _panels(evaluated, links, closed, *, told):
    """Return each assessment with what blocks it and the decisions open on it.

    Without what is `told` above them as the next step, unless a step settles it.
    """
    panels = []
    for test_order in evaluated.test_orders:
        for one in test_order.assessments:
            decided = one.assessment.state not in NOT_DECIDED
            blocking = (*one.blockers, *closed.get(one.assessment.pk, ()))
            against = [
                (sentence(blocker), *_where(blocker, links))
                for blocker in together(() if decided else blocking)
            ]
            untold = tuple(row for row in against if row[0] != told or row[1])
            panels.append(
                AssessmentPanel(
                    evaluated=one,
                    assessment=one.assessment,
                    occasion=test_order.test_order.get_occasion_display(),
                    is_ready=not decided and not against,
                    sentences=untold[:SHOWN_BLOCKERS],
                    more_sentences=untold[SHOWN_BLOCKERS:],
                    links=tuple(
                        link
                        for link in links
                        if link.is_open and link.assessment == one.assessment
                    ),
                )
            )
    return panels


# The step that settles what blocks a release, by its code.
_SETTLED_BY = {
    **dict.fromkeys(("unreviewed", "unconfirmed", "minimum-unreviewed"), "review"),
    **dict.fromkeys(("missing", "waits", "minimum-missing"), "enter"),
}


def _where(blocker, links):
    """Return the address of the step that settles a blocker, and its name, if open."""
    code = _SETTLED_BY.get(blocker.code)
    return next(
        ((one.address, one.name) for one in links if one.code == code and one.is_open),
        ("", ""),
    )


def today():
    """Return the company's date now."""
    return calendar.today(timezone.now())


def days_between(start, end):
    """Return whole days of the company's calendar from one moment to another."""
    return (calendar.today(end) - calendar.today(start)).days
