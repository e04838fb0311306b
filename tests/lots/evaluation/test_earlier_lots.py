"""What the last lots of a process had, as the page of a lot shows it."""

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lots import calendar
from lots.demo import bench
from lots.evaluation import earlier_lots, evaluator
from lots.models import Lot, LotState
from lots.results import result_entry


@pytest.fixture
def lots(world, at):
    """Four lots of a process, each made a day after the one before."""
    found = []
    for n in range(4):
        made = calendar.today(at) - datetime.timedelta(10 - n)
        lot = bench.log(
            world.cast, world, at=at, number=f"BAC-26-00{n + 1}", manufactured_on=made
        )
        bench.enter(lot, world, {"MEOH": f"1{n}0"}, by=world.cast.lin, at=at)
        found.append(lot)
    return found


def methanol(world, lot):
    """Return the numbers of the lots with what they had of methanol."""
    test = world.tests["MEOH"].pk
    evaluated = evaluator.evaluate(Lot.objects.get(pk=lot.pk))
    return [
        (one.number, [each.reportable.text for each in one.attempts])
        for one in earlier_lots.of_process(evaluated, [test]).get(test, ())
    ]


def test_lots_made_before_come_first_and_the_lot_itself_last(world, lots):
    assert methanol(world, lots[2]) == [
        ("BAC-26-001", ["100"]),
        ("BAC-26-002", ["110"]),
        ("BAC-26-003", ["120"]),
    ]


def test_void_lots_and_other_processes_are_left_out(world, lots, at):
    Lot.objects.filter(pk=lots[0].pk).update(state=LotState.VOID)
    other = bench.log(world.cast, world, at=at, number="BAC-26-901", use="intrathecal")
    bench.enter(other, world, {"MEOH": "190"}, by=world.cast.lin, at=at)

    assert [number for number, _values in methanol(world, lots[3])] == [
        "BAC-26-002",
        "BAC-26-003",
        "BAC-26-004",
    ]


def test_value_that_was_replaced_is_no_value_of_the_lot(world, lots, at):
    result_entry.enter_result(
        test_order=lots[1].test_orders.get(),
        test=world.tests["MEOH"],
        by=world.cast.lin,
        at=at,
        determinations=bench.typed("111"),
        seen=1,
        kind="transcription",
        reason="Misread",
        raw_reference="LN-1, page 7",
    )

    assert methanol(world, lots[2])[1] == ("BAC-26-002", ["111"])


def test_as_many_lots_as_are_shown_are_asked_for_in_one_query(world, lots):
    evaluated = evaluator.evaluate(Lot.objects.get(pk=lots[3].pk))

    with CaptureQueriesContext(connection) as queries:
        earlier_lots.of_process(evaluated, [test.pk for test in world.tests.values()])

    assert len(queries) == 1


def test_lots_of_one_day_end_with_the_lot_itself(world, lots):
    Lot.objects.update(manufactured_on=lots[0].manufactured_on)

    assert [number for number, _values in methanol(world, lots[0])] == [
        "BAC-26-002",
        "BAC-26-003",
        "BAC-26-004",
        "BAC-26-001",
    ]
