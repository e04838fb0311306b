"""When a periodic test is due again: every ten lots and every twelve months."""

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lots import calendar
from lots.demo import bench
from lots.evaluation import periodic_tests
from lots.intake import test_orders
from lots.models import Criterion, Lot, Result
from lots.models import Test as MaterialTest
from lots.release import disposition
from lots.results import result_entry, result_review
from lots.rules.refusal import Refusal
from tests.lots.lot.copies import copies
from tests.lots.pages import signed_in, words

CODES = set(bench.ELEMENTS)


def due(lot):
    """Return the codes of the periodic tests that the lot must have."""
    found = lot.assessments.get(specification__code="BAC-ORAL").due
    return set(MaterialTest.objects.filter(pk__in=found).values_list("code", flat=True))


def examined(world, at, lot, values=bench.ELEMENTS):
    """Enter these results of the lot and have them reviewed."""
    bench.enter(lot, world, values, by=world.cast.lin, at=at)
    bench.review(world.cast, lot, at=at)


def test_each_periodic_test_is_due_ten_lots_after_its_last(world, at):
    asked = []
    for number in range(1, 15):
        lot = bench.log(world.cast, world, at=at, number=f"BAC-26-{number:03}")
        asked.append(due(lot))
        if number == 1:
            examined(world, at, lot)
        if number == 3:
            examined(world, at, lot, {"CD": "<0.02"})

    # On the first lot nothing was ever tested; the tenth after a test has it again.
    assert asked == [CODES, *[set()] * 9, *[CODES - {"CD"}] * 2, CODES, CODES]


def test_periodic_tests_are_due_a_year_after_the_last(world, at):
    first = (calendar.today(at) - datetime.timedelta(368)).replace(day=1)
    a_year_later = first.replace(year=first.year + 1)
    lot = bench.log(world.cast, world, at=at, number="A", manufactured_on=first)
    examined(world, at, lot, {"CD": "<0.02", "PB": "<0.05"})

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
        ("B", {"process": "Taihu process T-3", **world.bought}),
        ("C", {}),
    ):
        lot = bench.log(world.cast, world, at=at, number=number, **facts)
        examined(world, at, lot)
        if number == "C":
            spoken.append(due(lot))
            bench.decide(world.cast, disposition.void, lot, at=at, reason="Twice")
    spoken.append(due(bench.log(world.cast, world, at=at, number="D")))

    assert spoken == [CODES, CODES]


@pytest.mark.parametrize(
    ("value", "done"),
    [
        ("<0.02", "returned"),
        ("<0.9", "reviewed"),
        ("0.9", "reviewed"),
    ],
    ids=["returned", "undecided", "failed"],
)
def test_result_that_went_back_or_does_not_pass_spares_no_lot(world, at, value, done):
    """Not by itself; the one of the lot before still does, within its ten lots."""
    first = bench.log(world.cast, world, at=at, number="A")
    examined(world, at, first, bench.ELEMENTS | {"CD": "<0.02"})
    lots = [bench.log(world.cast, world, at=at, number=f"B{n}") for n in range(9)]
    results = bench.enter(lots[0], world, {"CD": value}, by=world.cast.lin, at=at)
    if done == "returned":
        result_review.send_back(
            test_order=lots[0].test_orders.get(),
            results=results,
            by=world.cast.sofia,
            at=at,
            reason="No raw data",
        )
    elif done == "reviewed":
        bench.review(world.cast, lots[0], at=at)

    assert due(lots[8]) == set()
    assert due(bench.log(world.cast, world, at=at, number="C")) == CODES


@pytest.mark.parametrize("is_submitted", [False, True])
def test_result_that_waits_for_its_review_spares_a_lot_but_not_its_release(
    world, at, is_submitted
):
    first = bench.log(world.cast, world, at=at, number="A")
    bench.enter(
        first, world, bench.ELEMENTS, by=world.cast.lin, at=at, submit=is_submitted
    )
    lot = bench.log(world.cast, world, at=at, number="B")
    examined(world, at, lot, bench.ORAL_RESULTS)

    with pytest.raises(Refusal) as caught:
        bench.release(world.cast, lot, "BAC-ORAL", at=at)
    if not is_submitted:
        result_entry.submit(
            test_order=first.test_orders.get(),
            results=list(Result.objects.filter(test_order__lot=first)),
            by=world.cast.lin,
            at=at,
        )
    bench.review(world.cast, first, at=at)

    assert due(lot) == set()
    assert (
        "Waits for lot A: if its results pass review, this lot need not be tested for"
        " Cadmium, Lead, " in str(caught.value)
    )
    assert bench.release(world.cast, lot, "BAC-ORAL", at=at)


