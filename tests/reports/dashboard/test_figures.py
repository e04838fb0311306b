"""The figures behind the dashboard: periods, shares, medians, and what they count."""

import datetime
import itertools
from decimal import Decimal

import pytest

from lots import calendar
from lots.demo import bench
from lots.models import Investigation
from lots.results import result_review
from lots.rules.states import WAITING
from reports.dashboard import figures, tallies
from reports.dashboard.figures import Median, Share
from reports.dashboard.scope import Scope
from reports.dashboard.tallies import Period
from reports.views import my_work
from tests.reports.dashboard.lots import DAY, released, submitted


@pytest.mark.parametrize(
    ("n", "of", "expected"),
    [
        (0, 0, None),
        (4, 4, None),
        (5, 5, Decimal("100.0")),
        (0, 5, Decimal("0.0")),
        (1, 3, None),
        (1, 6, Decimal("16.7")),
        (1, 8, Decimal("12.5")),
        (1, 16, Decimal("6.3")),
        (2, 3000, Decimal("0.1")),
    ],
)
def test_share_is_rounded_half_up_and_only_said_from_five(n, of, expected):
    # Always one place: 90.0, not 90.
    assert str(Share(n, of).per_cent) == str(expected)


@pytest.mark.parametrize(
    ("counted", "expected"),
    [
        ([], Median(0, None)),
        ([(3, 4)], Median(4, None)),
        ([(3, 5)], Median(5, Decimal(3))),
        ([(1, 2), (4, 1), (9, 2)], Median(5, Decimal(4))),
        ([(1, 3), (4, 3)], Median(6, Decimal("2.5"))),
        ([(1, 5), (100, 1)], Median(6, Decimal(1))),
    ],
    ids=["none", "too few", "all alike", "odd", "between two", "one late"],
)
def test_median_of_days_is_exact(counted, expected):
    assert figures._median(counted) == expected


def test_periods_follow_each_other_without_gap_or_overlap():
    at = datetime.datetime(2026, 3, 31, 23, 30, tzinfo=datetime.UTC)

    now, before = figures.periods(months=1, at=at)

    # Half past eleven in UTC is the next day in the company's zone.
    assert now == Period(datetime.date(2026, 3, 2), datetime.date(2026, 4, 1))
    assert before == Period(datetime.date(2026, 2, 2), datetime.date(2026, 3, 1))


def test_period_takes_whole_days_of_the_company():
    period = Period(datetime.date(2026, 3, 2), datetime.date(2026, 3, 2))

    assert [moment.isoformat() for moment in period.moments] == [
        "2026-03-02T00:00:00+08:00",
        "2026-03-02T23:59:59.999999+08:00",
    ]


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("2026-11-23", "2026-11-23", 0),
        ("2026-11-20", "2026-11-23", 1),
        ("2026-11-16", "2026-11-23", 5),
        ("2026-11-21", "2026-11-22", 0),
        ("2026-11-01", "2026-11-30", 21),
    ],
    ids=["same day", "over a weekend", "a week", "a weekend", "from a Sunday"],
)
def test_age_is_counted_in_working_days(first, last, expected):
    days = map(datetime.date.fromisoformat, (first, last))

    assert my_work._working_days(*days) == expected


def test_quality_counts_what_ever_failed_or_was_sent_back(world, at):
    now, before = figures.periods(months=3, at=at)
    submitted(world, "CLEAN-1", at=at)
    invalidated = submitted(world, "OOS-1", at=at, MEOH="3200")
    returned = submitted(world, "SENT-BACK-1", at=at)
    bench.log(world.cast, world, at=at, number="NOT-SUBMITTED-1")
    bench.conclude(
        world.cast,
        invalidated,
        Investigation.objects.get(),
        at=at,
        conclusion="proven",
        cause="The standard was diluted twice",
    )
    test_order = returned.test_orders.get()
    result_review.send_back(
        test_order=test_order,
        results=list(test_order.results.filter(test__code="IPA")),
        by=world.cast.sofia,
        at=at,
        reason="No chromatogram",
    )

    assert list(map(figures.quality, tallies.over(now, before))) == [
        (Share(1, 3), Share(1, 3)),
        (Share(0, 0), Share(0, 0)),
    ]


def test_steps_are_counted_in_whole_days(world, at):
    for number in range(5):
        released(world, f"R-{number}", at=at - (10 + number) * DAY)
    now, _before = figures.periods(months=3, at=at)
    [tally] = tallies.over(now)

    # Logged six days after its manufacture, submitted on the day of logging.
    assert figures.medians(tally) == {
        "days_made_to_released": Median(5, Decimal(11)),
        "days_logged_to_submitted": Median(5, Decimal(0)),
        "days_submitted_to_reviewed": Median(5, Decimal(2)),
        "days_reviewed_to_released": Median(5, Decimal(3)),
    }


