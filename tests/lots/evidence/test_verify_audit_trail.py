"""Every kind of tampering is found, and what nobody touched holds."""

import asyncio
import io
import json
import threading

import pytest
from django.apps import apps
from django.contrib.auth.hashers import make_password
from django.core.management import call_command
from django.db import connection

from lots import models
from lots.accounts import users
from lots.demo import bench
from lots.demo.people import PASSWORD
from lots.evidence import audit, signatures, stored_entries, verification
from lots.evidence.documents import Upload
from lots.evidence.verification import Fault
from lots.models import AuditEntry, LotStatus, Mark, Result, Specification
from lots.release import disposition
from lots.results import result_entry
from lots.rules import chain
from lots.rules.chain import Break
from lots.setup import specification_versions
from tests.conftest import opened, tamper

pytestmark = pytest.mark.postgres


@pytest.fixture
def lot(world, at):
    """A lot with results, submitted and reviewed."""
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")
    bench.enter(lot, world, bench.ORAL_RESULTS, by=world.cast.lin, at=at)
    bench.review(world.cast, lot, at=at)
    return lot


def run(*arguments):
    """Run the command; return its exit code and what it says."""
    said = io.StringIO()
    try:
        call_command("verify_audit_trail", *arguments, stdout=said)
    except SystemExit as end:
        return end.code, said.getvalue()
    return 0, said.getvalue()


def middle():
    """Return an entry from the middle of the trail."""
    return AuditEntry.objects.order_by("sequence")[AuditEntry.objects.count() // 2]


def test_an_untouched_trail_holds(lot):
    head = AuditEntry.objects.order_by("-sequence").first()
    verdict = verification.verify()
    records = sum(model.objects.count() for model in verification.evidence())

    assert verdict == verification.Verdict(
        entries=head.sequence,
        head=head.digest,
        records=records,
        chain_break=None,
        record_fault=None,
        set_back=None,
        unprotected=(),
    )
    assert run() == (
        0,
        f"The audit trail is intact: {head.sequence} entries, the last with checksum"
        f" {head.digest}; {records} records match it. The status of every lot is"
        " what its records say.\n",
    )


def test_every_model_but_the_trail_and_the_read_model_is_evidence(db):
    ours = {
        model
        for label in ("lots", "reports")
        for model in apps.get_app_config(label).get_models()
    }

    assert ours - set(verification.evidence()) == set(verification.NOT_EVIDENCE)


def test_an_entry_of_a_table_that_is_no_evidence_is_found(lot, world, at):
    read_model = LotStatus.objects.get(lot=lot)
    with audit.act(by=world.cast.lin, at=at, action="enter") as act:
        act.change(read_model, required=99)

    assert verification.verify().record_fault == Fault(
        read_model._meta.db_table,
        str(read_model.pk),
        "is in a table that is not known",
    )


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("reason", "another"),
        ("by_name", "Somebody Else (else)"),
        ("action", "review"),
        ("account", "root"),
        ("record", "999"),
        ("row", "0" * 64),
        ("changes", '{"state": ["open", "released"]}'),
        ("at", "2020-01-01 00:00:00+00:00"),
        ("digest", "0" * 64),
    ],
)
def test_an_altered_entry_is_found_at_its_position(lot, column, value):
    at = middle().sequence
    tamper(f"UPDATE lots_auditentry SET {column} = %s WHERE sequence = %s", value, at)

    verdict = verification.verify()

    assert verdict.chain_break == Break(at, "altered")
    assert run() == (1, f"The audit trail is broken at entry {at}: altered.\n")


def test_a_deleted_entry_is_found(lot):
    at = middle().sequence
    tamper("DELETE FROM lots_auditentry WHERE sequence = %s", at)

    assert verification.verify().chain_break == Break(at, "missing")


def test_a_cut_tail_is_found_by_the_records(lot):
    last = AuditEntry.objects.order_by("-sequence").first()
    tamper("DELETE FROM lots_auditentry WHERE sequence = %s", last.sequence)

    verdict = verification.verify()

    assert (verdict.chain_break, verdict.record_fault.table) == (None, last.table)


