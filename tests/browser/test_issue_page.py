"""The page of an issue in a browser: the certificate follows what is filled in."""

import pytest

from lots.demo import bench
from reports.models import Certificate
from tests.browser import journey

pytestmark = pytest.mark.browser


@pytest.fixture
def assessment(site, at):
    lot = bench.log(site.cast, site, at=at, number="BAC-26-001")
    results = {**bench.ORAL_RESULTS, **bench.ELEMENTS}
    bench.enter(lot, site, results, by=site.cast.lin, at=at)
    bench.review(site.cast, lot, at=at)
    bench.release(site.cast, lot, "BAC-ORAL", at=at)
    return lot.assessments.get()


def test_the_certificate_follows_what_is_filled_in_and_is_issued_by_one_press(
    page, assessment, violations
):
    journey.sign_in(page, "olga", f"/assessments/{assessment.pk}/issue/")
    draft = page.locator("#draft")
    assert "PO 7741" not in draft.inner_text()

    page.fill("#id_order", "PO 7741")
    page.keyboard.press("Tab")
    draft.get_by_text("PO 7741").wait_for()

    assert page.evaluate("document.activeElement.id") == "id_shipped"
    assert violations() == []
    page.get_by_text("Label and certificate agree").click()
    page.get_by_role("button", name="Issue the certificate").click()
    page.wait_for_url("**/certificates/*/")
    assert Certificate.objects.get().order == "PO 7741"


def test_what_would_be_refused_is_said_before_the_press(page, assessment):
    journey.sign_in(page, "olga", f"/assessments/{assessment.pk}/issue/")
    assert page.get_by_role("button", name="Issue the certificate").is_visible()

    page.fill("#id_shipped", "many")
    page.keyboard.press("Tab")
    page.locator("#preflight .refusal").wait_for()

    assert page.get_by_role("button", name="Issue the certificate").count() == 0
