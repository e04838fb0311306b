"""My work: what waits for whom, the same as the list that each counter leads to."""

import dataclasses
import datetime
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lots import calendar
from lots.demo import bench
from lots.models import Qualification
from lots.results import result_review
from lots.setup import qualifications
from lots.workflow import tasks
from tests.lots.pages import signed_in, words

# Of the counters of the side bar, where something happened since they were counted.
COUNTED = {"lin": 8}
QUERIES = {"lin": 21, "sofia": 14, "chen": 48}


@pytest.fixture
def waiting(world, at):
    """One lot at each step that somebody has to take."""
    cast = world.cast
    results = {**bench.ORAL_RESULTS, **bench.ELEMENTS}

    def tested(number, *, submit=True, **values):
        lot = bench.log(cast, world, at=at, number=number)
        merged = {**results, **values}
        bench.enter(lot, world, merged, by=cast.lin, at=at, submit=submit)
        return lot

    bench.log(cast, world, at=at, number="A-TO-ENTER")
    tested("B-TO-SUBMIT", submit=False)
    tested("C-TO-REVIEW")
    bench.review(cast, tested("D-TO-RELEASE"), at=at)
    released = tested("E-TO-CERTIFY")
    bench.review(cast, released, at=at)
    bench.release(cast, released, "BAC-ORAL", at=at)
    tested("F-OOS", MEOH="3200")
    returned = tested("G-RETURNED")
    test_order = returned.test_orders.get()
    result_review.send_back(
        test_order=test_order,
        results=list(test_order.results.filter(test__code="MEOH")),
        by=cast.sofia,
        at=at,
        reason="No chromatogram",
    )


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("username", "expected"),
    [
        ("lin", {"to_enter": 1, "returned": 1, "to_submit": 1}),
        ("marek", {"to_enter": 1, "to_submit": 1}),
        ("sofia", {"to_review": 3, "phase_one": 1}),
        ("chen", {"investigation": 1, "to_release": 1, "to_certify": 1}),
    ],
)
def test_counters_agree_with_the_lists_that_they_lead_to(
    world, waiting, username, expected
):
    client = signed_in(world.cast.people[username])
    page = client.get("/").content.decode()
    links = dict(re.findall(r'href="(/lots/\?task=(\w+)[^"]*)"', page))

    counted = {}
    for url, task in links.items():
        rows = client.get(url.replace("&amp;", "&")).content.decode()
        numbers = set(re.findall(r">([A-G]-[A-Z-]+)</a>", rows))
        if numbers:
            counted[task] = len(numbers)

    assert counted == expected


@pytest.mark.postgres
@pytest.mark.parametrize("username", ["lin", "marek", "sofia", "chen", "olga", "maria"])
def test_side_bar_counts_what_my_work_lists(world, waiting, username):
    """For who only reads nothing waits."""
    client = signed_in(world.cast.people[username])

    page = client.get("/")

    listed = (
        sum(one["n"] for one in page.context["waiting"])
        + len(page.context["drafts"])
        + sum(not one["why"] for one in page.context["people"])
        + len(page.context["left_certificates"])
    )
    own = 0 if username == "maria" else listed
    counts = client.get("/lots/").context["counts"]
    assert counts["my_work"] == own
    assert (own > 0) == (username != "maria")
    assert counts["investigations"] == 1
    assert (f"{own} waiting" in words(page)) == (own > 0)


def test_side_bar_counts_again_after_an_act_and_only_then(world, at):
    lin, chen = world.cast.lin, world.cast.chen
    client = signed_in(lin)
    assert client.get("/lots/").context["counts"]["my_work"] == 0

    bench.log(world.cast, world, at=at, number="BAC-26-001")

    with CaptureQueriesContext(connection) as first:
        assert client.get("/lots/").context["counts"]["my_work"] == 1
    with CaptureQueriesContext(connection) as second:
        assert client.get("/lots/").context["counts"]["my_work"] == 1
    assert len(first) - len(second) == COUNTED["lin"]
    assert signed_in(chen).get("/lots/").context["counts"]["my_work"] == 0


def test_side_bar_counts_nothing_for_an_administrator(world):
    answer = signed_in(world.cast.admin).get("/accounts/")

    assert answer.context["counts"] == {}
    assert "waiting" not in words(answer)


