"""My work, the first page: what waits for the person who signed in."""

import datetime
from urllib.parse import urlencode

from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from lots import calendar
from lots.accounts import clock
from lots.accounts.roles import READERS, readable
from lots.models import Approval, Method, PrintedIdentity, Qualification, Role
from lots.rules.step_table import STEPS
from lots.setup import method_approval, printed_identity
from lots.wording import sentence
from lots.workflow import drafts, spared_lots, unstaffed_work
from reports.dashboard import (
    certificates_to_decide,
    counters,
    figures,
    next_acts,
)

# The list has no order by a task's own clock; these come nearest to oldest first.
# Where a task has a page of its own.
_PAGES = {"below_minimum": "reports:below_minimum"}
_SORT = {
    "stage_at": "-stage_at",
    "date_on": "date_on",
    "investigated_at": "-stage_at",
    "exceptions_at": "-stage_at",
}
# The page of what waits beside the lots, by its kind.
_ADDRESSES = {
    "lot": "lots:lot_detail",
    "specification": "lots:specification_detail",
    "minimum": "lots:specification_detail",
    "qualification": "lots:qualification_detail",
    "suspension": "lots:qualification_detail",
    "certificate_header": "lots:certificate_header",
    "printed_identity": "lots:printed_identity",
    "method": "lots:method_list",
    "column_map": "lots:import_map",
}
_LISTS = {"lots:certificate_header", "lots:method_list", "lots:printed_identity"}
# What the age of a task counts, where it is not since the lot came to its state.
_HEADINGS = {
    "phase_one": gettext_lazy("Working days open"),
    "investigation": gettext_lazy("Working days open"),
    "exceptions": gettext_lazy("Working days since review"),
    "in_question": gettext_lazy("Working days in question"),
    "failed_later": gettext_lazy("Working days since the finding"),
    "retest_due": gettext_lazy("Retest or expiry date"),
}
# What waits for a word on who somebody is, by the step that gives it.
_CONFIRMED = {
    "tell_apart": gettext_lazy("Reads like another account"),
    "confirm_person": gettext_lazy("Password set by somebody else"),
}
# So many drafts are shown, the oldest.
SHOWN = 20


@require_safe
def my_work(request):
    """What waits for this person; an administrator is led to the accounts."""
    if not request.user.is_a(*READERS) and request.user.is_a(Role.ADMINISTRATOR):
        return redirect("lots:account_list")
    return _my_work(request)


@readable
def _my_work(request):
    at = timezone.now()
    counted_at = counters.moment(at)
    found = figures.waiting_for(request.user, at=at)
    today = calendar.today(at)
    sees_all = request.user.takes(Role.QA) or _only_reads(request.user)
    waiting = drafts.waiting() if sees_all else drafts.waiting_for(request.user)
    records = [
        one
        for one in waiting
        if one.is_open_to(request.user) or _only_reads(request.user)
    ]
    accounts = counters.to_confirm(request.user)
    who = _people(accounts, today)
    identities = _identities(request.user)
    methods = _methods(request.user)
    left = _left_certificates(request.user, today)
    with_nobody = _with_nobody(waiting, at=at) if sees_all else []
    counters.remember(
        request.user,
        counted_at,
        my_work=sum(one.n for one in found if one.is_own)
        + sum(one.is_open_to(request.user) for one in records)
        + sum(not one.closed for _step, one in accounts)
        + (0 if _only_reads(request.user) else len(left)),
    )
    is_idle = not (
        records
        or who
        or identities
        or methods
        or left
        or with_nobody
        or any(one.n for one in found)
    )
    acts = next_acts.of(((one.task.code, one.lots) for one in found), today=today)
    ahead = clock.entry_ahead(at=at)
    return render(
        request,
        "reports/my_work.html",
        {
            "waiting": [_shown(one, acts, today) for one in found],
            "department": _department(at),
            "drafts": [_draft(one, today) for one in records[:SHOWN]],
            "more_drafts": max(0, len(records) - SHOWN),
            "left_certificates": left,
            "with_nobody": with_nobody,
            "clock_behind": calendar.stamp(ahead) if ahead else "",
            "is_own": any(one.is_open_to(request.user) for one in records)
            or any(request.user.takes(*one.task.roles) for one in found),
            "may_log": request.user.takes(*STEPS["log"].roles),
            "people": who,
            "is_idle": is_idle,
            "identities": identities,
            "methods": methods,
            "is_not_set_up": is_idle
            and not Qualification.objects.filter(state=Approval.APPROVED).exists(),
        },
    )


