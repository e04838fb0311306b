"""Figures of the dashboard and counters of My work, each with its definition.

Each figure names the list and the filter that show its rows. Medians are exact.
"""

import datetime
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Min, Q
from django.utils.translation import gettext_lazy as _

from lots import calendar
from lots.models import LotStatus, Stage
from lots.rules.states import WAITING
from lots.statistics.proportions import wilson
from lots.workflow import lot_stage, tasks
from reports.dashboard import tallies
from reports.dashboard.scope import ALL
from reports.dashboard.tallies import Period

# A share or a median of fewer says more about chance than about the work.
FEWEST = 5
PERIODS = (3, 6, 12, 24)
# Youngest and oldest age of each band, in days in the state.
AGES = ((0, 7), (8, 30), (31, 90), (91, None))
# Lots that are longer in a state than this are late.
LATE = 30
STEPS = (
    (
        "days_made_to_released",
        _("Lead time"),
        _("from the date of manufacture to the first release that was not withdrawn"),
    ),
    (
        "days_logged_to_submitted",
        _("Logged to submitted"),
        _("from logging to the first submission of results"),
    ),
    (
        "days_submitted_to_reviewed",
        _("Submitted to reviewed"),
        _("from the first submission to the last review"),
    ),
    (
        "days_reviewed_to_released",
        _("Reviewed to released"),
        _("from the last review before the release to the release"),
    ),
)
DAY = datetime.timedelta(days=1)
CALENDAR_MONTHS = range(-3, 33)
CLOSEST = 7
QUARTERS = 8
# The line of lead times is the median of the last so many lots, or of some more.
LAST_LOTS = 9


def periods(*, months, at):
    """Return the last so many months up to today, and the same before them."""
    today = calendar.today(at)
    start = calendar.months_after(today, -months) + datetime.timedelta(days=1)
    before = calendar.months_after(today, -2 * months) + datetime.timedelta(days=1)
    return Period(start, today), Period(before, start - datetime.timedelta(days=1))


def quarters(at):
    """Return the last quarters of the calendar up to today, the oldest first."""
    today = calendar.today(at)
    start = datetime.date(today.year, today.month - (today.month - 1) % 3, 1)
    found = []
    for back in reversed(range(QUARTERS)):
        first = calendar.months_after(start, -3 * back)
        last = calendar.months_after(first, 3) - datetime.timedelta(days=1)
        found.append(Period(first, min(last, today)))
    return found


@dataclass(frozen=True)
class Share:
    """So many of so many; the share is said only where there are enough."""

    n: int
    of: int

    @property
    def per_cent(self):
        """The share in per cent to one place, half up; None where n is too small."""
        if self.of < FEWEST:
            return None
        tenths = (2000 * self.n + self.of) // (2 * self.of)
        return (Decimal(tenths) / 10).quantize(Decimal("0.1"))

    @property
    def interval(self):
        """Where the share of all such lots lies, with 95 % confidence; None of none."""
        return wilson(self.n, self.of) if self.of else None


@dataclass(frozen=True)
class Median:
    """The median of whole days, and of how many lots it is."""

    n: int
    days: Decimal | None


def quality(tally):
    """Return the lots right the first time and those with an OOS, as two shares.

    Of the lots whose results were first submitted in the period. Right first time:
    so far no result failed, was corrected or was sent back. OOS: at least one result
    ever failed, even if it was invalidated since.
    """
    of = tally.submitted
    return Share(of - tally.amiss, of), Share(tally.failed, of)


def medians(tally):
    """Return the median of each of STEPS over the lots released in the period."""
    return {step: _median(sorted(tally.days[step].items())) for step, *_words in STEPS}


@dataclass(frozen=True)
class Week:
    """Lots released in a week, (days from manufacture, lots), and the median to then.

    The median is that of the fewest whole weeks up to this one that have nine lots;
    None before there are so many.
    """

    monday: datetime.date
    lots: int
    days: tuple[tuple[int, int], ...]
    median: Decimal | None


def weeks(tally, period):
    """Return the weeks that the period reaches into; days outside it do not count."""
    monday = period.first - datetime.timedelta(days=period.first.weekday())
    found: list[Week] = []
    while monday <= period.last:
        counted = tally.weeks.get(monday.isoformat(), {})
        days = sorted((taken, n) for taken, n in counted.items() if taken is not None)
        recent = Counter(dict(days))
        for week in reversed(found):
            if recent.total() >= LAST_LOTS:
                break
            recent += Counter(dict(week.days))
        median = _median(sorted(recent.items()), least=LAST_LOTS).days
        found.append(Week(monday, sum(counted.values()), tuple(days), median))
        monday += 7 * DAY
    return found