def test_oldest_comes_first_by_since_when_it_waits(world, at, monkeypatch):
    """Also where that is not since the lot came to its state."""
    first, second = (
        bench.log(world.cast, world, at=at, number=number) for number in ("A-1", "A-2")
    )
    days = {first.pk: at, second.pk: at - datetime.timedelta(days=9)}
    task = dataclasses.replace(tasks.TASKS["to_enter"], began=lambda _rows: days)
    monkeypatch.setitem(tasks.TASKS, "to_enter", task)

    page = signed_in(world.cast.lin).get("/")

    [shown] = [one for one in page.context["waiting"] if one["code"] == "to_enter"]
    assert [lot["number"] for lot in shown["lots"]] == ["A-2", "A-1"]


def test_administrator_is_led_to_the_accounts(world):
    answer = signed_in(world.cast.admin).get("/")

    assert (answer.status_code, answer.url) == (302, "/accounts/")


def test_who_has_nothing_to_do_is_told_so(world):
    assert "0 Results to enter" in words(signed_in(world.cast.lin).get("/"))


@pytest.mark.parametrize("username", sorted(QUERIES))
def test_page_takes_the_same_queries_for_1_and_for_30_lots(world, at, username):
    client = signed_in(world.cast.people[username])

    def queries():
        with CaptureQueriesContext(connection) as caught:
            client.get("/")
        return len(caught)

    bench.log(world.cast, world, at=at, number="BAC-26-000")
    of_one = queries()
    for number in range(1, 30):
        bench.log(world.cast, world, at=at, number=f"BAC-26-{number:03}")

    assert (of_one, queries()) == (QUERIES[username], QUERIES[username])


def test_page_says_that_nothing_waits(world):
    assert words(signed_in(world.cast.chen).get("/")).count("Nothing to do.") == 1


def test_page_says_what_must_be_set_up_before_the_first_lot(world, at):
    for qualification in Qualification.objects.all():
        qualifications.suspend_qualification(
            qualification=qualification,
            by=world.cast.chen,
            at=at,
            since=calendar.today(at),
            reason="Audit",
        )

    said = words(signed_in(world.cast.lin).get("/"))

    assert "No lot can be logged yet. QA first sets up its company and sites" in said
    assert "a minimum specification for each use" in said


# --- what is needed, and the page on which it is done --------------------------------


def acts(person):
    """Return what each lot needs by task and number: words and the button's page."""
    page = signed_in(person).get("/")
    return {
        (one["code"], lot["number"]): (lot["next"].what, lot["next"].url)
        for one in page.context["waiting"]
        for lot in one["lots"]
    }


@pytest.mark.parametrize(
    ("username", "code", "number", "what"),
    [
        ("lin", "to_enter", "A-TO-ENTER", "23 results are missing"),
        ("lin", "to_submit", "B-TO-SUBMIT", "23 results to submit"),
        ("lin", "returned", "G-RETURNED", "1 result was returned"),
        ("sofia", "to_review", "C-TO-REVIEW", "23 results to review"),
        ("sofia", "phase_one", "F-OOS", "Methanol: 3200 against NMT 3000 ppm"),
        ("chen", "to_release", "D-TO-RELEASE", "Decide on the release"),
        ("chen", "to_certify", "E-TO-CERTIFY", "A certificate can be issued"),
    ],
)
def test_row_says_what_is_needed_and_its_button_leads_there(
    world, waiting, username, code, number, what
):
    """The page of the button answers with the form of the step, not with a refusal."""
    person = world.cast.people[username]
    said, url = acts(person)[code, number]

    answer = signed_in(person).get(url)

    assert said == what
    assert answer.status_code == 200
    assert number in words(answer)
    assert "<form" in answer.content.decode().split("<main", 1)[1]


def test_who_only_reads_has_no_buttons(world, waiting):
    page = signed_in(world.cast.maria).get("/").content.decode()

    assert "23 results are missing" in page
    assert 'class="act"></td>' in page
    assert "Enter results" not in page


def test_open_lots_are_counted_beside_the_tasks(world, waiting):
    client = signed_in(world.cast.chen)

    department = client.get("/").context["department"]

    assert {one["name"]: one["n"] for one in department} == {
        "Results to enter": 1,
        "To submit": 1,
        # The lot whose one result was returned has others to review.
        "To review": 2,
        "Under investigation": 1,
        "To release": 1,
    }
    for one in department:
        assert len(client.get(one["url"]).context["table"].data) == one["n"]
