"""Stage of a lot on a day: what it waits for, also where a date has passed since.

The status keeps the stage that the last act on the lot left, and no act is needed for a
date to pass. So lists, counts, filters, the lot page and My work ask here of a lot that
was complete whether it can still be released. Reads, never writes.
"""

import datetime

from django.db.models import Case, CharField, Exists, F, OuterRef, Q, Value, When
from django.utils import timezone

from lots import calendar
from lots.models import Assessment, AssessmentState, LotStatus, Stage


def releasable(on):
    """Return the condition of lots with an assessment that can be released on a day.

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


def condition(stage, on):
    """Return the condition of lots that have the stage on a day."""
    if stage == Stage.TO_RELEASE:
        return Q(releasable(on), stage=Stage.TO_RELEASE)
    if stage == Stage.DATE_PASSED:
        return Q(~releasable(on), stage=Stage.TO_RELEASE)
    return Q(stage=stage)


def on_day(lots, on):
    """Return the statuses with their stage on a day, for `of`; in the same query."""
    past = When(condition(Stage.DATE_PASSED, on), then=Value(Stage.DATE_PASSED.value))
    stage = Case(past, default=F("stage"), output_field=CharField())
    return lots.annotate(stage_on_day=stage)


def of(status):
    """Return the stage of a lot today.

    Of a status that `on_day` read, that of its day; of a lot to release that it did
    not read, one query asks.
    """
    if (known := getattr(status, "stage_on_day", None)) is not None:
        return Stage.of(known)
    if status.stage == Stage.TO_RELEASE:
        today = calendar.today(timezone.now())
        past = LotStatus.objects.filter(
            condition(Stage.DATE_PASSED, today), pk=status.pk
        )
        if past.exists():
            return Stage.DATE_PASSED
    return Stage.of(status.stage)


def since(status):
    """Return the day since when the lot has its stage.

    Of one past its date, the day after it.
    """
    if of(status) == Stage.DATE_PASSED:
        return status.date_on + datetime.timedelta(days=1)
    return calendar.today(status.stage_at)
