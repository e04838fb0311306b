"""The figures of the dashboard and the counters of My work, each with its definition.

Every figure says what it counts, and which filter of which list shows exactly these
rows. Queries only; medians are exact. Imports models, waiting and the calendar;
`views.dashboard` and `views.my_work` import it.
"""

import datetime
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Min, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lots import calendar, waiting
from lots.filters import AMISS
from lots.models import Stage, Standing
from reports import status
from reports.models import Certificate, Kind

# A share or a median of fewer says more about chance than about the work.
FEWEST = 5
PERIODS = (3, 6, 12, 24)
OPEN_STAGES = (
    Stage.TO_ENTER,
    Stage.TO_SUBMIT,
    Stage.TO_REVIEW,
    Stage.INVESTIGATION,
    Stage.TO_RELEASE,
    Stage.ON_HOLD,
)
# Youngest and oldest age of each band, in days in the state.
AGES = ((0, 7), (8, 30), (31, 90), (91, None))
STEPS = (
    (
        "days_made_to_released",
        _("Manufacture to release"),
        _("from the date of manufacture to the first release that stands"),
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
        _("from the last review before it to the release"),
    ),
)
CALENDAR_MONTHS = range(-3, 12)
TIGHTEST = 5
ENDED = (status.SUPERSEDED, status.WITHDRAWN)


@dataclass(frozen=True)
class Period:
    """Whole days of the company's calendar, first and last included."""

    first: datetime.date
    last: datetime.date

    @property
    def moments(self):
        """The first and the last moment of the period, for a `range` lookup."""
        zone = timezone.get_default_timezone()
        return tuple(
            timezone.make_aware(datetime.datetime.combine(day, edge), zone)
            for day, edge in (
                (self.first, datetime.time.min),
                (self.last, datetime.time.max),
            )
        )

    def query(self, name):
        """Return the filters of a list that leave exactly this period."""
        return {f"{name}_from": self.first, f"{name}_to": self.last}


def periods(*, months, at):
    """Return the last so many months up to today, and the same before them."""
    today = calendar.today(at)
    start = calendar.months_after(today, -months) + datetime.timedelta(days=1)
    before = calendar.months_after(today, -2 * months) + datetime.timedelta(days=1)
    return Period(start, today), Period(before, start - datetime.timedelta(days=1))


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
        return Decimal(tenths) / 10


@dataclass(frozen=True)
class Median:
    """The median of whole days, and of how many lots it is."""

    n: int
    days: Decimal | None


def quality(period):
    """Return the lots right the first time and those with an OOS, as two shares.

    Of the lots whose results were first submitted in the period. Right first time:
    so far no result failed, was corrected or was sent back. OOS: at least one result
    ever failed, even if it was invalidated since.
    """
    counted = Standing.objects.filter(submitted_at__range=period.moments).aggregate(
        of=Count("submitted_at"),
        amiss=Count("submitted_at", filter=AMISS),
        oos=Count("submitted_at", filter=Q(failures__gt=0)),
    )
    of = counted["of"]
    return Share(of - counted["amiss"], of), Share(counted["oos"], of)


def medians(period):
    """Return the median of each of STEPS over the lots released in the period."""
    released = Standing.objects.filter(released_at__range=period.moments)
    return {
        column: _median(
            released.exclude(**{column: None})
            .order_by(column)
            .values_list(column)
            .annotate(lots=Count("released_at"))
        )
        for column, _name, _definition in STEPS
    }


