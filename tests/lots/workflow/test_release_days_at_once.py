"""Release days when two act at once: who comes second works them out by both acts.

On a database that commits, each act in a connection of its own.
"""

import threading
from types import SimpleNamespace

import pytest

from lots.demo import bench
from lots.evidence.audit import act_ends
from lots.models import LotStatus, ReleaseDays
from lots.rules.states import Stage
from lots.workflow import lot_status_rebuild
from tests.lots import causes
from tests.lots.at_once import LONGEST_WAIT, at_once, wait_until_somebody_waits
from tests.lots.situations import ORAL

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def case(world, at):
    return SimpleNamespace(world=world, at=at, cast=world.cast)


@pytest.fixture
def before_it_is_stored():
    """Let an act wait, done but not stored, until another waits for it or is done."""
    connected = []

    def wait(action, *, reached, other):
        def hold(act, **_signal):
            if act.action == action and not reached.is_set():
                reached.set()
                if not other.wait(timeout=0.5):
                    wait_until_somebody_waits()

        act_ends.connect(hold, weak=False)
        connected.append(hold)

    yield wait
    for each in connected:
        act_ends.disconnect(each)


CLOSING = {
    "suspended": causes.suspend,
    "withdrawn": causes.withdraw,
    "retired": causes.retire,
    "identity": causes.unapprove,
}


@pytest.mark.parametrize("cause", CLOSING.values(), ids=CLOSING)
def test_lot_reviewed_while_its_release_is_closed_is_blocked(
    case, cause, before_it_is_stored
):
    """The reviewer reads what QA has not stored yet, and the lot is not open to QA."""
    lot = bench.log(case.cast, case.world, at=case.at, number=causes.NUMBER)
    bench.enter(lot, case.world, ORAL, by=case.cast.lin, at=case.at)
    reviewed, closed = threading.Event(), threading.Event()
    before_it_is_stored("review", reached=reviewed, other=closed)

    def close():
        assert reviewed.wait(timeout=LONGEST_WAIT)
        try:
            cause(case, lot)
        finally:
            closed.set()

    said = at_once(lambda: bench.review(case.cast, lot, at=case.at), close)

    assert said == ["", ""]
    assert LotStatus.objects.get(pk=lot.pk).stage == Stage.TO_RELEASE
    assert not ReleaseDays.objects.filter(lot=lot)
    assert list(lot_status_rebuild.differences()) == []


def test_lots_reviewed_while_their_qualification_is_suspended_all_follow(case):
    """Whoever is first: nobody waits for one who waits, and every lot is closed."""
    lots = [
        bench.log(case.cast, case.world, at=case.at, number=f"BAC-26-70{n}")
        for n in range(3)
    ]
    for lot in lots:
        bench.enter(lot, case.world, ORAL, by=case.cast.lin, at=case.at)

    reviews = [lambda lot=lot: bench.review(case.cast, lot, at=case.at) for lot in lots]
    said = at_once(*reviews, lambda: causes.suspend(case, lots[0]))

    assert said == [""] * 4
    assert not ReleaseDays.objects.filter(lot__in=lots)
    assert list(lot_status_rebuild.differences()) == []


def test_lot_released_while_its_qualification_is_suspended_has_no_release_days(case):
    lot, other = causes.complete(case), causes.complete(case, "BAC-26-701")

    [released, suspended] = at_once(
        lambda: causes.release(case, lot), lambda: causes.suspend(case, other)
    )

    assert suspended == ""
    assert released in ("", "suspended", "meanwhile")
    assert not ReleaseDays.objects.filter(lot__in=[lot, other])
    assert list(lot_status_rebuild.differences()) == []


def test_child_reviewed_while_its_parent_is_held_is_blocked(case):
    parent = causes.complete(case, "BAC-26-601")
    child = bench.log(
        case.cast, case.world, at=case.at, number=causes.NUMBER, origin="repacking",
        parents=[(parent, "5")],
    )  # fmt: skip
    bench.enter(child, case.world, ORAL, by=case.cast.lin, at=case.at)

    said = at_once(
        lambda: bench.review(case.cast, child, at=case.at),
        lambda: causes.hold_parent(case, child),
    )

    assert said == ["", ""]
    assert not ReleaseDays.objects.filter(lot=child)
    assert list(lot_status_rebuild.differences()) == []
