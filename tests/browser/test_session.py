"""A session that ends while somebody types: nothing is lost, or sent for another."""

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse

from lots.demo import bench
from lots.models import Lot, Result
from tests.browser.journey import sign_in

pytestmark = pytest.mark.browser


def again(page, username):
    """Sign in in another tab and come back."""
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="sign in in another tab").click()
    sign_in(opened.value, username)
    opened.value.close()
    page.evaluate("window.dispatchEvent(new Event('focus'))")


@pytest.fixture
def typed(page, site, at):
    """A grid in which a value is typed when the session has just ended."""
    lot = bench.log(site.cast, site, at=at, number="BAC-26-120")
    sign_in(page, "lin", reverse("lots:test_order", args=[lot.test_orders.get().pk]))
    cell = page.locator(f"#row-{site.tests['WATER'].pk} input.cell")
    cell.focus()
    cell.fill("0.21")
    Session.objects.all().delete()
    page.keyboard.press("Enter")
    page.get_by_text("You were signed out").wait_for()
    return cell


def test_value_typed_when_the_session_ended_is_stored_after_signing_in(
    page, site, typed, violations
):
    assert (typed.input_value(), Result.objects.count()) == ("0.21", 0)
    row = page.locator(f"#row-{site.tests['WATER'].pk}")
    assert row.locator(".row-status").inner_text().startswith("Not stored")
    assert violations() == []

    again(page, "lin")
    page.get_by_text("You are signed in again").wait_for()
    row.get_by_role("button", name="Save").click()
    row.locator(".saved").wait_for()

    assert [one.determinations[0]["text"] for one in Result.objects.all()] == ["0.21"]


def test_value_typed_by_one_person_is_not_stored_for_the_next(page, site, typed):
    with page.expect_navigation():
        again(page, "marek")

    page.wait_for_load_state()
    assert page.locator(".side > .side-foot b").inner_text() == "Marek Novak"
    assert (typed.input_value(), Result.objects.count()) == ("", 0)


def test_form_sent_after_the_end_keeps_what_was_typed(page, site):
    page.clock.install()
    sign_in(page, "lin", "/lots/log/")
    page.fill("#id_number", "BAC-26-121")
    page.clock.fast_forward("14:00")
    page.get_by_role("button", name="Stay signed in").click()
    page.get_by_role("button", name="Stay signed in").wait_for(state="hidden")
    page.clock.fast_forward("16:00")
    Session.objects.all().delete()

    page.get_by_role("button", name="Log the lot").click()

    page.get_by_text("You were signed out").wait_for()
    assert (page.input_value("#id_number"), Lot.objects.count()) == ("BAC-26-121", 0)
    again(page, "lin")
    page.get_by_text("You are signed in again").wait_for()
    page.get_by_role("button", name="Log the lot").click()
    page.locator(".refusal").first.wait_for()
    assert page.input_value("#id_number") == "BAC-26-121"
