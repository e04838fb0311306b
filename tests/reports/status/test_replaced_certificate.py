"""A file replaced together with its digest is not called authentic.

The attack of somebody who has the database: another PDF, or another content, with the
checksum that belongs to it. Each has a control, in which the trail is not asked.
"""

import hashlib
import io
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection

from lots.demo import bench
from lots.evidence import stored_entries
from lots.evidence import verification as trail
from lots.evidence.documents import Upload
from lots.models import AuditEntry, Document
from lots.results import result_entry
from lots.rules import chain
from reports.issuing import certificates
from reports.models import Certificate, State
from reports.status import verification
from tests.conftest import opened
from tests.lots.pages import signed_in, words

pytestmark = pytest.mark.postgres

FORGED = b"%PDF-1.7 assay 99.9 %, suitable for everything"


@pytest.fixture
def made(world, released, at):
    return certificates.issue(
        assessment=released(), by=world.cast.chen, at=at, stated=bench.LABEL
    )


@pytest.fixture
def unasked(monkeypatch):
    """Do not ask the trail, for a control."""
    monkeypatch.setattr(
        verification.trail, "vouched", lambda records: {one.pk for one in records}
    )


def replace_file(made):
    sha256 = hashlib.sha256(FORGED).hexdigest()
    Certificate.objects.filter(pk=made.pk).update(pdf=FORGED, pdf_sha256=sha256)


def replace_content(made):
    content = made.content.replace("complies", "excels")
    assert content != made.content
    Certificate.objects.filter(pk=made.pk).update(
        content=content, digest=chain.digest(content)
    )


def asked_of(client, data):
    """Check a file on the public page; return what it says."""
    return words(client.post("/check/", {"file": SimpleUploadedFile("c.pdf", data)}))


def command(tmp_path, data):
    """Run verify_certificate; return its exit code and its facts."""
    file = tmp_path / "c.pdf"
    file.write_bytes(data)
    said = io.StringIO()
    try:
        call_command("verify_certificate", str(file), "--json", stdout=said)
    except SystemExit as end:
        return end.code, json.loads(said.getvalue())
    return 0, json.loads(said.getvalue())


def test_file_as_issued_is_as_recorded(client, tmp_path, made):
    code, facts = command(tmp_path, bytes(made.pdf))

    assert (code, facts["as_recorded"], facts["holds"]) == (0, True, True)
    assert "the one that was issued as" in asked_of(client, bytes(made.pdf))


def test_file_replaced_with_its_digest_is_not_authentic(client, world, tmp_path, made):
    replace_file(made)

    code, facts = command(tmp_path, FORGED)
    page = asked_of(client, FORGED)
    qa = signed_in(world.cast.chen)
    detail = words(qa.get(f"/certificates/{made.pk}/"))

    assert code == 1
    assert {name: facts[name] for name in ("known", "file_intact", "as_recorded")} == {
        "known": True,
        "file_intact": True,
        "as_recorded": False,
    }
    assert "The issuer's record of this certificate is not what was issued." in page
    assert "the one that was issued as" not in page
    assert "This certificate is current" not in page
    assert "Audit trail ✗ not as recorded" in detail
    assert "is not what the audit trail tells of it" in detail
    assert qa.get(f"/certificates/{made.pk}/pdf/").status_code == 500
    assert "This certificate is current" not in words(
        client.get(f"/check/{made.token}/")
    )


def test_control_file_replaced_with_its_digest(client, tmp_path, made, unasked):
    replace_file(made)

    assert command(tmp_path, FORGED)[0] == 0
    assert "the one that was issued as" in asked_of(client, FORGED)


def test_content_replaced_with_its_digest_is_shown_nowhere(client, world, made):
    replace_content(made)

    page = words(client.get(f"/check/{made.token}/"))
    by_number = words(
        client.post(
            "/check/", {"number": made.number, "revision": 0, "lot": made.lot.number}
        )
    )
    listed = words(signed_in(world.cast.maria).get("/certificates/"))

    for said in (page, by_number):
        assert "is not what was issued, so its status is undecided" in said
        assert "excels" not in said
    assert "Record altered" in listed


def test_control_content_replaced_with_its_digest(client, world, made, unasked):
    replace_content(made)

    assert "This certificate is current" in words(client.get(f"/check/{made.token}/"))
    assert "Record altered" not in words(
        signed_in(world.cast.maria).get("/certificates/")
    )


def test_nothing_is_made_of_a_replaced_certificate(world, made, at):
    replace_content(made)

    with pytest.raises(certificates.NotIssuable) as caught:
        certificates.revise(
            certificate=made,
            by=world.cast.chen,
            at=at,
            reason="New",
            order="PO 9",
            stated=bench.LABEL,
        )

    assert "is not what the audit trail tells of it" in str(caught.value)


def test_replaced_content_that_is_being_made_is_not_printed(
    world, released, at, monkeypatch
):
    def ended(*_args, **_options):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(certificates, "_finish", ended)
        with pytest.raises(KeyboardInterrupt):
            certificates.issue(
                assessment=released(), by=world.cast.chen, at=at, stated=bench.LABEL
            )
    left = Certificate.objects.get()
    replace_content(left)

    certificates.finish_left_over(by=world.cast.chen, at=at)

    left.refresh_from_db()
    assert (left.state, left.pdf_sha256) == (State.WITHDRAWN, "")


def test_entry_rewritten_to_vouch_is_not_believed(client, world, made):
    """Also where the triggers were opened and the entry has a digest of its own."""
    replace_file(made)
    entry = AuditEntry.objects.filter(table="reports_certificate").last()
    forged = Certificate.objects.get(pk=made.pk)
    changes = entry.changes | {
        "pdf": [None, hashlib.sha256(FORGED).hexdigest()],
        "pdf_sha256": ["", forged.pdf_sha256],
    }
    link, _digest = list(stored_entries.entries_of_chain())[entry.sequence - 1]
    told = {**vars(link), "changes": changes, "row": trail.audit.row_digest(forged)}
    # Somebody acted since, so another entry goes on from the one of before.
    with trail.audit.act(by=world.cast.lin, at=made.issued_at, action="log") as act:
        act.note(anything="else")
    connection.check_constraints()
    with opened():
        AuditEntry.objects.filter(pk=entry.pk).update(
            changes=changes, row=told["row"], digest=chain.Entry(**told).digest()
        )
        connection.check_constraints()

    assert "This certificate is current" not in asked_of(client, FORGED)
    assert not trail.vouched([forged])


def test_document_replaced_with_its_digest_is_not_served(world, made, at):
    attachment = result_entry.attach(
        lot=made.lot,
        by=world.cast.lin,
        at=at,
        upload=Upload("a.txt", b"raw data"),
        title="Chromatogram",
    )
    address = f"/documents/{attachment.document_id}/"
    reader = signed_in(world.cast.sofia)
    assert reader.get(address).content == b"raw data"
    connection.check_constraints()
    with opened():
        Document.objects.filter(pk=attachment.document_id).update(
            content=b"better data", sha256=hashlib.sha256(b"better data").hexdigest()
        )
        connection.check_constraints()

    answer = reader.get(address)

    assert (answer.status_code, answer.content.decode()) == (
        500,
        "The file a.txt was not downloaded: the stored file is not the one that the"
        " audit trail tells of. Ask the administrator to restore it from a backup.",
    )
