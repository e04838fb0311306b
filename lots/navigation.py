"""Navigation: the places of the site that a person can go to."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext_lazy

from lots.accounts.roles import READERS, TRAIL_READERS
from lots.models import Role


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
            "lots:certificate_header",
            "lots:printed_identity",
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
    (gettext_lazy("Certificate header"), "lots:certificate_header"),
    (gettext_lazy("Printed identity"), "lots:printed_identity"),
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


def _within(path, *names):
    for name in names:
        place = reverse(name)
        if path == place or (place != "/" and path.startswith(place)):
            return True
    return False
