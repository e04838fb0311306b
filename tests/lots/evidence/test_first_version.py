"""A database of the first version migrates, verifies and is worked on further."""

import contextlib
import datetime
import io
import json
from dataclasses import dataclass

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from lots.demo import baclofen as set_up
from lots.demo import bench
from lots.evaluation import signed_text
from lots.evidence import chained_names, verification
from lots.evidence.verification import Fault
from lots.history import changes
from lots.models import AuditEntry, Lot, Sample, User
from lots.release import disposition
from lots.rules.chain import Break
from lots.rules.formats import Format
from lots.rules.refusal import Refusal
from lots.setup import identity_approval, organisations
from lots.workflow import lot_status
from reports.content import certificate as content_of
from reports.content.differences import differences
from reports.issuing import certificates as issuing
from reports.issuing import preflight, revision
from reports.models import Certificate
from reports.status import verification as certificates
from tests import databases, world
from tests.conftest import another_database, connected, opened
from tests.lots.evidence import first_version
from tests.lots.pages import signed_in, words
from tests.lots.setup import specifications

# The day after the last act in it.
THEN = datetime.datetime(2026, 9, 21, 8, 0, tzinfo=datetime.UTC)
NEXT = content_of.CERTIFICATE.number + 1
STATUSES = {
    ("TRN-2026-000001", 0): "superseded",
    ("TRN-2026-000001", 1): "current",
    ("TRN-2026-000002", 0): "withdrawn",
    ("TRN-2026-000003", 0): "recalled",
}
STAGES = {
    "FV-26-001": "released",
    "FV-26-002": "recalled",
    "FV-26-003": "to_release",
    "FV-26-004": "to_review",
    "FV-26-005": "on_hold",
    "FV-26-006": "released",
    "FV-26-007": "rejected",
    "FV-26-008": "to_enter",
    "FV-26-009": "void",
    "FV-26-010": "to_enter",
    "FV-26-011": "to_enter",
    "FI-1": "to_enter",
    "FI-2": "to_enter",
}


@pytest.fixture(scope="module")
def migrated(tmp_path_factory, django_db_setup, django_db_blocker):
    """Return the name of a database of the first version, migrated to today."""
    with contextlib.ExitStack() as stack:
        with django_db_blocker.unblock():
            folder = tmp_path_factory.mktemp("first-version")
            name = stack.enter_context(another_database(folder))
            with connected(name), pytest.MonkeyPatch.context() as patch:
                patch.setattr(timezone, "now", lambda: THEN)
                first_version.load()
                call_command("migrate", verbosity=0)
        yield name
        with django_db_blocker.unblock():
            stack.close()


@pytest.fixture
def stored(db, migrated, monkeypatch):
    """Work on that stored, on the day after its last act; undone afterwards."""
    monkeypatch.setattr(timezone, "now", lambda: THEN)
    with connected(migrated), transaction.atomic():
        yield
        transaction.set_rollback(True)


def run(command, *arguments):
    """Run a command that answers in JSON; return its exit code and its answer."""
    said = io.StringIO()
    try:
        call_command(command, *arguments, "--json", stdout=said)
    except SystemExit as end:
        return end.code, json.loads(said.getvalue())
    return 0, json.loads(said.getvalue())


def test_tables_are_those_of_a_new_database(stored, database):
    """The migrations end where the tests begin, whose tables are made of the models.

    On PostgreSQL: the backup of another installation (test_replaced_database.py).
    """
    migrated = databases.schema()

    with connected(database.name):
        assert migrated == databases.schema()


def test_chain_and_records_hold(stored):
    before = first_version.rows("lots_auditentry")[-1]["sequence"]
    last = AuditEntry.objects.order_by("-sequence").first()
    people = User.objects.count()
    waiting = User.objects.filter(awaits_confirmation=True).count()
    rows = sum(
        len(table["rows"])
        for name, table in first_version.stored()["tables"].items()
        if name not in ("lots_auditentry", "lots_standing")
    )

    assert run("verify_audit_trail") == (
        0,
        {
            "holds": True,
            # And since the update what the trail did not tell of: the passwords, and
            # who had a one-time password and waits to be confirmed.
            "entries": before + people + waiting,
            "head": last.digest,
            "records": rows,
            "chain_break": None,
            "record_fault": None,
            "set_back": None,
            "unprotected": [],
            "lot_status_faults": [],
        },
    )


