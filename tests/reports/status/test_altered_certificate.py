"""An issued certificate altered in the database is found, and not served."""

import csv
import io
import re

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lots.demo import bench
from lots.evidence import verification
from lots.evidence.verification import Fault
from lots.models import AuditEntry
from lots.rules import chain
from reports.issuing import certificates
from reports.models import Certificate, State
from reports.status.certificate_status import CertificateStatus
from tests.lots.pages import refused, signed_in, words

pytestmark = pytest.mark.postgres


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("pdf", b"%PDF-1.7 another"),
        ("pdf_sha256", "0" * 64),
        ("content", "{}"),
        ("number", "TRN-2026-000009"),
        ("state", "withdrawn"),
        ("token", "guessed"),
    ],
)
def test_altered_certificate_is_found(world, released, at, column, value):
    made = certificates.issue(
        assessment=released(), by=world.cast.chen, at=at, stated=bench.LABEL
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE reports_certificate SET {column} = %s WHERE id = %s",
            [value, made.pk],
        )

    assert verification.verify().record_fault == Fault(
        "reports_certificate", str(made.pk), "differs from its last audit entry"
    )


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("pdf", b"%PDF-1.7 another"),
        ("content", "{}"),
        ("number", "TRN-2026-000009"),
        # The act writes the reason anew, but did not find what was told before.
        ("state_reason", "Made up"),
    ],
)
def test_act_on_an_altered_certificate_does_not_hide_that_it_was_altered(
    world, released, at, column, value
):
    made = certificates.issue(
        assessment=released(), by=world.cast.chen, at=at, stated=bench.LABEL
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE reports_certificate SET {column} = %s WHERE id = %s",
            [value, made.pk],
        )

    signed_in(world.cast.chen).post(
        f"/certificates/{made.pk}/withdraw/", {"withdraw-reason": "Record altered"}
    )

    act = AuditEntry.objects.get(action="withdraw")
    assert Certificate.objects.get().state == State.WITHDRAWN
    said = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("verify_audit_trail", stdout=said)
    assert (ended.value.code, said.getvalue()) == (
        1,
        "The audit trail is intact, but a record differs from it: reports_certificate"
        f" {made.pk}: was altered without an audit entry before entry"
        f" {act.sequence}.\n",
    )


def test_altered_file_is_not_served(world, released, at):
    made = certificates.issue(
        assessment=released(), by=world.cast.chen, at=at, stated=bench.LABEL
    )
    Certificate.objects.filter(pk=made.pk).update(pdf=bytes(made.pdf) + b"%")

    answer = signed_in(world.cast.chen).get(f"/certificates/{made.pk}/pdf/")

    assert (answer.status_code, answer.content.decode()) == (
        500,
        f"The file of {made} was not downloaded: the stored file is not the one that"
        " was issued. Ask the administrator to restore it from a backup.",
    )


def alter(certificate, content):
    """Change the stored content past the product; `digest` stays that of the issue."""
    Certificate.objects.filter(pk=certificate.pk).update(content=content)


HARMED = (
    "The stored content of {} does not match its checksum, so it cannot be trusted. Do"
    " not use the certificate, and have the administrator restore the records from a"
    " backup."
)


@pytest.mark.parametrize(
    "altered",
    [
        lambda content: "{}",
        lambda content: "not JSON",
        lambda content: content.replace("complies", "is splendid"),
    ],
    ids=["other", "unreadable", "readable"],
)
def test_page_of_an_altered_certificate_says_so_and_does_not_vouch(
    world, released, at, altered
):
    made = certificates.issue(
        assessment=released(), by=world.cast.chen, at=at, stated=bench.LABEL
    )
    alter(made, altered(made.content))

    answer = signed_in(world.cast.chen).get(f"/certificates/{made.pk}/")

    assert (answer.status_code, refused(answer)) == (200, [HARMED.format(made)])
    said = words(answer)
    assert "Content ✗ content changed since the issue" in said
    for vouching in (
        "Current",
        "Text of the certificate",
        "splendid",
        "Download the PDF",
    ):
        assert vouching not in said
    assert {action.code: action.why for action in answer.context["actions"]} == {
        "revise": HARMED.format(made),
        "duplicate": HARMED.format(made),
        "withdraw": "",
    }


