"""When a periodic test is due again: every ten lots and every twelve months."""

import datetime

from django.db import connection
from django.test.utils import CaptureQueriesContext

from lots import calendar, periodic, workflow
from lots.demo import bench
from lots.models import Assessment, Criterion, Examination, Lot, Result
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
        ("B", {"process": "Taihu process T-3", **world.bought}),
        ("C", {}),
    ):
        lot = bench.log(world.cast, world, at=at, number=number, **facts)
        bench.enter(lot, world, bench.ELEMENTS, by=world.cast.lin, at=at)
        if number == "C":
            spoken.append(due(lot))
            bench.decide(world.cast, workflow.void, lot, at=at, reason="Twice")
    spoken.append(due(bench.log(world.cast, world, at=at, number="D")))

    assert spoken == [CODES, CODES]


def test_only_months_look_back_no_further_than_they_reach(world, at, monkeypatch):
    """Over several steps back, and not past a lot that was logged before them."""
    monkeypatch.setattr(periodic, "STEP", 2)
    made = calendar.today(at) - datetime.timedelta(20)
    lots = [
        bench.log(world.cast, world, at=at, number=f"M{number}", manufactured_on=made)
        for number in range(6)
    ]
    bench.enter(lots[0], world, {"CD": "<0.02"}, by=world.cast.lin, at=at)
    of = {"specification__code": "BAC-ORAL", "test": world.tests["CD"]}
    monthly = Criterion.objects.filter(**of)
    monthly.update(every_lots=None, every_months=1)
    specification = lots[0].assessments.get().specification
    asked = {
        days: periodic.due(
            Lot(pk=0, manufactured_on=made + datetime.timedelta(days), **like(lots[0])),
            specification,
            list(monthly),
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


def copy(record, **other):
    """Return an unsaved copy of a row, but for these columns."""
    return type(record)(
        **{
            field.attname: getattr(record, field.attname)
            for field in record._meta.concrete_fields
            if not field.primary_key
        }
        | other
    )


def copies(lot, numbers):
    """Store lots as tested as this one, every tenth: without the verbs, for speed."""
    examination = lot.examinations.get()
    results = list(Result.objects.filter(examination=examination))
    lots = Lot.objects.bulk_create(
        copy(
            lot, number=f"b{number}", number_key=f"b{number}", original_key=f"b{number}"
        )
        for number in numbers
    )
    opened = Examination.objects.bulk_create(
        copy(examination, lot_id=one.pk) for one in lots
    )
    Assessment.objects.bulk_create(
        copy(examination.assessments.get(), lot_id=one.lot_id, examination_id=one.pk)
        for one in opened
    )
    Result.objects.bulk_create(
        copy(result, examination_id=one.pk)
        for one in opened[::10]
        for result in results
    )


def work(lot):
    """Return how many queries `due` asks and, on SQLite, what they cost in steps."""
    assessment = lot.assessments.get(specification__code="BAC-ORAL")
    rows = list(assessment.specification.criteria.filter(requirement="periodic"))
    steps = []
    if connection.vendor == "sqlite":
        connection.connection.set_progress_handler(lambda: steps.append(1), 10)
    with CaptureQueriesContext(connection) as asked:
        found = periodic.due(lot, assessment.specification, rows)
    if connection.vendor == "sqlite":
        connection.connection.set_progress_handler(None, 0)
    return len(found), len(asked), len(steps)


def test_what_is_due_costs_the_same_however_many_lots_there_are(world, at):
    first = bench.log(world.cast, world, at=at, number="A")
    bench.enter(first, world, bench.ELEMENTS, by=world.cast.lin, at=at)
    copies(first, range(30))
    few = work(bench.log(world.cast, world, at=at, number="B"))
    copies(first, range(30, 3000))
    many = work(bench.log(world.cast, world, at=at, number="C"))

    # The qualifications, the newest lots of the one, what was judged, its results.
    assert (few[:2], many[:2]) == ((7, 4), (7, 4))
    assert many[2] <= few[2] * 1.1
