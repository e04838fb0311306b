"""What the trail says of new records: little, whole, and missed where it changes.

A lot of 23 results costs at most 60 kB, as whoever buys the disk counts it.
"""

import csv
import json
import zlib
from pathlib import Path

import pytest
from django.db import connection

from lots.demo import bench
from lots.evidence import append_only, audit, chained_names, verification
from lots.evidence.replay import Fault
from lots.models import AuditEntry, Mark, Result, Signature
from lots.rules import chain
from tests.conftest import tamper
from tests.lots.pages import signed_in, words

pytestmark = pytest.mark.postgres

UNSAID = Path(__file__).parent / "unsaid.json"
RESULTS = {**bench.ORAL_RESULTS, **bench.ELEMENTS}
MOST_BYTES = 60_000
LOTS = 12


def released(world, at, number, *, one_by_one=False):
    """Return a lot of 23 results, one of them calculated, reviewed and released."""
    cast = world.cast
    lot = bench.log(cast, world, at=at, number=number)
    if one_by_one:
        for code, value in RESULTS.items():
            bench.enter(lot, world, {code: value}, by=cast.lin, at=at, submit=False)
        bench.submit(lot, by=cast.lin, at=at)
    else:
        bench.enter(lot, world, RESULTS, by=cast.lin, at=at)
    bench.review(cast, lot, at=at)
    bench.release(cast, lot, "BAC-ORAL", at=at)
    return lot


@pytest.fixture
def lot(world, at):
    return released(world, at, "BAC-26-801")


