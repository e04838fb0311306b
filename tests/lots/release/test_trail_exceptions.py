"""Who releases reviews the exceptions of the audit trail, and signs them in words.

Issue 10, number 18: attacked through the page; with the rule switched off, the attack
succeeds.
"""

import datetime

import pytest
from django.urls import reverse

from lots import calendar
from lots.accounts import users
from lots.demo import bench
from lots.evaluation import signed_text, trail_exceptions
from lots.evaluation.trail_exceptions import Why
from lots.evidence import signatures, verification
from lots.models import Result, Signature
from lots.release import disposition
from lots.results import result_entry, result_review
from lots.results.invalid_runs import record_invalid_run
from tests.lots.pages import refused, shown, signed_in, ticked, words
from tests.lots.signing import attach, send_release

pytestmark = pytest.mark.postgres

ORAL = {**bench.ORAL_RESULTS, **bench.ELEMENTS}
DAY = datetime.timedelta(days=1)
NONE = "None: no correction, no late entry"


@pytest.fixture
def lot(world, at):
    """A lot with every result but that of methanol."""
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")
    values = {code: value for code, value in ORAL.items() if code != "MEOH"}
    bench.enter(lot, world, values, by=world.cast.lin, at=at)
    return lot


def enter(world, lot, at, value="112", **more):
    """Enter methanol and submit it; return the result."""
    seen = Result.objects.filter(test=world.tests["MEOH"]).count()
    result, _judged = result_entry.enter_result(
        test_order=lot.test_orders.get(),
        test=world.tests["MEOH"],
        by=world.cast.lin,
        at=at,
        determinations=bench.typed(value),
        seen=seen,
        raw_reference="LN-1, page 7",
        **more,
    )
    result_entry.submit(
        test_order=lot.test_orders.get(), results=[result], by=world.cast.lin, at=at
    )
    return result


def corrected(world, lot, at):
    enter(world, lot, at, "121")
    enter(world, lot, at, kind="transcription", reason="Digits swapped")
    bench.review(world.cast, lot, at=at)
    return (
        Why.CORRECTION,
        "Lin Yue entered a transcription correction of Methanol (2) on"
        f" {calendar.today(at)}: Digits swapped",
    )


def late(world, lot, at):
    day = calendar.today(at) - 3 * DAY
    enter(world, lot, at, performed_on=day)
    bench.review(world.cast, lot, at=at)
    return (
        Why.LATE,
        f"Lin Yue entered Methanol (1) on {calendar.today(at)}, 3 days after the test",
    )


def returned(world, lot, at):
    result = enter(world, lot, at)
    result_review.send_back(
        test_order=lot.test_orders.get(),
        results=[result],
        by=world.cast.sofia,
        at=at,
        reason="Page 7 is blank",
    )
    result_entry.submit(
        test_order=lot.test_orders.get(), results=[result], by=world.cast.lin, at=at
    )
    bench.review(world.cast, lot, at=at)
    return (
        Why.RETURNED,
        f"{world.cast.sofia.printed_name} returned Methanol (1) on"
        f" {calendar.today(at)}: Page 7 is blank",
    )


def invalid_run(world, lot, at):
    record_invalid_run(
        lot=lot,
        by=world.cast.lin,
        at=at,
        run="SEQ-1",
        why="aborted",
        happened="The pump stopped",
        evidence="CDS sequence 118",
    )
    enter(world, lot, at)
    bench.review(world.cast, lot, at=at)
    return (
        Why.INVALID_RUN,
        f"Lin Yue recorded run SEQ-1 as invalid on {calendar.today(at)}: The pump"
        " stopped",
    )


def sampled_early(world, lot, at):
    enter(world, lot, at)
    day = lot.manufactured_on - DAY
    bench.sample(
        lot,
        number="BAC-26-001/S0",
        taken_on=day,
        by=world.cast.lin,
        at=at,
        is_in_process=True,
        early_reason="Taken from the dryer",
    )
    bench.review(world.cast, lot, at=at)
    return (
        Why.DAYS,
        f"Sample BAC-26-001/S0 was taken on {day}, before the lot was made: Taken from"
        " the dryer",
    )


def not_opened(world, lot, at):
    enter(world, lot, at)
    attach(world, lot, at)
    bench.review(world.cast, lot, at=at)
    return (
        Why.NOT_OPENED,
        f"Nothing says that {world.cast.sofia.printed_name} opened “chromatogram.txt”"
        f" before signing Methanol (1) on {calendar.today(at)}",
    )


def attached_later(world, lot, at):
    enter(world, lot, at)
    bench.review(world.cast, lot, at=at)
    attach(world, lot, at + datetime.timedelta(minutes=1))
    return (
        Why.ATTACHED_LATER,
        f"Lin Yue attached “chromatogram.txt” to Methanol (1) on {calendar.today(at)},"
        " after its review",
    )


