"""Investigations: the list and the page from trigger over plan to conclusion."""

import pytest

from lots.demo import bench
from lots.models import Investigation
from tests.lots.investigations.investigation_page import (
    address,
    conclude,
    plan,
    sign_phase_one,
)
from tests.lots.pages import PASSWORD, refused, signed_in, typed, words


@pytest.fixture
def lot(world, at):
    return bench.log(world.cast, world, at=at, number="BAC-26-001")


@pytest.fixture
def investigation(world, lot, at):
    """An investigation of a failing water."""
    bench.enter(lot, world, {"WATER": "1.4"}, by=world.cast.lin, at=at)
    return Investigation.objects.get()


@pytest.fixture
def checked(world, investigation):
    """The same, with phase I signed and one retest planned."""
    sign_phase_one(world, investigation)
    plan(signed_in(world.cast.chen), investigation, planned_retests="1")
    return investigation


def test_page_shows_trigger_and_attempts(world, investigation):
    said = words(signed_in(world.cast.maria).get(address(investigation)))

    assert "Trigger Water (Karl Fischer): 1.4 against NMT 1.0 %" in said
    assert "open for 0 days" in said
    assert "1.4 % " in said
    assert "BAC-ORAL v1 NMT 1.0 % ✕ OOS 1.4 Submitted" in said
    # The investigation is signed with the calculation of each attempt.
    assert "Calculation Typed 1.4." in said
    assert investigation.result.sample.number in said


def test_reviewer_reads_once_in_each_part_who_decides_it(world, investigation):
    page = words(
        signed_in(world.cast.sofia).get(f"/investigations/{investigation.pk}/")
    )

    assert "Your role does not allow" not in page
    assert page.count("No plan yet. QA sets it.") == 1
    assert page.count("Not concluded yet. QA concludes it.") == 1
    assert "Sign phase I" in page


def test_page_says_what_the_signature_means(world, checked, investigation):
    said = words(signed_in(world.cast.chen).get(address(investigation)))

    assert "Quality Assurance. Meaning: Investigation concluded" in said


def test_plan_is_fixed_before_the_retests(world, investigation):
    client = signed_in(world.cast.chen)

    answer = plan(client, investigation)

    assert answer.headers["Location"] == address(investigation)
    investigation.refresh_from_db()
    assert (investigation.hypothesis, investigation.planned_retests) == (
        "Vial left open",
        2,
    )
    page = client.get(address(investigation))
    assert "Retests planned 2" in words(page)
    assert typed(page, "planned_retests") is None


def test_plan_is_not_changed_by_results(world, investigation):
    client = signed_in(world.cast.chen)
    plan(client, investigation)

    answer = plan(client, investigation, planned_retests="5")

    assert answer.status_code == 422
    investigation.refresh_from_db()
    assert investigation.planned_retests == 2


@pytest.mark.parametrize("number", ["٣", "1_0", "２", "1e1", "many", "10"])
def test_number_of_retests_that_is_none_is_refused(world, investigation, number):
    """Digits that not every reader of the record knows are none, nor is too many."""
    answer = plan(signed_in(world.cast.chen), investigation, planned_retests=number)

    assert answer.status_code == 422
    investigation.refresh_from_db()
    assert investigation.planned_retests is None


def test_refused_plan_keeps_what_was_typed(world, investigation):
    answer = plan(signed_in(world.cast.chen), investigation, "Vial left open", "many")

    assert answer.status_code == 422
    assert refused(answer) == ["Enter a whole number."]
    assert typed(answer, "hypothesis") == "Vial left open"


def test_conclusion_is_signed_and_shown_with_its_cause(
    world, lot, checked, investigation
):
    client = signed_in(world.cast.chen)

    answer = conclude(client, investigation)

    assert answer.headers["Location"] == address(investigation)
    said = words(client.get(address(investigation)))
    assert "Laboratory error proven: the result is invalidated" in said
    assert "Chen Fang, Head of Quality Assurance" in said
    assert "closed after 0 days" in said
    grid = words(client.get(f"/lots/{lot.pk}/attempts/"), of="attempts")
    assert "Invalidated Invalidated by Chen Fang: The vial was open" in grid


def test_result_stands_where_nothing_is_proven(world, lot, checked, investigation):
    client = signed_in(world.cast.chen)

    conclude(
        client, investigation, conclusion="not_proven", cause="No error was found."
    )

    said = words(client.get(f"/lots/{lot.pk}/"), of="release")
    assert "has a valid result that does not meet NMT 1.0 %." in said


