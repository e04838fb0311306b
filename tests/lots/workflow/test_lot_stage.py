"""The stage of a lot on a day: every page says what the release would say that day."""

import csv
import datetime
import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lots import calendar
from lots.demo import bench
from lots.evaluation import evaluator, signed_text
from lots.evidence import signatures
from lots.intake import test_orders
from lots.models import LotStatus
from lots.release import disposition
from lots.rules import statements
from lots.rules.refusal import Refusal
from lots.rules.states import Stage
from lots.workflow import lot_stage, tasks
from reports.dashboard import figures
from tests.lots.pages import signed_in, words

pytestmark = pytest.mark.postgres

DAY = datetime.timedelta(days=1)
ORAL = {**bench.ORAL_RESULTS, **bench.ELEMENTS}


def complete(world, at, number, *, last, ago=20):
    """Return a lot whose results were reviewed some days ago, good until `last`."""
    then = at - datetime.timedelta(days=ago)
    lot = bench.log(
        world.cast, world, at=then, number=number, date_on=last,
        manufactured_on=calendar.today(then) - datetime.timedelta(days=100),
    )  # fmt: skip
    bench.enter(lot, world, ORAL, by=world.cast.lin, at=then)
    bench.review(world.cast, lot, at=then)
    return lot


@pytest.fixture(params=[0, 1], ids=["on its last day", "the day after"])
def days_past(request):
    return request.param


@pytest.fixture
def lot(world, at, days_past):
    last = calendar.today(at) - days_past * DAY
    return complete(world, at, "BAC-26-700", last=last)


@pytest.fixture
def chen(world):
    return signed_in(world.cast.chen)


def found(client, **query):
    """Return whether the list of lots with this filter has the lot."""
    rows = client.get("/lots/", query).context["table"].page.object_list
    return "BAC-26-700" in [row.record.number for row in rows]


def open_lots(client):
    """Return the rows of open lots on the dashboard, by the word of the stage."""
    return {row["name"]: row for row in client.get("/dashboard/").context["open_lots"]}


def test_release_takes_the_last_day_and_none_after(world, at, lot, days_past):
    if days_past:
        with pytest.raises(Refusal, match="has passed") as caught:
            bench.release(world.cast, lot, "BAC-ORAL", at=at)
        assert caught.value.code == "date-passed"
    else:
        bench.release(world.cast, lot, "BAC-ORAL", at=at)


def test_every_page_says_the_stage_of_the_day(lot, chen, days_past):
    word, other = "To release", "Date passed"
    if days_past:
        word, other = other, word

    [row] = chen.get("/lots/").context["table"].page.object_list
    row = row.get_cell("stage")
    page = words(chen.get(f"/lots/{lot.pk}/"))
    record = words(chen.get(f"/lots/{lot.pk}/record/"))
    export = chen.get("/lots/", {"format": "csv"})
    [line] = csv.DictReader(io.StringIO(b"".join(export).decode("utf-8-sig")))

    assert word in row
    assert other not in row
    assert word in page
    assert other not in page
    assert word in record
    assert other not in record
    assert line["State"] == ("date_passed" if days_past else "to_release")


def test_filters_find_the_lot_by_the_stage_of_the_day(lot, chen, days_past):
    assert found(chen, stage="to_release") is not bool(days_past)
    assert found(chen, stage="date_passed") is bool(days_past)
    assert found(chen, quick="ready") is not bool(days_past)
    assert found(chen, task="to_release") is not bool(days_past)
    assert found(chen, task="retest_due") is bool(days_past)


def test_my_work_counts_the_lot_once(lot, chen, days_past):
    said = words(chen.get("/"))

    assert f"{1 - days_past} To release" in said
    assert ("Retest or expiry dates due 1" in said) is bool(days_past)


def test_dashboard_counts_what_its_links_find(lot, chen, days_past):
    rows = open_lots(chen)

    assert rows["To release"]["n"] == 1 - days_past
    assert rows["Date passed"]["n"] == days_past
    for row in rows.values():
        for cell in [row, *row["cells"]]:
            listed = chen.get(cell["url"]).context["table"].data
            assert len(listed) == cell["n"]