def held(world, lot, at):
    enter(world, lot, at)
    bench.review(world.cast, lot, at=at)
    disposition.hold(lot=lot, by=world.cast.lin, at=at, reason="Wet drums")
    bench.decide(world.cast, disposition.resume, lot, at=at, reason="They are dry")
    return (
        Why.DECISION,
        f"Chen Fang (chen) ended a hold of the lot on {calendar.today(at)}: They are"
        " dry",
    )


def open_account(world, at, person):
    users.set_password(
        person=person,
        by=world.cast.admin,
        at=at,
        password="a one-time password",
        reason="Forgotten",
    )


def opened_account(world, lot, at):
    enter(world, lot, at)
    bench.review(world.cast, lot, at=at)
    open_account(world, at, world.cast.lin)
    admin = world.cast.admin
    return (
        Why.ACCOUNT,
        f"{admin.printed_name} ({admin.username}) set a one-time password for Lin Yue"
        f" on {calendar.today(at)}: Forgotten",
    )


KINDS = [
    corrected,
    late,
    returned,
    invalid_run,
    sampled_early,
    not_opened,
    attached_later,
    held,
    opened_account,
]


def page(world, lot):
    address = reverse("lots:release", args=[bench.assessment(lot, "BAC-ORAL").pk])
    return signed_in(world.cast.chen).get(address)


def signed():
    read = signatures.read(
        Signature.objects.get(meaning="released").text, signed_text.ASSESSMENT
    )
    return [(one["kind"], one["said"]) for one in read.record["exceptions"]]


@pytest.mark.parametrize("happen", KINDS)
def test_exception_is_on_the_page_and_signed_in_words(world, lot, at, happen):
    kind, said = happen(world, lot, at)

    read = page(world, lot)
    assert f"{kind.word} {said}" in words(read)
    assert NONE not in words(read)
    # Each leads to where it is looked up.
    reader = signed_in(world.cast.chen)
    for _kind, _said, address in read.context["exceptions"]:
        assert reader.get(address.partition("#")[0]).status_code == 200
    answer = send_release(signed_in(world.cast.chen), lot, **ticked("release"))
    assert answer.status_code == 302, refused(answer)
    assert (kind, said) in signed()
    assert verification.verify().holds


def test_lot_without_exceptions_says_none_and_is_stated_all_the_same(world, lot, at):
    enter(world, lot, at)
    bench.review(world.cast, lot, at=at)

    seen = page(world, lot)
    assert NONE in words(seen)
    assert 'name="stated_trail_exceptions_reviewed"' in seen.content.decode()
    send_release(signed_in(world.cast.chen), lot, **ticked("release"))
    assert signed() == []


def test_exception_that_arises_after_the_page_was_opened_is_not_signed(
    world, lot, at, monkeypatch
):
    """An administrator sets the password of an analyst while QA reads the page."""
    enter(world, lot, at)
    bench.review(world.cast, lot, at=at)
    client = signed_in(world.cast.chen)
    before = shown(page(world, lot))
    open_account(world, at, world.cast.lin)

    answer = send_release(client, lot, digest=before, **ticked("release"))

    assert "the record changed after it was shown to you" in words(answer)
    assert "set a one-time password for Lin Yue" in words(answer)
    assert bench.assessment(lot, "BAC-ORAL").state == "complete"
    monkeypatch.setattr(trail_exceptions, "found", lambda _evaluated: [])
    before = shown(page(world, lot))
    open_account(world, at, world.cast.sofia)
    answer = send_release(client, lot, digest=before, **ticked("release"))
    assert answer.status_code == 302


def test_correction_made_after_the_page_was_opened_is_not_signed(world, lot, at):
    enter(world, lot, at)
    bench.review(world.cast, lot, at=at)
    client = signed_in(world.cast.chen)
    before = shown(page(world, lot))
    enter(world, lot, at, "113", kind="transcription", reason="Page 8, not 7")
    bench.review(world.cast, lot, at=at)

    answer = send_release(client, lot, digest=before, **ticked("release"))

    assert "the record changed after it was shown to you" in words(answer)
    assert "transcription correction of Methanol (2)" in words(answer)
    assert bench.assessment(lot, "BAC-ORAL").state == "complete"


def test_accounts_of_others_and_of_before_are_no_exceptions(world, lot, at):
    """Only of the people of the lot, and since it was logged."""
    enter(world, lot, at)
    bench.review(world.cast, lot, at=at)
    open_account(world, at, world.cast.marek)

    assert NONE in words(page(world, lot))


def test_raw_data_that_were_opened_are_no_exception(world, lot, at):
    enter(world, lot, at)
    file = attach(world, lot, at)
    signed_in(world.cast.sofia).get(reverse("lots:document", args=[file.document_id]))
    bench.review(world.cast, lot, at=at)

    assert NONE in words(page(world, lot))
