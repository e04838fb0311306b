"""A periodic test that fails speaks for the lots that were released without it.

The attack: a lot fails cadmium, which is tested on every tenth lot; the lots released
since the last pass stay current, and the next lots are spared the test by the pass
before it. By pages, with a control in which the rule is off (ICH Q6A 2.1).
"""

import datetime

import pytest

from lots.demo import bench
from lots.evaluation import periodic_tests
from lots.intake import test_orders
from lots.investigations import conduct, opening, periodic_failures
from lots.models import LotStatus, PeriodicFailure
from lots.models import Test as MaterialTest
from lots.origin import questions
from lots.release import disposition
from lots.rules.refusal import Refusal, Refusals
from lots.setup.specification_versions import CriterionDraft
from lots.workflow import tasks
from reports.issuing import certificates, preflight
from reports.models import Certificate
from reports.status import certificate_status
from tests.lots.pages import (
    PASSWORD,
    issue_address,
    shown,
    signed_in,
    ticked,
    words,
)
from tests.lots.results.grid import Grid
from tests.lots.setup import specifications
from tests.reports.conftest import ORAL, submit_rest

pytestmark = pytest.mark.postgres


def due(lot):
    found = lot.assessments.get(specification__code="BAC-ORAL").due
    return set(MaterialTest.objects.filter(pk__in=found).values_list("code", flat=True))


@pytest.fixture
def story(world, released, customer, at):
    """One lot that was tested and released, two spared, and one that has it again."""
    issued = {}
    for number, values in (
        ("BAC-26-001", ORAL),
        ("BAC-26-002", bench.ORAL_RESULTS),
        ("BAC-26-003", bench.ORAL_RESULTS),
    ):
        issued[number] = certificates.issue(
            assessment=released(number, values=values),
            by=world.cast.olga,
            at=at,
            customer=customer,
            stated=bench.LABEL,
        )
    lot = bench.log(world.cast, world, at=at, number="BAC-26-004")
    return issued, lot


def fail(world, lot, at):
    bench.enter(lot, world, {"CD": "0.9"}, by=world.cast.lin, at=at)
    bench.review(world.cast, lot, at=at)


def states(issued):
    found = {
        number: certificate_status.code(Certificate.objects.get(pk=one.pk))
        for number, one in issued.items()
    }
    for code in set(found.values()):
        assert set(
            Certificate.objects.filter(certificate_status.where(code)).values_list(
                "lot__number", flat=True
            )
        ) == {number for number, said in found.items() if said == code}
    return found


def conclude(world, lot, at):
    bench.conclude(
        world.cast, lot, lot.investigations.get(), at=at, conclusion="not_proven",
        cause="No error found",
    )  # fmt: skip


def sign(world, address, **typed):
    """Sign on the page as QA; return the page and the answer."""
    chen = signed_in(world.cast.chen)
    reading = chen.get(address)
    found = shown(reading) if 'name="shown"' in reading.content.decode() else "0" * 64
    return reading, chen.post(
        address, {"password": PASSWORD, "shown": found, "reason": "Why", **typed}
    )


def test_failure_questions_what_was_released_without_the_test(
    world, story, at, released
):
    issued, lot = story

    fail(world, lot, at)

    # The first was tested itself, and it passed.
    assert states(issued) == {
        "BAC-26-001": "current",
        "BAC-26-002": "under_review",
        "BAC-26-003": "under_review",
    }
    page = words(signed_in(world.cast.olga).get(f"/lots/{lot.pk}/"))
    assert "These lots were released without Cadmium since it last passed" in page
    assert (
        f"BAC-26-002 Released for oral use {issued['BAC-26-002']} ▲ Under review"
        " Meridian Pumps & Implants Inc." in page
    )
    home = words(signed_in(world.cast.olga).get("/"))
    assert "2 Released lots in question" in home
    assert "1 Periodic tests to reinstate" in home


def test_failure_questions_nothing_where_the_rule_is_off(world, story, at, monkeypatch):
    monkeypatch.setattr(periodic_failures, "note", lambda *_a: None)
    issued, lot = story

    fail(world, lot, at)

    assert set(states(issued).values()) == {"current"}
    assert due(bench.log(world.cast, world, at=at, number="BAC-26-005")) == set()


