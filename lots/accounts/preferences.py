"""Preferences: how a person likes the pages to look. No record, so no act.

Read once, at sign-in, and kept in the session, so that no page asks for them.
"""

from django.contrib.auth import user_logged_in

from lots.models import Preferences

IN_SESSION = "preferences"
NAMES = ("theme", "rows", "single_keys")


def connect():
    """Read a person's preferences whenever they sign in."""
    user_logged_in.connect(_at_sign_in, dispatch_uid="lots.preferences")


def of(person):
    """Return the stored preferences of a person, or the defaults, not stored."""
    stored = Preferences.objects.filter(pk=person.pk).first()
    return stored or Preferences(person=person)


def store(person, session, **chosen):
    """Store what the person chose; the session shows it from now on.

    Where they are signed in elsewhere, it shows after the next sign-in there.
    """
    Preferences.objects.update_or_create(person=person, defaults=chosen)
    session[IN_SESSION] = chosen


def shown(session):
    """Return the preferences of the session: theme, rows and single_keys."""
    default = Preferences()
    kept = session.get(IN_SESSION, {}) if session is not None else {}
    return {name: kept.get(name, getattr(default, name)) for name in NAMES}


def _at_sign_in(*, request, user, **_facts):
    stored = of(user)
    request.session[IN_SESSION] = {name: getattr(stored, name) for name in NAMES}
