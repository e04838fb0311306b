"""Certificates issued by several people at once: a series without a gap, no file twice.

Threads with connections of their own on a database that commits.
"""

import contextlib
import threading

import pytest
from django.db import connection, transaction

from lots import calendar
from lots.demo import bench
from lots.evidence import verification
from lots.models import AuditEntry, Lot, Qualification
from lots.release import disposition
from lots.rules.step_table import NotAllowed
from lots.setup import qualifications
from reports import pdf
from reports.issuing import certificates
from reports.models import Certificate, Series
from reports.status import certificate_status
from tests.lots.at_once import LONGEST_WAIT, at_once, wait_until_somebody_waits
from tests.lots.pages import issue_address, signed_in, ticked

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _trail_holds_afterwards(world):
    """Whatever was raced: chain and records agree, and nothing is left half made."""
    yield
    verdict = verification.verify()
    assert (verdict.chain_break, verdict.record_fault) == (None, None)
    assert not Certificate.objects.left_over().exists()


def issuing_of(assessment, *, by, at, **more):
    return lambda: certificates.issue(
        assessment=assessment, by=by, at=at, **more, stated=bench.LABEL
    )


def test_numbers_taken_at_once_are_a_row_without_a_gap(world, released, at):
    """The first of a year among them, when the series itself is made."""
    assessments = [released(f"BAC-26-00{number}") for number in range(1, 5)]
    qa = (world.cast.chen, world.cast.olga)
    assert not Series.objects.exists()

    said = at_once(
        *[
            issuing_of(one, by=qa[place % 2], at=at)
            for place, one in enumerate(assessments)
        ]
    )

    year = calendar.today(at).year
    assert said == [""] * 4
    assert list(
        Certificate.objects.order_by("number").values_list("number", "state")
    ) == [(f"TRN-{year}-{place:06d}", "issued") for place in range(1, 5)]
    assert set(Certificate.objects.values_list("assessment", flat=True)) == {
        one.pk for one in assessments
    }
    assert Series.objects.get().last == 4


def test_two_who_issue_for_one_assessment_make_one_certificate(world, released, at):
    """On the page: one is led to it, the other reads that it is there."""
    assessment = released()
    address = issue_address(signed_in(world.cast.chen), assessment)
    answers = {}

    def press(person):
        answers[person.username] = signed_in(person).post(address, ticked("issue"))

    at_once(lambda: press(world.cast.chen), lambda: press(world.cast.olga))

    made = Certificate.objects.get()
    assert (made.state, Series.objects.get().last) == ("issued", 1)
    assert sorted(answer.status_code for answer in answers.values()) == [302, 422]
    [loser] = [one for one in answers.values() if one.status_code == 422]
    assert made.number in loser.content.decode()


def test_two_revisions_at_once_make_one(world, released, at):
    first = certificates.issue(
        assessment=released(), by=world.cast.chen, at=at, stated=bench.LABEL
    )

    def revise(by):
        return lambda: certificates.revise(
            certificate=first,
            by=by,
            at=at,
            reason="Order number added",
            order="PO-1",
            stated=bench.LABEL,
        )

    said = at_once(revise(world.cast.chen), revise(world.cast.olga))

    assert sorted(said)[0] == ""
    assert sorted(said)[1] != ""
    assert list(
        Certificate.objects.order_by("revision").values_list("revision", "state")
    ) == [(0, "superseded"), (1, "issued")]


def test_withdrawal_while_the_revision_is_printed_stays(world, released, at):
    """Withdrawn is said for ever; the revision is the word of the day."""
    first = certificates.issue(
        assessment=released(), by=world.cast.chen, at=at, stated=bench.LABEL
    )
    revision = left_being_made(
        lambda: certificates.revise(
            certificate=first,
            by=world.cast.chen,
            at=at,
            reason="Order",
            order="PO-1",
            stated=bench.LABEL,
        )
    )

    certificates.withdraw(
        certificate=first, by=world.cast.olga, at=at, reason="Wrong drum printed"
    )
    certificates.finish_left_over(by=world.cast.chen, at=at)

    first.refresh_from_db()
    revision.refresh_from_db()
    assert (first.state, first.state_reason, revision.state) == (
        "withdrawn",
        "Wrong drum printed",
        "issued",
    )


def left_being_made(issue):
    """Stop an issue as a power cut does, between its number and its file."""

    def stop(content, **options):
        raise PowerCut

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pdf, "render", stop)
        with pytest.raises(PowerCut):
            issue()
    return Certificate.objects.left_over().get()


