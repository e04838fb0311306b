"""What the tests of certificates start from: released lots and customers."""

import pytest
from django.utils import timezone

from lots.demo import bench
from lots.evaluation import evaluator
from lots.evidence import audit
from lots.results import result_entry
from lots.setup import organisations
from lots.workflow import blockers
from reports.management.commands import load_demo

ORAL = {**bench.ORAL_RESULTS, **bench.ELEMENTS}
VALUES = {"oral": ORAL, "intrathecal": bench.IT_RESULTS}
CODES = {"oral": "BAC-ORAL", "intrathecal": "BAC-IT"}


@pytest.fixture
def released(world, at):
    """Return a function that makes a lot and releases it, as three people do."""

    def make(number="BAC-26-001", *, use="oral", at=at, values=None, **facts):
        lot = bench.log(world.cast, world, at=at, number=number, use=use, **facts)
        bench.enter(lot, world, values or VALUES[use], by=world.cast.lin, at=at)
        bench.review(world.cast, lot, at=at)
        bench.release(world.cast, lot, CODES[use], at=at)
        return bench.assessment(lot, CODES[use])

    return make


@pytest.fixture
def training_site(empty, database):
    """The training site as `load_demo` makes it; return when it was made."""

    def load():
        at = timezone.now()
        with audit.replaying():
            load_demo.load(now=at)
        return at

    return database.load_demo(load)


@pytest.fixture
def without_copy(monkeypatch):
    """Let a lot be released without the manufacturer's certificate, as before 0.6.0."""
    monkeypatch.setattr(blockers, "without_original", lambda _lot: [])


@pytest.fixture
def customer(world, at):
    return organisations.add_organisation(
        by=world.cast.olga,
        at=at,
        name="Meridian Pumps & Implants Inc.",
        address="4 Long Wharf\nBoston MA 02110",
        telephone="+1 617 555 0144",
        is_customer=True,
    )


def submit_rest(lot, *, by, at):
    """Submit what was entered and not submitted yet."""
    test_order = lot.test_orders.get()
    evaluation = evaluator.evaluate(lot).of(test_order.pk)
    result_entry.submit(
        test_order=test_order,
        results=[
            attempt.result
            for attempts in evaluation.attempts.values()
            for attempt in attempts
            if attempt.stage == "entered"
        ],
        by=by,
        at=at,
    )