def test_an_entry_rewritten_with_its_digest_breaks_the_next_link(lot):
    entry = middle()
    link = next(
        link
        for link, _stored in stored_entries.entries_of_chain()
        if link.sequence == entry.sequence
    )
    forged = chain.Entry(**{**vars(link), "reason": "forged"})
    tamper(
        "UPDATE lots_auditentry SET reason = 'forged', digest = %s WHERE sequence = %s",
        forged.digest(),
        entry.sequence,
    )

    assert verification.verify().chain_break == Break(entry.sequence + 1, "altered")


def test_an_altered_record_is_found(lot):
    result = Result.objects.order_by("pk").first()
    tamper(
        "UPDATE lots_result SET determinations = %s WHERE id = %s",
        '[{"text": "99.9", "preparation": 1, "injection": 1, "component": "",'
        ' "specified": false}]',
        result.pk,
    )

    fault = Fault("lots_result", str(result.pk), "differs from its last audit entry")
    assert verification.verify().record_fault == fault
    assert run() == (
        1,
        "The audit trail is intact, but a record differs from it: lots_result"
        f" {result.pk}: differs from its last audit entry.\n",
    )


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE lots_lot SET state = 'rejected' WHERE id = %s",
        "UPDATE lots_lot SET size = '151' WHERE id = %s",
        "UPDATE lots_lot SET manufactured_on = '2020-01-01' WHERE id = %s",
        "UPDATE lots_assessment SET state = 'released' WHERE lot_id = %s",
    ],
)
def test_any_altered_column_is_found(lot, statement):
    tamper(statement, lot.pk)

    assert (
        verification.verify().record_fault.fault == "differs from its last audit entry"
    )


def test_password_replaced_by_sql_is_found(lot, world, at):
    """The attack: who has the database signs as somebody else, and nobody sees it."""
    chen = world.cast.chen
    tamper(
        "UPDATE lots_user SET password = %s WHERE id = %s",
        make_password("a password of mine"),
        chen.pk,
    )
    signatures.confirm(by=chen, at=at, password="a password of mine")

    assert verification.verify().record_fault == Fault(
        "lots_user", str(chen.pk), "differs from its last audit entry"
    )


def test_change_of_the_own_password_does_not_hide_that_it_was_replaced(world, at):
    lin = world.cast.lin
    tamper(
        "UPDATE lots_user SET password = %s WHERE id = %s",
        make_password("a password of mine"),
        lin.pk,
    )
    users.change_own_password(
        by=lin, at=at, current="a password of mine", new="and another one of mine"
    )

    assert verification.verify().record_fault == altered_before(
        "lots_user", lin.pk, action="change_own_password"
    )


@pytest.mark.parametrize("change", ["change_own_password", "set_password", "sign_in"])
def test_password_changed_or_used_as_it_should_be_is_no_fault(
    world, at, change, settings
):
    """A sign-in stores no stronger hash, as Django would: nobody did that."""
    lin = world.cast.lin
    if change == "change_own_password":
        users.change_own_password(
            by=lin, at=at, current=PASSWORD, new="and another one of mine"
        )
    elif change == "set_password":
        users.set_password(
            person=lin,
            by=world.cast.admin,
            at=at,
            password="and another one of mine",
            reason="Forgotten",
        )
    else:
        settings.PASSWORD_HASHERS = [
            "django.contrib.auth.hashers.Argon2PasswordHasher",
            *settings.PASSWORD_HASHERS,
        ]
        signatures.confirm(by=lin, at=at, password=PASSWORD)
        assert asyncio.run(lin.acheck_password(PASSWORD))

    assert verification.verify().holds


def test_passwords_that_the_trail_does_not_know_are_told_once(world, at):
    """An account of a version that recorded none; migrate tells of it."""
    told = AuditEntry.objects.filter(table="lots_user", record=str(world.cast.lin.pk))
    added, confirmed = told.order_by("sequence")
    before = {**added.changes}
    before.pop("password")
    row = audit.row(world.cast.lin) | {"password": None}
    retell(added, changes=before, row="0" * 64)
    retell(confirmed, row=audit.told_digest("lots_user", row))
    assert verification.verify().record_fault.table == "lots_user"

    assert users.tell_passwords(at=at) == [world.cast.lin]

    assert told.latest("sequence").changes == {
        "password": [None, world.cast.lin.password_digest]
    }
    assert verification.verify().holds
    assert users.tell_passwords(at=at) == []


