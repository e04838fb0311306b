"""What each verb leaves in the trail, and that nobody changes it afterwards.

What `verify_audit_trail` finds is in `test_verify_audit_trail.py`; here is what is
written, what the database refuses, what the chain itself notices, and the golden
bytes of what is signed.
"""

import datetime
import json
import re
from decimal import Decimal
from pathlib import Path

import pytest
from django.apps import apps
from django.db import DatabaseError, IntegrityError, connection, transaction

from lots.demo import bench
from lots.demo.people import PASSWORD
from lots.evaluation import evaluator, signed_text
from lots.evidence import audit, signatures, stored_entries, verification
from lots.history import changes
from lots.models import AuditEntry, Lot, Result, Signature, Site, User
from lots.release import disposition
from lots.rules import chain
from lots.rules.chain import Break, Entry
from lots.rules.refusal import Refusal
from lots.rules.step_table import STEPS, NotAllowed
from tests.lots.situations import VERBS, prepared

pytestmark = pytest.mark.postgres

GOLDEN = Path(__file__).parent / "golden"

# --- each verb leaves exactly these entries ------------------------------------------

NEW = "new"
# Table and what changed, in order; who takes the step; the reason that is kept.
SIGNED = ("signature", NEW)
LEAVES = {
    "sample": ("lin", "", [("sample", NEW)]),
    "enter": ("lin", "", [("result", NEW)]),
    "invalid_run": ("lin", "The pump stopped at noon", [("invalidrun", NEW)]),
    "submit": ("lin", "", [("mark", NEW)]),
    # An intrathecal lot is judged by its own specification and by the oral one.
    "examine": (
        "lin",
        "",
        [("examination", NEW), ("assessment", NEW), ("assessment", NEW)],
    ),
    "assess": ("lin", "", [("assessment", NEW)]),
    "review": ("sofia", "", [SIGNED, ("mark", NEW)]),
    "send_back": ("sofia", "No raw data", [("mark", NEW)]),
    "confirm_correction": (
        "sofia",
        "",
        [
            SIGNED,
            ("mark", NEW),
            ("investigation", "cause closed_at corrected_by_id signature_id"),
        ],
    ),
    "phase_one": ("sofia", "", [SIGNED, ("phaseone", NEW)]),
    "plan": (
        "chen",
        "Contaminated tube",
        [("investigation", "hypothesis planned_at planned_by_id planned_retests")],
    ),
    "conclude": (
        "chen",
        "No error found",
        [
            SIGNED,
            (
                "investigation",
                "cause closed_at conclusion other_lots production signature_id",
            ),
        ],
    ),
    "release": (
        "chen",
        "",
        [SIGNED, ("assessment", "released_on signature_id state")],
    ),
    "refuse": (
        "chen",
        "Foreign particles",
        [SIGNED, ("assessment", "signature_id state state_reason")],
    ),
    "hold": ("chen", "Damaged", [("lot", "state state_reason")]),
    # The hold had the same reason, so only the state changes.
    "resume": ("chen", "Why", [SIGNED, ("lot", "state")]),
    "reject": ("chen", "Why", [SIGNED, ("lot", "state state_reason")]),
    "recall": ("chen", "Why", [SIGNED, ("lot", "state state_reason")]),
    "void": ("chen", "Why", [SIGNED, ("lot", "state state_reason")]),
    # The release is withdrawn and takes its place anew, complete as it was.
    "reopen": (
        "chen",
        "Why",
        [
            SIGNED,
            ("assessment", "state state_reason"),
            ("assessment", NEW),
            ("lot", "reopenings"),
            ("lot", "state_reason"),
            ("assessment", "state"),
        ],
    ),
}


def since(sequence):
    return list(AuditEntry.objects.filter(sequence__gt=sequence).order_by("sequence"))


def changed(entry):
    """Return the changed fields, `new` where there was nothing before."""
    if all(old is None for old, _new in entry.changes.values()) and entry.row:
        return NEW
    return " ".join(sorted(entry.changes))


def test_every_verb_on_a_lot_has_its_entries_declared():
    assert set(LEAVES) == set(VERBS)


