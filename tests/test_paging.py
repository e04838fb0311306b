"""A list has as many rows on a page as the program says, whatever its address asks."""

import re

import pytest

from lots.demo import bench
from lots.models import Organisation
from lots.setup import organisations
from lots.views.setup_base import PER_PAGE
from tests.lots.pages import signed_in, words

LISTS = {
    "/organisations/": "olga",
    "/materials/": "olga",
    "/qualifications/": "olga",
    "/specifications/": "olga",
    "/accounts/": "admin",
    "/audit/": "olga",
    "/lots/": "olga",
    "/certificates/": "olga",
    "/investigations/": "olga",
    "/imports/": "lin",
}


def rows(answer):
    return len(re.findall(r"<tr\b", answer.content.decode()))


@pytest.mark.parametrize(("address", "username"), LISTS.items(), ids=LISTS)
def test_address_does_not_say_how_long_a_page_is(world, at, address, username):
    bench.log(world.cast, world, at=at, number="BAC-26-001")
    client = signed_in(getattr(world.cast, username))
    asked = ["-1", "0", "1", "100000", "x", "9" * 5000]

    usual = client.get(address)
    answers = {one: client.get(address, {"per_page": one}) for one in asked}

    assert usual.status_code == 200
    assert {one: (a.status_code, rows(a)) for one, a in answers.items()} == (
        dict.fromkeys(asked, (200, rows(usual)))
    )


def test_long_list_has_one_page_of_rows_after_another(world, at):
    for n in range(PER_PAGE):
        organisations.add_organisation(
            by=world.cast.olga,
            at=at,
            name=f"Buyer {n:03}",
            address="1 Quay",
            telephone="1",
            is_ours=False,
            is_customer=True,
        )
    client = signed_in(world.cast.olga)
    rest = Organisation.objects.count() - PER_PAGE

    pages = [
        client.get("/organisations/", {"page": page, "per_page": "100000"})
        for page in ("1", "2", "3", "-1", "x")
    ]

    found = [rows(page) - 1 for page in pages]
    assert found == [PER_PAGE, rest, PER_PAGE, PER_PAGE, PER_PAGE]
    assert [
        f"There is no page {page}; this is page 1." in words(answer)
        for page, answer in zip(("1", "2", "3", "-1", "x"), pages, strict=True)
    ] == [False, False, True, True, True]