def test_account_that_was_altered_is_not_vouched_for_by_an_update(world, at):
    tamper("UPDATE lots_user SET password = 'mine' WHERE id = %s", world.cast.chen.pk)

    assert users.tell_passwords(at=at) == []
    assert verification.verify().record_fault.record == str(world.cast.chen.pk)


def test_entries_that_changed_places_are_found(lot):
    """Their contents, with the numbers and digests left as they were."""
    first = middle().sequence
    told = ", ".join(
        f'"{field.column}"'
        for field in AuditEntry._meta.concrete_fields
        if field.column not in ("sequence", "digest")
    )
    connection.check_constraints()
    with opened(), connection.cursor() as cursor:
        for to, source in ((first, first + 1), (first + 1, first)):
            cursor.execute(
                f"CREATE TEMPORARY TABLE entry_{to} AS"
                f" SELECT {told} FROM lots_auditentry WHERE sequence = %s",
                [source],
            )
        for to in (first, first + 1):
            cursor.execute(
                f"UPDATE lots_auditentry SET ({told}) ="
                f" (SELECT {told} FROM entry_{to}) WHERE sequence = %s",
                [to],
            )
            cursor.execute(f"DROP TABLE entry_{to}")
        connection.check_constraints()

    assert verification.verify().chain_break == Break(first, "altered")


@pytest.mark.parametrize(
    ("change", "table"),
    [
        ("UPDATE lots_signature SET printed_name = 'Chen Fang' WHERE", "signature"),
        ("UPDATE lots_signature SET meaning = 'released' WHERE", "signature"),
        ("UPDATE lots_signature SET text = '{}', digest = '' WHERE", "signature"),
        ("UPDATE lots_signature SET by_id = by_id + 1 WHERE", "signature"),
        # Moved: to no lot, to another result, to another day.
        ("UPDATE lots_signature SET lot_id = NULL WHERE", "signature"),
        (
            "UPDATE lots_signature SET at = '2020-01-01 00:00:00+00:00' WHERE",
            "signature",
        ),
        (
            "UPDATE lots_mark SET signature_id = NULL WHERE signature_id > 0 AND",
            "mark",
        ),
        ("UPDATE lots_mark SET result_id = result_id - 1 WHERE", "mark"),
    ],
)
def test_an_edited_or_moved_signature_is_found(lot, change, table):
    model = models.Signature if table == "signature" else Mark
    pk = model.objects.order_by("pk").last().pk
    tamper(f"{change} id = %s", pk)

    assert verification.verify().record_fault == Fault(
        f"lots_{table}", str(pk), "differs from its last audit entry"
    )


@pytest.mark.parametrize(
    ("column", "value"),
    [("content", b"other raw data"), ("name", "b.txt"), ("sha256", "0" * 64)],
)
def test_an_edited_document_is_found(lot, world, at, column, value):
    """One byte of a file is enough, its digest beside it changed or not."""
    attachment = result_entry.attach(
        lot=lot,
        by=world.cast.lin,
        at=at,
        upload=Upload("a.txt", b"raw data"),
        title="Chromatogram",
    )
    pk = attachment.document_id
    tamper(f"UPDATE lots_document SET {column} = %s WHERE id = %s", value, pk)

    assert verification.verify().record_fault == Fault(
        "lots_document", str(pk), "differs from its last audit entry"
    )


def test_an_altered_limit_is_found(lot):
    tamper(
        "UPDATE lots_criterion SET high = '9.9' WHERE id ="
        " (SELECT min(id) FROM lots_criterion WHERE high <> '')"
    )

    assert verification.verify().record_fault.table == "lots_criterion"


def test_a_deleted_record_is_found(lot):
    mark = Mark.objects.order_by("pk").last()
    tamper("DELETE FROM lots_mark WHERE id = %s", mark.pk)

    assert verification.verify().record_fault == Fault(
        "lots_mark", str(mark.pk), "is gone without an audit entry"
    )


