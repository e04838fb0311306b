"""Commands: the palette offers what the verbs would take, and no more."""

import re

import pytest

from lots.demo import bench
from reports.issuing import certificates
from reports.models import Certificate
from tests.lots.pages import signed_in, words

RESULTS = {**bench.ORAL_RESULTS, **bench.ELEMENTS}


@pytest.fixture
def lot(world, at):
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")
    bench.enter(lot, world, RESULTS, by=world.cast.lin, at=at, submit=True)
    bench.review(world.cast, lot, at=at)
    return lot


def offered(person, address):
    """Return the actions on the lot that the palette of a page offers."""
    answer = signed_in(person).get("/commands/", {"page": address})
    assert answer.status_code == 200
    return dict(answer.context["actions"])


@pytest.mark.postgres
@pytest.mark.parametrize("username", ["lin", "sofia", "chen", "olga", "maria", "ines"])
def test_actions_are_those_that_the_page_of_the_lot_offers(world, lot, username):
    person = world.cast.people[username]
    page = signed_in(person).get(f"/lots/{lot.pk}/")
    on_page = {link.address for link in page.context["open_steps"]} | {
        link.address for panel in page.context["panels"] for link in panel.links
    }

    found = offered(person, f"/lots/{lot.pk}/")

    assert set(found.values()) == on_page
    assert bool(found) == (username not in ("maria", "ines"))


@pytest.mark.parametrize("username", ["lin", "sofia", "chen"])
def test_no_action_leads_to_a_refusal(world, lot, username):
    person = world.cast.people[username]

    answers = {
        address: signed_in(person).get(address).status_code
        for address in offered(person, f"/lots/{lot.pk}/").values()
    }

    assert answers
    assert set(answers.values()) == {200}


def test_release_is_offered_to_qa_alone_and_not_once_it_is_given(world, lot, at):
    assessment = bench.assessment(lot, "BAC-ORAL")
    release = f"/assessments/{assessment.pk}/release/"
    page = f"/test-orders/{lot.test_orders.get().pk}/"

    assert release in offered(world.cast.chen, page).values()
    assert release not in offered(world.cast.sofia, page).values()

    bench.release(world.cast, lot, "BAC-ORAL", at=at)

    assert release not in offered(world.cast.chen, page).values()


def test_every_page_about_a_lot_has_the_actions_on_it(world, lot, at):
    bench.release(world.cast, lot, "BAC-ORAL", at=at)
    assessment = bench.assessment(lot, "BAC-ORAL")
    certificates.issue(
        assessment=assessment, by=world.cast.chen, at=at, stated=bench.LABEL
    )
    pages = (
        f"/lots/{lot.pk}/",
        f"/lots/{lot.pk}/record/",
        f"/test-orders/{lot.test_orders.get().pk}/review/",
        f"/assessments/{assessment.pk}/issue/",
        f"/results/{lot.test_orders.get().results.first().pk}/remark/",
        f"/certificates/{Certificate.objects.get().pk}/",
    )
    expected = offered(world.cast.chen, pages[0])

    assert expected
    assert [offered(world.cast.chen, page) for page in pages] == [expected] * len(pages)


@pytest.mark.parametrize(
    "page", ["", "/", "/lots/", "/lots/999999/", "//", "x\x00", "/lots/" + "9" * 40]
)
def test_page_of_no_lot_has_places_alone(world, lot, page):
    answer = signed_in(world.cast.lin).get("/commands/", {"page": page})

    assert answer.status_code == 200
    assert answer.context["lot"] is None
    assert "Log a lot" in words(answer)
    assert re.findall(r'href="(/lots/log/)"', answer.content.decode())


def test_administrator_has_no_palette(world):
    admin = signed_in(world.cast.admin)

    assert admin.get("/commands/").status_code == 403
    assert "site-commands" not in admin.get("/accounts/").content.decode()
