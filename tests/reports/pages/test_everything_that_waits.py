"""Everything that can wait in a lot, on a lot in every state that it can come to.

What the step table still lets somebody do is in the *My work* of somebody who may do
it. What it does not was closed by the end of the lot, and `CLOSED` says why. One walk
over all pairs, so that a new state of a lot is asked too.
"""

import datetime
import re
from dataclasses import dataclass

import pytest

from lots import calendar
from lots.demo import bench
from lots.evaluation import evaluator
from lots.evidence import audit
from lots.intake import test_orders
from lots.models import LotState
from lots.release import disposition
from lots.results import result_entry, result_review
from lots.rules.refusal import Refusal
from lots.rules.states import LIVE
from lots.rules.step_table import STEPS
from lots.workflow import lot_status, tasks
from tests.lots.pages import signed_in
from tests.lots.situations import ORAL

NUMBER = "BAC-26-700"
# Why what waited in a lot waits for nobody once the lot has ended so.
CLOSED = {
    LotState.REJECTED: "The lot is never used, so nothing more is tested or released.",
    LotState.RECALLED: "The lot is taken back, so nothing more is tested or released.",
    LotState.VOID: "The lot was logged by mistake, so what was typed decides nothing.",
}


class Lot:
    """A lot that is tested for the first time, or again after its release."""

    def __init__(self, world, at, *, is_released):
        self.world, self.cast, self.at = world, world.cast, at
        self.lot = bench.log(world.cast, world, at=at, number=NUMBER)
        if is_released:
            self.enter(ORAL)
            bench.review(self.cast, self.lot, at=at)
            bench.release(self.cast, self.lot, "BAC-ORAL", at=at)
            test_orders.open_test_order(
                lot=self.lot, by=self.cast.chen, at=at, occasion="stability"
            )

    @property
    def test_order(self):
        return self.lot.test_orders.order_by("ordinal").last()

    def enter(self, values, **more):
        return bench.enter(
            self.lot, self.world, values, by=self.cast.lin, at=self.at, **more
        )

    def review(self):
        bench.review(self.cast, self.lot, at=self.at)

    def correct(self, code, value, kind="transcription"):
        return result_entry.enter_result(
            test_order=self.test_order, test=self.world.tests[code], by=self.cast.lin,
            at=self.at, determinations=bench.typed(value), seen=1,
            kind=kind, reason="Dilution factor 10, not 100", raw_reference="LN-1",
        )  # fmt: skip


def returned(story):
    results = story.enter({"MEOH": "112"})
    result_review.send_back(
        test_order=story.test_order, results=results, by=story.cast.sofia,
        at=story.at, reason="No chromatogram",
    )  # fmt: skip


def reprocessed(story):
    """A correction of a result that passes: no investigation waits for it."""
    story.enter({"MEOH": "112"})
    story.review()
    story.correct("MEOH", "121", kind="reprocessing")


def correction_of_a_fail(story):
    story.enter({"MEOH": "3200"})
    story.correct("MEOH", "320")


def undecided(story):
    story.enter({**ORAL, "D90": "<300"})
    story.review()


def to_conclude(story):
    story.enter({"MEOH": "3200"})
    bench.phase_one(story.cast, story.lot, story.lot.investigations.get(), at=story.at)


def failing(story):
    story.enter({**ORAL, "MEOH": "3200"})
    story.review()
    bench.conclude(
        story.cast, story.lot, story.lot.investigations.get(), at=story.at,
        conclusion="not_proven", cause="No error found",
    )  # fmt: skip


def to_release(story):
    story.enter(ORAL)
    story.review()


def exception(story):
    earlier = calendar.today(story.at) - datetime.timedelta(days=4)
    with audit.act(by=story.cast.lin, at=story.at, action="enter") as act:
        rows = evaluator.load(act.lock(story.lot))
        stored, evaluation = result_entry.store(
            act, rows, test_order_id=story.test_order.pk,
            entries=[
                result_entry.Entry(
                    test=story.world.tests["MEOH"],
                    determinations=bench.typed("112"), performed_by=story.cast.lin,
                    performed_on=earlier, raw_reference="LN-1",
                )
            ],
        )  # fmt: skip
        lot_status.settle(act, rows, evaluation)
    result_entry.submit(
        test_order=story.test_order, results=stored, by=story.cast.lin, at=story.at
    )
    story.review()


@dataclass(frozen=True)
class Thing:
    """Something that waits: how it comes about, who takes which step, and its task."""

    bring: object
    step: str
    task: str
    who: str


