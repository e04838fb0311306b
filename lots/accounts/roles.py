"""What each role finds: who may open a page, and what the navigation offers.

Imports models and calendar; views and templates' settings import it. Rights to take
a step are the table's in `rules.lifecycle`, and the verbs enforce it.
"""

import functools
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy, ngettext

from lots import calendar
from lots.models import Installation, Role

# An administrator keeps accounts and nothing else (architecture.md 1).
READERS = (Role.ANALYST, Role.REVIEWER, Role.QA, Role.MANAGER, Role.AUDITOR)
TRAIL_READERS = (Role.QA, Role.AUDITOR)


def role_required(*roles):
    """Let a view answer only people who hold one of the roles today; 403 otherwise."""

    def decorate(view):
        @functools.wraps(view)
        def answer(request, *args, **kwargs):
            if not request.user.is_authenticated or not request.user.is_a(*roles):
                raise PermissionDenied(
                    ngettext(
                        "This page is for the role %(roles)s.",
                        "This page is for the roles %(roles)s.",
                        len(roles),
                    )
                    % {"roles": ", ".join(str(Role(role).label) for role in roles)}
                )
            return view(request, *args, **kwargs)

        answer.roles = tuple(str(role) for role in roles)
        return answer

    return decorate


readable = role_required(*READERS)


@dataclass(frozen=True)
class Place:
    """A place of the navigation: its address, and whether the reader is in it."""

    label: str
    url: str
    active: bool


# Label, where it leads, what else belongs to it, for whom.
_PLACES = (
    (gettext_lazy("My work"), "reports:my_work", (), READERS),
    (gettext_lazy("Lots"), "lots:lot_list", ("lots:import_list",), READERS),
    (gettext_lazy("Certificates"), "reports:certificate_list", (), READERS),
    (gettext_lazy("Dashboard"), "reports:dashboard", (), READERS),
    (
        gettext_lazy("Set-up"),
        "lots:material_list",
        (
            "lots:organisation_list",
            "lots:qualification_list",
            "lots:specification_list",
            "lots:letterhead",
        ),
        READERS,
    ),
    (gettext_lazy("Audit trail"), "lots:audit_trail", (), TRAIL_READERS),
    (gettext_lazy("Accounts"), "lots:account_list", (), (Role.ADMINISTRATOR,)),
)
_SETUP = (
    (gettext_lazy("Materials"), "lots:material_list"),
    (gettext_lazy("Specifications"), "lots:specification_list"),
    (gettext_lazy("Qualifications"), "lots:qualification_list"),
    (gettext_lazy("Organisations"), "lots:organisation_list"),
    (gettext_lazy("Letterhead"), "lots:letterhead"),
)


def navigation(user, path=""):
    """Return the places that this person can go to; the one that holds `path` active.

    An administrator finds accounts alone.
    """
    return tuple(
        Place(str(label), reverse(name), _within(path, name, *others))
        for label, name, others, roles in _PLACES
        if user.is_authenticated and user.is_a(*roles)
    )


def setup_navigation(path):
    """Return the places of the set-up pages."""
    return tuple(
        Place(str(label), reverse(name), _within(path, name)) for label, name in _SETUP
    )


def home(user):
    """Return where this person's work begins."""
    places = navigation(user)
    return places[0].url if places else reverse("lots:own_password")


def site(request):
    """Give every template what it says about the installation and the reader.

    Worked out where a template asks: each cell of a table that is a template of its
    own comes through here too.
    """
    user = getattr(request, "user", None)
    known = user is not None and user.is_authenticated
    return {
        "site_is_training": SimpleLazyObject(
            Installation.objects.filter(is_training=True).exists
        ),
        "navigation": SimpleLazyObject(
            lambda: navigation(user, request.path) if known else ()
        ),
        "data_time": calendar.stamp(timezone.now()),
        "company_zone": settings.TIME_ZONE,
        "session_seconds": settings.SESSION_COOKIE_AGE,
        "must_change_password": known and user.must_change_password,
    }


def _within(path, *names):
    for name in names:
        place = reverse(name)
        if path == place or (place != "/" and path.startswith(place)):
            return True
    return False
