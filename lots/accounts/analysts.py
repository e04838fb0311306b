"""Analysts: the people who may be named as having performed a test.

People who have left are included: the audit trail says on which day an account ended.
Reads accounts and the trail, writes nothing.
"""

import datetime
import functools

from django.db.models import CharField, Exists, OuterRef, Q, TextField
from django.db.models.functions import Cast
from django.utils import timezone

from lots import calendar
from lots.evidence import chained_names
from lots.models import AuditEntry, Role, User
from lots.rules.refusal import Refusal

_ENDED = AuditEntry.objects.filter(table=chained_names.table(User), action="deactivate")


def against(person, *, on):
    """Return why no test of this day is recorded as performed by the person.

    None where one is: by an analyst whose account is active, or was ended on that day
    or later. Of an account whose end the trail does not know, none is.
    """
    if person.is_a(Role.ANALYST):
        return None
    last = _last_day(person)
    if Role.ANALYST not in person.roles or last is None:
        return Refusal(
            "performed-by",
            "%(name)s is not an analyst with an active account, so no test can be"
            " recorded as performed by %(name)s; name the analyst who performed it.",
            field="performed_by",
            name=person.printed_name,
        )
    if on > last:
        return Refusal(
            "performed-after",
            "The account of %(name)s was deactivated on %(last)s, so no test of"
            " %(date)s can be recorded as performed by %(name)s; name the analyst who"
            " performed it.",
            field="performed_by",
            name=person.printed_name,
            last=last,
            date=on,
        )
    return None


def for_tests_since(day):
    """Return the analysts whom a test of this day or a later one can name.

    Those whose accounts are active come first.
    """
    return _for_tests_since(day).all()


@functools.lru_cache(maxsize=256)
def _for_tests_since(day):
    """Return the query, not asked yet: each row of the grid needs it twice."""
    midnight = timezone.make_aware(
        datetime.datetime.combine(day, datetime.time.min),
        timezone.get_default_timezone(),
    )
    ended = _ENDED.filter(record=Cast(OuterRef("pk"), CharField()), at__gte=midnight)
    # The roles are a list in JSON, which SQLite cannot be asked for its items.
    return (
        User.objects.alias(told=Cast("roles", TextField()))
        .filter(Q(is_active=True) | Exists(ended), told__contains=f'"{Role.ANALYST}"')
        .order_by("-is_active", "printed_name", "pk")
    )


def _last_day(person):
    """Return the day on which an account was ended; None if it is active or unknown."""
    if person.is_active:
        return None
    ended = _ENDED.filter(record=str(person.pk)).order_by("-sequence").first()
    return ended and calendar.today(ended.at)