class PowerCut(Exception):
    """The process ended here."""


def test_hold_and_issue_at_once(world, released, at):
    """On hold first: nothing is issued; issued first: it is under review at once."""
    assessment = released()

    said = at_once(
        issuing_of(assessment, by=world.cast.chen, at=at),
        lambda: disposition.hold(
            lot=Lot.objects.get(pk=assessment.lot_id),
            by=world.cast.lin,
            at=at,
            reason="Drum damaged",
        ),
    )

    made = Certificate.objects.select_related("lot", "assessment").first()
    assert (said, made and certificate_status.code(made)) in (
        (["", ""], "under_review"),
        (["lot-state", ""], None),
    )


def test_issue_waits_for_a_suspension_that_began_before(world, released, at):
    """What the chain says is what happened: no number after the suspension."""
    assessment = released()
    qualification = Qualification.objects.get(pk=assessment.lot.qualification_id)
    suspended = threading.Event()

    def suspend():
        with transaction.atomic():
            qualifications.suspend_qualification(
                qualification=qualification,
                by=world.cast.olga,
                at=at,
                since=calendar.today(at),
                reason="Audit",
            )
            suspended.set()
            wait_until_somebody_waits()

    def issue():
        assert suspended.wait(timeout=LONGEST_WAIT)
        certificates.issue(
            assessment=assessment, by=world.cast.chen, at=at, stated=bench.LABEL
        )

    assert at_once(suspend, issue) == ["", "several"]
    assert not Certificate.objects.exists()


def test_certificate_that_was_left_is_finished_once_by_two(world, released, at):
    """The same content gives the same bytes; the first to store them wins."""
    assessment = released()
    left = left_being_made(issuing_of(assessment, by=world.cast.chen, at=at))

    said = at_once(
        lambda: certificates.finish_left_over(by=world.cast.chen, at=at),
        lambda: certificates.finish_left_over(by=world.cast.olga, at=at),
    )

    left.refresh_from_db()
    stored = AuditEntry.objects.filter(
        action="store_certificate", table="reports_certificate"
    )
    assert (said, left.state, stored.count()) == (["", ""], "issued", 1)


def test_only_qa_finishes_what_was_left(world, released, at):
    """An analyst who tries to issue finishes nothing on the way to the refusal."""
    assessment = released()
    left = left_being_made(issuing_of(assessment, by=world.cast.chen, at=at))

    with pytest.raises(NotAllowed, match="Your role does not allow"):
        certificates.issue(
            assessment=assessment, by=world.cast.lin, at=at, stated=bench.LABEL
        )

    left.refresh_from_db()
    assert left.state == "being_made"
    certificates.finish_left_over(by=world.cast.olga, at=at)


def test_who_acts_while_a_certificate_is_verified_does_not_put_it_in_doubt(
    world, released, at
):
    """After each query of a verification another act ends, once.

    A false alarm withdraws a certificate that is being made, and tells a customer
    that a good one was altered.
    """
    assessments = [released(f"BAC-26-00{number}") for number in range(1, 4)]
    made = [
        certificates.issue(
            assessment=assessments[0], by=world.cast.chen, at=at, stated=bench.LABEL
        )
    ]

    def issue(assessment):
        made.append(
            certificates.issue(
                assessment=assessment, by=world.cast.olga, at=at, stated=bench.LABEL
            )
        )

    def withdraw():
        certificates.withdraw(
            certificate=made[-1], by=world.cast.olga, at=at, reason="Wrong customer"
        )

    for query in (1, 2):
        newest = Certificate.objects.get(pk=made[-1].pk)
        with after(query, lambda query=query: issue(assessments[query])):
            assert verification.vouched([newest]) == {newest.pk}
    newest = Certificate.objects.get(pk=made[-1].pk)
    with after(0, withdraw):
        assert verification.vouched([newest]) == {newest.pk}

    # What was never so is not vouched for, whatever the record is now.
    newest.lot_id = assessments[0].lot_id
    assert not verification.vouched([newest])


@contextlib.contextmanager
def after(query, act):
    """Have somebody else act when so many queries have been answered."""
    asked = []

    def interleaved(execute, sql, *rest):
        asked.append(sql)
        if len(asked) == query + 1:
            assert at_once(act) == [""]
        return execute(sql, *rest)

    with connection.execute_wrapper(interleaved):
        yield
    assert len(asked) > query