def _people(waiting, today):
    """Return what the page says of accounts that wait for somebody's word."""
    return [
        {
            "name": one.person.printed_name,
            "title": one.person.title,
            "what": _CONFIRMED[step],
            "url": reverse(f"lots:{step}", args=[one.person.pk]),
            "why": sentence(one.closed) if one.closed else "",
            "working_days": _working_days(calendar.today(one.since), today),
        }
        for step, one in sorted(waiting, key=lambda each: each[1].since)
    ]


def _identities(person):
    """Return how many records have no printed identity drafted; none for no QA."""
    if not person.takes(*STEPS["draft"].roles):
        return 0
    return printed_identity.count_undrafted()


def _methods(person):
    """Return how many methods in use nobody approved or drafted; none for no QA."""
    if not person.takes(*STEPS["draft"].roles):
        return 0
    return method_approval.unsigned().count()


def _draft(draft, today):
    return {
        "what": draft.kind.name,
        "name": _name(draft.record),
        "url": _record_url(draft.kind.code, draft.record),
        "drafted_by": draft.drafted_by.printed_name,
        "working_days": _working_days(calendar.today(draft.since), today),
    }


def _name(record):
    """Return what a list calls a record that waits."""
    if isinstance(record, PrintedIdentity):
        return printed_identity.called(record.subject)
    if isinstance(record, Method):
        return record.test.material.name
    return str(record)


def _record_url(kind, record):
    """Return the page of a lot or of a kind of draft; blank of an account."""
    if kind == "person":
        return ""
    if kind == "alternative_use":
        return reverse("lots:material_detail", args=[record.material_id])
    address = _ADDRESSES[kind]
    return reverse(address, args=[record.pk] if address not in _LISTS else [])


def _left_certificates(person, today):
    if not (person.takes(*STEPS["issue"].roles) or _only_reads(person)):
        return []
    return [
        {
            "name": str(one.certificate),
            "url": reverse("reports:certificate_detail", args=[one.certificate.pk]),
            "what": one.what,
            "lot": one.certificate.lot,
            "working_days": _working_days(calendar.today(one.since), today),
        }
        for one in certificates_to_decide.found()
    ]


def _with_nobody(waiting, *, at):
    """Return the work that nobody can take; `waiting` are all drafts."""
    today = calendar.today(at)
    return [
        {
            "name": one.name,
            "n": one.n,
            "why": sentence(one.why),
            "oldest": [
                {
                    "name": _name(waits.record),
                    "url": _record_url(waits.kind, waits.record),
                    "working_days": _working_days(calendar.today(waits.since), today),
                }
                for waits in one.oldest
            ],
        }
        for one in unstaffed_work.found(at=at, waiting=waiting)
    ]


def _only_reads(person):
    return person.takes(Role.MANAGER, Role.AUDITOR)


def _department(at):
    """Return how many lots are in each open state, with the list of them."""
    return [
        {
            "name": _(stage.word),
            "n": sum(counted),
            "late": counted[-1],
            "url": f"{reverse('lots:lot_list')}?{urlencode({'stage': stage.value})}",
        }
        for stage, counted in figures.open_lots(at).items()
        if sum(counted)
    ]


def _shown(one, acts, today):
    query = {"task": one.task.code, "sort": _SORT[one.task.since]}
    if one.is_own:
        query["mine"] = "yes"
    by_date = one.task.since == "date_on"
    # The oldest first also where another date than the one sorted by tells since when.
    lots = one.lots if by_date else sorted(one.lots, key=lambda lot: _since(one, lot))
    return {
        "code": one.task.code,
        "name": one.task.name,
        "n": one.n,
        "more": max(0, one.n - len(one.lots)),
        "url": (_PAGES.get(one.task.code) and reverse(_PAGES[one.task.code]))
        or f"{reverse('lots:lot_list')}?{urlencode(query)}",
        "by_date": by_date,
        "is_own": one.is_own,
        "heading": _HEADINGS.get(one.task.code, _("Working days in state")),
        "lots": [
            {
                "pk": lot.pk,
                "number": lot.number,
                "material": lot.material,
                "use": lot.use,
                "on": lot.date_on,
                "earlier": spared_lots.awaited(lot),
                "working_days": _working_days(_since(one, lot), today),
                "is_past": lot.date_on < today,
                "next": acts[one.task.code, lot.pk],
            }
            for lot in lots
        ],
    }


def _since(waiting, lot):
    """Return the day from which the task waits in the lot."""
    column = waiting.task.since
    since = waiting.since.get(lot.pk) or getattr(
        lot, "stage_at" if column == "date_on" else column
    )
    return calendar.today(since)


def _working_days(first, last):
    """Return the days from Monday to Friday after the first, up to the last."""
    weeks, rest = divmod((last - first).days, 7)
    days = (first + datetime.timedelta(days=n + 1) for n in range(rest))
    return 5 * weeks + sum(day.weekday() < 5 for day in days)


urls = [path("", my_work, name="my_work")]