@pytest.mark.parametrize("code", LEAVES)
def test_verb_leaves_exactly_these_entries(world, at, code):
    person, reason, expected = LEAVES[code]
    by = getattr(world.cast, person)
    case, call = prepared(world, at, code, STEPS[code].lot_states[0])
    before = AuditEntry.objects.count()

    call(by)

    entries = since(before)
    assert [
        (entry.table.removeprefix("lots_"), changed(entry)) for entry in entries
    ] == expected
    assert {
        (entry.action, entry.by, entry.by_name, entry.reason, entry.at, entry.lot)
        for entry in entries
    } == {(code, by, f"{by.printed_name} ({by.username})", reason, at, case.lot)}


@pytest.mark.parametrize("code", LEAVES)
def test_refused_verb_leaves_no_entry_and_no_record(world, at, code):
    """Nothing of what was done before the refusal stays."""
    _case, call = prepared(world, at, code, STEPS[code].lot_states[0])
    before = AuditEntry.objects.count(), counted()

    with pytest.raises(NotAllowed):
        call(world.cast.ines)

    assert (AuditEntry.objects.count(), counted()) == before


def counted():
    return {model: model.objects.count() for model in verification.evidence()}


def test_fail_leaves_the_result_and_its_investigation(world, at):
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")
    before = AuditEntry.objects.count()

    bench.enter(lot, world, {"MEOH": "3001"}, by=world.cast.lin, at=at, submit=False)

    assert [(entry.table, changed(entry)) for entry in since(before)] == [
        ("lots_result", NEW),
        ("lots_investigation", NEW),
    ]


def test_column_added_later_leaves_the_digests_of_before_as_they_were(world, at):
    """An upgraded site's trail holds, and a change of the column is still told."""
    test = world.tests["ASSAY"]
    known = audit.row(test)
    assert known.pop("injections") == "1"
    assert known.pop("is_text") is False

    assert audit.row_digest(test) == chain.digest(chain.canonical(known))

    for injections in (2, 1):
        with audit.act(by=world.cast.olga, at=at, action="change_test") as act:
            act.change(test, injections=injections)
    told = AuditEntry.objects.filter(table="lots_test", action="change_test")
    assert [
        (entry.changes["injections"], entry.row == audit.row_digest(test))
        for entry in told.order_by("sequence")
    ] == [(["1", "2"], False), (["2", "1"], True)]


def test_entry_says_old_and_new_and_the_digest_of_the_row(world, at):
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")

    disposition.hold(lot=lot, by=world.cast.lin, at=at, reason="Drum damaged")

    last = AuditEntry.objects.order_by("sequence").last()
    assert last.changes == {
        "state": ["quarantine", "on_hold"],
        "state_reason": ["", "Drum damaged"],
    }
    assert last.row == audit.row_digest(Lot.objects.get(pk=lot.pk))


def test_neither_password_nor_its_hash_is_in_an_entry(world):
    """Only the SHA-256 of the salted hash, by which nobody can guess at it."""
    entries = AuditEntry.objects.filter(table="lots_user")
    trail = "".join(str(entry.changes) for entry in entries)

    assert "last_login" not in trail
    for person in User.objects.all():
        assert person.password not in trail
        assert chain.digest(person.password) in trail
    assert chain.digest(PASSWORD) not in trail


def test_act_carries_the_time_of_the_clock(db, world, at):
    """Only the demo replays; its switch is off here, for the test alone."""
    token = audit._replaying.set(False)
    try:
        with pytest.raises(ValueError, match="time of the clock"):
            disposition.hold(
                lot=bench_lot(world, at),
                by=world.cast.lin,
                at=at - datetime.timedelta(hours=1),
                reason="Yesterday, really",
            )
    finally:
        audit._replaying.reset(token)


def bench_lot(world, at):
    return bench.log(world.cast, world, at=at, number="BAC-26-001")


def test_one_time_password_lets_nobody_act(world, at):
    world.cast.lin.must_change_password = True
    world.cast.lin.save(update_fields=["must_change_password"])

    with (
        pytest.raises(Refusal) as caught,
        audit.act(by=world.cast.lin, at=at, action="enter"),
    ):
        pass

    assert (caught.value.code, str(caught.value)) == (
        "one-time-password",
        "Nothing was stored: an administrator set your password; change it first.",
    )


