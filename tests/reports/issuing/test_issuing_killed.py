"""kill -9 between a certificate's number, its printing and its file.

Real processes on a database that commits: what was left being made is finished by
whoever comes next, under the same number.
"""

import os
import signal

import pytest

from lots import calendar
from lots.demo import bench
from lots.evidence import verification
from reports import pdf
from reports.content import certificate as content_of
from reports.issuing import certificates
from reports.models import Certificate, Series
from tests.lots.evidence.killed import killed

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.killed,
    pytest.mark.django_db(transaction=True),
]


def stored():
    """Return every certificate as it is; the trail agrees with each."""
    verdict = verification.verify()
    assert (verdict.chain_break, verdict.record_fault) == (None, None)
    return list(
        Certificate.objects.order_by("pk").values_list("ordinal", "revision", "state")
    )


def has_its_file(certificate):
    """Say whether the stored bytes are those that its content gives."""
    certificate.refresh_from_db()
    return bytes(certificate.pdf) == pdf.render(
        content_of.from_json(certificate.content)
    )


def test_issue_that_is_killed_is_finished_under_its_number(world, released, at):
    first, second = released("BAC-26-001"), released("BAC-26-002")
    chen = world.cast.chen

    def issue(assessment=first):
        return certificates.issue(
            assessment=assessment, by=chen, at=at, stated=bench.LABEL
        )

    def killed_while_printing():
        pdf.render = lambda content: os.kill(os.getpid(), signal.SIGKILL)
        issue()

    # Before the number is committed: no number, no gap.
    for moment in (
        'INSERT INTO "reports_series"',
        'INSERT INTO "reports_certificate"',
        'INSERT INTO "lots_auditentry"',
    ):
        assert killed(issue, after=moment)
        assert (stored(), Series.objects.count()) == ([], 0)
    # After it: the number is given, and the content frozen.
    assert killed(killed_while_printing, after="nothing")
    left = Certificate.objects.get()
    assert stored() == [(1, 0, "being_made")]
    # Whoever comes next is killed on the way to finish it.
    for moment in (
        'UPDATE "reports_certificate"',
        'UPDATE "lots_standing"',
        'INSERT INTO "lots_auditentry"',
    ):
        assert killed(lambda: issue(second), after=moment)
        assert stored() == [(1, 0, "being_made")]

    issue(second)

    frozen = left.number, left.content, left.digest, left.token
    assert stored() == [(1, 0, "issued"), (2, 0, "issued")]
    assert has_its_file(left)
    assert (left.number, left.content, left.digest, left.token) == frozen
    assert left.number == f"TRN-{calendar.today(at).year}-000001"


def test_certificate_stays_current_while_its_revision_is_killed(world, released, at):
    first = certificates.issue(
        assessment=released(), by=world.cast.chen, at=at, stated=bench.LABEL
    )

    def revise():
        certificates.revise(
            certificate=first,
            by=world.cast.chen,
            at=at,
            reason="Order",
            order="PO-1",
            stated=bench.LABEL,
        )

    assert killed(revise, after='INSERT INTO "reports_certificate"')
    assert stored() == [(1, 0, "issued")]
    # The second act's entries are those of the file.
    assert killed(revise, after='INSERT INTO "lots_auditentry"', times=2)
    assert stored() == [(1, 0, "issued"), (1, 1, "being_made")]

    certificates.finish_left_over(by=world.cast.olga, at=at)

    assert stored() == [(1, 0, "superseded"), (1, 1, "issued")]
    assert has_its_file(Certificate.objects.get(revision=1))
