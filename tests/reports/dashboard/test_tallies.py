"""What the dashboard remembers of the months before is what it would count today."""

import datetime
import io
import pickle

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lots import calendar
from lots.demo import bench
from lots.intake import test_orders
from lots.models import AuditEntry, Investigation
from lots.release import disposition
from lots.results import result_review
from reports.dashboard import figures, tallies
from reports.dashboard.tallies import Period
from reports.issuing import certificates
from tests.reports.dashboard.lots import DAY, released, submitted

pytestmark = pytest.mark.postgres

KEPT = ("tallies", "due", "passed")


def counted(at):
    """Return all that is counted of two years, and of the months around today."""
    periods = [
        period for months in (3, 12) for period in figures.periods(months=months, at=at)
    ]
    passed = tallies.passed(calendar.today(at) + 800 * DAY)
    return tallies.over(*periods), figures.retest_calendar(at), passed


def counted_anew(at):
    remembered = {key: cache.get(key) for key in map(tallies.key, KEPT)}
    cache.clear()
    found = counted(at)
    cache.clear()
    cache.set_many(remembered)
    return found


def acts(world, at):
    """Yield after every act that changes what is counted, on lots of many months."""
    cast, chen = world.cast, world.cast.chen
    old = released(world, "OLD-1", at=at - 200 * DAY, date_on=calendar.today(at))
    yield
    recalled = released(world, "RECALLED-1", at=at - 120 * DAY)
    yield
    certificates.issue(
        assessment=bench.assessment(recalled, "BAC-ORAL"),
        by=chen,
        at=at - 110 * DAY,
        stated=bench.LABEL,
    )
    yield
    young = submitted(world, "YOUNG-1", at=at - 60 * DAY)
    yield
    failed = submitted(world, "FAILED-1", at=at - 50 * DAY, MEOH="3200")
    yield
    test_order = young.test_orders.get()
    result_review.send_back(
        test_order=test_order,
        results=list(test_order.results.filter(test__code="IPA")),
        by=cast.sofia,
        at=at - 40 * DAY,
        reason="No chromatogram",
    )
    yield
    bench.log(cast, world, at=at - 39 * DAY, number="LOGGED-1")
    yield
    certificate = certificates.issue(
        assessment=bench.assessment(old, "BAC-ORAL"),
        by=chen,
        at=at - 30 * DAY,
        stated=bench.LABEL,
    )
    yield
    certificate = certificates.revise(
        certificate=certificate,
        reason="Order",
        order="7",
        by=chen,
        at=at - 20 * DAY,
        stated=bench.LABEL,
    )
    yield
    bench.conclude(
        cast,
        failed,
        Investigation.objects.get(),
        at=at - 15 * DAY,
        conclusion="not_proven",
        cause="None was found",
    )
    yield
    bench.decide(cast, disposition.reject, failed, at=at - 14 * DAY, reason="Methanol")
    yield
    disposition.hold(lot=old, by=chen, at=at - 10 * DAY, reason="A complaint")
    yield
    bench.decide(cast, disposition.resume, old, at=at - 9 * DAY, reason="Unfounded")
    yield
    certificates.withdraw(
        certificate=certificate, by=chen, at=at - 8 * DAY, reason="Drum"
    )
    yield
    bench.decide(cast, disposition.recall, recalled, at=at - 7 * DAY, reason="Glass")
    yield
    retest = test_orders.open_test_order(
        lot=old,
        by=cast.lin,
        at=at - 6 * DAY,
        occasion="retest",
        use_by=calendar.today(at) + 20 * DAY,
    )
    bench.enter(
        old,
        world,
        {**bench.ORAL_RESULTS, **bench.ELEMENTS},
        by=cast.lin,
        at=at - 5 * DAY,
        test_order=retest,
    )
    bench.review(cast, old, at=at - 4 * DAY)
    bench.release(cast, old, "BAC-ORAL", at=at - 3 * DAY)
    yield
    bench.decide(
        cast,
        disposition.reopen,
        old,
        at=at - 2 * DAY,
        reason="A doubt",
        deviation="DEV-7",
    )
    yield


