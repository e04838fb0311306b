"""Context of every template: how much waits for the reader."""

from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from lots.accounts.roles import READERS
from reports.dashboard import counters


def waiting(request):
    """Give every template the counts of the side bar; worked out where one asks."""
    return {"counts": SimpleLazyObject(lambda: _counts(request))}


def _counts(request):
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated or not user.is_a(*READERS):
        return {}
    return counters.of(user, at=timezone.now())
