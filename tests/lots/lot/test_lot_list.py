"""The list of lots: what each filter finds, in which order, and what it refuses."""

import csv
import datetime
import gzip
import io
import itertools
import re
from itertools import pairwise

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lots import calendar
from lots.demo import bench
from lots.models import Lot, LotStatus
from lots.models.lot_status import EXPORTED, LISTED, Listed
from lots.release import disposition
from lots.results import result_review
from lots.setup import materials
from lots.tables import lot_search
from lots.tables.lots import PER_PAGE, SORTABLE
from lots.views import lot_list
from lots.workflow import lot_status
from tests.lots.pages import refused, signed_in, unwritten, words
from tests.lots.setup import identities

pytestmark = pytest.mark.postgres

QUERIES = 10


def numbers(answer):
    """Return the lot numbers that the page shows, in order."""
    return [row.record.number for row in answer.context["table"].page.object_list]


@pytest.fixture
def reader(world):
    return signed_in(world.cast.maria)


@pytest.fixture
def logged(world, at):
    """Thirty lots that are only logged, one a minute."""
    return [
        bench.log(
            world.cast,
            world,
            at=at - datetime.timedelta(minutes=30 - number),
            number=f"BAC-26-{number:03}",
            original_number=f"P1-{900 - number}",
        )
        for number in range(30)
    ]


@pytest.fixture
def mixed(world, at):
    """One lot for each state that a filter can ask for."""
    cast = world.cast

    def log(number, **facts):
        return bench.log(cast, world, at=at, number=number, **facts)

    def tested(number, *, submit=True, **values):
        lot = log(number)
        results = {**bench.ORAL_RESULTS, **bench.ELEMENTS, **values}
        bench.enter(lot, world, results, by=cast.lin, at=at, submit=submit)
        return lot

    log("A-LOGGED")
    log("B-INTRATHECAL", use="intrathecal")
    tested("C-ENTERED", submit=False)
    tested("D-SUBMITTED")
    bench.review(cast, tested("E-REVIEWED"), at=at)
    released = tested("F-RELEASED")
    bench.review(cast, released, at=at)
    bench.release(cast, released, "BAC-ORAL", at=at)
    tested("G-OOS", MEOH="3200")
    disposition.hold(lot=log("H-HELD"), by=cast.chen, at=at, reason="Seal broken")
    returned = tested("I-RETURNED")
    test_order = returned.test_orders.get()
    result_review.send_back(
        test_order=test_order,
        results=list(test_order.results.filter(test__code="MEOH")),
        by=cast.sofia,
        at=at,
        reason="Chromatogram missing",
    )
    return at


def test_each_filter_finds_its_lots(world, mixed):
    today = calendar.today(mixed)
    everything = "ABCDEFGHI"
    expected = {
        "": everything,
        f"material={world.material.pk}": everything,
        f"site={world.works.pk}": everything,
        "use=oral": "ACDEFGHI",
        "use=intrathecal": "B",
        "stage=to_enter": "AB",
        "stage=to_submit": "C",
        "stage=to_review": "DI",
        "stage=to_release": "E",
        "stage=released": "F",
        "stage=investigation": "G",
        "stage=on_hold": "H",
        "stage=rejected": "",
        "outcome=fail": "G",
        "outcome=missing": "ABH",
        "outcome=pass": "CDEFI",
        "quick=on_hold": "H",
        "quick=oos": "G",
        "quick=ready": "E",
        "quick=retest_due": "",
        "quick=first_time": "ABCDEFH",
        "task=to_enter": "ABH",
        "task=to_submit": "C",
        "task=returned": "I",
        "task=investigation": "G",
        f"logged_from={today}": everything,
        f"logged_to={today - datetime.timedelta(1)}": "",
        f"manufactured_to={today - datetime.timedelta(6)}": everything,
        f"manufactured_from={today - datetime.timedelta(5)}": "",
        f"submitted_from={today}": "DEFGI",
        f"released_to={today}": "F",
        f"retest_from={today}": everything,
        f"since_from={today}&use=intrathecal": "B",
        "use=oral&stage=to_enter": "A",
        "q=released": "F",
    }

    found, client = {}, signed_in(world.cast.maria)
    with unwritten():
        for query in expected:
            answer = client.get(f"/lots/?sort=number&{query}")
            found[query] = "".join(number[0] for number in numbers(answer))

    assert found == expected


