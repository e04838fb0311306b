"""Context of every template: how much waits for the reader."""

from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from lots.accounts.roles import READERS
from reports.dashboard import counters


def waiting(request):
    """Give every template the counts of the side bar; worked out where one asks."""
    user = getattr(request, "user", None)
    reads = user is not None and user.is_authenticated and user.is_a(*READERS)
    return {
        "counts": SimpleLazyObject(
            lambda: counters.of(user, at=timezone.now()) if reads else {}
        )
    }
