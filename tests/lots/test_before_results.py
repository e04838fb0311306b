"""What is set up and logged before any result: by hurried and by wrong people.

Each way was found by trying it: a date mistyped, a name that reads as another, a test
changed beneath a specification that another person is about to sign.
"""

import datetime

import pytest

from lots import calendar, evaluation, importing
from lots.demo import baclofen, bench, real_lots
from lots.documents import Upload
from lots.models import Examination, Investigation, Lot, Result
from lots.rules.refusal import Refusal
from tests.lots import test_importing
from tests.lots.pages import refused, signed_in
from tests.lots.test_entry_grid import Grid

# --- dates --------------------------------------------------------------------------


@pytest.fixture
def oral(world, at):
    return bench.log(world.cast, world, at=at, number="BAC-26-001")


def logging(world, at, **facts):
    """Log a lot on the page as an analyst; return the answer."""
    return signed_in(world.cast.lin).post(
        "/lots/log/",
        {
            "number": "BAC-26-100",
            "material": world.material.pk,
            "origin": "manufacture",
            "site": world.works.pk,
            "original_number": "P1-0100",
            "process": world.processes["oral"],
            "issuer_role": "manufacturer",
            "use": "oral",
            "use_document_kind": "batch_record",
            "use_document_reference": "BR-100",
            "manufactured_on": str(calendar.today(at) - datetime.timedelta(30)),
            "date_kind": "retest",
            "size": "150",
            "size_unit": "kg",
            "packaging": "6 drums",
            "parents-TOTAL_FORMS": "3",
            "parents-INITIAL_FORMS": "0",
            **facts,
        },
    )


@pytest.mark.parametrize(("kind", "years"), [("retest", 3), ("expiry", 10)])
def test_lot_is_not_dated_later_than_its_period(world, at, kind, years):
    """36 months by its qualification, as makers print it: to the end of the month."""
    made = calendar.today(at) - datetime.timedelta(30)
    after = (made.replace(day=1) + datetime.timedelta(31)).replace(day=1)
    after = after.replace(year=after.year + years)
    last = after - datetime.timedelta(1)
    wrong = logging(world, at, date_kind=kind, date_on=after)
    stored = Lot.objects.count()
    right = logging(world, at, date_kind=kind, date_on=last)

    [sentence] = refused(wrong)
    assert (wrong.status_code, stored, right.status_code) == (422, 0, 302)
    assert f"The {kind} date {after} of lot BAC-26-100" in sentence
    assert "correct the date" in sentence


def test_retest_gives_no_use_by_date_beyond_the_period_from_today(world, at, oral):
    client = signed_in(world.cast.lin)
    last = calendar.months_after(calendar.today(at), 36)
    opened = [
        client.post(
            f"/lots/{oral.pk}/examinations/new/",
            {"occasion": "retest", "use_by": str(day)},
        )
        for day in (last + datetime.timedelta(1), last)
    ]

    [sentence] = refused(opened[0])
    assert [answer.status_code for answer in opened] == [422, 302]
    assert f"gives a use-by date up to {last}, its retest period of 36 months" in (
        sentence
    )
    assert Examination.objects.get(lot=oral, occasion="retest").use_by == last


def test_retest_goes_by_the_period_that_is_approved_today(world, at, oral):
    """A renewal with a shorter period, as stability data asked for."""
    baclofen.qualify(
        world.cast,
        at=at,
        material=world.material,
        site=world.works,
        use="oral",
        process=world.processes["oral"],
        months=12,
        since=oral.manufactured_on,
    )
    day = calendar.months_after(calendar.today(at), 13)

    answer = signed_in(world.cast.lin).post(
        f"/lots/{oral.pk}/examinations/new/", {"occasion": "retest", "use_by": str(day)}
    )

    assert "retest period of 12 months" in refused(answer)[0]


# --- values -------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["<0", "<0.00", "< 0.0", "<-1", "<-0"])
def test_less_than_nothing_is_no_result_by_page_or_file(world, at, oral, value):
    grid = Grid(world, oral, at)
    answer = grid.post("MEOH", value)
    real_lots.set_up(world.cast, at=at)
    text = test_importing.HEAD + f"B-1,2026-02-01,94.4,{value},1.53\n"

    with pytest.raises(Refusal) as of_file:
        importing.import_lots(
            by=world.cast.lin,
            at=at,
            upload=Upload("lots.csv", text.encode()),
            map_text=test_importing.MAP,
        )

    said = f"{value} allows no value at all; type < and the quantitation limit"
    assert said in refused(answer)[0]
    assert said in str(of_file.value)
    assert not Result.objects.exists()


def with_two_waters(world, lot, at, second):
    """An assay of 97.6 as is, by water 0.50; then the water is measured again."""
    values = {"WATER": "0.50", "ASSAY": bench.typed("97.6", "97.6")}
    bench.enter(lot, world, values, by=world.cast.lin, at=at)
    return Grid(world, lot, at).post(
        "WATER", second, seen=1, kind="remeasurement", reason="Vial was left open"
    )


def assay(lot):
    [one] = evaluation.evaluate(lot).assessments
    return next(line for line in one.lines if line.test.code == "ASSAY")


@pytest.mark.parametrize(
    ("second", "outcome"),
    # 97.6 x 100 / (100 - water): 98.1 by 0.50, 98.2 by 0.60 and 97.8 by 0.20.
    [("0.60", "pass"), ("0.20", "undecided")],
)
def test_assay_passes_by_every_water_that_stands(world, oral, at, second, outcome):
    with_two_waters(world, oral, at, second)

    line = assay(oral)
    assert (line.shown, line.outcome) == ("98.1", outcome)
    if outcome == "undecided":
        [(_attempt, verdict)] = line.standing
        assert verdict.reason == (
            "By attempt 2 at Water (Karl Fischer), which stands too, it is 97.8: fail."
        )


def test_assay_entered_after_both_waters_does_not_choose_the_better(world, oral, at):
    bench.enter(oral, world, {"WATER": "0.20"}, by=world.cast.lin, at=at)
    grid = Grid(world, oral, at)
    grid.post("WATER", "0.90", seen=1, kind="remeasurement", reason="Vial left open")
    grid.post("ASSAY", "97.6", "97.6")

    assert (assay(oral).shown, assay(oral).outcome) == ("98.5", "undecided")


def test_water_that_leaves_an_assay_open_can_be_investigated(world, oral, at):
    with_two_waters(world, oral, at, "0.20")
    second = Result.objects.get(test=world.tests["WATER"], attempt=2)
    grid = Grid(world, oral, at)
    link = f'href="/results/{second.pk}/investigate/"'
    offered = link in grid.show().content.decode()

    grid.client.post(f"/results/{second.pk}/investigate/", {"reason": "Vial open"})
    bench.conclude(
        world.cast,
        oral,
        Investigation.objects.get(),
        at=at,
        conclusion="proven",
        cause="The vial was left open",
    )

    assert (offered, assay(oral).outcome) == (True, "pass")
