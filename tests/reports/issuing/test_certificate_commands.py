"""Commands: issue one, issue all that wait, verify a file; who may, and exit codes."""

import json

import pytest
from django.core.management import CommandError, call_command

from lots.demo import bench
from lots.models import AuditEntry
from lots.release import disposition
from reports.issuing import certificates
from reports.models import Certificate
from tests.reports.issuing import commands


@pytest.mark.postgres
def test_issue_certificate_prints_the_number_and_writes_the_file(
    capsys, released, tmp_path
):
    released()
    out = tmp_path / "coa.pdf"

    said = commands.run(
        capsys,
        "issue_certificate",
        "BAC-26-001",
        "--specification",
        "BAC-ORAL",
        "--label-agrees",
        "--out",
        str(out),
    )

    made = Certificate.objects.get()
    assert said == f"{made.number}\n"
    assert out.read_bytes() == bytes(made.pdf)


def test_issue_certificate_asks_for_the_folder_before_it_takes_a_number(
    capsys, released, tmp_path
):
    released()
    out = tmp_path / "none" / "coa.pdf"

    with pytest.raises(CommandError, match="is not a folder; create it first"):
        commands.run(
            capsys,
            "issue_certificate",
            "BAC-26-001",
            "--specification",
            "BAC-ORAL",
            "--out",
            str(out),
        )

    assert Certificate.objects.count() == 0


def test_issue_certificate_records_the_account(capsys, released, monkeypatch):
    released()
    monkeypatch.setenv("LOGNAME", "batch-account")

    commands.run(
        capsys,
        "issue_certificate",
        "BAC-26-001",
        "--specification",
        "BAC-ORAL",
        "--label-agrees",
    )

    written = AuditEntry.objects.filter(table="reports_certificate")
    assert {(entry.by_name, entry.account) for entry in written} == {
        ("Chen Fang (chen)", "batch-account")
    }


def test_issue_certificate_needs_the_password(capsys, released):
    released()

    with pytest.raises(CommandError, match="password"):
        commands.run(
            capsys,
            "issue_certificate",
            "BAC-26-001",
            "--specification",
            "BAC-ORAL",
            password="a wrong password",
        )

    assert Certificate.objects.count() == 0


def test_issue_certificate_obeys_roles(capsys, released):
    released()

    with pytest.raises(CommandError, match="Your role does not allow"):
        commands.run(
            capsys,
            "issue_certificate",
            "BAC-26-001",
            "--specification",
            "BAC-ORAL",
            by="lin",
        )

    assert Certificate.objects.count() == 0


def test_issue_certificate_tells_every_reason(capsys, released, without_copy):
    released(
        issuer_role="repacker",
        original_certificate_number="NEP/26-0091",
    )

    with pytest.raises(CommandError) as refused:
        commands.run(
            capsys, "issue_certificate", "BAC-26-001", "--specification", "BAC-ORAL"
        )

    assert str(refused.value).splitlines() == [
        "Not issued:",
        "- The issuer is not the manufacturer but its repacker, so the original"
        " certificate has to be named and attached. Reopen the lot; an analyst attaches"
        " it on the page of the lot, and the lot is released again.",
    ]


@pytest.mark.parametrize(
    ("lot", "code"),
    [("BAC-26-999", "BAC-ORAL"), ("BAC-26-001", "BAC-IT")],
    ids=["lot", "specification"],
)
def test_issue_certificate_of_what_is_not_there(capsys, released, lot, code):
    released()

    with pytest.raises(CommandError) as refused:
        commands.run(capsys, "issue_certificate", lot, "--specification", code)

    assert str(refused.value) == (
        f"Lot {lot} has no assessment against {code}. Check the lot number, give the"
        " code without its version, such as BAC-ORAL, or add the assessment first."
    )


