"""My work, the first page: what waits for the person who signed in."""

import datetime
from urllib.parse import urlencode

from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lots import calendar
from lots.accounts import identity, people
from lots.accounts.roles import READERS, readable
from lots.imports import map_approval
from lots.models import Approval, Qualification, Role
from lots.rules.step_table import STEPS
from lots.setup import printed_identity
from lots.wording import sentence
from reports.dashboard import figures

# The list has no order by a task's own clock; these come nearest to oldest first.
# Where a task has a page of its own.
_PAGES = {"below_minimum": "reports:below_minimum"}
_SORT = {
    "stage_at": "-stage_at",
    "date_on": "date_on",
    "investigated_at": "-stage_at",
}


@require_safe
def my_work(request):
    """What waits for this person; an administrator is led to the accounts."""
    if not request.user.is_a(*READERS) and request.user.is_a(Role.ADMINISTRATOR):
        return redirect("lots:account_list")
    return _my_work(request)


@readable
def _my_work(request):
    at = timezone.now()
    found = figures.waiting_for(request.user, at=at)
    today = calendar.today(at)
    maps = list(map_approval.waiting_for(request.user).select_related("proposed_by"))
    who = _people(request.user, today)
    identities = _identities(request.user)
    is_idle = not (maps or who or identities or any(one.n for one in found))
    return render(
        request,
        "reports/my_work.html",
        {
            "waiting": [_shown(one, today) for one in found],
            "maps": [
                (one, _working_days(calendar.today(one.proposed_at), today))
                for one in maps
            ],
            "is_own": bool(maps)
            or any(request.user.takes(*one.task.roles) for one in found),
            "may_log": request.user.takes(*STEPS["log"].roles),
            "people": who,
            "is_idle": is_idle,
            "identities": identities,
            "is_not_set_up": is_idle
            and not Qualification.objects.filter(state=Approval.APPROVED).exists(),
        },
    )


def _people(by, today):
    """Return the accounts that wait for somebody's word on who the person is."""
    if not by.takes(*STEPS["tell_apart"].roles):
        return []
    found = [
        (one, _("Reads like another account"), "lots:tell_apart")
        for one in people.waiting_for(by=by)
    ]
    if by.takes(*STEPS["confirm_person"].roles):
        found += [
            (one, _("Password set by somebody else"), "lots:confirm_person")
            for one in identity.waiting_for(by=by)
        ]
    return [
        {
            "name": one.person.printed_name,
            "title": one.person.title,
            "what": what,
            "url": reverse(address, args=[one.person.pk]),
            "why": sentence(one.closed) if one.closed else "",
            "working_days": _working_days(calendar.today(one.since), today),
        }
        for one, what, address in sorted(found, key=lambda each: each[0].since)
    ]


def _identities(person):
    """Return how many printed identities wait for this person; none for no QA.

    A draft waits for another than its drafter, what nobody drafted for anybody.
    """
    if not person.takes(*STEPS["approve"].roles):
        return 0
    return printed_identity.waiting_for(person)


def _shown(one, today):
    query = {"task": one.task.code, "sort": _SORT[one.task.since]}
    if one.is_own:
        query["mine"] = "yes"
    return {
        "code": one.task.code,
        "name": one.task.name,
        "n": one.n,
        "more": max(0, one.n - len(one.lots)),
        "url": (_PAGES.get(one.task.code) and reverse(_PAGES[one.task.code]))
        or f"{reverse('lots:lot_list')}?{urlencode(query)}",
        "by_date": one.task.since == "date_on",
        "by_investigation": one.task.since == "investigated_at",
        "lots": [
            {
                "pk": lot.pk,
                "number": lot.number,
                "material": lot.material,
                "use": lot.use,
                "on": lot.date_on,
                "working_days": _working_days(_since(one.task, lot), today),
                "is_past": lot.date_on < today,
            }
            for lot in one.lots
        ],
    }


def _since(task, lot):
    """Return the day from which the task waits in the lot."""
    since = lot.stage_at if task.since == "date_on" else getattr(lot, task.since)
    return calendar.today(since)


def _working_days(first, last):
    """Return the days from Monday to Friday after the first, up to the last."""
    weeks, rest = divmod((last - first).days, 7)
    days = (first + datetime.timedelta(days=n + 1) for n in range(rest))
    return 5 * weeks + sum(day.weekday() < 5 for day in days)


urls = [path("", my_work, name="my_work")]
