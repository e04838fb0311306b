"""Counters of the side bar: how much waits for a person, as My work lists it.

Counted once after each act and remembered: every change of what waits has an entry in
the audit trail, and dates count by whole days.
"""

from django.core.cache import cache

from lots import calendar
from lots.accounts import identity, people
from lots.models import AuditEntry, Investigation
from lots.rules.step_table import STEPS
from lots.workflow import drafts, tasks
from reports.dashboard import certificates_to_decide

_A_DAY = 24 * 60 * 60


def of(person, *, at):
    """Return the counts by place: what waits in My work, the open investigations.

    One query and one look into the cache where nothing happened since they were
    counted.
    """
    now = moment(at)
    seen, counts = cache.get(key(person), (None, {}))
    if seen == now:
        return counts
    return remember(person, now, my_work=waiting(person, at=at))


def moment(at):
    """Return what counts belong to: the last entry of the trail, and the day.

    Read before anything is counted, so that the counts are at least as new.
    """
    entries = AuditEntry.objects.order_by("-sequence").values_list("digest", flat=True)
    return entries.first(), calendar.today(at).isoformat()


def remember(person, counted_at, *, my_work):
    """Remember what was counted at a moment, and return all counts."""
    counts = {
        "my_work": my_work,
        "investigations": Investigation.objects.filter(closed_at=None).count(),
    }
    cache.set(key(person), (counted_at, counts), timeout=_A_DAY)
    return counts


def key(person):
    """Return the cache's key for what is remembered of a person."""
    return f"reports.counters.{person.pk}"


def waiting(person, *, at):
    """Return how much waits for this person; nothing for one who only reads."""
    own = [task for task in tasks.TASKS.values() if person.takes(*task.roles)]
    lots = sum(task.lots(at=at, person=person).count() for task in own)
    records = len(drafts.waiting_for(person))
    accounts = sum(not one.closed for _step, one in to_confirm(person))
    return lots + records + accounts + len(left_certificates(person))


def to_confirm(person):
    """Return the accounts that wait for somebody's word on who it is, with the step.

    For a person who may give it at all; each says why it is closed to them, if it is.
    """
    if not person.takes(*STEPS["tell_apart"].roles):
        return []
    found = [("tell_apart", one) for one in people.waiting_for(by=person)]
    if person.takes(*STEPS["confirm_person"].roles):
        found += [("confirm_person", one) for one in identity.waiting_for(by=person)]
    return found


def left_certificates(person):
    """Return the certificates that wait for this person, and for nothing of a lot."""
    if not person.takes(*STEPS["issue"].roles):
        return []
    return certificates_to_decide.found()
