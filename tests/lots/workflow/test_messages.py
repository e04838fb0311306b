"""Every step says, once, on the page that it leads to, what it did."""

import re

import pytest

from lots.demo import bench
from lots.models import Result
from lots.release import disposition
from tests.lots.pages import PASSWORD, shown, signed_in, ticked, words

ORAL = {**bench.ORAL_RESULTS, **bench.ELEMENTS}


def said(answer):
    """Return what the region of messages says."""
    [region] = re.findall(
        r'<div class="messages" role="status">(.*?)</div>',
        answer.content.decode(),
        re.DOTALL,
    )
    return [" ".join(one.split()) for one in re.findall(r"<p[^>]*>(.*?)</p>", region)]


def send(client, address, /, **typed):
    return client.post(address, typed, follow=True)


def sign(client, address, /, **typed):
    digest = shown(client.get(address))
    return send(client, address, password=PASSWORD, shown=digest, **typed)


@pytest.fixture
def lot(world, at):
    return bench.log(world.cast, world, at=at, number="BAC-26-001")


def test_steps_from_the_bench_to_the_release_say_that_they_were_done(world, lot, at):
    bench.enter(lot, world, ORAL, by=world.cast.lin, at=at, submit=False)
    test_order = lot.test_orders.get()
    results = list(Result.objects.order_by("pk").values_list("pk", flat=True))
    page = f"/test-orders/{test_order.pk}"

    submitted = send(signed_in(world.cast.lin), f"{page}/submit/", result=results)
    reviewer = signed_in(world.cast.tomas)
    back = send(
        reviewer, f"{page}/send-back/", result=results[:1], reason="Wrong balance"
    )

    n = len(results)
    assert said(submitted) == [f"{n} results submitted for review."]
    assert said(back) == ["1 result returned."]


def test_review_and_release_say_that_they_were_signed(world, lot, at):
    bench.enter(lot, world, ORAL, by=world.cast.lin, at=at)
    test_order = lot.test_orders.get()
    results = list(Result.objects.order_by("pk").values_list("pk", flat=True))
    query = "&".join(f"result={pk}" for pk in results)
    reviewer = signed_in(world.cast.tomas)
    address = f"/test-orders/{test_order.pk}/review/sign/"
    digest = shown(reviewer.get(f"{address}?{query}"))

    reviewed = send(
        reviewer,
        address,
        result=results,
        password=PASSWORD,
        shown=digest,
        **ticked("review"),
    )
    released = sign(
        signed_in(world.cast.chen),
        f"/assessments/{lot.assessments.get().pk}/release/",
        batch_record="BR-001",
        deviations="none",
        justification="",
        **ticked("release"),
    )

    assert said(reviewed) == [f"{len(results)} results reviewed and signed."]
    assert said(released) == ["Released for oral dosage forms."]


def test_decision_on_a_lot_is_said_once(world, lot):
    client = signed_in(world.cast.lin)

    held = send(client, f"/lots/{lot.pk}/hold/", reason="Complaint")

    assert said(held) == ["Lot BAC-26-001 is on hold."]
    assert said(client.get(f"/lots/{lot.pk}/")) == []


def test_hold_that_ends_says_so(world, lot, at):
    disposition.hold(lot=lot, by=world.cast.lin, at=at, reason="Complaint")

    ended = sign(
        signed_in(world.cast.chen), f"/lots/{lot.pk}/resume/", reason="Unfounded"
    )

    assert said(ended) == ["The hold of lot BAC-26-001 has ended."]


def test_row_of_the_grid_does_not_swallow_what_was_done(world, lot):
    """The answer to a stored row is a part of a page; the message is for the page."""
    client = signed_in(world.cast.lin)
    test_order = lot.test_orders.get()
    client.post(f"/lots/{lot.pk}/hold/", {"reason": "Complaint"})

    row = client.post(
        f"/test-orders/{test_order.pk}/tests/{world.tests['WATER'].pk}/",
        {},
        headers={"HX-Request": "true"},
    )

    assert "is on hold." not in row.content.decode()
    assert said(client.get(f"/lots/{lot.pk}/")) == ["Lot BAC-26-001 is on hold."]


def test_step_that_is_refused_says_nothing_done(world, lot):
    refused = send(signed_in(world.cast.lin), f"/lots/{lot.pk}/hold/", reason="")

    assert refused.status_code == 422
    assert said(refused) == []


def test_step_of_the_set_up_says_which_it_was(world):
    client = signed_in(world.cast.olga)

    added = send(
        client,
        "/organisations/add/",
        name="Meridian Pumps Inc.",
        address="4 Long Wharf",
        telephone="+1 617 555 0144",
    )

    assert said(added) == ["Done: Add an organisation."]
    assert "Meridian Pumps Inc." in words(added)
