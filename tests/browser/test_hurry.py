"""What a hurried analyst does: clicks twice, reloads with a value half typed."""

import datetime

import pytest
from django.urls import reverse
from django.utils import timezone

from lots.demo import bench
from lots.demo.people import PASSWORD
from lots.models import Lot, Result, Signature
from lots.results import result_entry
from tests.browser.journey import log_the_lot, sign_in
from tests.lots.signing import attach

pytestmark = pytest.mark.browser


def test_second_click_on_a_button_is_no_second_step(page, site):
    sign_in(page, "lin", "/lots/log/")
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
    sign_in(page, "lin", reverse("lots:test_order", args=[lot.test_orders.get().pk]))
    page.reload()
    assert asked == []

    page.locator(f"#row-{site.tests['WATER'].pk} input.cell").click()
    page.keyboard.type("0.2")
    page.reload()

    assert (asked, Result.objects.count()) == (["beforeunload"], 0)


def test_raw_data_opened_where_a_correction_is_signed_are_signed_as_opened(
    page, site, at
):
    """The page is read again by itself, so that one press signs it."""
    lot = bench.log(site.cast, site, at=at, number="BAC-26-123")
    bench.enter(lot, site, {"MEOH": "3001"}, by=site.cast.lin, at=at)
    correction, _judged = result_entry.enter_result(
        test_order=lot.test_orders.get(),
        test=site.tests["MEOH"],
        by=site.cast.lin,
        at=at,
        determinations=bench.typed("301"),
        seen=1,
        kind="transcription",
        reason="Digit doubled",
    )
    attach(site, lot, at, result=correction)
    path = reverse("lots:confirm_correction", args=[correction.pk])
    sign_in(page, "sofia", path)

    with page.expect_download():
        page.get_by_role("link", name="chromatogram.txt").click()
    page.wait_for_function(
        "() => document.querySelector('.signed-text pre')"
        '.textContent.includes(\'"opened":"opened"\')'
    )
    page.get_by_text("I compared both values").click()
    page.fill("#id_password", PASSWORD)
    page.get_by_role("button", name="Confirm the correction").click()

    page.wait_for_url("**/lots/*/**")
    assert "not opened" not in Signature.objects.get(meaning="confirmed").text