def test_wrong_password_keeps_the_conclusion(world, checked, investigation):
    answer = conclude(
        signed_in(world.cast.chen), investigation, password="not this one"
    )

    assert answer.status_code == 422
    assert [sentence.split(":")[0] for sentence in refused(answer)] == ["Not signed"]
    assert typed(answer, "conclusion") == "proven"
    assert typed(answer, "cause").startswith("The vial was open overnight")
    assert typed(answer, "password") == ""


def test_who_entered_cannot_conclude(world, checked, investigation):
    both = world.cast.people["lin"]
    both.roles = ["analyst", "qa"]
    both.save()
    client = signed_in(both)

    page = client.get(address(investigation))
    answer = client.post(
        address(investigation, "conclude/"),
        {
            "conclusion": "proven",
            "cause": "x",
            "password": PASSWORD,
            "shown": "0" * 64,
        },
    )

    assert "takes another person: you entered" in words(page)
    assert typed(page, "conclusion") is None
    assert answer.status_code == 422
    assert Investigation.objects.get().closed_at is None


@pytest.mark.parametrize("username", ["lin", "sofia", "maria", "ines", "admin"])
@pytest.mark.parametrize("step", ["plan/", "conclude/"])
def test_deciding_on_an_investigation_is_for_qa(world, investigation, username, step):
    answer = signed_in(getattr(world.cast, username)).post(
        address(investigation, step), {"hypothesis": "x", "planned_retests": "1"}
    )

    assert answer.status_code == 403
    investigation.refresh_from_db()
    assert (investigation.planned_at, investigation.closed_at) == (None, None)


def test_list_shows_open_ones_with_their_days(world, investigation, at):
    answer = signed_in(world.cast.maria).get("/investigations/")

    said = words(answer)
    assert f"{investigation.number} BAC-26-001 Oral Water (Karl Fischer)" in said
    assert "Phase I no plan" in said


def test_list_says_that_an_investigation_is_in_phase_two(world, checked, investigation):
    """From the phase I record on, which a reviewer signs."""
    said = words(signed_in(world.cast.maria).get("/investigations/"))

    assert "Phase II" in said


def test_concluded_investigation_moves_to_the_closed_ones(
    world, checked, investigation
):
    client = signed_in(world.cast.chen)
    conclude(client, investigation)

    assert "No open investigations." in words(client.get("/investigations/"))
    assert investigation.number in words(client.get("/investigations/?closed"))


def test_undecided_result_can_be_investigated(world, lot, at):
    [result] = bench.enter(lot, world, {"IMPA": "<0.30"}, by=world.cast.lin, at=at)

    client = signed_in(world.cast.lin)
    page = f"/results/{result.pk}/investigate/"
    grid = client.get(f"/test-orders/{lot.test_orders.get().pk}/")

    answer = client.post(page, {"reason": "LOQ too high for the limit"})

    assert f'<a href="{page}">Investigate</a>' in grid.content.decode()

    assert answer.headers["Location"] == f"/lots/{lot.pk}/attempts/#investigations"
    assert Investigation.objects.get().result == result


def test_decided_result_is_not_investigated(world, lot, at):
    [result] = bench.enter(lot, world, {"IMPA": "0.05"}, by=world.cast.lin, at=at)

    answer = signed_in(world.cast.lin).post(
        f"/results/{result.pk}/investigate/", {"reason": "Just in case"}
    )

    assert answer.status_code == 422
    assert refused(answer) == [
        "No investigation was opened: this result of Impurity A (lactam) is not"
        " undecided, or not valid any more. A result that fails has its investigation"
        " already."
    ]
    assert typed(answer, "reason") == "Just in case"


def test_conclusion_is_closed_while_a_correction_waits(
    world, lot, checked, investigation, at
):
    bench.enter(
        lot,
        world,
        {"WATER": "0.14"},
        by=world.cast.lin,
        at=at,
        submit=False,
        kind="transcription",
        reason="Digits transposed",
    )

    page = signed_in(world.cast.chen).get(address(investigation))

    assert (
        "A correction of Water (Karl Fischer) waits for a reviewer; ask a reviewer to"
        " confirm or return it first."
    ) in words(page)
    assert typed(page, "cause") is None