def test_issue_certificates_issues_all_that_wait_once(capsys, world, released, at):
    for number in range(1, 4):
        released(f"BAC-26-00{number}")
    certificates.issue(
        assessment=certificates.awaiting().first(),
        by=world.cast.chen,
        at=at,
        stated=bench.LABEL,
    )

    compared = ("--label-agrees", "BAC-26-002", "BAC-26-003")
    first = commands.run(capsys, "issue_certificates", *compared)
    second = commands.run(capsys, "issue_certificates", *compared)

    numbers = list(
        Certificate.objects.order_by("ordinal").values_list("number", flat=True)
    )
    assert first.splitlines() == [
        f"BAC-26-002 BAC-ORAL: {numbers[1]}",
        f"BAC-26-003 BAC-ORAL: {numbers[2]}",
        "2 issued, 0 refused",
    ]
    assert second.splitlines() == ["0 issued, 0 refused"]


def test_issue_certificates_goes_on_after_a_refusal(capsys, released, without_copy):
    released(
        "BAC-26-001", issuer_role="repacker", original_certificate_number="NEP/26-0091"
    )
    released("BAC-26-002")

    with pytest.raises(CommandError, match=r"1 certificate was not issued\."):
        commands.run(
            capsys,
            "issue_certificates",
            "--label-agrees",
            "BAC-26-001",
            "BAC-26-002",
        )

    assert [made.lot.number for made in Certificate.objects.all()] == ["BAC-26-002"]


def test_issue_certificates_takes_named_lots_and_a_limit(capsys, released):
    for number in range(1, 4):
        released(f"BAC-26-00{number}")

    lots = ("BAC-26-002", "BAC-26-003")
    commands.run(
        capsys,
        "issue_certificates",
        "--lots",
        *lots,
        "--label-agrees",
        *lots,
        "--limit=1",
    )

    assert [made.lot.number for made in Certificate.objects.all()] == ["BAC-26-002"]


# --- verify -------------------------------------------------------------------------


@pytest.fixture
def made(world, released, at):
    return certificates.issue(
        assessment=released(), by=world.cast.chen, at=at, stated=bench.LABEL
    )


@pytest.fixture
def file(made, tmp_path):
    path = tmp_path / "coa.pdf"
    path.write_bytes(made.pdf)
    return path


def test_verify_holds_for_current_bytes(capsys, made, file):
    call_command("verify_certificate", str(file), "--json")

    assert json.loads(capsys.readouterr().out) == {
        "sha256": made.pdf_sha256,
        "known": True,
        "file_intact": True,
        "content_intact": True,
        "as_recorded": True,
        "number": made.number,
        "revision": 0,
        "lot": "BAC-26-001",
        "use": "oral",
        "specification": "BAC-ORAL v1",
        "content_digest": made.digest,
        "status": "current",
        "sentence": "This certificate is current.",
        "holds": True,
    }


def test_verify_says_the_same_in_lines(capsys, made, file):
    call_command("verify_certificate", str(file))

    assert capsys.readouterr().out.splitlines() == [
        f"sha256: {made.pdf_sha256}",
        "known: yes",
        "file intact: yes",
        "content intact: yes",
        "as recorded: yes",
        f"number: {made.number}",
        "revision: 0",
        "lot: BAC-26-001",
        "use: oral",
        "specification: BAC-ORAL v1",
        f"content digest: {made.digest}",
        "status: current",
        "sentence: This certificate is current.",
        "holds: yes",
    ]


def test_verify_exits_1_for_other_bytes(capsys, file):
    file.write_bytes(file.read_bytes() + b" ")

    with pytest.raises(SystemExit) as left:
        call_command("verify_certificate", str(file), "--json")

    facts = json.loads(capsys.readouterr().out)
    assert (left.value.code, facts["known"], facts["holds"]) == (1, False, False)


def test_verify_exits_1_for_a_certificate_under_review(capsys, world, made, file, at):
    disposition.hold(lot=made.lot, by=world.cast.lin, at=at, reason="Complaint")

    with pytest.raises(SystemExit) as left:
        call_command("verify_certificate", str(file), "--json")

    facts = json.loads(capsys.readouterr().out)
    assert (left.value.code, facts["known"], facts["status"]) == (
        1,
        True,
        "under_review",
    )


def test_verify_of_no_file_is_an_error(db, tmp_path):
    with pytest.raises(CommandError, match="cannot be read: No such file"):
        call_command("verify_certificate", str(tmp_path / "none.pdf"))