def _median(counted):
    """Return the median of (days, lots) in ascending order of days."""
    counted = list(counted)
    n = sum(lots for _days, lots in counted)
    if n < FEWEST:
        return Median(n, None)
    middle, passed = [], 0
    for days, lots in counted:
        for place in ((n - 1) // 2, n // 2):
            if passed <= place < passed + lots:
                middle.append(days)
        passed += lots
    return Median(n, Decimal(sum(middle)) / 2)


def least_headroom(period):
    """Return the tests that came closest to a limit in lots released in the period.

    Of each lot only its tightest test counts. Returns (test, lots, least headroom in
    thousandths of the limit), the least first.
    """
    return list(
        Standing.objects.filter(released_at__range=period.moments)
        .exclude(tightest="")
        .values_list("tightest")
        .annotate(lots=Count("released_at"), least=Min("tightest_headroom"))
        .order_by("least", "tightest")[:TIGHTEST]
    )


def open_lots(at):
    """Return how many lots are in each open stage, by days in it: {stage: [n, …]}."""
    bands = {
        f"band_{position}": Count("stage_at", filter=Q(stage_at__range=band.moments))
        for position, band in enumerate(age_bands(calendar.today(at)))
    }
    counted = dict.fromkeys(OPEN_STAGES, None)
    rows = (
        Standing.objects.filter(stage__in=OPEN_STAGES)
        .values("stage")
        .annotate(**bands)
        .order_by("stage")
    )
    for row in rows:
        counted[row["stage"]] = [row[band] for band in bands]
    return {stage: found or [0] * len(AGES) for stage, found in counted.items()}


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


def decided(period):
    """Return how many lots were released, rejected, recalled or voided in the period.

    Released: the first release that stands fell in it. The others: are so today, and
    came to it in the period.
    """
    counted = Standing.objects.filter(stage_at__range=period.moments).aggregate(
        **{
            stage.value: Count("stage_at", filter=Q(stage=stage))
            for stage in (Stage.REJECTED, Stage.RECALLED, Stage.VOID)
        }
    )
    released = Standing.objects.filter(released_at__range=period.moments).count()
    return {Stage.RELEASED.value: released, **counted}


def retest_calendar(at):
    """Return (month, released lots whose date falls in it), three months back too."""
    today = calendar.today(at)
    first = today.replace(day=1)
    months = []
    for offset in CALENDAR_MONTHS:
        start = calendar.months_after(first, offset)
        end = calendar.months_after(start, 1) - datetime.timedelta(days=1)
        months.append(Period(start, end))
    by_day = (
        Standing.objects.filter(
            stage=Stage.RELEASED,
            date_on__range=(months[0].first, months[-1].last),
        )
        .order_by("date_on")
        .values_list("date_on")
        .annotate(lots=Count("date_on"))
    )
    counted = dict.fromkeys(months, 0)
    for day, lots in by_day:
        place = (day.year - months[0].first.year) * 12 + day.month
        counted[months[place - months[0].first.month]] += lots
    return counted


def certificates(period):
    """Return how many certificates numbered in the period are of each kind, and ended.

    Superseded and withdrawn: those of the period that are so today, in the words of
    `reports.status`.
    """
    return Certificate.objects.filter(issued_at__range=period.moments).aggregate(
        **{kind.value: Count("issued_at", filter=Q(kind=kind)) for kind in Kind},
        **{code: Count("issued_at", filter=status.where(code)) for code in ENDED},
    )


@dataclass(frozen=True)
class Waiting:
    """A task with how many lots it waits in, and the oldest of them."""

    task: waiting.Task
    n: int
    lots: tuple[Standing, ...]
    is_own: bool


SHOWN = 8


def waiting_for(person, *, at):
    """Return what waits for this person, task by task; for readers, what waits at all.

    Someone of a role that acts finds what is open to them there, oldest first; a
    manager or auditor finds every task.
    """
    mine = [task for task in waiting.TASKS.values() if person.is_a(*task.roles)]
    found = []
    for task in mine or waiting.TASKS.values():
        lots = task.lots(at=at, person=person if mine else None)
        oldest = lots.select_related("material").order_by(task.since, "pk")[:SHOWN]
        found.append(Waiting(task, lots.count(), tuple(oldest), bool(mine)))
    return found


def thousandths(value):
    """Return a share given in thousandths as per cent with one place."""
    return (Decimal(value) / 10).quantize(Decimal("0.1"))