THINGS = {
    "missing result": Thing(lambda story: None, "enter", "to_enter", "marek"),
    "result to submit": Thing(
        lambda story: story.enter({"MEOH": "112"}, submit=False),
        "submit", "to_submit", "marek",
    ),
    "returned result": Thing(returned, "submit", "returned", "lin"),
    "result to review": Thing(
        lambda story: story.enter({"MEOH": "112"}), "review", "to_review", "sofia"
    ),
    "reprocessed data": Thing(
        reprocessed, "confirm_correction", "to_confirm", "sofia"
    ),
    "correction of a fail": Thing(
        correction_of_a_fail, "confirm_correction", "to_confirm", "sofia"
    ),
    "phase I": Thing(
        lambda story: story.enter({"MEOH": "3200"}), "phase_one", "phase_one", "sofia"
    ),
    "investigation": Thing(to_conclude, "conclude", "investigation", "chen"),
    "failed periodic test": Thing(
        lambda story: story.enter({"CD": "0.9"}),
        "reinstate", "periodic_stopped", "chen",
    ),
    "undecided result": Thing(undecided, "examine", "undecided", "chen"),
    "confirmed OOS": Thing(failing, "refuse", "failing", "chen"),
    "complete assessment": Thing(to_release, "release", "to_release", "chen"),
    "exception of a review": Thing(exception, "refuse", "exceptions", "chen"),
}  # fmt: skip

# What waits only once the lot's hold is decided, which is QA's task itself.
BEHIND_A_HOLD = ("undecided", "failing", "to_release")


def ended(story, verb, **more):
    bench.decide(story.cast, verb, story.lot, at=story.at, reason="Doubt", **more)


def held(story):
    disposition.hold(lot=story.lot, by=story.cast.lin, at=story.at, reason="Odour")


# How a lot comes to where it is: whether it was released before, and what is decided
# before and after the thing comes about. Each live state is here twice, tested for the
# first time and after a release.
ENDS = {
    "in quarantine": (False, None, None),
    "on hold": (False, None, held),
    "rejected": (False, None, lambda story: ended(story, disposition.reject)),
    "void": (False, None, lambda story: ended(story, disposition.void)),
    "released": (True, None, None),
    "released, on hold": (True, None, held),
    "recalled": (True, None, lambda story: ended(story, disposition.recall)),
    "reopened": (
        True,
        lambda story: ended(story, disposition.reopen, deviation="DEV-1"),
        None,
    ),
    "reopened, rejected": (
        True,
        lambda story: ended(story, disposition.reopen, deviation="DEV-1"),
        lambda story: ended(story, disposition.reject),
    ),
}  # fmt: skip


def _ended(story, end):
    """Let the lot end so, unless that is refused while this waits."""
    try:
        end(story)
    except Refusal as refusal:
        if refusal.code not in ("investigation", "undecided"):
            raise


def panels(person):
    """Return the headings of *My work* under which a person finds the lot."""
    body = signed_in(person).get("/").content.decode()
    return [
        " ".join(
            re.sub(r"<[^>]*>", " ", re.search("<h2.*?</h2>", panel, re.S)[0]).split()
        )
        for panel in re.findall(r"<section.*?</section>", body, re.DOTALL)
        if NUMBER in panel
    ]


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("thing", THINGS)
def test_everything_that_waits_is_in_the_work_of_somebody_or_was_closed(
    world, at, thing, end
):
    thing = THINGS[thing]
    is_released, before, after = ENDS[end]
    story = Lot(world, at, is_released=is_released)
    if before:
        before(story)
    thing.bring(story)
    if after:
        _ended(story, after)
    story.lot.refresh_from_db()
    state = story.lot.state
    step = STEPS[thing.step]
    heading = str(tasks.TASKS[thing.task].name)

    def is_shown(person):
        return any(one.startswith(heading) for one in panels(person))

    if state == LotState.ON_HOLD:
        held = panels(world.cast.chen)
        assert any(one.startswith("Holds to decide") for one in held)
    is_closed = step.lot_states and state not in step.lot_states
    if is_closed or (state == LotState.ON_HOLD and thing.task in BEHIND_A_HOLD):
        # A manager finds every task of every lot, so it is in nobody's work.
        assert not is_shown(world.cast.maria)
        assert state == LotState.ON_HOLD or CLOSED[state]
    else:
        assert is_shown(getattr(world.cast, thing.who))


def test_each_state_in_which_a_lot_has_ended_says_why_nothing_waits():
    assert set(CLOSED) == {*LotState} - {*LIVE}
