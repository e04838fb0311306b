"""Attention: processes that need a look, evaluated when one of their lots changed.

What was found is remembered by the last entry of the trail. Of what entries since name,
only the processes of those lots are evaluated again; all of them on another day, and
where master data changed. Statistics are loaded by the first evaluation.
"""

import datetime
from urllib.parse import urlencode

from django.core.cache import cache
from django.db.models import OuterRef, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lots import calendar
from lots.evidence import audit
from lots.models import AuditEntry, Lot, LotState, Qualification, Site, Test
from lots.rules.stored_codes import Tone
from lots.rules.uses import USES
from reports.charts import small_multiple, svg
from reports.charts.small_multiple import SmallMultiple, SmallPoint

# A process of which no lot was made for so long is not looked at; nor are more.
ACTIVE_DAYS, MOST = 180, 12
DAYS = 30
SHOWN = 8
_MOST_ENTRIES = 20_000
KEY = "reports.attention.2"


def processes(at, scope):
    """Return the tests that need attention in the scope, the gravest first.

    As rows for the page: (rows, how many more, how many processes were looked at).
    """
    known = _remembered(at)
    found = [
        (process, test)
        for process, tests in known.items()
        if _is_within(process, scope)
        for test in tests
    ]
    found.sort(key=lambda one: [*_TONES].index(one[1]["reasons"][0]["why"]))
    shown = found[:SHOWN]
    tests = Test.objects.in_bulk({test["test"] for _process, test in shown})
    sites = Site.objects.in_bulk({process[3] for process, _test in shown})
    rows = [_row(process, one, tests, sites) for process, one in shown]
    looked_at = sum(_is_within(process, scope) for process in known)
    return rows, len(found) - len(shown), looked_at


def _is_within(process, scope):
    material, use, _name, site = process
    return (
        scope.material in (None, material)
        and scope.site in (None, site)
        and scope.use in ("", use)
    )


def _remembered(at):
    entries = AuditEntry.objects.order_by("-sequence").values_list("sequence", "digest")
    head = entries.first() or (0, "")
    today = calendar.today(at).isoformat()
    seen, day, master, known = cache.get(KEY, (None, "", None, {}))
    if (seen, day) == (head, today):
        return known
    beside = audit.beside_lots().first()
    active = _active(at)
    changed = set(active)
    if (
        seen is not None
        and (day, master) == (today, beside)
        and 0 < head[0] - seen[0] <= _MOST_ENTRIES
        and entries.filter(sequence=seen[0], digest=seen[1]).exists()
    ):
        named = AuditEntry.objects.filter(sequence__gt=seen[0], lot__isnull=False)
        changed = {
            (*row,)
            for row in Lot.objects.filter(pk__in=named.values("lot")).values_list(
                "material", "use", "qualification__process", "site"
            )
        }
    found = {
        one: known[one] if one in known and one not in changed else _evaluated(one, at)
        for one in active
    }
    cache.set(KEY, (head, today, beside, found), timeout=7 * 24 * 60 * 60)
    return found


def _active(at):
    """Return the processes of which a lot was made lately, the last one first."""
    since = calendar.today(at) - datetime.timedelta(days=ACTIVE_DAYS)
    # The last lot of each qualification, by its index: no other lot is read.
    last = (
        Lot.objects.filter(qualification=OuterRef("pk"))
        .exclude(state=LotState.VOID)
        .order_by("-manufactured_on", "-pk")
    )
    rows = (
        Qualification.objects.annotate(
            last=Subquery(last.values("manufactured_on")[:1])
        )
        .filter(last__gte=since)
        .order_by("-last", "pk")
        .values_list("material", "use", "process", "site")
    )
    return list(dict.fromkeys(tuple(row) for row in rows))[:MOST]


def _evaluated(process, at):
    from reports.trends import attention

    return attention.of_process(
        *process,
        since=at - datetime.timedelta(days=DAYS),
        on=calendar.today(at),
    )


def _row(process, found, tests, sites):
    material, use, name, site = process
    first = found["reasons"][0]
    trend = reverse("reports:trend", args=[material, found["test"]])
    query = urlencode({"use": use, "process": name, "site": site, "last": 50})
    picture = small_multiple.picture(
        SmallMultiple("", "", tuple(SmallPoint(*point) for point in found["points"])),
        width=150,
    )
    return {
        "test": tests[found["test"]].name,
        "process": f"{name}, {sites[site].name}, {_(USES[use].name)}",
        "url": f"{trend}?{query}",
        "tone": _TONES[first["why"]],
        "words": [_words(one) for one in found["reasons"]],
        "lot": next((one for one in found["reasons"] if "lot" in one), None),
        "picture": svg.small(picture),
    }


# How each kind of reason looks, the gravest first.
_TONES = {
    "oos": Tone.OOS,
    "signal": Tone.OOT,
    "falling": Tone.ALERT,
    "drift": Tone.ALERT,
}


def _words(reason):
    if reason["why"] == "oos":
        return _("OOS at %(lot)s") % {"lot": reason["number"]}
    if reason["why"] == "signal":
        from lots.statistics.run_rules import RunRule

        rule = RunRule[reason["rule"]]
        return _("%(rule)s at %(lot)s") % {
            "rule": f"{rule.printed_name}: {_(rule.word)}",
            "lot": reason["number"],
        }
    if reason["why"] == "falling":
        return _("Ppk fell from %(before)s to %(ppk)s") % reason
    return ngettext(
        "Drifts to a limit: reached in %(lots)s lot if it goes on",
        "Drifts to a limit: reached in %(lots)s lots if it goes on",
        reason["lots"],
    ) % {"lots": reason["lots"]}