def test_a_record_without_an_entry_is_found(lot):
    copied = ", ".join(
        f'"{field.column}"'
        for field in models.Test._meta.concrete_fields
        if field.column not in ("id", "code")
    )
    pk = models.Test.objects.order_by("-pk").first().pk
    tamper(
        f"INSERT INTO lots_test (id, code, {copied})"
        f" SELECT id + 1, 'SMUGGLED', {copied} FROM lots_test WHERE id = %s",
        pk,
    )

    assert verification.verify().record_fault == Fault(
        "lots_test", str(pk + 1), "is not in the audit trail"
    )


def drafted(world, at, test):
    """Draft a version of the oral specification with a criterion for this test."""
    approved = Specification.objects.filter(code="BAC-ORAL").first()
    return specification_versions.draft_specification(
        by=world.cast.olga,
        at=at,
        material=world.material,
        code="BAC-ORAL",
        use="oral",
        grade=approved.grade,
        compendium=approved.compendium,
        effective_on=approved.effective_on,
        change_reason="Tighter water",
        criteria=[
            specification_versions.CriterionDraft(test=test, kind="nmt", high="0.5")
        ],
    )


def test_a_removed_row_of_a_draft_is_no_fault_and_its_return_is(world, at):
    water = models.Test.objects.get(code="WATER", material=world.material)
    draft = drafted(world, at, water)
    row = draft.criteria.get()
    stored = {
        field.column: field.get_db_prep_save(
            getattr(row, field.attname), connection=connection
        )
        for field in row._meta.concrete_fields
    }
    with audit.act(by=world.cast.olga, at=at, action="change_draft") as act:
        act.remove(row)
    assert verification.verify().holds

    tamper(
        f"INSERT INTO lots_criterion ({', '.join(stored)})"
        f" VALUES ({', '.join(['%s'] * len(stored))})",
        *stored.values(),
    )

    assert verification.verify().record_fault == Fault(
        "lots_criterion", str(stored["id"]), "was removed and is there again"
    )


def altered_before(table, pk, **act):
    """Return the fault of a record that was altered before this act."""
    entry = AuditEntry.objects.get(table=table, record=str(pk), **act)
    return Fault(
        table,
        str(pk),
        f"was altered without an audit entry before entry {entry.sequence}",
    )


def test_an_act_on_an_altered_record_does_not_hide_it(lot, world, at):
    tamper("UPDATE lots_lot SET size = '151' WHERE id = %s", lot.pk)
    disposition.hold(lot=lot, by=world.cast.lin, at=at, reason="Complaint")

    assert verification.verify().record_fault == altered_before(
        "lots_lot", lot.pk, action="hold"
    )


def test_an_act_that_writes_over_what_was_altered_does_not_hide_it(lot, world, at):
    tamper("UPDATE lots_lot SET state_reason = 'Made up' WHERE id = %s", lot.pk)
    disposition.hold(lot=lot, by=world.cast.lin, at=at, reason="Complaint")

    assert verification.verify().record_fault == altered_before(
        "lots_lot", lot.pk, action="hold"
    )


def test_the_first_act_on_an_altered_record_is_named(lot, world, at):
    disposition.hold(lot=lot, by=world.cast.lin, at=at, reason="Complaint")
    tamper("UPDATE lots_lot SET size = '151' WHERE id = %s", lot.pk)
    bench.decide(world.cast, disposition.resume, lot, at=at, reason="Unfounded")
    disposition.hold(lot=lot, by=world.cast.lin, at=at, reason="Another")

    assert verification.verify().record_fault == altered_before(
        "lots_lot", lot.pk, action="resume"
    )


def test_a_column_that_was_added_later_is_no_alteration(world, at):
    """What was recorded before it came says nothing of it (`chained_names.ADDED`)."""
    water = models.Test.objects.get(code="WATER", material=world.material)
    created = AuditEntry.objects.get(
        table="lots_test", record=str(water.pk), changes__injections__isnull=False
    )
    assert created.changes["injections"] == [None, "1"]
    before = {**created.changes}
    before.pop("injections")
    retell(created, changes=before)
    with audit.act(by=world.cast.olga, at=at, action="change_test") as act:
        act.change(water, injections=2)

    assert verification.verify().holds


