"""The series of a test: the values of release testing, lot after lot."""

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lots.demo import bench
from lots.evaluation import test_series
from lots.evaluation.test_series import Range, series_of
from lots.models import Investigation, Qualification
from lots.release import disposition
from lots.setup import master_data

pytestmark = pytest.mark.django_db


@pytest.fixture
def made(world, at):
    """Return a function that logs a lot made so many days ago, with these results."""

    def make(number, *, days=6, **values):
        lot = bench.log(
            world.cast,
            world,
            at=at,
            number=number,
            manufactured_on=at.date() - datetime.timedelta(days),
        )
        if values:
            bench.enter(lot, world, values, by=world.cast.lin, at=at)
        return lot

    return make


@pytest.fixture
def asked(world):
    """Return a function that asks for the series of a test by its code."""

    def ask(code, **wanted):
        test = world.tests[code]
        found = series_of(Range(world.material.pk, "oral", **wanted), [test.pk])
        return found, found.of_test[test.pk]

    return ask


@pytest.mark.postgres
def test_values_are_unrounded_and_in_the_order_of_manufacture(made, asked):
    made("BAC-26-803", days=10, WATER="0.3104")
    made("BAC-26-801", days=30, WATER="0.2199")
    made("BAC-26-802", days=20, WATER="0.2501")

    _all, series = asked("WATER")

    assert [(one.number, one.text) for one in series.values] == [
        ("BAC-26-801", "0.2199"),
        ("BAC-26-802", "0.2501"),
        ("BAC-26-803", "0.3104"),
    ]


def test_value_on_a_basis_is_calculated_from_its_water(made, asked):
    made("BAC-26-801", WATER="0.50", ASSAY=bench.typed("99.0", "99.2"))

    _all, series = asked("ASSAY")

    [one] = series.values
    assert float(one.value) == pytest.approx(99.1 / 0.995, rel=1e-12)


@pytest.mark.parametrize(
    ("typed", "value", "is_censored"),
    [
        ("<0.05", "0.05", True),
        ("ND", "0.05", True),
        ("0.03", "0.05", True),
        ("<0.10", "0.10", True),
        ("0.05", "0.05", False),
    ],
)
def test_what_is_below_loq_is_censored_at_the_loq(
    made, asked, typed, value, is_censored
):
    made("BAC-26-801", ROI=typed)

    _all, series = asked("ROI")

    assert [(str(one.value), one.is_censored) for one in series.values] == [
        (value, is_censored)
    ]


def test_value_above_a_bound_is_named_and_not_drawn(made, asked):
    made("BAC-26-801", TAMC=">300")

    _all, series = asked("TAMC")

    assert (series.values, series.without_number) == ((), ("BAC-26-801",))


def test_rejected_lot_keeps_its_place_and_a_void_one_has_none(world, at, made, asked):
    rejected = made("BAC-26-801", days=20, WATER="0.21")
    void = made("BAC-26-802", days=10, WATER="0.22")
    bench.decide(world.cast, disposition.reject, rejected, at=at, reason="Spilt")
    bench.decide(world.cast, disposition.void, void, at=at, reason="Logged twice")

    found, series = asked("WATER")

    assert [(one.number, one.of_rejected_lot) for one in series.values] == [
        ("BAC-26-801", True)
    ]
    assert found.lots == 1


def test_failing_result_is_drawn_until_it_is_proven_an_error(world, at, made, asked):
    lot = made("BAC-26-801", WATER="1.20")

    assert [one.text for one in asked("WATER")[1].values] == ["1.20"]

    bench.conclude(
        world.cast,
        lot,
        Investigation.objects.get(),
        at=at,
        conclusion="proven",
        cause="The titration vessel was wet, notebook page 41",
    )

    _all, series = asked("WATER")
    assert (series.values, series.invalidated) == ((), 1)


def test_window_has_the_last_lots_and_says_that_there_are_more(made, asked):
    for number in range(4):
        made(f"BAC-26-80{number}", days=40 - number, WATER=f"0.2{number}")

    found, series = asked("WATER", last=3)

    assert (found.lots, found.has_more) == (3, True)
    assert [one.text for one in series.values] == ["0.21", "0.22", "0.23"]
    assert asked("WATER", last=4)[0].has_more is False


def test_lots_are_chosen_by_process_site_and_day(world, at, made, asked):
    lot = made("BAC-26-801", days=30, WATER="0.21")
    made("BAC-26-802", days=10, WATER="0.22")
    qualification = Qualification.objects.get(pk=lot.qualification_id)
    day = at.date() - datetime.timedelta(20)

    def numbers(**wanted):
        return [one.number for one in asked("WATER", **wanted)[1].values]

    both = ["BAC-26-801", "BAC-26-802"]
    assert numbers(process=qualification.process) == both
    assert numbers(process="Another process") == []
    assert numbers(site_id=world.works.pk) == both
    assert numbers(site_id=world.partner.pk) == []
    assert numbers(since=day) == ["BAC-26-802"]
    assert numbers(until=day) == ["BAC-26-801"]


def test_queries_are_as_many_for_many_lots_and_tests(world, made):
    tests = [world.tests[code].pk for code in ("WATER", "ASSAY", "TOTAL", "IMPA")]

    def queries():
        with CaptureQueriesContext(connection) as asked:
            series_of(Range(world.material.pk, "oral"), tests)
        return len(asked)

    made("BAC-26-800", WATER="0.2", IMPA="0.05")
    series_of(Range(world.material.pk, "oral"), tests)
    few = queries()
    for number in range(1, 6):
        made(f"BAC-26-80{number}", WATER="0.2", IMPA="0.05")
    series_of(Range(world.material.pk, "oral"), tests)

    assert queries() == few == 4


@pytest.mark.postgres
def test_last_lots_are_read_from_an_index_in_their_order(world):
    """So a hundred thousand other lots cost nothing."""
    lots = test_series._lots(Range(world.material.pk, "oral"))[:101]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # A table of no rows is read whole whatever its indexes.
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_bitmapscan = off")
            cursor.execute("SET LOCAL enable_sort = off")

        plan = lots.explain()

    assert "lot_by_day" in plan
    assert "TEMP B-TREE" not in plan
    assert "Sort" not in plan


def test_only_tests_with_numbers_have_a_series(world):
    catalogue = master_data.current().catalogue(world.material.pk)

    def has(code):
        return test_series.has_numbers(catalogue, world.tests[code].pk)

    assert has("ASSAY")
    assert has("TAMC")
    assert not has("APP")