def test_no_list_calls_an_altered_certificate_current(world, released, at):
    made = certificates.issue(
        assessment=released(), by=world.cast.chen, at=at, stated=bench.LABEL
    )
    other = certificates.issue(
        assessment=released("BAC-26-002"), by=world.cast.chen, at=at, stated=bench.LABEL
    )
    alter(made, made.content.replace("complies", "is splendid"))
    qa = signed_in(world.cast.chen)

    with CaptureQueriesContext(connection) as caught:
        listed = qa.get("/certificates/", {"status": "current", "sort": "number"})
    sent = qa.get("/certificates/", {"format": "csv", "sort": "number"})
    exported = b"".join(sent.streaming_content).decode("utf-8-sig")

    rows = csv.DictReader(io.StringIO(exported))
    assert chips(listed) == ["Record altered", "Current"]
    assert chips(qa.get(f"/lots/{made.lot_id}/certificates/")) == ["Record altered"]
    assert chips(qa.get(f"/lots/{other.lot_id}/certificates/")) == ["Current"]
    assert [row["status"] for row in rows] == ["altered", "current"]
    record = qa.get(f"/lots/{made.lot_id}/record/")
    assert record.context["certificates"] == [(made, "Record altered")]
    # Neither the files, nor the contents while rows are sorted.
    for query in caught.captured_queries:
        assert '"pdf"' not in query["sql"]
        assert '"content"' not in query["sql"] or "ORDER BY" not in query["sql"]


def chips(answer):
    """Return the words of the statuses on a page, in order."""
    body = answer.content.decode()
    found = re.findall(r'<span class="chip [\w-]+">.*?</span> (.*?)</span>', body)
    return [word for word in found if word in {one.word for one in CertificateStatus}]


def test_list_says_first_what_became_of_an_altered_certificate(world, released, at):
    made = certificates.issue(
        assessment=released(), by=world.cast.chen, at=at, stated=bench.LABEL
    )
    certificates.withdraw(certificate=made, by=world.cast.chen, at=at, reason="Wrong")
    alter(made, "{}")

    assert chips(signed_in(world.cast.chen).get("/certificates/")) == ["Withdrawn"]


def test_page_of_a_certificate_without_canonical_form_says_so(world, released, at):
    made = certificates.issue(
        assessment=released(), by=world.cast.chen, at=at, stated=bench.LABEL
    )
    Certificate.objects.filter(pk=made.pk).update(
        content="{}", digest=chain.digest("{}")
    )

    answer = signed_in(world.cast.chen).get(f"/certificates/{made.pk}/")

    [said] = refused(answer)
    assert answer.status_code == 200
    assert said.startswith("The stored content of the certificate cannot be read:")


def test_altered_certificate_is_withdrawn_and_says_so(world, released, at):
    made = certificates.issue(
        assessment=released(), by=world.cast.chen, at=at, stated=bench.LABEL
    )
    alter(made, "{}")
    qa = signed_in(world.cast.chen)

    answer = qa.post(
        f"/certificates/{made.pk}/withdraw/",
        {"withdraw-reason": "Record altered"},
        follow=True,
    )

    assert refused(answer) == [HARMED.format(made)]
    assert "This certificate was withdrawn; do not use it" in words(answer)
    assert Certificate.objects.get().state == State.WITHDRAWN


@pytest.mark.parametrize("step", ["revise", "duplicate"])
def test_nothing_is_made_of_an_altered_certificate(world, released, customer, at, step):
    made = certificates.issue(
        assessment=released(), by=world.cast.chen, at=at, stated=bench.LABEL
    )
    alter(made, "{}")
    qa = signed_in(world.cast.chen)

    answer = qa.post(
        f"/certificates/{made.pk}/{step}/",
        {f"{step}-reason": "New order", f"{step}-customer": customer.pk},
    )

    assert answer.status_code == 422
    assert HARMED.format(made) in [said for said, _ in answer.context["blockers"]]
    assert Certificate.objects.count() == 1


def test_revision_of_what_was_altered_since_is_shown_without_differences(
    world, released, customer, at
):
    made = certificates.issue(
        assessment=released(), by=world.cast.chen, at=at, stated=bench.LABEL
    )
    revised = certificates.revise(
        certificate=made,
        by=world.cast.chen,
        at=at,
        reason="New order",
        order="PO 8",
        stated=bench.LABEL,
    )
    alter(made, "{}")

    answer = signed_in(world.cast.chen).get(f"/certificates/{revised.pk}/")

    assert (answer.status_code, refused(answer)) == (200, [])
    said = words(answer)
    assert f"The changes since {made} cannot be shown. {HARMED.format(made)}" in said
    assert "This certificate is current." in said


def test_altered_certificate_that_is_being_made_is_not_printed(
    world, released, at, monkeypatch
):
    def ended(*_args, **_options):
        raise KeyboardInterrupt

    monkeypatch.setattr(certificates, "_finish", ended)
    with pytest.raises(KeyboardInterrupt):
        certificates.issue(
            assessment=released(), by=world.cast.chen, at=at, stated=bench.LABEL
        )
    left = Certificate.objects.get()
    alter(left, left.content.replace("complies", "is splendid"))

    certificates.finish_left_over(by=world.cast.chen, at=at)

    found = Certificate.objects.get()
    assert (found.state, found.pdf_sha256, found.state_reason) == (
        State.WITHDRAWN,
        "",
        HARMED.format(left),
    )