def test_qa_decides_each_lot(world, story, at):
    issued, lot = story
    fail(world, lot, at)
    failure = PeriodicFailure.objects.get()
    second = issued["BAC-26-002"]
    assert "periodic-failure" in [
        one.code for one in preflight.preflight(second.assessment, at=at)
    ]

    reading, answer = sign(
        world, f"/lots/{second.lot.pk}/not-affected/", about=f"periodic-{failure.pk}",
        reason="Its reserve sample was tested: below 0.02 ppm.",
    )  # fmt: skip

    assert answer.status_code == 302
    assert "Cadmium failed on lot BAC-26-004, and this lot was released" in words(
        reading
    )
    assert states(issued) == {
        "BAC-26-001": "current",
        "BAC-26-002": "current",
        "BAC-26-003": "under_review",
    }
    waiting = tasks.TASKS["in_question"].lots(at=at)
    assert set(waiting) == set(LotStatus.objects.filter(number="BAC-26-003"))
    assert (
        "Lot BAC-26-002 is not affected by the failure of Cadmium on lot BAC-26-004:"
        " Its reserve sample was tested"
        in words(
            signed_in(world.cast.chen).get(f"/lots/{second.lot.pk}/"), of="unaffected"
        )
    )


def test_every_lot_is_tested_until_the_programme_is_reinstated(world, story, at):
    issued, lot = story
    waiting = bench.log(world.cast, world, at=at, number="BAC-26-005")
    bench.enter(waiting, world, bench.ORAL_RESULTS, by=world.cast.lin, at=at)
    bench.review(world.cast, waiting, at=at)
    fail(world, lot, at)
    failure = PeriodicFailure.objects.get()

    # Logged before and spared then; logged since.
    with pytest.raises((Refusal, Refusals), match="every lot is tested until QA"):
        bench.release(world.cast, waiting, "BAC-ORAL", at=at)
    assert due(bench.log(world.cast, world, at=at, number="BAC-26-006")) == {"CD"}

    reading, answer = sign(world, f"/periodic-failures/{failure.pk}/reinstate/")
    assert answer.status_code == 422
    assert "is under investigation; conclude that first" in words(reading)
    conclude(world, lot, at)
    reading, answer = sign(
        world, f"/periodic-failures/{failure.pk}/reinstate/",
        reason="New supplier of the catalyst; three lots pass.",
    )  # fmt: skip

    assert answer.status_code == 302
    assert "BAC-26-003" in words(reading, of="released-without")
    assert due(bench.log(world.cast, world, at=at, number="BAC-26-007")) == set()
    assert tasks.TASKS["periodic_stopped"].lots(at=at).count() == 0
    # What was released without it is decided by itself.
    assert states(issued)["BAC-26-003"] == "under_review"
    assert (
        "Cadmium failed on this lot and is done periodically again: New supplier"
        in words(signed_in(world.cast.chen).get(f"/lots/{lot.pk}/"))
    )


def test_reopened_lot_is_not_released_again_without_the_test(
    world, story, at, monkeypatch
):
    """The attack: the question goes with the release, and a new one asks nothing."""
    issued, lot = story
    fail(world, lot, at)
    conclude(world, lot, at)
    failure = PeriodicFailure.objects.get()
    sign(world, f"/periodic-failures/{failure.pk}/reinstate/")
    second, third = (issued[f"BAC-26-00{n}"].lot for n in (2, 3))
    sign(world, f"/lots/{third.pk}/not-affected/", about=f"periodic-{failure.pk}")
    for one in (second, third):
        bench.decide(
            world.cast, disposition.reopen, one, at=at, reason="Label", deviation="D-1"
        )

    with pytest.raises(Refusal, match="came after the last lot that passed it; test"):
        bench.release(world.cast, second, "BAC-ORAL", at=at)

    # Of the third QA signed why it is not affected; the second is tested.
    bench.release(world.cast, third, "BAC-ORAL", at=at)
    bench.enter(second, world, {"CD": "<0.02"}, by=world.cast.lin, at=at)
    bench.review(world.cast, second, at=at)
    bench.release(world.cast, second, "BAC-ORAL", at=at)