def retell(entry, **told):
    """Rewrite an entry, and every link of the chain after it."""
    connection.check_constraints()
    with opened():
        previous = None
        for link, _stored in list(stored_entries.entries_of_chain()):
            if link.sequence < entry.sequence:
                continue
            new = told if link.sequence == entry.sequence else {}
            new = {**vars(link), **new, "previous": previous or link.previous}
            forged = chain.Entry(**new)
            previous = forged.digest()
            AuditEntry.objects.filter(sequence=link.sequence).update(
                changes=forged.changes,
                row=forged.row,
                digest=previous,
            )
        connection.check_constraints()


def test_a_row_of_a_draft_altered_before_it_was_removed_is_found(world, at):
    water = models.Test.objects.get(code="WATER", material=world.material)
    draft = drafted(world, at, water)
    row = draft.criteria.get()
    tamper("UPDATE lots_criterion SET high = '9.9' WHERE id = %s", row.pk)
    row.refresh_from_db()
    with audit.act(by=world.cast.olga, at=at, action="change_draft") as act:
        pk = row.pk
        act.remove(row)

    assert verification.verify().record_fault == altered_before(
        "lots_criterion", pk, action="change_draft"
    )


def test_a_note_about_a_record_changes_nothing(lot, world, at):
    with audit.act(by=world.cast.lin, at=at, action="signature_refused") as act:
        act.note(table="lots_user", record=world.cast.lin.pk, why="password")

    assert verification.verify().holds


def test_json_gives_the_facts_apart(lot):
    tamper("UPDATE lots_lot SET size = '151' WHERE id = %s", lot.pk)
    head = AuditEntry.objects.order_by("-sequence").first()

    code, said = run("--json")

    told = json.loads(said)
    told.pop("records")
    assert (code, told) == (
        1,
        {
            "holds": False,
            "entries": head.sequence,
            "head": head.digest,
            "chain_break": None,
            "record_fault": {
                "table": "lots_lot",
                "record": str(lot.pk),
                "fault": "differs from its last audit entry",
            },
            "set_back": None,
            "unprotected": [],
            "lot_status_faults": None,
        },
    )


@pytest.mark.django_db(transaction=True)
def test_others_write_while_the_check_reads_one_moment(world, at):
    """What is stored after the check began neither waits for it nor disturbs it."""
    before = verification.verify()
    reading = verification.snapshot()
    with reading:
        AuditEntry.objects.count()
        writer = threading.Thread(
            target=_log_in_a_connection_of_its_own, args=(world, at)
        )
        writer.start()
        writer.join(timeout=15)
        during = verification.verify()
    after = verification.verify()

    assert not writer.is_alive()
    assert (during, after.holds, after.entries) == (before, True, before.entries + 4)


def _log_in_a_connection_of_its_own(world, at):
    try:
        with audit.replaying():
            bench.log(world.cast, world, at=at, number="BAC-26-777")
    finally:
        connection.close()


def test_long_trail_is_read_in_portions(world, at, monkeypatch):
    bench.log(world.cast, world, at=at, number="BAC-26-001")
    whole = verification.verify()

    for portion in (1, 7, whole.entries, whole.entries + 1):
        monkeypatch.setattr(verification, "ENTRIES_AT_ONCE", portion)
        assert verification.verify() == whole


# --- one record, asked about by itself -----------------------------------------------


def test_first_entry_of_all_vouches_for_its_record(lot):
    installation = models.Installation.objects.get()
    first = AuditEntry.objects.get(sequence=1)
    assert (first.table, first.record) == ("lots_installation", str(installation.pk))

    assert verification.vouched([installation]) == {installation.pk}


def test_record_is_vouched_for_only_while_the_entry_before_its_own_is_there(lot):
    signature = models.Signature.objects.latest("pk")
    [entry] = AuditEntry.objects.filter(
        table="lots_signature", record=str(signature.pk)
    )
    assert verification.vouched([signature]) == {signature.pk}

    tamper("DELETE FROM lots_auditentry WHERE sequence = %s", entry.sequence - 1)

    assert verification.vouched([signature]) == set()
