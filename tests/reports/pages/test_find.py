"""Find: straight to the one thing that a text names, or a list of what it may be."""

import re

import pytest
from django.db import connection

from lots.demo import bench
from lots.models import Investigation, Material, Specification
from reports import site_search
from reports.issuing import certificates
from reports.models import Certificate
from tests.lots.pages import signed_in, words

# Tables that grow with the work; a search may not read them from end to end.
GROWS = ("lots_lot", "lots_standing", "lots_investigation", "reports_certificate")


@pytest.fixture
def chen(world):
    return signed_in(world.cast.chen)


@pytest.fixture
def site(world, at):
    """Three lots, one of them certified for an order, one with an investigation."""
    cast = world.cast
    results = {**bench.ORAL_RESULTS, **bench.ELEMENTS}
    lots = {}
    for number, original in (
        ("BAC-26-001", "NB-7001"),
        ("BAC-26-002", "NB-7002"),
        ("BAC-26-012", "NB-7012"),
    ):
        lots[number] = bench.log(
            cast, world, at=at, number=number, original_number=original
        )
    one = lots["BAC-26-001"]
    bench.enter(one, world, results, by=cast.lin, at=at, submit=True)
    bench.review(cast, one, at=at)
    bench.release(cast, one, "BAC-ORAL", at=at)
    certificates.issue(
        assessment=bench.assessment(one, "BAC-ORAL"),
        by=cast.chen,
        at=at,
        stated=bench.LABEL,
        order="PO 4500192/ä",
    )
    bench.enter(lots["BAC-26-002"], world, {"ROI": "0.4"}, by=cast.lin, at=at)
    return lots


def led(client, text):
    """Return where a search leads at once; None where it shows a page."""
    answer = client.get("/find/", {"q": text})
    return answer.url if answer.status_code == 302 else None


@pytest.mark.postgres
def test_text_that_is_one_thing_leads_there(chen, site):
    certificate = Certificate.objects.get()
    investigation = Investigation.objects.get()
    material = Material.objects.get(name="Baclofen")
    specification = Specification.objects.get(code="BAC-IT")
    lot = f"/lots/{site['BAC-26-002'].pk}/"
    issued = f"/certificates/{certificate.pk}/"
    found = f"/investigations/{investigation.pk}/"

    places = {
        "BAC-26-002": lot,
        " bac-26-002 ": lot,
        "nb-7002": lot,
        "7002": lot,
        certificate.number: issued,
        certificate.number.lower(): issued,
        certificate.number[-5:]: issued,
        "PO 4500192/ä": issued,
        "po 4500192/ä": issued,
        investigation.number: found,
        investigation.number.removeprefix("OOS-"): found,
        material.cas_number: f"/materials/{material.pk}/",
        "BAC-IT v1": f"/specifications/{specification.pk}/",
    }

    assert {text: led(chen, text) for text in places} == places


@pytest.mark.postgres
def test_text_in_several_names_lists_them_in_groups(chen, site):
    page = chen.get("/find/", {"q": "bac-26-00"})

    assert page.status_code == 200
    [group] = page.context["groups"]
    assert [hit.name for hit in group.hits] == ["BAC-26-002", "BAC-26-001"]
    groups = chen.get("/find/?q=BAC").context["groups"]
    assert [str(one.name) for one in groups] == ["Lots", "Materials", "Specifications"]


def test_a_whole_name_wins_over_parts_of_others(chen, world, at, site):
    bench.log(world.cast, world, at=at, number="BAC-26-0012")

    assert led(chen, "BAC-26-001") == f"/lots/{site['BAC-26-001'].pk}/"


def test_list_is_bounded_and_leads_to_the_rest(chen, world, at):
    for number in range(14):
        bench.log(world.cast, world, at=at, number=f"BAC-26-1{number:02}")

    page = chen.get("/find/", {"q": "BAC-26-1"})

    [group] = page.context["groups"]
    assert len(group.hits) == 10
    assert group.more == "/lots/?q=BAC-26-1"
    assert "All of them" in words(page)


@pytest.mark.postgres
@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "x",
        "%",
        "_",
        "\x00",
        "a\x00b",
        "'; DROP TABLE lots_lot; --",
        '"',
        'NEAR("a" "b")',
        "* OR 1",
        "\\",
        "\u202e",
        "😀" * 50,
        "a" * 5000,
        "ß",
        "İ",
        "9" * 200,
    ],
)
def test_hostile_text_finds_nothing_and_breaks_nothing(chen, site, text):
    answer = chen.get("/find/", {"q": text})

    assert answer.status_code == 200
    assert answer.context["groups"] == []


def test_bytes_that_are_no_text_find_nothing(chen):
    assert chen.get("/find/?q=%FF%FE").status_code == 200


def test_administrator_finds_nothing_and_is_offered_no_search(world, site):
    admin = signed_in(world.cast.admin)

    assert admin.get("/find/?q=BAC-26-001").status_code == 403
    assert "site-search" not in admin.get("/accounts/").content.decode()


@pytest.mark.parametrize("text", ["BAC-26-001", "7012", "PO 4500192/ä", "OOS-2026-1"])
def test_search_reads_no_table_that_grows_from_end_to_end(site, text):
    asked = []

    def kept(execute, sql, params, many, context):
        asked.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(kept):
        site_search.found(text)

    walks = []
    with connection.cursor() as cursor:
        for sql, params in asked:
            if not sql.startswith("SELECT"):
                continue
            names = dict(re.findall(r'"(\w+)" (?:AS )?"?([TU]\d+)"?', sql))
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
            for *_ids, step in cursor.fetchall():
                scanned = re.match(r"SCAN (\w+)", step)
                table = scanned and scanned[1]
                by_alias = {alias: name for name, alias in names.items()}
                if table and by_alias.get(table, table) in GROWS:
                    walks.append((step, sql))

    assert len(asked) > 5
    assert walks == []