def _median(counted, least=FEWEST):
    """Return the median of (days, lots) in ascending order of days."""
    n = sum(lots for _days, lots in counted)
    if n < least:
        return Median(n, None)
    middle, passed = [], 0
    for days, lots in counted:
        for place in ((n - 1) // 2, n // 2):
            if passed <= place < passed + lots:
                middle.append(days)
        passed += lots
    return Median(n, Decimal(sum(middle)) / 2)


@dataclass(frozen=True)
class Closest:
    """A test that came closest to a limit in so many lots, and how close.

    `least` in thousandths of the limit; `distances` are (whole per cent, lots), and
    `median` is theirs.
    """

    test: str
    lots: int
    least: int
    distances: tuple[tuple[int, int], ...]
    median: Decimal


def closest_to_limit(tally):
    """Return the tests that came closest to a limit in lots released in the period.

    Of each lot only the test closest to its limit counts. The least distance first.
    """
    found = sorted(tally.closest.items(), key=lambda one: (one[1][1], one[0]))[:CLOSEST]
    return [
        Closest(
            test,
            lots,
            least,
            distances := tuple(sorted(tally.distances[test].items())),
            _median(distances, least=1).days,
        )
        for test, (lots, least) in found
    ]


def open_lots(at, scope=ALL):
    """Return how many lots are in each open stage, by days in it: {stage: [n, …]}."""
    return open_since(at, scope)[0]


def open_since(at, scope=ALL):
    """Return the counts of `open_lots`, and since when the oldest is in its stage.

    Each lot is asked once for its stage of the day; None where no lot is open.
    """
    today = calendar.today(at)
    counted: dict[Stage, list[int]] = {stage: [0] * len(AGES) for stage in WAITING}
    days = []
    lots = LotStatus.objects.filter(**scope.query)
    # Of what is not complete no date and no qualification changes the stage.
    bands = {
        f"band_{place}": Count("stage_at", filter=Q(stage_at__range=band.moments))
        for place, band in enumerate(age_bands(today))
    }
    stages = [stage for stage in WAITING if stage != Stage.TO_RELEASE]
    for stage, since, *by_age in (
        lots.filter(stage__in=stages)
        .values("stage")
        .annotate(since=Min("stage_at"), **bands)
        .order_by("stage")
        .values_list("stage", "since", *bands)
    ):
        counted[Stage.of(stage)] = by_age
        days.append(calendar.today(since))
    for code, stage_at, passed_on in lot_stage.on_day(
        lots.filter(stage=Stage.TO_RELEASE), today
    ).values_list("stage_on_day", "stage_at", "passed_on"):
        stage = Stage.of(code)
        if stage not in counted:
            continue
        since = passed_on + DAY if passed_on else calendar.today(stage_at)
        days.append(since)
        for place, band in enumerate(age_bands(today)):
            counted[stage][place] += band.first <= since <= band.last
    return counted, min(days, default=None)


def released_past(at, scope=ALL):
    """Return the released lots whose date has passed, and the next whose date comes.

    As (how many, the first of them, the next): each a status, or None.
    """
    today = calendar.today(at)
    # One index has the released lots in the order of their dates. Those released
    # beside what was complete are few, and their date has not passed.
    released = LotStatus.objects.filter(stage=Stage.RELEASED, **scope.query).order_by(
        "date_on", "pk"
    )
    beside = LotStatus.objects.filter(
        lot_stage.released_beside(today), **scope.query
    ).order_by("date_on", "pk")
    coming = (released.filter(date_on__gte=today).first(), beside.first())
    following = min(
        filter(None, coming), key=lambda one: (one.date_on, one.pk), default=None
    )
    n = tallies.passed(today, scope=scope)
    return n, released.filter(date_on__lt=today).first(), following


def age_bands(today):
    """Return the days on which a lot of each age came into its state."""
    return [
        Period(
            today - datetime.timedelta(days=oldest)
            if oldest is not None
            else datetime.date(1900, 1, 1),
            today - datetime.timedelta(days=youngest),
        )
        for youngest, oldest in AGES
    ]


def decided(tally):
    """Return how many lots were released, rejected, recalled or voided in the period.

    Released: the first release that was not withdrawn fell in it. The others: are so
    today, and came to it in the period.
    """
    return {Stage.RELEASED.value: tally.released, **tally.decided}


def retest_calendar(at, scope=ALL):
    """Return {month: {use: released lots whose date is in it}}, also 3 months back."""
    today = calendar.today(at)
    start, end = (
        calendar.months_after(today.replace(day=1), offset)
        for offset in (CALENDAR_MONTHS.start, CALENDAR_MONTHS.stop)
    )
    months = [*Period(start, end - datetime.timedelta(days=1)).by_month]
    return tallies.due(months, on=today, scope=scope)


@dataclass(frozen=True)
class Waiting:
    """A task with how many lots it waits in, and the oldest of them, since when."""

    task: tasks.Task
    n: int
    lots: tuple[LotStatus, ...]
    is_own: bool
    since: Mapping[int, datetime.datetime]


SHOWN = 8


def waiting_for(person, *, at):
    """Return what waits for this person, task by task; for readers, what waits at all.

    Someone of a role that acts finds what is open to them there, oldest first; a
    manager or auditor finds every task.
    """
    mine = [task for task in tasks.TASKS.values() if person.takes(*task.roles)]
    found = []
    for task in mine or tasks.TASKS.values():
        lots = task.lots(at=at, person=person if mine else None)
        oldest = lots.select_related("material").order_by(task.since, "pk")[:SHOWN]
        rows = tuple(oldest)
        # Most tasks wait in no lot, and then there is nothing to count.
        n = lots.count() if rows else 0
        since = task.began(rows) if task.began and rows else {}
        found.append(Waiting(task, n, rows, bool(mine), since))
    return found


def thousandths(value):
    """Return a share given in thousandths as per cent with one place."""
    return (Decimal(value) / 10).quantize(Decimal("0.1"))