def test_tasks_of_others_are_left_out_for_the_one_who_may_not_take_them(world, mixed):
    expected = {
        ("sofia", "to_review"): ["D-SUBMITTED", "G-OOS", "I-RETURNED"],
        ("lin", "returned"): ["I-RETURNED"],
        ("marek", "returned"): [],
        ("olga", "to_release"): ["E-REVIEWED"],
        ("sofia", "to_release"): [],
        ("lin", "to_release"): [],
    }

    found = {
        (name, task): numbers(
            signed_in(getattr(world.cast, name)).get(
                f"/lots/?sort=number&task={task}&mine=yes"
            )
        )
        for name, task in expected
    }

    assert found == expected


@pytest.mark.parametrize(
    ("asked", "counted", "gathered", "sample", "few"),
    [
        ("use=oral", 10_000, 6, 200, 500),
        ("use=oral", 20, 6, 200, 500),
        ("use=oral&outcome=missing", 10_000, 6, 200, 500),
        ("q=baclofen", 10_000, 6, 200, 500),
        ("q=baclofen", 10_000, 6, 200, 0),
        ("q=baclofen&use=oral", 20, 1, 200, 0),
        ("q=baclofen&use=oral", 20, 6, 200, 0),
        ("q=baclofen&use=oral", 20, 6, 10, 0),
        ("q=baclofen", 28, 6, 200, 0),
        ("q=baclofen", 28, 6, 10, 0),
    ],
    ids=[
        "gathered",
        "walked",
        "narrowed",
        "few-with-text",
        "more-with-text",
        "more-than-counted",
        "common",
        "most",
        "common-alone",
        "most-alone",
    ],
)
def test_each_order_is_total_over_all_pages(
    logged, reader, monkeypatch, asked, counted, gathered, sample, few
):
    monkeypatch.setattr(lot_search, "FEW", few)
    monkeypatch.setattr(lot_search, "COUNTED", counted)
    monkeypatch.setattr(lot_search, "GATHERED", gathered)
    monkeypatch.setattr(lot_search, "SAMPLE", sample)
    pages = range(1, 3 if counted > PER_PAGE else 2)
    standings = list(LotStatus.objects.all())

    for sort, direction in itertools.product(SORTABLE, ("", "-")):
        with unwritten():
            shown = [
                (getattr(row.record, sort) or 0, row.record.pk)
                for page in pages
                for row in reader.get(
                    f"/lots/?{asked}&sort={direction}{sort}&page={page}"
                )
                .context["table"]
                .page.object_list
            ]

        assert (
            shown
            == sorted(
                ((getattr(row, sort) or 0, row.pk) for row in standings),
                reverse=(direction == "-") != (sort == "stage_at"),
            )[: min(counted, len(logged))]
        ), (sort, direction)


def test_list_shows_what_the_status_says_to_list(world, mixed, reader, monkeypatch):
    """A day, a number, the days since then; blank where there is none yet."""
    monkeypatch.setitem(LISTED, "manufactured_on", Listed("Made"))
    monkeypatch.setitem(LISTED, "to_submit", Listed("To submit"))
    monkeypatch.setitem(LISTED, "reviewed_at", Listed("Review", counts_days=True))
    day = calendar.today(mixed)

    table = reader.get("/lots/?q=F-RELEASED").context["table"]
    reviewed, entered = (
        reader.get(f"/lots/?q={number}").context["table"].page.object_list[0]
        for number in ("F-RELEASED", "C-ENTERED")
    )

    headings = [one.heading for one in LISTED.values()]
    assert [column.header for column in table.columns][-len(LISTED) :] == headings
    made = Lot.objects.get(number="F-RELEASED").manufactured_on.isoformat()
    assert {name: str(reviewed.get_cell(name)) for name in LISTED} | {
        "logged_at": day.isoformat(),
        "stage_at": "0",
        "manufactured_on": made,
        "to_submit": "0",
        "reviewed_at": "0",
    } == {name: str(reviewed.get_cell(name)) for name in LISTED}
    assert str(entered.get_cell("to_submit")) == str(
        LotStatus.objects.get(number="C-ENTERED").to_submit
    )
    assert str(entered.get_cell("reviewed_at")) == "—"
    # Of these, those that no index orders are not sorted by.
    assert set(SORTABLE) >= {"date_on", "logged_at", "stage_at"}
    assert not table.columns["to_submit"].orderable


