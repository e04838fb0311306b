"""Two at once, where one of them takes away what the other rests on.

A column map that is withdrawn while somebody imports with it, a periodic test that is
reinstated while it fails again, a method or a minimum that is approved while a lot is
released. One order or the other holds, and the chain says which; never both.
"""

import threading

import pytest

from lots.demo import bench, real_lots
from lots.evaluation import evaluator, periodic_tests, signed_text
from lots.evidence import signatures, verification
from lots.evidence.documents import Upload
from lots.imports import lot_import, map_approval
from lots.intake import test_orders
from lots.investigations import periodic_failures
from lots.models import (
    AuditEntry,
    ColumnMap,
    ImportedFile,
    Lot,
    PeriodicFailure,
    Result,
)
from lots.release import disposition
from lots.rules import statements
from lots.setup import method_approval, methods
from tests.lots.at_once import LONGEST_WAIT, at_once, wait_until_somebody_waits
from tests.lots.imports import files
from tests.lots.situations import ORAL

pytestmark = pytest.mark.postgres

committed = pytest.mark.django_db(transaction=True)
TRANSLATING = files.translating("water", "n.d.", "ND")
FILE = files.HEAD + "B-1,2026-02-01,94.4,0.20,n.d.\n"


@pytest.fixture(autouse=True)
def _trail_holds_afterwards(world):
    """Whatever was raced: chain and records agree."""
    yield
    verdict = verification.verify()
    assert (verdict.chain_break, verdict.record_fault) == (None, None)


def acts(*actions):
    """Return which of these actions the chain has, in its order."""
    found = AuditEntry.objects.filter(action__in=actions).order_by("sequence")
    return list(dict.fromkeys(found.values_list("action", flat=True)))


# --- a map withdrawn, and an import with it -----------------------------------------


@pytest.fixture
def column(world, at):
    """A map that translates, which somebody approved."""
    cast = world.cast
    real_lots.set_up(cast, at=at)
    lot_import.check_file(
        by=cast.lin,
        at=at,
        upload=Upload("lots.csv", FILE.encode()),
        map_text=TRANSLATING,
    )
    column = ColumnMap.objects.get()
    return map_approval.approve_map(
        column=column,
        by=cast.sofia,
        at=at,
        confirmation=cast.confirmation(cast.sofia, at=at),
        shown=signatures.shown(map_approval.map_text(column)),
    )


def importing(world, at):
    return lambda: lot_import.import_lots(
        by=world.cast.marek,
        at=at,
        upload=Upload("lots.csv", FILE.encode()),
        map_text=TRANSLATING,
    )


def withdrawing(world, at, column):
    return lambda: map_approval.withdraw_map(
        column=column, by=world.cast.chen, at=at, reason="ND was never validated"
    )


@committed
def test_withdrawal_of_a_map_and_an_import_with_it(world, at, column):
    said = at_once(importing(world, at), withdrawing(world, at, column))

    order = acts("import", "withdraw_map")
    assert (said, order, Lot.objects.count()) in (
        (["", ""], ["import", "withdraw_map"], 1),
        (["map-withdrawn", ""], ["withdraw_map"], 0),
    )


@committed
def test_map_is_not_withdrawn_between_the_check_of_an_import_and_its_end(
    world, at, column, monkeypatch
):
    """The import has asked for the map already when the withdrawal comes."""
    asked = threading.Event()
    ask = map_approval.against_import

    def ask_and_wait(text, import_map, person):
        closed = ask(text, import_map, person)
        asked.set()
        wait_until_somebody_waits()
        return closed

    monkeypatch.setattr(map_approval, "against_import", ask_and_wait)

    def withdraw():
        assert asked.wait(timeout=LONGEST_WAIT)
        withdrawing(world, at, column)()

    assert at_once(importing(world, at), withdraw) == ["", ""]
    assert acts("import", "withdraw_map") == ["import", "withdraw_map"]
    assert ImportedFile.objects.count() == 1


# --- a periodic test reinstated, and failed again -----------------------------------


@pytest.fixture
def failure(world, at):
    """Cadmium failed on a lot, and it was no laboratory error."""
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")
    bench.enter(lot, world, {"CD": "0.9"}, by=world.cast.lin, at=at)
    bench.review(world.cast, lot, at=at)
    bench.conclude(
        world.cast, lot, lot.investigations.get(), at=at, conclusion="not_proven",
        cause="No error found",
    )  # fmt: skip
    return PeriodicFailure.objects.get()