def test_what_is_remembered_is_what_would_be_counted_anew(world, at):
    counted(at)
    seen = []

    for _act in acts(world, at):
        found = counted(at)
        assert found == counted_anew(at)
        if found not in seen:
            seen.append(found)

    # Most acts change a figure; the log of a lot and a hold change none.
    assert len(seen) > 12


@pytest.fixture
def parts(monkeypatch):
    """The days that were counted since they were last looked at."""
    asked, count = [], tallies._tallied

    def spied(parts, scope):
        asked.extend(parts)
        return count(parts, scope)

    monkeypatch.setattr(tallies, "_tallied", spied)
    return asked


def test_only_days_since_the_lot_was_logged_are_counted_anew(world, at, parts):
    now = Period(calendar.today(at - 300 * DAY), calendar.today(at))
    old = bench.log(world.cast, world, at=at - 70 * DAY, number="OLD-1")
    bench.log(world.cast, world, at=at - 35 * DAY, number="YOUNG-1")
    tallies.over(now)
    parts.clear()

    tallies.over(now)
    assert parts == []

    disposition.hold(lot=old, by=world.cast.chen, at=at, reason="Why")
    tallies.over(now)

    month = calendar.today(at - 70 * DAY).replace(day=1)
    assert parts == list(Period(month, now.last).by_month)


def test_parts_of_a_period_are_its_days_by_month():
    period = Period(datetime.date(2025, 11, 20), datetime.date(2026, 2, 28))

    assert [
        (one.first.isoformat(), one.last.isoformat()) for one in period.by_month
    ] == [
        ("2025-11-20", "2025-11-30"),
        ("2025-12-01", "2025-12-31"),
        ("2026-01-01", "2026-01-31"),
        ("2026-02-01", "2026-02-28"),
    ]


@pytest.mark.parametrize(
    ("sequence", "digest"),
    [(0, "of another trail"), (10**9, "of a longer trail")],
    ids=["another", "longer"],
)
def test_what_another_trail_says_is_forgotten(world, at, parts, sequence, digest):
    """As after a restore, while the program runs on."""
    period = Period(calendar.today(at), calendar.today(at))
    tallies.over(period)
    head = AuditEntry.objects.order_by("-sequence")[0].sequence
    _seen, known = cache.get(tallies.key("tallies"))
    cache.set(tallies.key("tallies"), ((sequence or head - 1, digest), known))
    parts.clear()

    tallies.over(period)

    assert parts == [period]


def test_cache_holds_no_class_of_the_program(world, at):
    """It outlives the program: what a later one cannot read would end every page."""
    released(world, "OLD-1", at=at - 40 * DAY)
    expected = counted(at)
    modules = set()

    class Reading(pickle.Unpickler):
        def find_class(self, module, name):
            modules.add(module)
            return super().find_class(module, name)

    for name in ("tallies", "due"):
        kept = cache.get(tallies.key(name))
        assert Reading(io.BytesIO(pickle.dumps(kept))).load() == kept
        assert kept[1] != {}

    assert modules == {"datetime"}
    assert counted(at) == expected


def test_program_of_another_shape_looks_elsewhere(monkeypatch):
    key = tallies.key("tallies")
    monkeypatch.setattr(tallies, "DAYS", (*tallies.DAYS[1:], "days_of_another_step"))

    assert tallies.key("tallies") != key


def test_all_missing_months_are_counted_in_as_many_queries_as_one(world, at):
    def queries(*periods):
        cache.clear()
        with CaptureQueriesContext(connection) as caught:
            tallies.over(*periods)
        return len(caught)

    today = calendar.today(at)

    assert (
        queries(Period(today, today))
        == queries(*figures.periods(months=24, at=at))
        == 6
    )
