"""The record of a lot on paper: few pages, legible, and nothing left out."""

import datetime
import subprocess

import pytest
from django.conf import settings

from lots.demo import bench
from lots.models import AuditEntry
from reports.issuing import certificates
from tests.lots.pages import signed_in

pytestmark = [pytest.mark.browser, pytest.mark.poppler]

# What a quality unit files of a lot of which nothing is to be told.
MOST = 6
# In pixels of the browser; 6 pt.
SMALLEST = 8
SECOND = datetime.timedelta(seconds=1)


@pytest.fixture
def lot(site, at):
    """A lot of 23 tests, each entered by itself, reviewed, released and certified."""
    made = bench.log(site.cast, site, at=at, number="BAC-26-001")
    results = {**bench.ORAL_RESULTS, **bench.ELEMENTS}
    for code, value in results.items():
        at += SECOND
        bench.enter(made, site, {code: value}, by=site.cast.lin, at=at, submit=False)
    at += SECOND
    bench.submit(made, by=site.cast.lin, at=at)
    bench.review(site.cast, made, at=at)
    bench.release(site.cast, made, "BAC-ORAL", at=at)
    certificates.issue(
        assessment=made.assessments.get(), by=site.cast.olga, at=at, stated=bench.LABEL
    )
    return made


def printed(page, live_server, site, lot):
    """Open the record and return the text of each page of its paper."""
    session = signed_in(site.cast.ines).cookies[settings.SESSION_COOKIE_NAME]
    page.context.add_cookies(
        [{"name": session.key, "value": session.value, "url": live_server.url}]
    )
    page.goto(f"/lots/{lot.pk}/record/")
    pdf = page.pdf(prefer_css_page_size=True)
    text = subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True
    )
    return text.stdout.decode().split("\f")[:-1]


def test_the_record_of_a_clean_lot_of_23_tests_takes_six_pages_at_most(
    page, live_server, site, lot
):
    pages = printed(page, live_server, site, lot)

    assert lot.assessments.get().specification.criteria.count() == 23
    assert 1 < len(pages) <= MOST
    for number, text in enumerate(pages, 1):
        assert f"Record of lot {lot.number}" in text.splitlines()[0]
        assert f"{number}/{len(pages)}" in text.replace(" ", "")
    whole = "".join(pages)
    for entry in AuditEntry.objects.filter(lot=lot):
        assert str(entry.sequence) in whole
    for name in ("Arsenic", "Escherichia coli", "Particle size D90"):
        assert name in whole
    assert f"End of the record of lot {lot.number}" in pages[-1]


def test_nothing_of_the_record_is_too_small_to_be_read(page, live_server, site, lot):
    page.emulate_media(media="print")
    printed(page, live_server, site, lot)

    page.emulate_media(media="print")
    sizes = page.locator(".record *").evaluate_all(
        "all => all.filter(one => one.checkVisibility()"
        " && [...one.childNodes].some(part => part.nodeType === 3"
        " && part.textContent.trim()))"
        ".map(one => [parseFloat(getComputedStyle(one).fontSize), one.textContent])"
    )
    assert len(sizes) > 500
    assert [one for one in sizes if one[0] < SMALLEST] == []