def reinstating(world, at, failure):
    cast = world.cast
    text = signed_text.lot_text(failure.lot)
    confirmation = cast.confirmation(cast.olga, at=at)
    return lambda: periodic_failures.reinstate(
        failure=failure,
        by=cast.olga,
        at=at,
        confirmation=confirmation,
        shown=signatures.shown(text),
        reason="New supplier of the catalyst",
    )


@committed
def test_reinstatement_and_a_second_failure_on_another_lot(world, at, failure):
    other = bench.log(world.cast, world, at=at, number="BAC-26-002")
    test = world.tests["CD"]

    said = at_once(
        reinstating(world, at, failure),
        lambda: bench.enter(other, world, {"CD": "0.8"}, by=world.cast.lin, at=at),
    )

    assert said == ["", ""]
    assert PeriodicFailure.objects.filter(signature=None).get().lot == other
    # Whichever came first: the next lot is tested.
    third = bench.log(world.cast, world, at=at, number="BAC-26-003")
    assert test.pk in periodic_tests.stopped(third)
    assert test.pk in bench.assessment(third, "BAC-ORAL").due


@committed
def test_reinstatement_and_a_second_failure_on_the_same_lot(world, at, failure):
    """Refused while the new result is investigated, or the new failure stops it."""
    again = test_orders.open_test_order(
        lot=failure.lot, by=world.cast.chen, at=at, occasion="stability"
    )

    said = at_once(
        reinstating(world, at, failure),
        lambda: bench.enter(
            failure.lot, world, {"CD": "0.8"}, by=world.cast.lin, at=at,
            test_order=again,
        ),
    )  # fmt: skip

    assert said in (["", ""], ["investigation", ""])
    assert PeriodicFailure.objects.filter(signature=None).exists()
    third = bench.log(world.cast, world, at=at, number="BAC-26-003")
    assert world.tests["CD"].pk in periodic_tests.stopped(third)


# --- a method approved, and a release ------------------------------------------------


@committed
def test_approval_of_a_method_and_a_release(world, at):
    """Both go: the release signs the version by which each result was obtained."""
    cast = world.cast
    lot = bench.log(cast, world, at=at, number="BAC-26-001")
    bench.enter(lot, world, ORAL, by=cast.lin, at=at)
    bench.review(cast, lot, at=at)
    assessment = bench.assessment(lot, "BAC-ORAL")
    text = signed_text.assessment_text(evaluator.evaluate(lot), assessment.pk)
    confirmation = cast.confirmation(cast.olga, at=at)
    methods.add_method(
        by=cast.olga, at=at, test=world.tests["MEOH"], code="GC 9", lod="5000"
    )
    drafted = list(method_approval.drafts())
    signed = signatures.shown(method_approval.methods_text(drafted))
    approver = cast.confirmation(cast.chen, at=at)

    said = at_once(
        lambda: disposition.release(
            assessment=assessment,
            by=cast.olga,
            at=at,
            confirmation=confirmation,
            shown=signatures.shown(text),
            batch_record="BR-1",
            deviations="none",
            stated=statements.of("release"),
        ),
        lambda: method_approval.approve(
            drafted=drafted, by=cast.chen, at=at, confirmation=approver, shown=signed
        ),
    )

    assert said == ["", ""]
    assert Result.objects.get(test__code="MEOH").method.version == 1
    assessment.refresh_from_db()
    assert "GC 9" not in assessment.signature.text
    assert world.tests["MEOH"].methods.get(is_current=True).code == "GC 9"


@committed
def test_two_who_draft_and_approve_a_method(world, at):
    """What is approved is what was shown, and one draft waits at most."""
    cast, test = world.cast, world.tests["MEOH"]
    methods.add_method(by=cast.olga, at=at, test=test, code="GC 9", loq="40")
    drafted = list(method_approval.drafts())
    shown = signatures.shown(method_approval.methods_text(drafted))
    confirmation = cast.confirmation(cast.chen, at=at)

    said = at_once(
        lambda: method_approval.approve(
            drafted=drafted, by=cast.chen, at=at, confirmation=confirmation, shown=shown
        ),
        lambda: methods.add_method(
            by=cast.olga, at=at, test=test, code="GC 10", loq="4000"
        ),
    )

    now = test.methods.get(is_current=True)
    states = list(test.methods.order_by("version").values_list("state", flat=True))
    assert (said, now.version, states) in (
        (["", ""], 2, ["superseded", "approved", "draft"]),
        (["not-a-draft", ""], 1, ["approved", "withdrawn", "draft"]),
    )