def test_release_counts_on_its_own_day_and_no_other(world, at):
    released(world, "R-1", at=at - 6 * DAY)
    day = calendar.today(at - DAY)
    days = (day - DAY, day, day + DAY)

    counted = {
        shown: figures.decided(tally)["released"]
        for shown, tally in zip(
            days, tallies.over(*(Period(day, day) for day in days)), strict=True
        )
    }

    assert counted == {day - DAY: 0, day: 1, day + DAY: 0}


def test_open_lots_alternative_use_the_band_of_their_age(world, at):
    ages = {"A": 0, "B": 7, "C": 8, "D": 30, "E": 31, "F": 90, "G": 91}
    for number, days in ages.items():
        bench.log(world.cast, world, at=at - days * DAY, number=f"{number}-1")

    assert figures.open_lots(at) == {
        stage: [2, 2, 2, 1] if stage == "to_enter" else [0, 0, 0, 0]
        for stage in WAITING
    }


def test_calendar_counts_released_lots_in_the_month_of_their_date(world, at):
    month = calendar.months_after(calendar.today(at).replace(day=1), 2)
    last = calendar.months_after(month, 1) - DAY
    released(world, "R-1", at=at - 6 * DAY, date_on=month)
    released(world, "R-2", at=at - 6 * DAY, date_on=last)
    released(world, "R-3", at=at - 6 * DAY, date_on=last + DAY)
    bench.log(world.cast, world, at=at, number="N-1", date_on=month)

    counted = figures.retest_calendar(at)

    # Three months back, this one, and 32 ahead.
    found = [of_month["oral"] for of_month in counted.values()]
    assert found == [0] * 5 + [2, 1] + [0] * 29
    assert list(counted)[5] == Period(month, last)


def test_closest_to_limit_names_the_closest_test_of_each_lot(world, at):
    released(world, "R-1", at=at - 6 * DAY)
    tally, earlier = tallies.over(*figures.periods(months=3, at=at))

    [found] = figures.closest_to_limit(tally)

    # 141 of at most 200.
    assert found == figures.Closest(
        "Particle size D90", 1, 295, ((29, 1),), Decimal(29)
    )
    assert figures.closest_to_limit(earlier) == []


@pytest.mark.parametrize(
    ("day", "first", "last"),
    [
        ("2026-01-01", "2024-04-01", "2026-01-01"),
        ("2026-03-31", "2024-04-01", "2026-03-31"),
        ("2026-12-15", "2025-01-01", "2026-12-15"),
    ],
)
def test_quarters_are_the_last_eight_of_the_calendar(day, first, last):
    at = datetime.datetime.fromisoformat(f"{day}T04:00:00+00:00")

    found = figures.quarters(at)

    assert len(found) == 8
    assert (found[0].first, found[-1].last) == tuple(
        map(datetime.date.fromisoformat, (first, last))
    )
    for before, after in itertools.pairwise(found):
        assert before.last + DAY == after.first


def test_weeks_have_each_release_on_its_monday_and_the_median_of_nine_lots(world, at):
    for number in range(10):
        released(world, f"R-{number}", at=at - (40 + 3 * number) * DAY)
    now, _before = figures.periods(months=3, at=at)
    [tally] = tallies.over(now)

    weeks = figures.weeks(tally, now)

    assert {week.monday.weekday() for week in weeks} == {0}
    assert weeks[0].monday <= now.first <= weeks[1].monday
    assert sum(week.lots for week in weeks) == 10
    # Every lot took eleven days; the line begins where there are nine.
    assert {days for week in weeks for days, _lots in week.days} == {11}
    passed = 0
    for week in weeks:
        passed += week.lots
        assert week.median == (Decimal(11) if passed >= 9 else None)


def test_scope_counts_the_lots_of_a_material_a_site_or_a_use_alone(world, at):
    due_on = calendar.months_after(calendar.today(at), 2)
    released(world, "R-1", at=at - 6 * DAY, date_on=due_on)
    lot = bench.log(world.cast, world, at=at, number="N-1")
    now, _before = figures.periods(months=3, at=at)
    found = {}
    for scope in (
        Scope(),
        Scope(material=lot.material_id),
        Scope(site=lot.site_id, use="oral"),
        Scope(site=lot.site_id + 1000),
        Scope(use="intrathecal"),
    ):
        [tally] = tallies.over(now, scope=scope)
        waiting = sum(map(sum, figures.open_lots(at, scope).values()))
        due = sum(one.total() for one in figures.retest_calendar(at, scope).values())
        found[scope] = (tally.released, waiting, due)

    assert list(found.values()) == [(1, 1, 1)] * 3 + [(0, 0, 0)] * 2