def test_every_table_has_a_row():
    """So that no kind of record is left out of the proof."""
    assert [
        name
        for name, table in first_version.stored()["tables"].items()
        if not table["rows"]
    ] == []


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        (
            "UPDATE lots_lot SET size = '151' WHERE number = 'FV-26-001'",
            Fault("lots_lot", "1", "differs from its last audit entry"),
        ),
        (
            "UPDATE reports_certificate SET content = content || ' ' WHERE id = 2",
            Fault("reports_certificate", "2", "differs from its last audit entry"),
        ),
        (
            "UPDATE lots_test SET injections = 2 WHERE code = 'WATER'",
            Fault("lots_test", "4", "differs from its last audit entry"),
        ),
        (
            "UPDATE lots_user SET password = 'another' WHERE username = 'chen'",
            Fault("lots_user", "5", "differs from its last audit entry"),
        ),
        (
            "DELETE FROM lots_sample WHERE number = 'FV-26-011/S1'",
            Fault("lots_sample", "11", "is gone without an audit entry"),
        ),
        (
            "UPDATE lots_auditentry SET reason = 'Another' WHERE sequence = 400",
            Break(400, "altered"),
        ),
    ],
)
def test_tampering_with_it_is_found(stored, statement, fault):
    with opened(), connection.cursor() as cursor:
        cursor.execute(statement)
        assert cursor.rowcount == 1
        connection.check_constraints()

    verdict = verification.verify()

    assert (verdict.holds, verdict.chain_break or verdict.record_fault) == (
        False,
        fault,
    )


def test_lots_and_their_stages_are_as_before(stored):
    cast, _baclofen = world.found()
    client = signed_in(cast.chen)
    lots = Lot.objects.order_by("pk")

    listed = words(client.get("/lots/"))
    pages = {lot.number: client.get(f"/lots/{lot.pk}/").status_code for lot in lots}
    kept = stages()
    for lot in lots:
        lot_status.refresh(lot, at=THEN)

    assert [number for number in STAGES if number not in listed] == []
    assert pages == dict.fromkeys(STAGES, 200)
    assert kept == STAGES
    # And so are they when worked out anew from the records.
    assert stages() == STAGES


def stages():
    return dict(Lot.objects.values_list("number", "status__stage"))


def test_trail_says_every_entry_in_words(stored):
    """No table or column of then is a bare name today."""
    for entry in AuditEntry.objects.exclude(table=""):
        model = chained_names.recorded_model(entry.table)
        assert model is not None, entry.table
        unnamed = set(entry.changes) - set(chained_names.fields(model))
        assert not unnamed or not entry.row, (entry.sequence, unnamed)
        assert len(changes.in_words(entry)) <= len(entry.changes)


@pytest.mark.parametrize(("number", "revision"), STATUSES)
def test_certificate_opens_as_before(stored, client, tmp_path, number, revision):
    made = Certificate.objects.get(number=number, revision=revision)
    [told] = [
        row
        for row in first_version.rows("reports_certificate")
        if (row["number"], row["revision"]) == (number, revision)
    ]
    issued = bytes.fromhex(told["pdf"])
    file = tmp_path / "certificate.pdf"
    file.write_bytes(issued)

    content = certificates.read(made)
    code, facts = run("verify_certificate", str(file))
    page = words(client.get(f"/check/{told['token']}/"))
    answer = words(
        client.post("/check/", {"file": SimpleUploadedFile("c.pdf", issued)})
    )

    status = STATUSES[number, revision]
    assert (content.number, content.revision) == (number, str(revision))
    assert bytes(made.pdf) == issued
    assert (code, facts["status"]) == (0 if status == "current" else 1, status)
    assert (facts["known"], facts["file_intact"], facts["content_intact"]) == (
        True,
        True,
        True,
    )
    assert f"{number} revision {revision}" in page
    assert facts["sentence"] in page
    assert f"the one that was issued as {number} revision {revision}." in answer


