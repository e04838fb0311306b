"""Commands: what the reader can do on the lot of a page, and where they can go."""

from django.shortcuts import render
from django.urls import Resolver404, path, resolve, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lots import navigation
from lots.accounts.roles import readable
from lots.evaluation import evaluator
from lots.models import Assessment, Investigation, Lot, Result, TestOrder
from lots.rules.step_table import STEPS
from lots.views import lot_steps
from reports.models import Certificate

# How an address that belongs to a lot begins, and the way from its record to the lot.
_OF_LOTS = {
    "lots/<int:pk>/": (Lot, "pk"),
    "test-orders/<int:pk>/": (TestOrder, "lot"),
    "assessments/<int:pk>/": (Assessment, "test_order__lot"),
    "results/<int:pk>/": (Result, "test_order__lot"),
    "investigations/<int:pk>/": (Investigation, "lot"),
    "certificates/<int:pk>/": (Certificate, "lot"),
}


@require_safe
@readable
def commands(request):
    """The part of a page that its palette shows; `page` is the address of the page.

    An action stands there only where the step table and the records leave it open to
    the reader.
    """
    lot = _lot(request.GET.get("page", ""))
    return render(
        request,
        "reports/commands.html",
        {
            "lot": lot,
            "actions": _actions(lot, request.user) if lot else [],
            "places": _places(request.user),
        },
    )


def _lot(address):
    """Return the lot that a page is about; None of a page of no lot."""
    try:
        match = resolve(address)
    except (Resolver404, ValueError):
        return None
    for beginning, (model, way) in _OF_LOTS.items():
        if match.route.startswith(beginning):
            keys = model._default_manager.filter(pk=match.kwargs["pk"]).values(way)
            return (
                Lot.objects.filter(pk__in=keys)
                .select_related(
                    "material", "site__organisation", "qualification", "status"
                )
                .first()
            )
    return None


def _actions(lot, person):
    """Return name and address of each step on the lot that is open to the person."""
    evaluated = evaluator.evaluate(lot)
    return [
        (
            f"{link.name} · {link.assessment.specification}"
            if link.assessment
            else str(link.name),
            link.address,
        )
        for link in lot_steps.step_links(evaluated, person)
        if link.is_open
    ]


def _places(person):
    places = [
        (place.label, place.url)
        for group in navigation.navigation(person)
        for place in group.places
    ]
    if person.takes(*STEPS["log"].roles):
        places.insert(0, (_("Log a lot"), reverse("lots:log_lot")))
    return [*places, (_("Your account"), reverse("lots:own"))]


urls = [path("commands/", commands, name="commands")]
