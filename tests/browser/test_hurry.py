"""What a hurried analyst does: clicks twice, reloads with a value half typed."""

import datetime
from urllib.parse import urlsplit

import pytest
from django.urls import reverse
from django.utils import timezone

from lots.demo import bench
from lots.demo.people import PASSWORD
from lots.models import Lot, Result
from tests.browser.journey import log_the_lot

pytestmark = pytest.mark.browser


@pytest.fixture
def site(transactional_db, world):
    """The set-up, in a database that the server reads too."""
    return world


def sign_in(page, path):
    page.goto(path)
    page.fill("#id_username", "lin")
    page.fill("#id_password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: urlsplit(url).path == path)
    page.wait_for_load_state()


def test_second_click_on_a_button_is_no_second_step(page, site):
    sign_in(page, "/lots/log/")
    # The second click comes while the first is on its way.
    page.evaluate(
        """() => document.addEventListener("click", (event) => {
            const button = event.target.closest("button.btn-primary");
            if (button && event.isTrusted) setTimeout(() => button.click(), 60);
        })"""
    )

    log_the_lot(page, timezone.localdate() - datetime.timedelta(days=3))

    page.get_by_role("heading", name="BAC-26-117", exact=True).wait_for()
    assert Lot.objects.count() == 1
    assert page.locator(".refusal").count() == 0


def test_leaving_with_a_value_that_is_not_stored_is_asked_about(page, site, at):
    lot = bench.log(site.cast, site, at=at, number="BAC-26-122")
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    sign_in(page, reverse("lots:test_order", args=[lot.test_orders.get().pk]))
    page.reload()
    assert asked == []

    page.locator(f"#row-{site.tests['WATER'].pk} input.cell").click()
    page.keyboard.type("0.2")
    page.reload()

    assert (asked, Result.objects.count()) == (["beforeunload"], 0)