def test_long_list_says_that_it_was_not_counted_to_its_end(logged, reader, monkeypatch):
    monkeypatch.setattr(lot_search, "COUNTED", 25)

    answer = reader.get("/lots/")

    assert "25+ lots" in words(answer)
    assert answer.context["table"].paginator.num_pages == 1


# --- search -------------------------------------------------------------------------


def test_search_finds_numbers_material_manufacturer_and_certificates(world, at, reader):
    lot = bench.log(
        world.cast, world, at=at, number="BAC-26-001", original_number="P1/77"
    )
    bench.log(world.cast, world, at=at, number="BAC-26-002", use="intrathecal")
    lot_status.certified(lot, to_certify=0, certificates=["TRN-2026-000117"])
    expected = {
        "bac-26-001": ["BAC-26-001"],
        "P1/77": ["BAC-26-001"],
        "000117": ["BAC-26-001"],
        "baclofen": ["BAC-26-002", "BAC-26-001"],
        "ningbo harbour": ["BAC-26-002", "BAC-26-001"],
        "Plant 1": ["BAC-26-002", "BAC-26-001"],
        "26-00": ["BAC-26-002", "BAC-26-001"],
        "26_00": [],
        "26%": [],
        '26" OR "x': [],
        "'; DROP TABLE lots_lot; --": [],
        "00": [],
    }

    found = {q: numbers(reader.get("/lots/", {"q": q})) for q in expected}

    assert found == expected


def test_search_of_one_or_two_characters_is_a_whole_number(world, at, reader):
    bench.log(world.cast, world, at=at, number="7A", original_number="P1-1")
    bench.log(world.cast, world, at=at, number="7A-2", original_number="P1-2")

    assert numbers(reader.get("/lots/?q=7a")) == ["7A"]


def test_search_finds_the_same_where_a_text_is_in_many_lots(
    logged, reader, monkeypatch
):
    monkeypatch.setattr(lot_search, "FEW", 0)
    monkeypatch.setattr(lot_search, "COUNTED", 10)

    shown = numbers(reader.get("/lots/?q=bac-26-0&sort=number"))

    assert shown == [f"BAC-26-{number:03}" for number in range(10)]


def test_last_page_of_a_gathered_text_is_read_from_the_end_that_is_nearer(
    logged, reader, monkeypatch
):
    """Ten lots hold it; eight are counted, and shown on two pages of four."""
    monkeypatch.setattr(lot_search, "FEW", 0)
    monkeypatch.setattr(lot_search, "COUNTED", 8)
    monkeypatch.setattr(lot_search, "GATHERED", 2)
    monkeypatch.setattr(lot_list, "PER_PAGE", 4)

    with CaptureQueriesContext(connection) as asked:
        pages = [
            reader.get(f"/lots/?q=p1-88&sort={sort}&page={page}")
            for sort in ("number", "-number")
            for page in (1, 2)
        ]

    shown = [f"BAC-26-{number:03}" for number in range(11, 21)]
    back = shown[::-1]
    assert [numbers(page) for page in pages] == [
        shown[:4], shown[4:8], back[:4], back[4:8],
    ]  # fmt: skip
    assert [page.context["count"] for page in pages] == [8] * 4
    assert all("8+ lots" in words(page) for page in pages)
    if connection.vendor == "sqlite":
        assert sum("OFFSET 2" in one["sql"] for one in asked) == 2