def test_reopened_lot_is_released_without_the_test_where_the_rule_is_off(
    world, story, at, monkeypatch
):
    issued, lot = story
    fail(world, lot, at)
    conclude(world, lot, at)
    sign(world, f"/periodic-failures/{PeriodicFailure.objects.get().pk}/reinstate/")
    second = issued["BAC-26-002"].lot
    monkeypatch.setattr(periodic_tests, "stopped", lambda _lot: {})
    bench.decide(
        world.cast, disposition.reopen, second, at=at, reason="Label", deviation="D-1"
    )

    bench.release(world.cast, second, "BAC-ORAL", at=at)

    assert states(issued)["BAC-26-002"] == "under_review"
    released = bench.assessment(second, "BAC-ORAL")
    assert "periodic-failure" not in [
        one.code for one in preflight.preflight(released, at=at)
    ]


def test_who_tested_the_lot_does_not_reinstate(world, story, at):
    _issued, lot = story
    fail(world, lot, at)
    conclude(world, lot, at)
    world.cast.lin.roles = ["analyst", "qa"]
    world.cast.lin.save()
    failure = PeriodicFailure.objects.get()

    page = signed_in(world.cast.lin).get(f"/periodic-failures/{failure.pk}/reinstate/")

    assert "takes another person: you entered" in words(page)


def test_failure_without_an_earlier_pass_questions_all_that_was_released_without(
    world, story, at
):
    issued, lot = story
    fail(world, lot, at)
    failure = PeriodicFailure.objects.get()

    assert failure.passed == issued["BAC-26-001"].lot
    assert [str(one) for one in periodic_tests.released_without(failure)] == [
        "BAC-26-002",
        "BAC-26-003",
    ]
    PeriodicFailure.objects.update(passed=None)
    assert states(issued)["BAC-26-002"] == "under_review"


def test_result_of_after_the_release_takes_nothing_out_of_question(
    world, story, at, monkeypatch
):
    """The attack: an analyst types a passing value on the released lot, alone."""
    issued, lot = story
    fail(world, lot, at)
    second = issued["BAC-26-002"].lot

    answer = Grid(world, second, at).post("CD", "<0.02")

    assert answer.status_code == 200
    assert second.test_orders.get().results.filter(test__code="CD").exists()
    assert states(issued)["BAC-26-002"] == "under_review"
    submit_rest(second, by=world.cast.lin, at=at)
    bench.review(world.cast, second, at=at + datetime.timedelta(seconds=1))
    # It is a reason for QA to sign that the lot is not affected, and no more.
    assert states(issued)["BAC-26-002"] == "under_review"
    failure = PeriodicFailure.objects.get()
    assert second in periodic_tests.released_without(failure)
    # The control: any result counts, whenever it was entered and whoever reviewed it.
    monkeypatch.setattr(
        questions,
        "_REACHED",
        questions._REACHED.replace(
            "AND signed_for.kind = '%(if_reviewed)s' AND signed_for.at <= signed.at", ""
        ),
    )
    assert states(issued)["BAC-26-002"] == "current"


def stability_order(world, lot, at):
    """Open a stability point whose specification asks for cadmium on every lot."""
    code = specifications.draft(
        world,
        at,
        CriterionDraft(world.tests["CD"], "nmt", high="0.50"),
        code="BAC-STAB",
        purpose="stability",
        compendium="",
    )
    return test_orders.open_test_order(
        lot=lot,
        by=world.cast.lin,
        at=at,
        occasion="stability",
        specifications=[specifications.approve(world, at, code)],
    )


def test_fail_by_another_specification_of_the_lot_questions_them_too(world, story, at):
    """The attack: cadmium fails where another code asks for it on every lot."""
    issued, lot = story
    grid = Grid(world, lot, at)
    grid.test_order = stability_order(world, lot, at)

    grid.post("CD", "0.9")

    assert lot.investigations.count() == 1
    assert states(issued)["BAC-26-002"] == "under_review"


def test_planned_retest_that_fails_questions_them_too(world, story, at):
    """The attack: the first value is undecided, so that it fails nothing."""
    issued, lot = story
    [first] = bench.enter(lot, world, {"CD": "<0.9"}, by=world.cast.lin, at=at)
    case = opening.open_for_undecided(
        result=first, by=world.cast.chen, at=at, reason="The dilution was too high"
    )
    conduct.plan(
        investigation=case, by=world.cast.chen, at=at,
        hypothesis="A lower dilution shows the value", planned_retests=2,
    )  # fmt: skip
    assert states(issued)["BAC-26-002"] == "current"

    for attempt, value in enumerate(("0.9", "0.8"), start=1):
        Grid(world, lot, at).post(
            "CD", value, seen=attempt, kind="retest", reason="Planned"
        )

    assert states(issued)["BAC-26-002"] == "under_review"
    # One failure of the test, however often it is found again.
    assert PeriodicFailure.objects.count() == lot.investigations.count() == 1


