"""Reviews say which raw-data files the reviewer opened, and claim no more.

Issue 10, number 6: attacked through the page; with the rule switched off, the attack
succeeds.
"""

import pytest
from django.urls import reverse

from lots.accounts import users
from lots.demo import bench
from lots.evaluation import raw_data_opened, signed_text
from lots.evidence import signatures, verification
from lots.models import AuditEntry, Signature
from lots.results import result_entry, result_review
from tests.lots.pages import refused, signed_in, ticked, words
from tests.lots.signing import attach, send_review

pytestmark = pytest.mark.postgres


@pytest.fixture
def lot(world, at):
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")
    bench.enter(
        lot, world, {"APP": "White powder", "MEOH": "112"}, by=world.cast.lin, at=at
    )
    return lot


def open_file(person, file):
    return signed_in(person).get(reverse("lots:document", args=[file.document_id]))


def openings():
    return AuditEntry.objects.filter(action="open_raw_data")


def signed_review(world, lot):
    """Review the lot by the page; return what was signed of its files."""
    answer = send_review(signed_in(world.cast.sofia), lot, **ticked("review"))
    assert answer.status_code == 302, refused(answer)
    signature = Signature.objects.get(meaning="reviewed")
    read = signatures.read(signature.text, signed_text.REVIEW)
    return [(one["title"], one["opened"]) for one in read.record["attachments"]]


def test_review_says_which_raw_data_were_opened(world, lot, at):
    file, other = attach(world, lot, at), attach(world, lot, at, name="second.txt")
    sofia = signed_in(world.cast.sofia)
    page = f"/test-orders/{lot.test_orders.get().pk}/review/"
    for one in (file, other):
        assert f"{one.title} not opened" in words(sofia.get(page))

    open_file(world.cast.sofia, file)

    entry = openings().get()
    assert (entry.by, entry.lot, entry.record) == (world.cast.sofia, lot, str(file.pk))
    assert entry.changes["title"] == [None, file.title]
    read = words(sofia.get(page))
    assert f"{file.title} opened by you" in read
    assert f"{other.title} not opened" in read
    said = f"{world.cast.sofia.printed_name} opened {file.title} of lot BAC-26-001"
    assert said in words(sofia.get(f"/lots/{lot.pk}/history/"))
    assert signed_review(world, lot) == [
        (file.title, "opened"),
        (other.title, "not opened"),
    ]
    assert verification.verify().holds


@pytest.mark.parametrize("who", ["lin", "chen", "tomas"])
def test_review_does_not_claim_what_the_reviewer_did_not_open(world, lot, at, who):
    """Another person opened the file, and a reviewer's browser loaded it ahead."""
    file = attach(world, lot, at)
    open_file(getattr(world.cast, who), file)
    address = reverse("lots:document", args=[file.document_id])
    signed_in(world.cast.sofia).head(address)
    signed_in(world.cast.sofia).get(address, headers={"Sec-Purpose": "prefetch"})

    assert signed_review(world, lot) == [(file.title, "not opened")]


def test_with_openings_of_anybody_counted_the_review_would_claim_it(
    world, lot, at, monkeypatch
):
    """The control of the test above."""
    file = attach(world, lot, at)
    open_file(world.cast.tomas, file)
    monkeypatch.setattr(
        raw_data_opened.Openings, "has", lambda self, *_a: bool(self.found)
    )

    assert signed_review(world, lot) == [(file.title, "opened")]


def test_file_is_opened_anew_after_it_was_returned(world, lot, at):
    file = attach(world, lot, at)
    open_file(world.cast.sofia, file)
    result = file.result
    order = lot.test_orders.get()
    result_review.send_back(
        test_order=order, results=[result], by=world.cast.sofia, at=at, reason="Blank"
    )
    result_entry.submit(test_order=order, results=[result], by=world.cast.lin, at=at)

    assert signed_review(world, lot) == [(file.title, "not opened")]


def test_loading_a_file_again_adds_nothing_to_the_trail(world, lot, at):
    file = attach(world, lot, at)

    for _time in range(3):
        assert open_file(world.cast.sofia, file).status_code == 200

    assert openings().count() == 1


def test_reviewer_who_may_not_write_reads_the_file(world, lot, at):
    """Somebody else set the password: nothing is recorded, and nothing is claimed."""
    file = attach(world, lot, at)
    users.set_password(
        person=world.cast.sofia,
        by=world.cast.admin,
        at=at,
        password="one-time for the file",
        reason="Forgotten",
    )
    world.cast.sofia.refresh_from_db()
    world.cast.sofia.must_change_password = False
    world.cast.sofia.awaits_confirmation = True
    world.cast.sofia.save()

    answer = open_file(world.cast.sofia, file)

    assert (answer.status_code, b"".join(answer)) == (200, b"Methanol 112 ppm")
    assert not openings().exists()
