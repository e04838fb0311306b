"""The dashboard: each figure is the number of rows that its link leads to."""

import re

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lots import calendar
from lots.demo import bench
from lots.models import Assessment
from lots.release import disposition
from lots.setup import qualifications
from reports.issuing import certificates as issued
from tests.lots.pages import signed_in, words
from tests.reports.dashboard.lots import DAY, released

QUERIES = (16, 19, 9)


@pytest.fixture
def lots(world, at):
    """Seven lots: five released, one failed, one just logged."""
    cast = world.cast
    results = {**bench.ORAL_RESULTS, **bench.ELEMENTS}
    for number in range(5):
        lot = bench.log(cast, world, at=at, number=f"R-{number}")
        bench.enter(lot, world, results, by=cast.lin, at=at)
        bench.review(cast, lot, at=at)
        bench.release(cast, lot, "BAC-ORAL", at=at)
    failed = bench.log(cast, world, at=at, number="F-1")
    bench.enter(failed, world, {**results, "MEOH": "3200"}, by=cast.lin, at=at)
    bench.log(cast, world, at=at, number="N-1")


def test_shares_are_said_with_their_numbers(world, lots):
    shown = words(signed_in(world.cast.maria).get("/dashboard/"))

    assert "83.3 % 5 of 6 lots" in shown
    assert "16.7 % 1 of 6 lots" in shown


@pytest.fixture
def certificates(world, lots, customer, at):
    """An original, one revised, one with a duplicate, one withdrawn."""
    signed = {"by": world.cast.chen, "at": at}
    labelled = {**signed, "stated": bench.LABEL}
    plain, revised, twice, ended = (
        issued.issue(assessment=one, **labelled)
        for one in Assessment.objects.filter(state="released").order_by("pk")[:4]
    )
    issued.revise(certificate=revised, reason="Order", order="PO 7", **labelled)
    issued.duplicate(certificate=twice, customer=customer, **labelled)
    issued.withdraw(certificate=ended, reason="Wrong drum", **signed)
    return plain


@pytest.mark.postgres
def test_every_number_is_that_of_the_rows_behind_it(world, certificates):
    client = signed_in(world.cast.maria)
    page = client.get("/dashboard/").content.decode()
    links = re.findall(
        r'<a[^>]*href="(/(?:lots|certificates)/\?[^"]*)"[^>]*>\s*(\d+)\s*</a>', page
    )

    found = {}
    for url, n in links:
        said = words(client.get(url.replace("&amp;", "&")))
        rows = re.search(r"(\d+) (?:lot|certificate)s?\b", said)
        found.setdefault(url, []).append((int(rows[1]) if rows else 0, int(n)))

    kinds = {url.partition("?")[0] for url in found}
    assert kinds == {"/lots/", "/certificates/"}
    assert len(found) > 15
    assert {
        url: pairs
        for url, pairs in found.items()
        if any(rows != n for rows, n in pairs)
    } == {}
    # One of each kind and end, so that no link is right only because all are 0.
    of = dict.fromkeys(
        ("original", "revision", "duplicate", "superseded", "withdrawn"), 0
    )
    for url, pairs in found.items():
        for code in of:
            if f"={code}&" in url:
                of[code] += pairs[0][1]
    assert of == {
        "original": 4,
        "revision": 1,
        "duplicate": 1,
        "superseded": 1,
        "withdrawn": 1,
    }


def numbers(client):
    """Return by its link to the register what the dashboard counts, and the rows."""
    page = client.get("/dashboard/").content.decode()
    links = re.findall(r'href="(/certificates/\?[^"]*)"[^>]*>\s*(\d+)\s*</a>', page)
    found = {}
    for url, n in links:
        address = url.replace("&amp;", "&")
        found[address] = (
            int(n),
            client.get(address).context["table"].page.paginator.count,
        )
    return found


@pytest.mark.postgres
def test_certificates_that_nobody_may_use_are_counted_as_the_register_lists_them(
    world, at
):
    """One held, one of a suspended process, two past their date, one of both."""
    cast, before, today = world.cast, at - 40 * DAY, calendar.today(at)
    past = today - DAY
    issue = {}
    for number, date_on in (
        ("C-1", None), ("H-1", None), ("P-1", past), ("P-2", past), ("B-1", past),
    ):  # fmt: skip
        lot = released(world, number, at=before, date_on=date_on)
        issue[number] = issued.issue(
            assessment=bench.assessment(lot, "BAC-ORAL"),
            by=cast.chen,
            at=before + 6 * DAY,
            stated=bench.LABEL,
        )
    client = signed_in(cast.maria)
    assert {n for n, _rows in numbers(client).values()} >= {5, 3}
    for number in ("H-1", "B-1"):
        disposition.hold(lot=issue[number].lot, by=cast.lin, at=at, reason="Odour")
    first = numbers(client)
    qualification = issue["P-1"].lot.qualification
    qualifications.suspend_qualification(
        qualification=qualification, by=cast.chen, at=at, reason="Audit",
        since=today - 365 * DAY,
    )  # fmt: skip
    second = numbers(client)

    for found in (first, second):
        assert {url: pair for url, pair in found.items() if pair[0] != pair[1]} == {}
    now = [
        {
            code: next(
                n for url, (n, _rows) in found.items() if f"status={code}&" in url
            )
            for code in ("under_review", "past_retest", "past_use_by", "expired")
        }
        for found in (first, second)
    ]
    assert now == [
        {"under_review": 2, "past_retest": 2, "past_use_by": 0, "expired": 0},
        {"under_review": 5, "past_retest": 0, "past_use_by": 0, "expired": 0},
    ]


def test_too_few_lots_have_no_share(world, at):
    bench.log(world.cast, world, at=at, number="N-1")

    assert "too" in words(signed_in(world.cast.maria).get("/dashboard/"))


@pytest.mark.parametrize("months", ["abc", "0", "-1", "999999999999", "%00", "3;"])
def test_unknown_period_is_no_error(world, months):
    answer = signed_in(world.cast.maria).get(f"/dashboard/?months={months}")

    assert answer.status_code in (200, 302, 404)


def test_page_takes_the_same_queries_for_1_and_for_30_lots(world, at):
    client = signed_in(world.cast.maria)

    def queries():
        with CaptureQueriesContext(connection) as caught:
            client.get("/dashboard/")
        return len(caught)

    def all_queries(number):
        """Return those of the first look, of one after a change, of one without."""
        cache.clear()
        first = queries()
        bench.log(world.cast, world, at=at, number=number)
        return first, queries(), queries()

    bench.log(world.cast, world, at=at, number="BAC-26-000")
    of_one = all_queries("BAC-26-001")
    for number in range(2, 30):
        bench.log(world.cast, world, at=at, number=f"BAC-26-{number:03}")

    assert (of_one, all_queries("BAC-26-030")) == (QUERIES, QUERIES)
