"""What a page can know beforehand is told at once, and called what it is."""

import datetime

import pytest
from django.db import connection

from lots import calendar
from lots.demo import bench
from lots.models import Lot, Organisation, Site
from lots.workflow import drafts
from tests.conftest import opened
from tests.lots.pages import refused, signed_in, words
from tests.lots.results.grid import Grid

pytestmark = pytest.mark.postgres


@pytest.fixture
def lot(world, at):
    return bench.log(world.cast, world, at=at, number="BAC-26-001")


def facts(world, at, **more):
    return {
        "number": "BAC-26-002",
        "material": world.material.pk,
        "origin": "manufacture",
        "site": world.works.pk,
        "original_number": "BAC-26-002",
        "process": world.processes["oral"],
        "issuer_role": "manufacturer",
        "use": "oral",
        "use_document_kind": "batch_record",
        "use_document_reference": "BR-1",
        "manufactured_on": calendar.today(at),
        "size": "150",
        "size_unit": "kg",
        "packaging": "6 drums",
        "parents-TOTAL_FORMS": "0",
        "parents-INITIAL_FORMS": "0",
        **more,
    }


# --- submission -----------------------------------------------------------------------


def test_results_without_raw_data_are_refused_in_one_sentence(world, lot, at):
    results = bench.enter(
        lot, world, {"WATER": "0.21", "ROI": "<0.05", "MEOH": "112"},
        by=world.cast.lin, at=at, submit=False, raw_reference="",
    )  # fmt: skip

    answer = signed_in(world.cast.lin).post(
        f"/test-orders/{results[0].test_order_id}/submit/",
        {"result": [one.pk for one in results]},
    )

    assert refused(answer)[0] == (
        "Nothing was submitted: Water (Karl Fischer), Residue on ignition, Methanol"
        " have no raw data. Choose “Attach” in the row of each and attach its file, or"
        " untick them. Name raw data as “Raw data reference” above the grid before you"
        " enter further results."
    )
    assert not lot.status.to_review


# --- logging --------------------------------------------------------------------------


def test_refusal_of_a_mistyped_process_names_those_that_are_qualified(world, at):
    answer = signed_in(world.cast.lin).post(
        "/lots/log/", facts(world, at, process="BP-01 route, revision 4")
    )

    assert (
        f"{world.works} is not qualified for the process BP-01 route, revision 4, but"
        " for BP-01 oral route, revision 4. Write the process as in the qualification,"
        " or ask QA to draft and approve another one." in refused(answer)
    )
    assert Lot.objects.count() == 0


def role(answer):
    """Return the chosen role of a page, in words."""
    body = answer.content.decode()
    field = body[body.index('id="id_issuer_role"') :]
    options = field[: field.index("</select>")].split("<option")
    chosen = [one for one in options if " selected" in one]
    return chosen[0].split(">")[1].split("<")[0] if chosen else ""


@pytest.mark.parametrize(
    ("is_ours", "told", "proposed"),
    [
        (True, "", "Manufacturer"),
        (True, "repacker", "Repacker"),
        (False, "", "Choose…"),
        (False, "manufacturer", "Choose…"),
        (False, "agent", "Agent"),
    ],
)
def test_role_of_manufacturer_is_proposed_of_our_own_site_alone(
    world, is_ours, told, proposed
):
    site = world.works if is_ours else world.bought["site"]

    answer = signed_in(world.cast.lin).get(
        "/lots/log/qualifications/",
        {"material": world.material.pk, "site": site.pk, "issuer_role": told},
    )

    assert role(answer) == proposed
    assert 'hx-swap-oob="true"' in answer.content.decode()


def test_page_proposes_no_role_before_one_of_several_sites_is_chosen(world):
    page = signed_in(world.cast.lin).get("/lots/log/")
    both = {
        site.organisation.is_ours for site in Site.objects.filter(manufactures=True)
    }

    assert both == {True, False}
    assert role(page) == "Choose…"


def test_page_proposes_manufacturer_where_every_site_is_ours(world):
    Organisation.objects.update(is_ours=True)

    assert role(signed_in(world.cast.lin).get("/lots/log/")) == "Manufacturer"


@pytest.mark.parametrize(
    "label",
    [
        "Manufacturer's certificate number",
        "Manufacturer's certificate",
        "Parent lot number",
    ],
)
def test_what_a_choice_may_require_is_not_called_optional(world, label):
    said = words(signed_in(world.cast.lin).get("/lots/log/"))

    assert label in said
    assert f"{label} optional" not in said
    assert "Storage optional" in said


# --- one round ------------------------------------------------------------------------


def test_everything_wrong_with_a_sample_is_said_at_once(world, lot, at):
    tomorrow = calendar.today(at) + datetime.timedelta(days=1)

    answer = signed_in(world.cast.lin).post(
        f"/lots/{lot.pk}/samples/new/",
        {
            "number": f"{lot.number}/S1",
            "taken_on": tomorrow,
            "taken_by": "Lin Yue",
            "quantity": "some",
            "purpose": "Release testing",
        },
    )

    said = " ".join(refused(answer))
    assert "is already recorded" in said
    assert "cannot have been taken on" in said
    assert "some is not a quantity" in said
    assert lot.samples.count() == 1


def test_further_result_without_kind_and_reason_is_told_both(world, lot, at):
    grid = Grid(world, lot, at)
    grid.post("WATER", "0.21")

    answer = grid.post("WATER", "0.22", seen=1)

    said = " ".join(refused(answer))
    assert (
        "Choose the kind" in said or "Kind is missing" in said,
        "reason" in said.lower(),
    ) == (
        True,
        True,
    )


# --- the day has come -----------------------------------------------------------------


def test_lot_past_its_date_is_not_to_release(world, at):
    """It is among the dates that are due, and its page says what comes instead."""
    today = calendar.today(at)
    lot = bench.log(
        world.cast, world, at=at, number="BAC-26-009", date_on=today,
        manufactured_on=today - datetime.timedelta(days=100),
    )  # fmt: skip
    bench.enter(
        lot, world, {**bench.ORAL_RESULTS, **bench.ELEMENTS}, by=world.cast.lin, at=at
    )
    bench.review(world.cast, lot, at=at)
    chen = signed_in(world.cast.chen)
    before = words(chen.get("/")), words(chen.get(f"/lots/{lot.pk}/"))

    lot.status.__class__.objects.update(date_on=today - datetime.timedelta(days=1))
    # PostgreSQL alters no table while deferred constraints wait.
    connection.check_constraints()
    with opened():
        Lot.objects.update(date_on=today - datetime.timedelta(days=1))
        connection.check_constraints()
    home = words(chen.get("/"))
    page = words(chen.get(f"/lots/{lot.pk}/"), of="release")

    assert "1 To release" in before[0]
    assert "Decide on the release." in before[1]
    assert "0 To release" in home
    assert "Retest or expiry dates due 1" in home
    assert "BAC-26-009" not in words(chen.get("/lots/?quick=ready"))
    assert "has passed" in page
    assert "Decide on the release." not in page


# --- drafts ---------------------------------------------------------------------------


def test_every_record_that_a_second_person_approves_is_in_my_work():
    """Whatever model has a draft of somebody is a kind of `drafts`."""
    from django.apps import apps

    with_drafts = {
        model
        for model in apps.get_models()
        if {"drafted_by", "proposed_by"}
        & {one.name for one in model._meta.get_fields()}
    }

    assert with_drafts
    assert {kind.rows().model for kind in drafts.KINDS.values()} == with_drafts
