"""The main job in a browser: from a logged lot to a certificate anybody can check."""

import datetime
import re

import pytest
from django.utils import timezone

from lots.demo import bench
from lots.demo.people import PASSWORD
from lots.models import Lot, Result
from reports.issuing import certificates
from reports.models import Certificate
from tests.browser import journey
from tests.browser.conftest import leave

pytestmark = pytest.mark.browser

# In the order of the grid: what is typed, per row.
TYPED = {
    "ASSAY": ("99.4", "99.7"),
    "IMPA": ("0.04",),
    "WATER": ("0.21",),
    "ROI": ("<0.05",),
    "MEOH": ("112",),
    "TOL": ("<20",),
    "IPA": ("340",),
    "CD": ("<0.02",),
    "PB": ("<0.05",),
    "AS": ("<0.10",),
    "HG": ("<0.03",),
    "CO": ("<0.05",),
    "V": ("<0.1",),
    "NI": ("0.3",),
    "TAMC": ("<10",),
    "TYMC": ("<10",),
    "ECOLI": ("Absent",),
    "D90": ("141",),
}
CHOSEN = {"APP": "White powder", "IDA": "Conforms", "IDB": "Corresponds"}


@pytest.fixture
def sign_in(page):
    """Return a function that signs a person in, whoever was signed in before."""

    def signed_in(username, path):
        leave(page)
        journey.sign_in(page, username, path)

    return signed_in


def cells(page, test):
    """Return what can be typed in a test's row."""
    return page.locator(
        f"#row-{test.pk} form input:visible, #row-{test.pk} form select:visible"
    )


def tick(page, *statements):
    """Tick each statement by a click on its words; none is ticked before."""
    for words in statements:
        box = page.get_by_label(words)
        assert not box.is_checked()
        page.get_by_text(words).click()
        assert box.is_checked()


@pytest.mark.long
def test_a_lot_goes_from_the_log_to_a_checked_certificate(
    page, site, sign_in, violations, tmp_path
):
    made = timezone.localdate() - datetime.timedelta(days=3)

    sign_in("lin", "/lots/log/")
    assert violations() == []
    journey.log_the_lot(page, made)
    lot = Lot.objects.get()
    assert violations() == []
    journey.take_a_sample(page, lot)

    test_order = lot.test_orders.get()
    page.goto(f"/test-orders/{test_order.pk}/")
    page.fill("#id_raw_data", "Notebook 12, page 40")
    page.keyboard.press("Tab")
    assert violations() == []
    for code, word in CHOSEN.items():
        cells(page, site.tests[code]).first.focus()
        cells(page, site.tests[code]).first.select_option(label=word)
        page.keyboard.press("Enter")
        page.locator(f"#row-{site.tests[code].pk} .saved").wait_for()
    for code, values in TYPED.items():
        for place, value in enumerate(values):
            cell = cells(page, site.tests[code]).nth(place)
            cell.focus()
            if cell.evaluate("one => one.tagName") == "SELECT":
                cell.select_option(label=value)
            else:
                cell.fill(value)
        page.keyboard.press("Enter")
        page.locator(f"#row-{site.tests[code].pk} .saved").wait_for()
    peaks = site.tests["UNSPEC"]
    page.locator(f"#row-{peaks.pk} input[type=checkbox]").check()
    page.locator(f"#row-{peaks.pk}").get_by_role("button", name="Save").click()
    page.locator(f"#row-{peaks.pk} .saved").wait_for()
    # 22 typed; the total was calculated from its peaks. The assay waited for its water.
    assert Result.objects.count() == 23
    assert violations() == []
    page.get_by_role("button", name="Submit 23 for review").click()
    page.wait_for_load_state()

    sign_in("sofia", f"/test-orders/{test_order.pk}/review/")
    assert violations() == []
    for box in page.locator("input[name=result]:not([disabled])").all():
        box.evaluate("one => { one.checked = true }")
    tick(page, "I compared each", "The results are complete")
    page.fill("#id_password", PASSWORD)
    page.get_by_role("button", name=re.compile(r"Sign \d+ selected$")).click()
    page.wait_for_url("**/lots/*/**")

    assessment = lot.assessments.get()
    sign_in("chen", f"/assessments/{assessment.pk}/release/")
    assert violations() == []
    page.fill("#id_batch_record", "BR-26-117")
    page.fill("#id_deviations", "none")
    tick(
        page,
        "I reviewed the batch record",
        "The deviations and investigations",
        "I reviewed the exceptions",
    )
    page.fill("#id_password", PASSWORD)
    page.get_by_role("button", name="Sign and release").click()
    page.wait_for_url("**/lots/*/**")
    assert lot.assessments.get().state == "released"

    sign_in("olga", f"/assessments/{assessment.pk}/issue/")
    assert violations() == []
    tick(page, "Label and certificate agree")
    page.get_by_role("button", name="Issue the certificate").first.click()
    page.wait_for_url("**/certificates/*/")
    assert violations() == []
    certificate = Certificate.objects.get()
    with page.expect_download() as download:
        page.locator(f'a[href="/certificates/{certificate.pk}/pdf/"]').first.click()
    file = tmp_path / "certificate.pdf"
    download.value.save_as(file)
    assert file.read_bytes() == bytes(certificate.pdf)

    leave(page)
    page.goto(f"/check/{certificate.token}/")
    assert violations() == []
    assert "authentic" not in page.content().casefold()
    # A chosen file is sent at once.
    with page.expect_navigation():
        page.set_input_files("input[type=file]", file)
    page.get_by_role("heading", name="Authentic", exact=True).wait_for()
    assert "Current" in page.locator("main").inner_text()
    assert violations() == []


def test_altered_file_is_not_authentic(page, site, at, sign_in, tmp_path, violations):
    lot = bench.log(site.cast, site, at=at, number="BAC-26-118")
    bench.enter(
        lot, site, {**bench.ORAL_RESULTS, **bench.ELEMENTS}, by=site.cast.lin, at=at
    )
    bench.review(site.cast, lot, at=at)
    bench.release(site.cast, lot, "BAC-ORAL", at=at)
    certificate = certificates.issue(
        assessment=lot.assessments.get(), by=site.cast.olga, at=at, stated=bench.LABEL
    )
    forged = tmp_path / "forged.pdf"
    forged.write_bytes(bytes(certificate.pdf)[:-1] + b" ")

    page.goto(f"/check/{certificate.token}/")
    # A chosen file is sent at once.
    with page.expect_navigation():
        page.set_input_files("input[type=file]", forged)
    page.get_by_role("heading", name="Not a file issued here").wait_for()

    assert page.get_by_role("heading", name="Authentic").count() == 0
    assert violations() == []