def test_undecided_result_is_no_pass(world, story, at, monkeypatch):
    """The attack: "<0.9" on a lot before, reviewed, ends what a fail asks about."""
    issued, undecided = story
    bench.enter(undecided, world, {"CD": "<0.9"}, by=world.cast.lin, at=at)
    bench.review(world.cast, undecided, at=at)
    lot = bench.log(world.cast, world, at=at, number="BAC-26-005")

    fail(world, lot, at)

    assert PeriodicFailure.objects.get().passed == issued["BAC-26-001"].lot
    assert states(issued)["BAC-26-002"] == "under_review"
    # The control: whatever was reviewed has passed.
    monkeypatch.setattr(periodic_tests, "_passes", lambda *_: True)
    last = periodic_tests.last_passed(
        lot,
        lot.assessments.get(specification__code="BAC-ORAL").specification.criteria.get(
            test__code="CD"
        ),
    )
    assert last == undecided


def test_programme_waits_for_each_investigation_of_the_test(world, story, at):
    _issued, lot = story
    fail(world, lot, at)
    conclude(world, lot, at)
    order = stability_order(world, lot, at)
    bench.enter(lot, world, {"CD": "0.8"}, by=world.cast.lin, at=at, test_order=order)
    failure = PeriodicFailure.objects.get()

    reading, answer = sign(world, f"/periodic-failures/{failure.pk}/reinstate/")

    assert answer.status_code == 422
    assert "is under investigation; conclude that first" in words(reading)


def test_no_certificate_where_no_earlier_lot_has_passed(
    world, story, at, released, monkeypatch
):
    """The attack: what spared a lot its test is found invalid after the release.

    By the run of another lot, which is made by another process.
    """
    issued, _lot = story
    spared = released("BAC-26-005", values=bench.ORAL_RESULTS)
    other = bench.log(world.cast, world, at=at, number="BAC-26-006", use="intrathecal")
    bench.enter(other, world, {"CD": "0.9"}, by=world.cast.lin, at=at)
    case = other.investigations.get()
    tested = issued["BAC-26-001"].lot.test_orders.get().results.get(test__code="CD")
    bench.conclude(
        world.cast, other, case, at=at, conclusion="proven", kind="instrument",
        cause="The lamp drifted all day, see logbook 7",
        run={tested.pk: ("invalid", "Measured with the same lamp")},
    )  # fmt: skip

    [blocker] = preflight.preflight(type(spared).objects.get(pk=spared.pk), at=at)

    # The other lot is of another process, so its fail questions none of these.
    assert spared.lot not in periodic_tests.released_without(
        PeriodicFailure.objects.get()
    )
    assert "no earlier lot has a valid, reviewed result that passes" in str(
        blocker.refusal
    )
    olga = signed_in(world.cast.olga)
    answer = olga.post(issue_address(olga, spared), ticked("issue"))
    assert answer.status_code == 422
    monkeypatch.setattr(preflight, "_of_spared", lambda *_: ())
    olga.post(issue_address(olga, spared), ticked("issue"))
    assert Certificate.objects.filter(lot=spared.lot).exists()


def test_release_that_met_the_failure_is_in_question(
    world, story, at, released, customer, monkeypatch
):
    """Signed while the failing result was typed: it did not know of it.

    The order of signatures tells what a release knew, not the clock.
    """
    _issued, lot = story
    certificate = certificates.issue(
        assessment=released(
            "BAC-26-005",
            values=bench.ORAL_RESULTS,
            at=at + datetime.timedelta(seconds=20),
        ),
        by=world.cast.olga,
        at=at + datetime.timedelta(seconds=21),
        customer=customer,
        stated=bench.LABEL,
    )

    fail(world, lot, at)

    assert certificate_status.code(certificate) == "under_review"
    failure = PeriodicFailure.objects.get()
    assert certificate.lot in periodic_tests.released_without(failure)
    # The control: by the clock it came after the failure.
    monkeypatch.setattr(
        questions,
        "_REACHED",
        questions._REACHED.replace(
            "signed.id < COALESCE(failure.signature_id, signed.id + 1)",
            "signed.at <= failure.failed_at",
        ),
    )
    assert certificate_status.code(certificate) == "current"