def stored_bytes():
    """Return what the database takes on disk, free pages left out.

    On PostgreSQL without the status of lots: its rows are written anew in each act,
    and what they leave is swept up between acts, which a test's transaction is not.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT sum(pg_total_relation_size(oid)) FROM pg_class"
                " WHERE relkind = 'r' AND relname <> 'lots_standing'"
                " AND relnamespace = current_schema()::regnamespace"
            )
            return int(cursor.fetchone()[0])
        sizes = []
        for name in ("page_count", "freelist_count", "page_size"):
            cursor.execute(f"PRAGMA {name}")
            sizes.append(cursor.fetchone()[0])
    return (sizes[0] - sizes[1]) * sizes[2]


# --- size ----------------------------------------------------------------------------


@pytest.mark.parametrize("one_by_one", [False, True], ids=["at once", "one by one"])
def test_lot_of_23_results_costs_60_kb_at_most(world, at, one_by_one):
    """With review and release, its trail and every index, without certificates."""
    lot = released(world, at, "SIZE-0", one_by_one=one_by_one)
    assert Result.objects.filter(test_order__lot=lot).count() == 23
    before = stored_bytes()

    for number in range(1, LOTS + 1):
        released(world, at, f"SIZE-{number}", one_by_one=one_by_one)

    assert (stored_bytes() - before) / LOTS < MOST_BYTES


def test_signed_text_is_stored_once(lot):
    """Whole beside its signature; the trail has its beginning, length and digest."""
    for signature in Signature.objects.filter(lot=lot):
        entry = AuditEntry.objects.get(table="lots_signature", record=str(signature.pk))

        assert entry.changes["text"][1] == {
            "begin": signature.text[:120],
            "length": str(len(signature.text)),
            "sha256": chain.digest(signature.text),
        }
        assert len(signature.text) > 20_000


# --- whatever is changed is missed ---------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "model"),
    [
        ("UPDATE lots_mark SET kind = 'returned' WHERE id = %s", Mark),
        ("UPDATE lots_mark SET by_id = by_id + 1 WHERE id = %s", Mark),
        # What was left out, because it was blank or usual.
        ("UPDATE lots_mark SET reason = 'Why' WHERE id = %s", Mark),
        ("UPDATE lots_result SET reason = 'Why' WHERE id = %s", Result),
        ("UPDATE lots_result SET run = 'R-1' WHERE id = %s", Result),
        ("UPDATE lots_result SET started_on = '2020-01-01' WHERE id = %s", Result),
        ("UPDATE lots_result SET inputs = '[\"1\"]' WHERE id = %s", Result),
        ("UPDATE lots_result SET attempt = 2 WHERE id = %s", Result),
        ("UPDATE lots_result SET kind = 'retest' WHERE id = %s", Result),
        ("UPDATE lots_result SET source = 'import' WHERE id = %s", Result),
        ("UPDATE lots_result SET needs_confirmation = true WHERE id = %s", Result),
        # What is each one's own.
        ("UPDATE lots_result SET raw_reference = 'LN-9' WHERE id = %s", Result),
    ],
)
@pytest.mark.parametrize("one_by_one", [False, True], ids=["at once", "one by one"])
def test_record_told_together_that_was_changed_is_found(
    world, at, statement, model, one_by_one
):
    released(world, at, "BAC-26-802", one_by_one=one_by_one)
    assert verification.verify().holds
    pk = model.objects.order_by("pk").values_list("pk", flat=True)[10]

    tamper(statement, pk)

    assert verification.verify().record_fault == Fault(
        model._meta.db_table, str(pk), "differs from its last audit entry"
    )


def test_record_told_together_that_was_deleted_is_found(lot):
    last = Mark.objects.latest("pk").pk
    tamper("DELETE FROM lots_mark WHERE id = %s", last)

    assert verification.verify().record_fault == Fault(
        "lots_mark", str(last), "is gone without an audit entry"
    )


def test_record_that_nobody_told_of_is_found(lot):
    mark = Mark.objects.latest("pk")
    mark.pk += 1
    mark.save(force_insert=True)

    assert verification.verify().record_fault == Fault(
        "lots_mark", str(mark.pk), "is not in the audit trail"
    )


@pytest.mark.parametrize("again", [1, 2], ids=["alone", "together"])
@pytest.mark.parametrize("is_altered", [True, False])
def test_record_told_of_a_second_time_is_found(lot, world, at, again, is_altered):
    """The attack: a value is changed, and an entry made as if it were new."""
    some = list(Result.objects.order_by("pk")[:again])
    if is_altered:
        tamper("UPDATE lots_result SET raw_reference = 'X' WHERE id = %s", some[0].pk)
        some[0].refresh_from_db()
    with audit.act(by=world.cast.lin, at=at, action="enter") as act:
        act._note_new(some, lot)

    fault = verification.verify().record_fault
    assert (fault.table, fault.record) == ("lots_result", str(some[0].pk))


def test_record_told_of_twice_is_found_beside_one_that_nobody_told_of(lot, world, at):
    """In search of the entry of the other, all entries are read before the rows."""
    [first, second, *_others, last] = Mark.objects.order_by("pk")
    last.pk += 1
    last.save(force_insert=True)
    with audit.act(by=world.cast.lin, at=at, action="enter") as act:
        act._note_new([first, second], lot)

    fault = verification.verify().record_fault
    assert (fault.table, fault.record) == ("lots_mark", str(first.pk))
    assert "was altered without an audit entry" in fault.fault


@pytest.mark.parametrize("how", ["plain", "compressed", "rubbish", "no UTF-8"])
def test_signed_text_changed_by_sql_is_found_by_its_digest(lot, how):
    """Together with the digest beside it, however the text is stored."""
    signature = Signature.objects.filter(lot=lot).latest("pk")
    forged = signature.text.replace('\\"fail\\"', '\\"pass\\"').replace("0.21", "0.12")
    text = {
        "plain": forged,
        "compressed": zlib.compress(forged.encode()),
        "rubbish": b"\x00no text",
        "no UTF-8": b"\x78\x9c\xff",
    }[how]
    if connection.vendor == "postgresql" and how != "plain":
        text = text.hex()
    # As a text that is none, at which SQLite itself gives up.
    as_text = "CAST(%s AS TEXT)" if how == "no UTF-8" else "%s"
    tamper(
        f"UPDATE lots_signature SET text = {as_text}, digest = %s WHERE id = %s",
        text,
        chain.digest(forged),
        signature.pk,
    )

    assert verification.verify().record_fault == Fault(
        "lots_signature", str(signature.pk), "differs from its last audit entry"
    )


def test_signed_text_is_read_as_it_was_signed(lot):
    for signature in Signature.objects.filter(lot=lot):
        assert chain.digest(signature.text) == signature.digest


@pytest.mark.parametrize("told", ["told together", "abridged"])
def test_only_what_never_changes_is_told_shorter(told):
    """A later entry begins with what those before it left, column by column."""
    tables = {
        "told together": chained_names.TOLD_TOGETHER | set(chained_names.USUAL),
        "abridged": {table for table, _column in chained_names.ABRIDGED},
    }[told]

    assert tables
    assert tables <= set(append_only.TABLES)


def test_what_an_entry_leaves_out_is_read_the_same_for_ever():
    """Blank then, blank for ever; a column added since stands in ADDED."""
    stored = json.loads(UNSAID.read_text("utf-8"))
    now = {
        chained_names.table(model): chained_names.unsaid(chained_names.table(model))
        for model in verification.evidence()
    }

    assert {
        (table, column): value
        for table, columns in stored.items()
        for column, value in columns.items()
    } == {
        (table, column): now.get(table, {}).get(column, "gone")
        for table, columns in stored.items()
        for column in columns
    }


# --- people read it as before --------------------------------------------------------


def test_history_tells_of_each_record_that_was_told_together(lot, world, client):
    entry = AuditEntry.objects.filter(table="lots_result", record="").latest("pk")

    page = signed_in(world.cast.olga).get(f"/audit/{entry.pk}/")

    told = page.context["told"]
    assert told.sentence.startswith("Lin Yue entered 22 results of release testing")
    details = {
        one.name: {field: new for field, _old, new in one.fields}
        for one in told.every_detail
    }
    assert len(details) == 23
    toluene = details["Toluene, attempt 1"]
    assert (toluene["Attempt"], toluene["Kind"], toluene["Needs confirmation"]) == (
        "1",
        "First result",
        "No",
    )


def test_record_told_together_is_found_by_its_key(lot, world):
    mark = Mark.objects.order_by("pk")[3]
    client = signed_in(world.cast.olga)

    page = client.get("/audit/", {"table": "lots_mark", "record": str(mark.pk)})

    assert "submitted" in words(page)
    assert "No matches" not in words(page)
    assert "No matches" in words(
        client.get("/audit/", {"table": "lots_mark", "record": "999999"})
    )


def test_export_has_the_signed_text_whole_and_each_record(lot, world):
    answer = signed_in(world.cast.olga).get("/audit/export/", {"lot": lot.number})
    rows = list(csv.DictReader(b"".join(answer).decode("utf-8-sig").splitlines()))

    texts = {
        row["record"]: row["new"]
        for row in rows
        if (row["table"], row["field"]) == ("lots_signature", "text")
    }
    assert texts == {str(one.pk): one.text for one in Signature.objects.filter(lot=lot)}
    assert {row["record"] for row in rows if row["table"] == "lots_mark"} == {
        str(pk) for pk in Mark.objects.values_list("pk", flat=True)
    }