def test_words_of_other_columns_are_no_text_searched_for(world, monkeypatch):
    """Else what waits for one person would be looked for among all lots."""
    monkeypatch.setattr(lot_search, "FEW", -1)
    waiting_for = LotStatus.objects.exclude(sole_hands__contains=" 1 ")

    assert not lot_search.is_searched(waiting_for)
    assert not lot_search.is_common(waiting_for)
    if lot_search.has_trigram_table():
        assert lot_search.is_searched(lot_search.found(waiting_for, "bac-26"))


@pytest.mark.parametrize("renamed", ["organisation", "site", "material"])
def test_search_finds_by_a_new_name_too(world, at, reader, renamed):
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")
    address = {
        "organisation": f"/organisations/{lot.site.organisation_id}/change/",
        "site": f"/organisations/sites/{lot.site_id}/change/",
        "material": f"/materials/{lot.material_id}/change/",
    }[renamed]
    client = signed_in(world.cast.olga)
    form = client.get(address).context["form"]
    values = {
        name: value
        for name in form.fields
        if (value := form.get_initial_for_field(form.fields[name], name))
    }

    answer = client.post(address, {**values, "name": "Suzhou works", "reason": "Moved"})

    assert answer.status_code == 302
    identities.approve(world, at)
    assert numbers(reader.get("/lots/", {"q": "suzhou"})) == ["BAC-26-001"]
    assert numbers(reader.get("/lots/", {"q": "baclofen"})) == ["BAC-26-001"]


def test_search_follows_a_change_of_the_lot(world, at, reader):
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")

    lot_status.certified(lot, to_certify=0, certificates=["TRN-2026-000117"])
    lot_status.certified(lot, to_certify=0, certificates=["TRN-2026-000200"])

    assert numbers(reader.get("/lots/?q=000117")) == []
    assert numbers(reader.get("/lots/?q=000200")) == ["BAC-26-001"]


# --- what cannot be asked -----------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("material=999999", "“999999” is not one of the choices; choose one from the"),
        ("material=99999999999999999999999", "“99999999999999999999999” is not one of"),
        ("site=x", "“x” is not one of the choices; choose one from the list."),
        ("use=ocular", "“ocular” is not one of the choices; choose one from the"),
        ("stage=__class__", "“__class__” is not one of"),
        ("outcome=%27", "“'” is not one of"),
        ("quick=all", "“all” is not one of"),
        ("task=sleep", "“sleep” is not one of"),
        ("mine=no", "“no” is not one of"),
        ("q=%00", "Null characters are not allowed."),
        (f"q={'9' * 100_000}", "Ensure this value has at most 120 characters"),
        ("logged_from=yesterday", "Type the date as year-month-day"),
        ("logged_from=0001-01-01", "Choose a date between 1900-01-01 and 2199-12-31."),
        ("retest_to=9999-12-31", "Choose a date between 1900-01-01 and 2199-12-31."),
        (
            "logged_from=2026-02-01&logged_to=2026-01-31",
            "The last day 2026-01-31 is before the first day 2026-02-01; correct one"
            " of them.",
        ),
    ],
    ids=lambda given: given[:30],
)
def test_filter_that_cannot_be_is_refused_and_lists_nothing(
    world, at, reader, query, sentence
):
    bench.log(world.cast, world, at=at, number="BAC-26-001")

    answer = reader.get(f"/lots/?{query}")

    assert [said[: len(sentence)] for said in refused(answer)] == [sentence]
    assert numbers(answer) == []
    assert "Correct the filter to see lots." in words(answer)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("page=abc", "There is no page abc; this is page 1."),
        ("page=0", "There is no page 0; this is page 1."),
        ("page=401", "There is no page 401; this is page 1."),
        (
            "sort=__proto__",
            "The list cannot be sorted by __proto__; it shows the latest logged lots"
            " first.",
        ),
        (
            "sort=--number",
            "The list cannot be sorted by --number; it shows the latest logged lots"
            " first.",
        ),
        (
            "sort=lot__logged_by__password",
            "The list cannot be sorted by lot__logged_by__password; it shows the"
            " latest logged lots first.",
        ),
    ],
)
def test_page_or_order_that_is_not_there_is_said_and_replaced(
    world, at, reader, query, sentence
):
    bench.log(world.cast, world, at=at, number="BAC-26-001")

    answer = reader.get(f"/lots/?{query}")

    assert refused(answer) == [sentence]
    assert numbers(answer) == ["BAC-26-001"]


