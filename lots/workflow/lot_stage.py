"""Stage of a lot on a day: what it waits for, also where its release was closed since.

The status keeps the stage that the last act on the lot left. No act is needed for a
date to pass, and none on the lot for a qualification to be suspended. So lists, counts,
filters, the lot page and My work ask here of a lot that was complete whether it can be
released on the day. Reads, never writes.
"""

import datetime

from django.db.models import (
    Case,
    CharField,
    DateField,
    Exists,
    F,
    Max,
    OuterRef,
    Q,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from lots import calendar
from lots.models import Assessment, AssessmentState, LotStatus, Stage
from lots.rules.states import WAITING
from lots.workflow import release_days


def in_date(on):
    """Return the condition of lots with a complete assessment whose day has not passed.

    Good through the last day itself, as the release takes it
    (`blockers.past_its_date`): that of the lot, or the use-by date of a retest.
    """
    return Exists(
        Assessment.objects.filter(
            Q(test_order__use_by__gte=on)
            | Q(test_order__use_by=None, lot__date_on__gte=on),
            lot=OuterRef("lot"),
            state=AssessmentState.COMPLETE,
        )
    )


def last_day():
    """Return the last day on which a lot can be released, as an expression.

    The latest of the lot's date and the use-by dates of its complete retests.
    """
    use_by = (
        Assessment.objects.filter(lot=OuterRef("lot"), state=AssessmentState.COMPLETE)
        .order_by()
        .values("lot")
        .annotate(last=Max("test_order__use_by"))
    )
    return Greatest("date_on", Coalesce(Subquery(use_by.values("last")), "date_on"))


def usable(on):
    """Return the condition of lots that a release lets be used on a day.

    Through the last day of the lot, or the use-by date of a released retest.
    """
    return Q(released_at__isnull=False, date_on__gte=on)


def condition(stage, on):
    """Return the condition of lots that have the stage on a day.

    Of a lot that was complete and whose date has passed, what it may do now decides:
    it is released if an earlier or later release lets it be used.
    """
    if stage == Stage.TO_RELEASE:
        return Q(release_days.open_on(on), stage=Stage.TO_RELEASE)
    if stage == Stage.BLOCKED:
        return Q(~release_days.open_on(on), in_date(on), stage=Stage.TO_RELEASE)
    if stage == Stage.DATE_PASSED:
        return ~usable(on) & _past(on)
    if stage == Stage.RELEASED:
        # The list of stages first: an index finds its lots.
        return Q(stage__in=[Stage.RELEASED, Stage.TO_RELEASE]) & (
            Q(stage=Stage.RELEASED) | released_beside(on)
        )
    return Q(stage=stage)


def open_on(on):
    """Return the condition of lots in which somebody has something to do on a day."""
    return Q(stage__in=WAITING) & ~released_beside(on)


def released_beside(on):
    """Return the condition of released lots whose status says that they are complete.

    The date of what was complete has passed: it waits for nothing.
    """
    return usable(on) & _past(on)


def _past(on):
    """Return the condition of lots that are complete and past their date.

    By their keys: beside another condition PostgreSQL would read all assessments.
    """
    found = LotStatus.objects.filter(~in_date(on), stage=Stage.TO_RELEASE)
    return Q(stage=Stage.TO_RELEASE, pk__in=found.values("pk"))


def on_day(lots, on):
    """Return the statuses with their stage on a day, for `of`; in the same query.

    And with the last day of those past their date, for `since`.
    """
    is_past = condition(Stage.DATE_PASSED, on)
    stage = Case(
        When(is_past, then=Value(Stage.DATE_PASSED.value)),
        When(released_beside(on), then=Value(Stage.RELEASED.value)),
        When(condition(Stage.BLOCKED, on), then=Value(Stage.BLOCKED.value)),
        default=F("stage"),
        output_field=CharField(),
    )
    passed = Case(
        When(is_past, then=last_day()), default=None, output_field=DateField()
    )
    return lots.annotate(stage_on_day=stage, passed_on=passed)


def of(status):
    """Return the stage of a lot today.

    Of a status that `on_day` read, that of its day; of a lot to release that it did
    not read, one query asks.
    """
    if (known := getattr(status, "stage_on_day", None)) is not None:
        return Stage.of(known)
    if status.stage != Stage.TO_RELEASE:
        return Stage.of(status.stage)
    today = calendar.today(timezone.now())
    asked = on_day(LotStatus.objects.filter(pk=status.pk), today)
    return Stage.of(asked.values_list("stage_on_day", flat=True).get())


def since(status):
    """Return the day since when the lot has its stage; `on_day` read the status.

    Of one past its date, the day after its last one; of one that is released beside
    what was complete, the day of its release.
    """
    stage = of(status)
    if stage == Stage.DATE_PASSED:
        return status.passed_on + datetime.timedelta(days=1)
    if stage == Stage.RELEASED and status.stage == Stage.TO_RELEASE:
        return calendar.today(status.released_at)
    return calendar.today(status.stage_at)