def test_lot_logged_later_does_not_spare_an_earlier_one(world, at):
    first = bench.log(world.cast, world, at=at, number="A")
    examined(world, at, bench.log(world.cast, world, at=at, number="B"))
    specification = first.assessments.get().specification

    retest = test_orders.open_test_order(
        lot=first,
        by=world.cast.lin,
        at=at,
        occasion="stability",
        specifications=[specification],
    )

    assert len(retest.assessments.get().due) == len(CODES)


def test_what_is_found_invalid_since_takes_the_test_on_the_lot_that_it_spared(
    world, at
):
    """Its release is closed until then; the page says so beforehand."""
    first = bench.log(world.cast, world, at=at, number="A")
    examined(world, at, first)
    lot = bench.log(world.cast, world, at=at, number="B")
    examined(world, at, lot, bench.ORAL_RESULTS)
    result_review.send_back(
        test_order=first.test_orders.get(),
        results=list(Result.objects.filter(test=world.tests["CD"])),
        by=world.cast.sofia,
        at=at,
        reason="Wrong lot",
    )
    assessment = lot.assessments.get()
    said = (
        "Cadmium is required: no earlier lot has a valid, reviewed result of it that"
        " passes and is recent enough; test it."
    )

    page = signed_in(world.cast.chen).get(f"/assessments/{assessment.pk}/release/")
    with pytest.raises(Refusal) as caught:
        bench.release(world.cast, lot, "BAC-ORAL", at=at)
    examined(world, at, lot, {"CD": "<0.02"})
    bench.release(world.cast, lot, "BAC-ORAL", at=at)

    assert said in words(page)
    assert said in str(caught.value)


@pytest.mark.postgres
def test_only_months_look_back_no_further_than_they_reach(world, at, monkeypatch):
    """Over several steps back, and not past a lot that was logged before them."""
    monkeypatch.setattr(periodic_tests, "STEP", 2)
    made = calendar.today(at) - datetime.timedelta(20)
    lots = [
        bench.log(world.cast, world, at=at, number=f"M{number}", manufactured_on=made)
        for number in range(6)
    ]
    examined(world, at, lots[0], {"CD": "<0.02"})
    of = {"specification__code": "BAC-ORAL", "test": world.tests["CD"]}
    monthly = Criterion.objects.filter(**of)
    monthly.update(every_lots=None, every_months=1)
    specification = lots[0].assessments.get().specification
    asked = {
        days: periodic_tests.due(
            periodic_tests.found(
                Lot(
                    pk=lots[-1].pk + 1,
                    manufactured_on=made + datetime.timedelta(days),
                    **like(lots[0]),
                ),
                specification,
                list(monthly),
            )
        )
        for days in (0, 27, 31, 90)
    }

    cd = [world.tests["CD"].pk]
    assert asked == {0: [], 27: [], 31: cd, 90: cd}


def like(lot):
    """Return the facts by which lots are alike."""
    return {
        "material": lot.material,
        "site": lot.site,
        "use": lot.use,
        "qualification": lot.qualification,
    }


def work(lot):
    """Return how many queries `due` asks and, on SQLite, what they cost in steps."""
    assessment = lot.assessments.get(specification__code="BAC-ORAL")
    rows = list(assessment.specification.criteria.filter(requirement="periodic"))
    steps = []
    if connection.vendor == "sqlite":
        connection.connection.set_progress_handler(lambda: steps.append(1), 10)
    with CaptureQueriesContext(connection) as asked:
        found = periodic_tests.due(
            periodic_tests.found(lot, assessment.specification, rows)
        )
    if connection.vendor == "sqlite":
        connection.connection.set_progress_handler(None, 0)
    return len(found), len(asked), len(steps)


def test_what_is_due_costs_the_same_however_many_lots_there_are(world, at):
    first = bench.log(world.cast, world, at=at, number="A")
    examined(world, at, first)
    copies(first, range(30))
    few = work(bench.log(world.cast, world, at=at, number="B"))
    copies(first, range(30, 35))
    few_spared = work(bench.log(world.cast, world, at=at, number="C"))
    copies(first, range(35, 3005))
    many = work(bench.log(world.cast, world, at=at, number="D"))
    copies(first, range(3005, 3010))
    many_spared = work(bench.log(world.cast, world, at=at, number="E"))

    # The qualifications, the newest lots of the one, what was judged, its results;
    # what failed.
    assert (few[:2], many[:2]) == ((7, 5), (7, 5))
    assert many[2] <= few[2] * 1.1
    # Where some were reviewed: the rows of the last lot that was tested.
    assert (few_spared[:2], many_spared[:2]) == ((0, 11), (0, 11))
    assert many_spared[2] <= few_spared[2] * 1.1
