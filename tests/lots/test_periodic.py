"""When a periodic test is due again: every ten lots and every twelve months."""

import datetime

from lots import calendar, workflow
from lots.demo import bench
from lots.models import Test as MaterialTest

CODES = set(bench.ELEMENTS)


def due(lot):
    """Return the codes of the periodic tests that the lot must have."""
    found = lot.assessments.get(specification__code="BAC-ORAL").due
    return set(MaterialTest.objects.filter(pk__in=found).values_list("code", flat=True))


def test_each_periodic_test_is_due_ten_lots_after_its_last(world, at):
    asked = []
    for number in range(1, 15):
        lot = bench.log(world.cast, world, at=at, number=f"BAC-26-{number:03}")
        asked.append(due(lot))
        if number == 1:
            bench.enter(lot, world, bench.ELEMENTS, by=world.cast.lin, at=at)
        if number == 3:
            bench.enter(lot, world, {"CD": "<0.02"}, by=world.cast.lin, at=at)

    # On the first lot nothing was ever tested; the tenth after a test has it again.
    assert asked == [CODES, *[set()] * 9, *[CODES - {"CD"}] * 2, CODES, CODES]


def test_periodic_tests_are_due_a_year_after_the_last(world, at):
    first = (calendar.today(at) - datetime.timedelta(368)).replace(day=1)
    a_year_later = first.replace(year=first.year + 1)
    lot = bench.log(world.cast, world, at=at, number="A", manufactured_on=first)
    values = {"CD": "<0.02", "PB": "<0.05"}
    bench.enter(lot, world, values, by=world.cast.lin, at=at)

    asked = [
        due(bench.log(world.cast, world, at=at, number=number, manufactured_on=made))
        for number, made in (
            ("B", a_year_later - datetime.timedelta(1)),
            ("C", a_year_later),
        )
    ]

    assert asked == [CODES - {"CD", "PB"}, CODES]


def test_lots_of_another_site_use_or_state_do_not_speak_for_a_lot(world, at):
    spoken = []
    for number, facts in (
        ("A", {"use": "intrathecal"}),
        ("B", {"site": world.partner, "process": "Taihu process T-3"}),
        ("C", {}),
    ):
        lot = bench.log(world.cast, world, at=at, number=number, **facts)
        bench.enter(lot, world, bench.ELEMENTS, by=world.cast.lin, at=at)
        if number == "C":
            spoken.append(due(lot))
            bench.decide(world.cast, workflow.void, lot, at=at, reason="Twice")
    spoken.append(due(bench.log(world.cast, world, at=at, number="D")))

    assert spoken == [CODES, CODES]
