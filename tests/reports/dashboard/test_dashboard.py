"""The dashboard: each figure is the number of rows that its link leads to."""

import html
import re

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lots import calendar
from lots.demo import bench
from lots.models import Assessment, Lot
from lots.release import disposition
from lots.setup import qualifications
from reports.issuing import certificates as issued
from tests.lots.pages import signed_in, words
from tests.reports.dashboard.lots import DAY, released, submitted

QUERIES = (35, 41, 18)


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


# What a link says how many rows are behind it; a median is of them and no count.
COUNTS = (
    r"(\d+)",
    r"(\d+) lots?",
    r"(\d+)/\d+",
    r"▲ (\d+) lots? past .* dates?",
    r".* in (\d+) lots?",
)


def counts(client, address="/dashboard/"):
    """Return (count, rows) by each link of the page to lots or certificates."""
    page = client.get(address).content.decode()
    found = {}
    for attributes, text, after in re.findall(
        r"<a ([^>]*href=[^>]*)>(.*?)</a>( <small>days)?", page, re.S
    ):
        url = html.unescape(re.search(r'href="([^"]*)"', attributes)[1])
        if not url.startswith(("/lots/?", "/certificates/?")) or after:
            continue
        said = " ".join(html.unescape(re.sub(r"<[^>]*>", "", text)).split())
        label = re.search(r'aria-label="([^"]*)"', attributes)
        n = next(
            (
                int(match[1])
                for words in (said, html.unescape(label[1]) if label else "")
                for pattern in COUNTS
                if (match := re.fullmatch(pattern, words))
            ),
            None,
        )
        if n is not None:
            found.setdefault(url, set()).add(n)
    return {url: (n, rows(client, url)) for url, n in found.items()}


def rows(client, url):
    shown = client.get(url).context
    assert not shown["filter"].errors
    return shown["count"]


def unequal(found):
    return {url: pair for url, pair in found.items() if pair[0] != {pair[1]}}


@pytest.mark.postgres
def test_every_number_is_that_of_the_rows_behind_it(world, certificates):
    found = counts(signed_in(world.cast.maria))

    assert {url.partition("?")[0] for url in found} == {"/lots/", "/certificates/"}
    assert len(found) > 15
    assert unequal(found) == {}
    # One of each kind and end, so that no link is right only because all are 0.
    of = dict.fromkeys(
        ("original", "revision", "duplicate", "superseded", "withdrawn"), 0
    )
    for url, (_counted, n) in found.items():
        for code in of:
            if f"={code}&" in url:
                of[code] += n
    assert of == {
        "original": 4,
        "revision": 1,
        "duplicate": 1,
        "superseded": 1,
        "withdrawn": 1,
    }


@pytest.mark.postgres
def test_numbers_of_a_material_site_and_use_are_those_of_their_rows(
    world, certificates
):
    client = signed_in(world.cast.maria)
    site = Lot.objects.values_list("site", flat=True).distinct().get()
    scope = {"material": world.material.pk, "site": site, "use": "oral"}
    several = {
        f"{name}={value}": counts(client, f"/dashboard/?months=3&{name}={value}")
        for name, value in [*scope.items(), ("use", "intrathecal")]
    }

    assert {query: unequal(found) for query, found in several.items()} == {
        query: {} for query in several
    }
    for query, found in several.items():
        assert all(f"{query}" in url for url in found)
    largest = {
        query: max(n for _counted, n in found.values())
        for query, found in several.items()
    }
    assert largest.pop("use=intrathecal") == 0
    assert set(largest.values()) == {6}


def test_filter_that_cannot_be_is_refused_and_the_rest_is_shown(world, lots):
    shown = signed_in(world.cast.maria).get("/dashboard/?use=nasal&material=x")

    assert shown.context["scope"] == "All materials, all manufacturers, all uses"
    said = words(shown)
    assert "Not applied: correct 2 fields." in said
    assert "83.3 % 5 of 6 lots" in said


def test_pdf_is_one_page_with_the_figures_of_the_page(world, lots):
    client = signed_in(world.cast.maria)
    page = client.get("/dashboard/?use=oral")
    [address] = re.findall(r'href="(\?[^"]*format=pdf)"', page.content.decode())

    answer = client.get(f"/dashboard/{html.unescape(address)}")

    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith('attachment; filename="dashboard-')
    assert answer.content.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type /Page\b", answer.content)) == 1
    # What cannot be filtered is said on the page, and no file hides it.
    refused = client.get("/dashboard/?use=nasal&format=pdf")
    assert "Not applied: correct 1 field." in words(refused)


def test_period_keeps_the_filter_and_the_filter_the_period(world, lots):
    page = signed_in(world.cast.maria).get("/dashboard/?use=oral&months=3")
    body = page.content.decode()

    assert 'href="?use=oral&amp;months=24"' in body
    assert '<input type="hidden" name="months" value="3">' in body
    assert page.context["scope"].endswith("Oral")


def test_dashboard_of_an_empty_site_says_what_each_part_is_for(world):
    shown = signed_in(world.cast.maria).get("/dashboard/")
    said = words(shown)

    assert [
        url for url, pair in unequal(counts(signed_in(world.cast.maria))).items()
    ] == []
    for sentence in (
        "This shows how many lots are released each week",
        "This shows what the open lots wait for",
        "This shows the share of lots that were right the first time",
        "This shows which tests came closest to a limit",
        "This shows when released lots have to be retested, or expire",
    ):
        assert sentence in said
    assert '<svg class="pic"' not in shown.content.decode()


def test_figures_are_compared_with_those_of_the_period_before(world, at):
    """Six lots of the months before took 11 days and one failed; six since took 11."""
    for days in (130, 20):
        for number in range(6):
            released(world, f"R-{days}-{number}", at=at - (days + number) * DAY)
    submitted(world, "F-1", at=at - 136 * DAY, MEOH="3200")

    page = signed_in(world.cast.maria).get("/dashboard/?months=3")
    tiles = page.context["tiles"]
    said = {one.name: (one.number, one.plain, one.change, one.tone) for one in tiles}

    assert said["Right first time"] == (
        "100.0", "6 of 6 lots · before 85.7 % (6 of 7)", "+14.3 points", "pass",
    )  # fmt: skip
    assert said["Lots with an OOS result"] == (
        "0.0", "0 of 6 lots · before 14.3 % (1 of 7)", "−14.3 points", "pass",
    )  # fmt: skip
    assert said["Manufacture to release"] == (
        "11", "6 lots · before 11 days (6)", "as before", None,
    )  # fmt: skip
    assert said["Lots released"] == ("6", "before 6", "about 2 a month", None)
    assert said["Open lots"] == (
        "1", "0 up to 7 days · oldest 136 days", "1 over 30 days", "alert",
    )  # fmt: skip


def numbers(client):
    """Return by its link to the register what the dashboard counts, and the rows."""
    return {
        url: (n.pop(), rows)
        for url, (n, rows) in counts(client).items()
        if url.startswith("/certificates/")
    }


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
    # Master data are read by whoever needs them first.
    queries()
    of_one = all_queries("BAC-26-001")
    for number in range(2, 30):
        bench.log(world.cast, world, at=at, number=f"BAC-26-{number:03}")

    assert (of_one, all_queries("BAC-26-030")) == (QUERIES, QUERIES)