def minimum(cast, material):
    """Approve the oral criteria of then as the minimum for oral use."""
    set_up.specify(
        cast,
        at=THEN,
        material=material,
        code="BAC-ORAL-MIN",
        use="oral",
        purpose="minimum",
        grade="Minimum",
        compendium="",
        effective_on=THEN.date(),
        criteria=specifications.rows_of("BAC-ORAL", version=1),
    )


def test_work_goes_on_with_it(stored, settings):
    """Signed with a password of then; a certificate left being made gets its file."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    cast, baclofen = world.found()
    before = AuditEntry.objects.count()

    def release():
        bench.release(
            cast,
            Lot.objects.get(number="FV-26-003"),
            "BAC-ORAL",
            at=THEN,
            deviations="OOS-2026-00001",
            justification="The laboratory error is proven.",
        )

    bench.log(cast, baclofen, at=THEN, number="FV-26-100")
    # The migration made up no minimum specification, so QA states one first.
    with pytest.raises(Refusal, match="has no approved minimum specification"):
        release()
    minimum(cast, baclofen.material)
    # Nor did it approve what certificates print: QA drafts it as it is, and signs.
    with pytest.raises(Refusal, match=r"Baclofen; .* is not approved"):
        release()
    identity_approval.draft_all(by=cast.olga, at=THEN)
    set_up.approve_identities(cast, at=THEN)
    release()
    issued = issuing.issue(
        assessment=bench.assessment(Lot.objects.get(number="FV-26-003"), "BAC-ORAL"),
        by=cast.olga,
        at=THEN,
        stated=bench.LABEL,
    )
    revised = issuing.revise(
        certificate=Certificate.objects.get(number="TRN-2026-000001", revision=1),
        by=cast.olga,
        at=THEN,
        reason="Another order",
        order="PO 4502",
        identity="today",
        stated=bench.LABEL,
    )

    finished = Certificate.objects.get(number="TRN-2026-000004")
    verdict = verification.verify()
    assert (issued.number, revised.number, revised.revision) == (
        "TRN-2026-000005",
        "TRN-2026-000001",
        2,
    )
    assert [certificates.of_certificate(one).holds for one in (finished, issued)] == [
        True,
        True,
    ]
    assert verdict.holds
    assert verdict.entries > before


@dataclass(frozen=True, kw_only=True)
class NextCertificate(content_of.Certificate):
    """A certificate of the format after today's, which has one field more."""

    printed_by: str = content_of.later(since=NEXT)
    format: int = NEXT

    def __post_init__(self):
        if self.format == NEXT:
            object.__setattr__(self, "printed_by", "Olga Novak")


@pytest.fixture
def raised(monkeypatch):
    """Let certificates be of the next format from now on."""
    following = Format("certificate", number=NEXT)
    following.reads(*range(1, NEXT + 1))(content_of._with_the_fields_of_its_format)
    monkeypatch.setattr(content_of, "Certificate", NextCertificate)
    monkeypatch.setattr(content_of, "CERTIFICATE", following)
    return NEXT


@pytest.mark.parametrize(("number", "revision"), STATUSES)
def test_certificate_opens_after_the_format_is_raised(
    stored, raised, client, tmp_path, number, revision
):
    test_certificate_opens_as_before(stored, client, tmp_path, number, revision)

    cast, _baclofen = world.found()
    made = Certificate.objects.get(number=number, revision=revision)
    reader = signed_in(cast.chen)
    page = reader.get(f"/certificates/{made.pk}/")
    file = reader.get(f"/certificates/{made.pk}/pdf/")

    assert certificates.read(made).format < raised
    assert (page.status_code, file.status_code) == (200, 200)
    assert file.getvalue() == bytes(made.pdf)