def test_days_past_its_date_are_counted_from_the_day_after(world, at, chen):
    complete(world, at, "BAC-26-700", last=calendar.today(at) - 10 * DAY)

    [row] = chen.get("/lots/").context["table"].page.object_list
    ages = [cell["n"] for cell in open_lots(chen)["Date passed"]["cells"]]

    assert row.get_cell("stage_at") == "9"
    assert ages == [0, 1, 0, 0]


def test_lot_page_offers_what_comes_after_the_date(world, lot, chen, days_past):
    page = words(chen.get(f"/lots/{lot.pk}/"))

    assert ("Decide on the release." in page) is not bool(days_past)
    assert ("has passed; open a retest of the lot" in page) is bool(days_past)


def test_retest_under_way_is_to_release_though_the_date_has_passed(world, at, chen):
    lot = complete(world, at, "BAC-26-700", last=calendar.today(at) - DAY)
    order = test_orders.open_test_order(
        lot=lot, by=world.cast.chen, at=at, occasion="retest",
        use_by=calendar.today(at) + 20 * DAY,
    )  # fmt: skip
    assert not found(chen, stage="to_release")

    bench.enter(lot, world, ORAL, by=world.cast.lin, at=at, test_order=order)
    bench.review(world.cast, lot, at=at)

    assert found(chen, stage="to_release")
    assert not found(chen, stage="date_passed")
    assert "To release" in words(chen.get(f"/lots/{lot.pk}/"))


def test_date_of_a_retest_that_nobody_released_passed_on_its_use_by_day(
    world, at, chen
):
    """Days in state, export, filter and the dashboard's age count from that day."""
    today = calendar.today(at)
    lot = complete(world, at, "BAC-26-700", last=today - 90 * DAY)
    then = at - 20 * DAY
    order = test_orders.open_test_order(
        lot=lot, by=world.cast.chen, at=then, occasion="retest",
        use_by=today - 3 * DAY,
    )  # fmt: skip
    bench.enter(lot, world, ORAL, by=world.cast.lin, at=then, test_order=order)
    bench.review(world.cast, lot, at=then)
    began = today - 2 * DAY

    [row] = chen.get("/lots/").context["table"].page.object_list
    export = chen.get("/lots/", {"format": "csv"})
    [line] = csv.DictReader(io.StringIO(b"".join(export).decode("utf-8-sig")))
    ages = figures.open_lots(at)[Stage.DATE_PASSED]

    assert row.get_cell("stage_at") == "2"
    assert line["State"] == "date_passed"
    assert line["In this state since"] == f"{began}"
    asked = {"stage": "date_passed", "since_from": began, "since_to": began}
    assert found(chen, **asked)
    assert not found(chen, **asked | {"since_to": began - DAY, "since_from": ""})
    assert not found(chen, **asked | {"since_from": began + DAY, "since_to": ""})
    assert ages == [1] + [0] * (len(ages) - 1)


@pytest.fixture
def retested(world, at):
    """Return a lot that a retest released past its date, complete as it was before.

    Nobody decided on the first test order, whose date passed ten days ago.
    """
    lot = complete(world, at, "BAC-26-700", last=calendar.today(at) - 10 * DAY)
    then = at - 4 * DAY
    order = test_orders.open_test_order(
        lot=lot, by=world.cast.olga, at=then, occasion="retest",
        use_by=calendar.today(at) + 20 * DAY,
    )  # fmt: skip
    bench.enter(lot, world, ORAL, by=world.cast.lin, at=then, test_order=order)
    bench.review(world.cast, lot, at=then)
    disposition.release(
        assessment=(one := order.assessments.get()), by=world.cast.chen, at=then,
        confirmation=world.cast.confirmation(world.cast.chen, at=then),
        shown=signatures.shown(
            signed_text.assessment_text(evaluator.evaluate(lot), one.pk)
        ),
        batch_record="BR-1", stated=statements.of("release"), deviations="none",
        justification="",
    )  # fmt: skip
    return lot


