"""Next acts: what each lot of My work needs, and the page on which it is done.

The words come from what the lot status counts; the pages from one query for each kind
of record, for all lots that are shown. Reads, never writes.
"""

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy

from lots.models import (
    Assessment,
    AssessmentState,
    Investigation,
    Lot,
    LotStatus,
    TestOrder,
)
from lots.rules.criterion import raised
from reports.models import Certificate


@dataclass(frozen=True)
class NextAct:
    """What a lot needs in words, with more beside it; the button and its page."""

    what: str
    more: str
    button: str | Promise
    url: str


@dataclass
class _Records:
    """The records of the shown lots that the pages are about, by lot."""

    test_orders: dict[int, int] = field(default_factory=dict)
    to_release: dict[int, int] = field(default_factory=dict)
    to_certify: dict[int, int] = field(default_factory=dict)
    investigations: dict[int, Investigation] = field(default_factory=dict)
    reasons: dict[int, str] = field(default_factory=dict)


def of(
    waiting: Iterable[tuple[str, Iterable[LotStatus]]], *, today: datetime.date
) -> Mapping[tuple[str, int], NextAct]:
    """Return what is next of each lot of each task, by code of the task and lot."""
    shown = [(code, row) for code, rows in waiting for row in rows]
    records = _read({row.pk for _code, row in shown})
    return {
        (code, row.pk): NextAct(
            *_words(code, row, records, today), *_page(code, row, records)
        )
        for code, row in shown
    }


def _read(lots: set[int]) -> _Records:
    """Return the records of these lots, in four queries; of none, without any."""
    found = _Records()
    if not lots:
        return found
    # Of several test orders the last; of several assessments the first.
    orders = TestOrder.objects.filter(lot__in=lots).order_by("ordinal")
    found.test_orders = dict(orders.values_list("lot", "pk"))
    certified = Certificate.objects.filter(assessment=OuterRef("pk"))
    decided = Assessment.objects.filter(
        Q(state=AssessmentState.COMPLETE)
        | Q(~Exists(certified), state=AssessmentState.RELEASED),
        lot__in=lots,
    ).order_by("-pk")
    for lot, pk, state in decided.values_list("lot", "pk", "state"):
        is_released = state == AssessmentState.RELEASED
        (found.to_certify if is_released else found.to_release)[lot] = pk
    cases = Investigation.objects.filter(lot__in=lots, closed_at=None).order_by("-pk")
    found.investigations = {case.lot_id: case for case in cases}
    found.reasons = dict(
        Lot.objects.filter(pk__in=lots).values_list("pk", "state_reason")
    )
    return found


def _words(
    code: str, row: LotStatus, records: _Records, today: datetime.date
) -> tuple[str, str]:
    """Return what the lot needs, and what is said beneath it."""
    if code in _COUNTED:
        column, words = _COUNTED[code]
        said = words % {"n": getattr(row, column) or 0}
        return said, _outcome(row) if code == "to_review" else ""
    if code in ("phase_one", "investigation"):
        case = records.investigations.get(row.pk)
        return (raised(case.trigger), case.number) if case else ("", "")
    if code == "on_hold":
        return _("On hold"), records.reasons.get(row.pk, "")
    if code == "to_release":
        return _("Decide on the release"), _outcome(row)
    if code == "retest_due":
        return _date(row, today), ""
    if code == "to_certify" and row.released_at:
        return _("A certificate can be issued"), ""
    return str(_SAID.get(code, "")), ""


_SAID = {
    "earlier_lot": gettext_lazy("An earlier lot decides which tests are left"),
    "undecided": gettext_lazy("A result is undecided"),
    "failing": gettext_lazy("A failed result was left valid"),
    "release_blocked": gettext_lazy("Something closes its release"),
    "in_question": gettext_lazy("Its release is in question"),
    "failed_later": gettext_lazy("A later finding contradicts its release"),
    "periodic_stopped": gettext_lazy("A periodic test failed on it"),
}


