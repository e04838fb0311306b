"""What is set up and logged before any result: by hurried and by wrong people.

Each way was found by trying it: a date mistyped, a name that reads as another, a test
changed beneath a specification that another person is about to sign.
"""

import datetime

import pytest

from lots import calendar
from lots.demo import baclofen, bench
from lots.models import Examination, Lot
from tests.lots.pages import refused, signed_in

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