def test_retested_lot_is_released_though_its_first_test_order_is_past_its_date(
    world, retested, chen
):
    """What the lot may do now decides, on every page."""
    assert LotStatus.objects.get().stage == Stage.TO_RELEASE

    [row] = chen.get("/lots/").context["table"].page.object_list
    export = chen.get("/lots/", {"format": "csv"})
    [line] = csv.DictReader(io.StringIO(b"".join(export).decode("utf-8-sig")))
    page = words(chen.get(f"/lots/{retested.pk}/"))
    record = words(chen.get(f"/lots/{retested.pk}/record/"))
    home = words(chen.get("/"))

    assert "Released" in row.get_cell("stage")
    assert row.get_cell("stage_at") == "4"
    assert line["State"] == "released"
    assert line["In this state since"] == line["Released"]
    for text in (page, record):
        assert "Released" in text
        assert "Date passed" not in text
    assert "Released: a certificate can be issued." in page
    assert "0 To release" in home
    assert "1 Certificates to issue" in home
    assert "Retest or expiry dates due 1" in home


def test_filters_find_a_retested_lot_as_released(world, retested, at, chen):
    released = calendar.today(at - 4 * DAY)

    assert found(chen, stage="released")
    assert found(chen, stage="released", use="oral")
    assert found(chen, stage="released", since_from=released, since_to=released)
    assert not found(chen, stage="released", since_to=released - DAY)
    assert not found(chen, stage="released", since_from=released + DAY)
    assert not found(chen, stage="date_passed")
    assert not found(chen, stage="to_release")
    assert not found(chen, quick="ready")
    assert found(chen, quick="retest_due")


def test_dashboard_counts_a_retested_lot_among_the_dates_due(retested, chen):
    page = chen.get("/dashboard/").context
    months = {one["month"]: one for one in page["calendar"] if one["n"]}

    assert {row["name"]: row["n"] for row in page["open_lots"] if row["n"]} == {}
    [(month, one)] = months.items()
    assert month == f"{LotStatus.objects.get().date_on:%Y-%m}"
    assert one["n"] == 1
    assert len(chen.get(one["url"]).context["table"].data) == 1


def test_retested_lot_is_past_its_date_again_after_its_use_by_date(retested, at):
    last = calendar.today(at) + 20 * DAY
    read = {
        on: lot_stage.on_day(LotStatus.objects.all(), on).get().stage_on_day
        for on in (last, last + DAY)
    }

    assert read == {last: Stage.RELEASED, last + DAY: Stage.DATE_PASSED}


def test_condition_says_of_each_stage_what_the_page_says(world, at, retested):
    """One evaluation: the filter of a stage finds the lots whose chip has it."""
    today = calendar.today(at)
    for number, last in enumerate((today - DAY, today, today + DAY), start=1):
        complete(world, at, f"BAC-26-70{number}", last=last)
    bench.log(world.cast, world, at=at, number="BAC-26-710")

    statuses = LotStatus.objects.order_by("pk")
    chips = {one.pk: lot_stage.of(one) for one in statuses}
    read = {one.pk: lot_stage.of(one) for one in lot_stage.on_day(statuses, today)}

    assert read == chips
    assert {*chips.values()} == {
        Stage.TO_RELEASE,
        Stage.DATE_PASSED,
        Stage.TO_ENTER,
        Stage.RELEASED,
    }
    for stage in Stage:
        by_filter = statuses.filter(lot_stage.condition(stage, today))
        assert {one.pk for one in by_filter} == {
            pk for pk, one in chips.items() if one == stage
        }
    ready = LotStatus.objects.filter(tasks.releasable(at))
    assert {one.pk for one in ready} == {
        pk for pk, one in chips.items() if one == Stage.TO_RELEASE
    }


@pytest.mark.sqlite
@pytest.mark.parametrize("address", ["/lots/", "/dashboard/", "/"])
def test_one_lot_past_its_date_takes_as_many_queries_as_three(world, at, chen, address):
    yesterday = calendar.today(at) - DAY
    counts = []
    for number in (1, 2, 3):
        complete(world, at, f"BAC-26-70{number}", last=yesterday)
        chen.get(address)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            chen.get(address)
        counts.append(len(asked))

    assert counts[0] == counts[2]