def test_act_that_meets_another_is_refused(transactional_db, world, at):
    """Nobody waits for ever: the database ends one of two, and the person is told."""
    other = connection.copy()
    try:
        with other.cursor() as their, connection.cursor() as ours:
            if connection.vendor == "sqlite":
                ours.execute("PRAGMA busy_timeout = 1")
                their.execute("BEGIN IMMEDIATE")
            else:
                ours.execute("SET lock_timeout = '10ms'")
                their.execute("BEGIN; LOCK TABLE lots_user")
            with (
                pytest.raises(Refusal) as caught,
                audit.act(by=world.cast.lin, at=at, action="enter"),
            ):
                pass
            their.execute("ROLLBACK")
    finally:
        other.close()
        connection.close()

    assert (caught.value.code, str(caught.value)) == (
        "meanwhile",
        "Nothing was stored: somebody else changed the same record at the same"
        " moment; check it, then repeat the step.",
    )


def test_what_the_database_refuses_by_itself_is_no_meeting(world, at):
    with (
        pytest.raises(IntegrityError),
        audit.act(by=world.cast.olga, at=at, action="add_site") as act,
    ):
        act.create(Site(organisation=None, name="Nowhere", address="1", telephone="2"))


def test_deactivated_person_does_not_act(world, at):
    lot = bench_lot(world, at)
    lin = world.cast.lin
    type(lin).objects.filter(pk=lin.pk).update(is_active=False)

    with pytest.raises(Refusal, match="Your account is deactivated"):
        disposition.hold(lot=lot, by=lin, at=at, reason="Drum damaged")


# --- the database refuses to change what proves -------------------------------------

APPEND_ONLY = (
    "lots_auditentry",
    "lots_signature",
    "lots_result",
    "lots_mark",
    "lots_document",
)


def models_of(table):
    return next(model for model in apps.get_models() if model._meta.db_table == table)


@pytest.fixture
def reviewed(world, at):
    """A lot that has a row in every append-only table."""
    lot = bench_lot(world, at)
    bench.enter(lot, world, {"MEOH": "112", "TOL": "15"}, by=world.cast.lin, at=at)
    bench.review(world.cast, lot, at=at)
    return lot


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("how", ["update", "delete", "replace"])
def test_database_refuses_to_change_what_proves(reviewed, table, how):
    model = models_of(table)
    key = model._meta.pk.column
    row = model.objects.order_by("pk").values_list("pk", flat=True).first()
    columns = ", ".join(f'"{field.column}"' for field in model._meta.concrete_fields)
    statement = {
        "update": f'UPDATE {table} SET "{key}" = "{key}" WHERE "{key}" = %s',
        "delete": f'DELETE FROM {table} WHERE "{key}" = %s',
        # On PostgreSQL there is no REPLACE: its word for it updates, and is refused.
        "replace": (
            f"INSERT OR REPLACE INTO {table} ({columns})"
            f' SELECT {columns} FROM {table} WHERE "{key}" = %s'
            if connection.vendor == "sqlite"
            else f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {table}"
            f' WHERE "{key}" = %s ON CONFLICT ("{key}")'
            f' DO UPDATE SET "{key}" = EXCLUDED."{key}"'
        ),
    }[how]
    before = list(model.objects.order_by("pk").values())

    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement, [row])

    assert list(model.objects.order_by("pk").values()) == before