def test_older_certificate_is_revised_duplicated_and_finished(stored, raised, settings):
    """What was issued before stays of its format; what follows is of the next."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    cast, baclofen = world.found()
    minimum(cast, baclofen.material)
    older = Certificate.objects.get(number="TRN-2026-000001", revision=1)
    before = older.content
    # Nobody has approved what it would print.
    unapproved = signed_in(cast.olga).post(
        f"/certificates/{older.pk}/revise/",
        {"revise-reason": "Another order", "revise-identity": "today"},
    )
    assert unapproved.status_code == 422
    assert "What certificates print of Baclofen; " in words(unapproved)
    identity_approval.draft_all(by=cast.olga, at=THEN)
    set_up.approve_identities(cast, at=THEN)
    customer = organisations.add_organisation(
        by=cast.olga,
        at=THEN,
        name="Harbour Implants Inc.",
        address="4 Long Wharf, Boston",
        telephone="+1 617 555 0144",
        is_customer=True,
    )

    # The release named nothing of what is printed: QA says that today's text is right.
    unchosen = signed_in(cast.olga).post(
        f"/certificates/{older.pk}/revise/",
        {"revise-reason": "Another order", "revise-order": "PO 4502"},
    )
    assert unchosen.status_code == 422
    assert "was signed before its text named what certificates print" in words(unchosen)

    addressed = {"certificate": older, "customer": customer, "identity": "today"}
    changes = revision.changes_of_duplicate(at=THEN, **addressed)
    duplicate = issuing.duplicate(
        **addressed,
        by=cast.olga,
        at=THEN,
        shown=preflight.digest_of(changes),
        stated=bench.LABEL,
    )
    revised = issuing.revise(
        certificate=older,
        by=cast.olga,
        at=THEN,
        reason="Another order",
        order="PO 4502",
        identity="today",
        stated=bench.LABEL,
    )
    finished = Certificate.objects.get(number="TRN-2026-000004")
    page = words(signed_in(cast.olga).get(f"/certificates/{revised.pk}/"))

    older.refresh_from_db()
    contents = [certificates.read(one) for one in (older, finished, duplicate, revised)]
    assert [one.format < raised for one in contents] == [True, True, False, False]
    assert [one.printed_by for one in contents] == ["", "", *["Olga Novak"] * 2]
    assert (older.content, older.state) == (before, "superseded")
    assert "printed by" in page
    assert [
        certificates.of_certificate(one).holds
        for one in (older, finished, duplicate, revised)
    ] == [False, True, True, True]
    assert ("printed_by", "", "Olga Novak") in [
        (each.path, each.before, each.after)
        for each in differences(contents[0], contents[3])
    ]
    assert verification.verify().holds


@pytest.fixture
def renamed(stored, monkeypatch):
    """Call a table and a column otherwise, in the database and in the models."""
    monkeypatch.setattr(Lot._meta.get_field("packaging"), "column", "packed_in")
    monkeypatch.setattr(Sample._meta, "db_table", "lots_specimen")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE lots_lot RENAME COLUMN packaging TO packed_in")
        cursor.execute("ALTER TABLE lots_sample RENAME TO lots_specimen")
    forget()
    yield
    forget()


def forget():
    """Let the map be read anew."""
    for read in (
        chained_names.fields,
        chained_names.attributes,
        chained_names.unsaid,
        chained_names.recorded_model,
    ):
        read.cache_clear()
    # A field keeps the name of its table.
    for field in Sample._meta.concrete_fields:
        field.__dict__.pop("cached_col", None)


def test_rename_that_the_map_does_not_know_breaks_the_trail(renamed):
    assert not verification.verify().holds


def test_rename_that_the_map_knows_leaves_the_trail_as_it_was(renamed, monkeypatch):
    monkeypatch.setitem(chained_names.COLUMNS, ("lots_lot", "packed_in"), "packaging")
    monkeypatch.setitem(chained_names.TABLES, "lots_specimen", "lots_sample")
    forget()
    before = verification.verify()
    cast, baclofen = world.found()

    lot = bench.log(cast, baclofen, at=THEN, number="FV-26-100")
    disposition.hold(lot=lot, by=cast.lin, at=THEN, reason="Drum damaged")

    logged = AuditEntry.objects.get(table="lots_lot", action="log", lot=lot)
    after = verification.verify()
    assert (before.holds, after.holds) == (True, True)
    assert after.records > before.records
    assert logged.changes["packaging"] == [None, "6 HDPE drums of 25 kg"]
    assert '"packaging":"6 HDPE drums of 25 kg"' in signed_text.lot_text(lot)
    assert AuditEntry.objects.filter(table="lots_sample", lot=lot).exists()
