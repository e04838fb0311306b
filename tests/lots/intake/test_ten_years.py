"""No lot gets a date that its signed qualification does not give.

The attack: an analyst alone gives a lot qualified for 36 months an expiry date ten
years out, by the page, by a file (tests/lots/imports/test_lot_import.py) or by a
retest. A control succeeds where the rule is off.
"""

import datetime

import pytest

from lots import calendar
from lots.intake import admission, test_orders
from lots.models import Lot, TestOrder
from tests.lots.pages import refused, signed_in, words
from tests.lots.setup.qualified import expiring

pytestmark = pytest.mark.postgres


def log(world, at, **facts):
    """Log a lot by the page, as an analyst."""
    return signed_in(world.cast.lin).post(
        "/lots/log/",
        {
            "number": "BAC-26-100",
            "original_number": "BAC-26-100",
            "material": world.material.pk,
            "site": world.works.pk,
            "origin": "manufacture",
            "process": world.processes["oral"],
            "use": "oral",
            "use_document_kind": "batch_record",
            "use_document_reference": "BR-1",
            "issuer_role": "manufacturer",
            "manufactured_on": str(calendar.today(at)),
            "size": "150",
            "size_unit": "kg",
            "packaging": "6 drums",
            "parents-TOTAL_FORMS": "3",
            "parents-INITIAL_FORMS": "0",
            **facts,
        },
    )


def in_years(at, years):
    return str(calendar.months_after(calendar.today(at), 12 * years))


@pytest.mark.parametrize("kind", ["expiry", "retest", ""])
def test_expiry_date_ten_years_out_is_refused(world, at, kind):
    answer = log(world, at, date_kind=kind, date_on=in_years(at, 10))

    said = " ".join(refused(answer))
    assert (answer.status_code, Lot.objects.count()) == (422, 0)
    assert "the end of the period of 36 months in its qualification" in said
    assert ("gives its lots the retest date" in said) == (kind == "expiry")


def test_expiry_date_inside_the_period_is_refused_where_a_retest_date_is_signed(
    world, at
):
    answer = log(world, at, date_kind="expiry", date_on=in_years(at, 2))

    assert "gives its lots the retest date" in " ".join(refused(answer))
    assert Lot.objects.count() == 0


def test_earlier_date_of_the_signed_kind_is_taken(world, at):
    more = expiring(world, at, retest_months=24)

    answer = log(world, at, **more | {"date_kind": ""}, date_on=in_years(at, 1))

    lot = Lot.objects.get()
    assert answer.status_code == 302
    assert (lot.date_kind, str(lot.date_on)) == ("expiry", in_years(at, 1))


def test_ten_years_are_taken_where_the_rule_is_off(world, at, monkeypatch):
    monkeypatch.setattr(admission, "dated_too_late", lambda *_a: ())

    log(world, at, date_kind="expiry", date_on=in_years(at, 10))

    assert str(Lot.objects.get().date_on) == in_years(at, 10)


def retest(world, lot, use_by):
    return signed_in(world.cast.lin).post(
        f"/lots/{lot.pk}/test-orders/new/", {"occasion": "retest", "use_by": use_by}
    )


def test_retest_gives_no_further_full_period(world, at, monkeypatch):
    log(world, at)
    lot = Lot.objects.get()

    answer = retest(world, lot, in_years(at, 3))

    assert answer.status_code == 422
    assert "for 30 days after a retest" in " ".join(refused(answer))
    monkeypatch.setattr(test_orders, "_within_its_span", lambda *_a, **_k: None)
    assert retest(world, lot, in_years(at, 3)).status_code == 302
    assert TestOrder.objects.filter(occasion="retest").count() == 1


def test_release_shows_what_it_signs_of_the_lot(world, at):
    made = calendar.today(at) - datetime.timedelta(days=3)
    log(world, at, manufactured_on=str(made))
    lot = Lot.objects.get()

    page = signed_in(world.cast.chen).get(
        f"/assessments/{lot.assessments.get().pk}/release/"
    )

    for said in (
        f"Manufacturer {world.works}",
        f"Manufactured {made}",
        f"Retest date {lot.date_on}",
        "Batch size 150 kg",
        "Packaging 6 drums",
        f"Storage {lot.storage}",
    ):
        assert said in words(page, of="lot-signed")
    for said in (str(made), str(lot.date_on), "6 drums", lot.storage):
        assert said in page.context["text"]