@pytest.mark.parametrize("table", ["lots_result"])
def test_row_is_not_replaced_by_another_of_its_unique_values(reviewed, table):
    """Under a new key: SQLite's REPLACE would delete the old row without a word."""
    model = models_of(table)
    key = model._meta.pk.column
    last = model.objects.order_by("-pk").values_list("pk", flat=True).first()
    rest = ", ".join(
        f'"{field.column}"'
        for field in model._meta.concrete_fields
        if field.column != key
    )
    verb = "INSERT OR REPLACE" if connection.vendor == "sqlite" else "INSERT"
    before = list(model.objects.order_by("pk").values())

    with (
        pytest.raises(DatabaseError, match=r"append-only|unique"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            f'{verb} INTO {table} ("{key}", {rest})'
            f' SELECT "{key}" + 1, {rest} FROM {table} WHERE "{key}" = %s',
            [last],
        )

    assert list(model.objects.order_by("pk").values()) == before


# --- what the chain notices by itself -----------------------------------------------

NOON = datetime.datetime(2026, 11, 23, 12, 0, tzinfo=datetime.UTC)


def linked(*actions):
    """Return a chain of entries with their digests, as it is stored."""
    previous, found = chain.START, []
    for sequence, action in enumerate(actions, start=1):
        entry = Entry(
            sequence=sequence,
            at=NOON,
            by=7,
            by_name="Lin Yue (lin)",
            account="",
            action=action,
            table="lots_lot",
            record="1",
            lot=1,
            changes={"state": ["quarantine", "on_hold"]},
            reason="Drum damaged",
            row="a" * 64,
            previous=previous,
        )
        previous = entry.digest()
        found.append((entry, previous))
    return found


def renumbered(entries):
    """Return the entries numbered anew, as somebody would who hides a change."""
    return [
        (Entry(**{**vars(entry), "sequence": place}), digest)
        for place, (entry, digest) in enumerate(entries, start=1)
    ]


def altered(entries):
    entry, digest = entries[1]
    entries[1] = Entry(**{**vars(entry), "reason": "No reason"}), digest
    return entries


def altered_with_its_digest(entries):
    entry = Entry(**{**vars(entries[1][0]), "reason": "No reason"})
    entries[1] = entry, entry.digest()
    return entries


def inserted(entries):
    """Another entry between the second and the third, linked to the one before."""
    new = Entry(**{**vars(entries[2][0]), "action": "resume"})
    return renumbered([*entries[:2], (new, new.digest()), *entries[2:]])


def swapped(entries):
    """The contents of two entries change places, numbers and links stay."""
    (second, _two), (third, _three) = entries[1], entries[2]
    entries[1] = Entry(**{**vars(second), "action": third.action}), entries[1][1]
    entries[2] = Entry(**{**vars(third), "action": second.action}), entries[2][1]
    return entries


@pytest.mark.parametrize(
    ("tamper", "expected"),
    [
        (altered, Break(2, "altered")),
        (altered_with_its_digest, Break(3, "not linked to the entry before")),
        (lambda found: [found[0], *found[2:]], Break(2, "missing")),
        (
            lambda found: renumbered([found[0], *found[2:]]),
            Break(2, "not linked to the entry before"),
        ),
        (inserted, Break(4, "not linked to the entry before")),
        (swapped, Break(2, "altered")),
        (
            lambda found: [found[0], found[2], found[1], found[3]],
            Break(2, "missing"),
        ),
        (
            lambda found: renumbered([found[0], found[2], found[1], found[3]]),
            Break(2, "not linked to the entry before"),
        ),
        (lambda found: found[1:], Break(1, "missing")),
        (lambda found: found, None),
    ],
    ids=[
        "altered",
        "altered-with-its-digest",
        "deleted",
        "deleted-and-renumbered",
        "inserted",
        "swapped",
        "reordered",
        "reordered-and-renumbered",
        "head-cut",
        "untouched",
    ],
)
def test_chain_notices(tamper, expected):
    found = tamper(linked("log", "hold", "resume", "reject"))

    assert chain.first_break(found) == expected


def test_cut_tail_is_not_noticed_by_the_chain_alone():
    """A chain cannot know that it went on; `verify` compares the records as well.

    Until signed checkpoints of the trail come, keep the last digest that the command
    prints somewhere else.
    """
    assert chain.first_break(linked("log", "hold", "resume", "reject")[:2]) is None


# --- golden bytes -------------------------------------------------------------------


def test_canonical_text_is_written_the_same_for_ever():
    """A change here breaks every digest that was ever stored."""
    assert chain.canonical(
        {
            "text": "亚硝胺 ≤ 0.03 µg/g \"quoted\"\n",
            "none": None,
            "yes": True,
            "whole": 12345678901234567890,
            "decimal": Decimal("98.50"),
            "day": datetime.date(2026, 11, 23),
            "moment": datetime.datetime(
                2026, 11, 23, 20, 0, 0, 5,
                tzinfo=datetime.timezone(datetime.timedelta(hours=8)),
            ),
            "bytes": b"a file",
            "list": [1, "1", ()],
        }
    ) == (
        '{"bytes":"' + chain.digest("a file") + '","day":"2026-11-23",'
        '"decimal":"98.50","list":["1","1",[]],'
        '"moment":"2026-11-23T12:00:00.000005+00:00","none":null,'
        '"text":"亚硝胺 ≤ 0.03 µg/g \\"quoted\\"\\n","whole":"12345678901234567890",'
        '"yes":true}'
    )  # fmt: skip


def test_chain_of_format_1_has_these_digests():
    assert [digest for _entry, digest in linked("log", "hold")] == [
        "31f05a203bd7337e905d57f0929080a8f26ffde34630ee2094e3c35afebd709d",
        "51f0111f3ee37c03899fd1dbf82845098d9b9f0df938a569cdf03629eec68eed",
    ]


@pytest.mark.parametrize("value", [0.1, object(), datetime.datetime(2026, 11, 23)])  # noqa: DTZ001 - that is what is refused
def test_what_cannot_be_written_exactly_is_no_evidence(value):
    with pytest.raises(TypeError):
        chain.canonical(value)


# Keys and days differ from database to database; everything else is golden.
KEYS = {"id", "result", "criterion", "examination", "inputs"}
DAY = re.compile(r"\d{4}-\d\d-\d\d(T[0-9:.]+\+00:00)?")


def dateless(value, name=""):
    """Return the record with keys and days replaced by what they are."""
    if name in KEYS or name.endswith("_id"):
        return value and f"<{name}>"
    if isinstance(value, dict):
        return {key: dateless(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [dateless(inner) for inner in value]
    if isinstance(value, str):
        return re.sub(r"OOS-\d{4}", "OOS-<year>", DAY.sub("<day>", value))
    return value


def test_signed_record_is_the_stored_sample_of_its_format(world, at):
    """A change of what is signed takes the next number of its format, and a sample.

    The old samples stay: what was signed must be readable for ever.
    """
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")
    values = {
        code: bench.ORAL_RESULTS[code]
        for code in ("APP", "WATER", "ASSAY", "IMPA", "UNSPEC", "ROI", "TAMC")
    }
    bench.enter(lot, world, {**values, "MEOH": "3000.5"}, by=world.cast.lin, at=at)
    assessment = bench.assessment(lot, "BAC-ORAL")

    text = signed_text.assessment_text(evaluator.evaluate(lot), assessment.pk)

    number = signed_text.ASSESSMENT.number
    stored = (GOLDEN / f"assessment-format-{number}.json").read_text("utf-8")
    assert text == chain.canonical(json.loads(text))
    assert json.dumps(
        dateless(json.loads(text)), ensure_ascii=False, indent=1, sort_keys=True
    ) == stored.rstrip("\n")


def test_signature_keeps_text_and_digest_together(world, reviewed):
    """Part 11.70: what was signed and the signature cannot be taken apart."""
    signature = Signature.objects.get(lot=reviewed)
    results = list(Result.objects.order_by("pk"))

    assert signature.digest == chain.digest(signature.text)
    assert [
        (one["test"], one["reportable"], one["stage"])
        for one in signatures.read(signature.text, signed_text.REVIEW).record["results"]
    ] == [
        (result.test.name, value, "submitted")
        for result, value in zip(results, ("112", "15"), strict=True)
    ]


def test_records_of_one_act_link_one_by_one(world, at):
    """In the order in which they were changed, without a gap."""
    before = AuditEntry.objects.count()

    bench.log(world.cast, world, at=at, number="BAC-26-901", use="intrathecal")

    entries = since(before)
    assert [entry.sequence for entry in entries] == list(
        range(before + 1, before + 1 + len(entries))
    )
    links = list(stored_entries.entries_of_chain())[before:]
    assert [(link.previous, link.digest() == stored) for link, stored in links[1:]] == [
        (entry.digest, True) for entry in entries[:-1]
    ]


def test_entry_that_was_altered_is_said_as_it_stands():
    altered = {"state": [["x"], "no-state"], "logged_at": [None, "yesterday"]}

    said = changes.in_words(AuditEntry(table="lots_lot", changes=altered))

    assert said == (("Logged at", "–", "yesterday"), ("State", '["x"]', "no-state"))
    assert changes.in_words(AuditEntry(table="lots_no", changes={"a": ["1", "b"]})) == (
        ("a", "1", "b"),
    )
