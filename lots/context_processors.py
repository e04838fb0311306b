"""Context of every template: the installation, the navigation and the reader."""

from django.conf import settings
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from lots import calendar, navigation
from lots.accounts import preferences
from lots.accounts.roles import READERS
from lots.models import Installation


def site(request):
    """Give every template what it says about the installation and the reader.

    Worked out where a template asks: each cell of a table that is a template of its
    own comes through here too.
    """
    user = getattr(request, "user", None)
    person = user if user is not None and user.is_authenticated else None
    return {
        "site_is_training": SimpleLazyObject(
            Installation.objects.filter(is_training=True).exists
        ),
        "navigation": SimpleLazyObject(
            lambda: navigation.navigation(person, request.path) if person else ()
        ),
        "reads_records": person is not None and person.is_a(*READERS),
        "preferences": SimpleLazyObject(
            lambda: preferences.shown(getattr(request, "session", None))
        ),
        "data_time": calendar.stamp(timezone.now()),
        "company_zone": settings.TIME_ZONE,
        "program_version": settings.VERSION,
        "session_seconds": settings.SESSION_COOKIE_AGE,
        "must_change_password": person is not None and person.must_change_password,
        "awaits_confirmation": person is not None and person.awaits_confirmation,
    }