# What a task counts in the status, and its words.
_COUNTED = {
    "to_enter": (
        "missing",
        ngettext_lazy("%(n)s result is missing", "%(n)s results are missing", "n"),
    ),
    "returned": (
        "returned",
        ngettext_lazy("%(n)s result was returned", "%(n)s results were returned", "n"),
    ),
    "to_submit": (
        "to_submit",
        ngettext_lazy("%(n)s result to submit", "%(n)s results to submit", "n"),
    ),
    "to_review": (
        "to_review",
        ngettext_lazy("%(n)s result to review", "%(n)s results to review", "n"),
    ),
    "to_confirm": (
        "to_confirm",
        ngettext_lazy("%(n)s correction to verify", "%(n)s corrections to verify", "n"),
    ),
    "exceptions": (
        "exceptions",
        ngettext_lazy("%(n)s exception to decide", "%(n)s exceptions to decide", "n"),
    ),
    "below_minimum": (
        "minimum_to_decide",
        ngettext_lazy(
            "%(n)s release falls short of the minimum",
            "%(n)s releases fall short of the minimum",
            "n",
        ),
    ),
}


def _outcome(row: LotStatus) -> str:
    """Return how many criteria pass, and how many alerts there are."""
    said = _("%(passed)s of %(required)s pass") % {
        "passed": row.passed,
        "required": row.required,
    }
    if row.alerts:
        alerts = ngettext("%(n)s alert", "%(n)s alerts", row.alerts)
        said += " · " + alerts % {"n": row.alerts}
    return said


def _date(row: LotStatus, today: datetime.date) -> str:
    """Return the retest or expiry date of a lot, with how many days that is."""
    days = (row.date_on - today).days
    if days < 0:
        return _("Date %(on)s has passed") % {"on": row.date_on.isoformat()}
    said = ngettext("Date %(on)s, in %(n)s day", "Date %(on)s, in %(n)s days", days)
    return said % {"on": row.date_on.isoformat(), "n": days}


# The button of a task and the page it leads to: of the lot, or of one of its records.
_OF_LOT = {
    "to_confirm": (gettext_lazy("Open"), "lots:lot_detail"),
    "earlier_lot": (gettext_lazy("Open"), "lots:lot_detail"),
    "on_hold": (gettext_lazy("Decide"), "lots:lot_detail"),
    "failing": (gettext_lazy("Decide"), "lots:lot_detail"),
    "exceptions": (gettext_lazy("Open"), "lots:lot_detail"),
    "release_blocked": (gettext_lazy("See why"), "lots:lot_detail"),
    "below_minimum": (gettext_lazy("Decide"), "lots:lot_detail"),
    "in_question": (gettext_lazy("Decide"), "lots:lot_detail"),
    "failed_later": (gettext_lazy("Decide"), "lots:lot_detail"),
    "periodic_stopped": (gettext_lazy("Decide"), "lots:lot_detail"),
    "retest_due": (gettext_lazy("Open"), "lots:lot_detail"),
}
_OF_RECORD: dict[str, tuple[str | Promise, str, str]] = {
    "to_enter": (gettext_lazy("Enter results"), "lots:test_order", "test_orders"),
    "returned": (gettext_lazy("Correct"), "lots:test_order", "test_orders"),
    "to_submit": (gettext_lazy("Submit"), "lots:test_order", "test_orders"),
    "undecided": (gettext_lazy("Decide"), "lots:test_order", "test_orders"),
    "to_review": (gettext_lazy("Review"), "lots:review", "test_orders"),
    "to_release": (gettext_lazy("Release"), "lots:release", "to_release"),
    "to_certify": (gettext_lazy("Issue"), "reports:issue", "to_certify"),
}


def _page(code: str, row: LotStatus, records: _Records) -> tuple[str | Promise, str]:
    """Return the button of the task, and the page that it leads to."""
    if code in ("phase_one", "investigation") and row.pk in records.investigations:
        case = records.investigations[row.pk]
        return _("Open"), reverse("lots:investigation_detail", args=[case.pk])
    if code in _OF_RECORD:
        button, name, kind = _OF_RECORD[code]
        keys: dict[int, Any] = getattr(records, kind)
        if row.pk in keys:
            return button, reverse(name, args=[keys[row.pk]])
    button, name = _OF_LOT.get(code, (_("Open"), "lots:lot_detail"))
    return button, reverse(name, args=[row.pk])