def test_export_of_a_filter_that_cannot_be_leads_back_to_the_page(reader):
    answer = reader.get("/lots/?use=ocular&format=csv")

    assert (answer.status_code, answer["Location"]) == (302, "/lots/?use=ocular")


def test_administrator_keeps_accounts_and_reads_no_lots(world):
    assert signed_in(world.cast.admin).get("/lots/").status_code == 403


# --- export -------------------------------------------------------------------------


def exported(answer):
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize("counted", [10_000, 10], ids=["gathered", "walked"])
def test_export_holds_exactly_the_filtered_rows_in_their_order(
    logged, reader, monkeypatch, counted
):
    monkeypatch.setattr(lot_search, "COUNTED", counted)
    Lot.objects.get(number="BAC-26-000")

    rows = exported(reader.get("/lots/?q=bac-26-0&sort=-number&format=csv"))

    assert [row["Lot"] for row in rows] == [
        f"BAC-26-{number:03}" for number in reversed(range(30))
    ]
    assert rows[0]["Manufacturer's lot"] == "P1-871"
    assert rows[0]["State"] == "to_enter"


def test_export_has_what_the_status_says_to_export(mixed, reader):
    status = LotStatus.objects.get(number="G-OOS")

    [row] = exported(reader.get("/lots/?q=G-OOS&format=csv"))

    assert {heading: row[str(heading)] for heading in EXPORTED.values()} == {
        heading: str(getattr(status, name)) for name, heading in EXPORTED.items()
    }
    assert row["Results ever OOS"] == "1"


def test_export_opens_no_formula(world, at, reader):
    materials.add_material(
        by=world.cast.chen,
        at=at,
        name="=1+1",
        item_code="EVIL",
        cas_number="not assigned",
        storage="Dry",
    )
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")
    LotStatus.objects.filter(pk=lot.pk).update(closest_test="@SUM(A1)")

    [row] = exported(reader.get("/lots/?format=csv"))

    assert row["Test closest to limit"] == "'@SUM(A1)"


# --- what it takes ------------------------------------------------------------------


@pytest.mark.sqlite
def test_list_takes_the_same_queries_for_1_and_for_30_lots(world, at, reader):
    def queries():
        with CaptureQueriesContext(connection) as caught:
            reader.get("/lots/?use=oral")
        return len(caught)

    bench.log(world.cast, world, at=at, number="BAC-26-000")
    of_one = queries()
    for number in range(1, 30):
        bench.log(world.cast, world, at=at, number=f"BAC-26-{number:03}")

    assert (of_one, queries()) == (QUERIES, QUERIES)


def test_rows_say_where_the_lot_stands(world, mixed, reader):
    released = words(reader.get("/lots/?stage=released"))

    assert "F-RELEASED Baclofen" in released
    [(passed, asked)] = re.findall(r"Released ✓ Pass (\d+)/(\d+)", released)
    assert passed == asked != "0"


def test_pages_follow_each_other_without_gap(logged, reader):
    first = numbers(reader.get("/lots/?sort=number"))
    second = numbers(reader.get("/lots/?sort=number&page=2"))

    assert (len(first), len(second)) == (PER_PAGE, 30 - PER_PAGE)
    assert all(one < other for one, other in pairwise(first + second))


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("/lots/", "No lots yet."),
        ("/lots/?q=BAC", "No matches. Change the filter."),
        ("/certificates/", "No certificates yet."),
        ("/certificates/?kind=revision", "No matches. Change the filter."),
    ],
)
def test_empty_list_says_whether_it_was_filtered(reader, address, sentence):
    assert sentence in words(reader.get(address))


def test_page_of_25_lots_is_at_most_60_kb_on_the_wire(world, at, reader):
    for number in range(25):
        bench.log(world.cast, world, at=at, number=f"BAC-26-{number:03}")

    page = reader.get("/lots/")

    assert len(page.context["table"].page.object_list) == 25
    assert len(gzip.compress(page.content, 6)) <= 60_000
