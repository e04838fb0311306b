"""Navigation: the places of the site that a person can go to."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lots.accounts.roles import READERS, TRAIL_READERS
from lots.models import Role


@dataclass(frozen=True)
class Place:
    """A place of the site: its address, and whether the reader is in it.

    `code` is its icon's name too.
    """

    code: str
    label: str
    url: str
    active: bool


@dataclass(frozen=True)
class Group:
    """Places of one kind; the first group has no heading."""

    label: str
    places: tuple[Place, ...]


@dataclass(frozen=True)
class _Row:
    """What the side bar knows of a place: what else belongs to it, and for whom."""

    code: str
    label: str | Promise
    name: str
    roles: tuple[str, ...] = READERS
    others: tuple[str, ...] = ()


_GROUPS: tuple[tuple[str | Promise, tuple[_Row, ...]], ...] = (
    (
        "",
        (
            _Row("my_work", _("My work"), "reports:my_work"),
            _Row("lots", _("Lots"), "lots:lot_list"),
            _Row("investigations", _("Investigations"), "lots:investigation_list"),
            _Row("certificates", _("Certificates"), "reports:certificate_list"),
        ),
    ),
    (
        _("Insight"),
        (
            _Row("dashboard", _("Dashboard"), "reports:dashboard"),
            _Row("trends", _("Trends"), "reports:trends"),
        ),
    ),
    (
        _("Reference"),
        (
            _Row("specifications", _("Specifications"), "lots:specification_list"),
            _Row(
                "setup",
                _("Set-up"),
                "lots:material_list",
                others=(
                    "lots:organisation_list",
                    "lots:qualification_list",
                    "lots:certificate_header",
                    "lots:printed_identity",
                ),
            ),
        ),
    ),
    (
        _("Records"),
        (
            _Row("imports", _("Imports"), "lots:import_list"),
            _Row("trail", _("Audit trail"), "lots:audit_trail", TRAIL_READERS),
        ),
    ),
    (
        _("People"),
        (_Row("person", _("Accounts"), "lots:account_list", (Role.ADMINISTRATOR,)),),
    ),
)


_SETUP = (
    (_("Materials"), "lots:material_list"),
    (_("Specifications"), "lots:specification_list"),
    (_("Qualifications"), "lots:qualification_list"),
    (_("Organisations"), "lots:organisation_list"),
    (_("Certificate header"), "lots:certificate_header"),
    (_("Printed identity"), "lots:printed_identity"),
)


def navigation(user, path=""):
    """Return the groups of places that this person can go to.

    The place that holds `path` is active. An administrator finds accounts alone.
    """
    found = (
        Group(
            str(label),
            tuple(
                Place(
                    row.code,
                    str(row.label),
                    reverse(row.name),
                    _within(path, row.name, *row.others),
                )
                for row in rows
                if user.is_authenticated and user.is_a(*row.roles)
            ),
        )
        for label, rows in _GROUPS
    )
    return tuple(group for group in found if group.places)


def setup_navigation(path):
    """Return the places of the set-up pages."""
    return tuple(
        Place("", str(label), reverse(name), _within(path, name))
        for label, name in _SETUP
    )


def home(user):
    """Return where this person's work begins."""
    groups = navigation(user)
    return groups[0].places[0].url if groups else reverse("lots:own_password")


def _within(path, *names):
    for name in names:
        place = reverse(name)
        if path == place or (place != "/" and path.startswith(place)):
            return True
    return False
