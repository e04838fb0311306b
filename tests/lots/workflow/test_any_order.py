"""Acts in any order: what the records keep of a lot is what its verbs would say.

Real acts, drawn by chance from a seed, on a few lots that are each other's parents,
over days and weeks. After each, every lot to release can be released, no other can,
and what is kept for lists is what a rebuild would keep; now and then every page
answers. A longer walk: `WALKS=40 STEPS=50`.
"""

import datetime
import os
import random

import pytest
from django.core.exceptions import MultipleObjectsReturned, ObjectDoesNotExist
from django.db import transaction
from django.utils import timezone

from lots import calendar
from lots.demo import bench
from lots.evaluation import evaluator, signed_text
from lots.evidence import signatures
from lots.intake import test_orders
from lots.models import Investigation, LotStatus, Result, Specification
from lots.release import disposition
from lots.results import result_entry
from lots.rules import statements
from lots.rules.refusal import Refusal
from lots.rules.states import WAITING, Stage
from lots.workflow import lot_stage, lot_status_rebuild, tasks
from reports.issuing import certificates
from tests.lots import causes
from tests.lots.pages import signed_in
from tests.lots.situations import ORAL, OWN

WALKS = int(os.environ.get("WALKS", "1"))
STEPS = int(os.environ.get("STEPS", "18"))
HOUR, DAY = datetime.timedelta(hours=1), datetime.timedelta(days=1)


class Walk:
    """Lots, the moment, and what chance does next. Also a case of `causes`."""

    def __init__(self, world, at, seed):
        self.world, self.cast, self.at = world, world.cast, at
        self.chance = random.Random(seed)
        self.lots = []
        self.done = []
        self.log()

    def go_on(self):
        """Do one act; return whether the records took it."""
        if self.chance.random() < 0.15:
            hours = self.chance.choice([1, 9, 24, 24 * 30, 24 * 200])
            self.at += hours * HOUR
        act = self.chance.choice(ACTS)
        try:
            act(self)
        except Refusal:
            return False
        except (IndexError, *MISSING):
            # There is none yet, or more than one, of what the act is about.
            return False
        self.done.append(act.__name__)
        for lot in self.lots:
            lot.refresh_from_db()
        return True

    @property
    def lot(self):
        return self.chance.choice(self.lots)

    @property
    def assessment(self):
        return self.chance.choice(list(self.lot.assessments.order_by("pk")))

    def log(self, **facts):
        number = f"BAC-26-{700 + len(self.lots)}"
        lot = bench.log(self.cast, self.world, at=self.at, number=number, **facts)
        self.lots.append(lot)

    def log_of_either_use(self):
        self.log(use=self.chance.choice(["oral", "oral", "intrathecal"]))

    def repack(self):
        parent = self.lot
        self.log(origin="repacking", parents=[(parent, "5")], use=parent.use)

    def enter(self, **other):
        lot = self.lot
        order = lot.test_orders.order_by("ordinal").last()
        entered = set(order.results.values_list("test__code", flat=True))
        asked = {**ORAL, **(OWN if lot.use == "intrathecal" else {}), **other}
        left = [one for one in asked.items() if one[0] not in entered]
        n = self.chance.choice(
            [len(left), len(left), self.chance.randint(0, len(left))]
        )
        bench.enter(
            lot, self.world, dict(left[:n]), by=self.cast.lin, at=self.at,
            submit=self.chance.random() < 0.8,
        )  # fmt: skip

    def enter_a_fail(self):
        self.enter(ROI="0.4")

    def submit(self):
        bench.submit(self.lot, by=self.cast.lin, at=self.at)

    def review(self):
        bench.review(self.cast, self.lot, at=self.at)

    def correct(self):
        result = self.chance.choice(
            list(Result.objects.filter(test_order__lot=self.lot).order_by("pk"))
        )
        result_entry.enter_result(
            test_order=result.test_order, test=result.test, by=self.cast.lin,
            at=self.at, determinations=bench.typed("0.02"), kind="transcription",
            seen=result.test_order.results.filter(test=result.test).count(),
            reason="Misread", raw_reference="LN-1",
        )  # fmt: skip

    def conclude(self):
        one = self.chance.choice(list(Investigation.objects.filter(closed_at=None)))
        conclusion = self.chance.choice(["proven", "not_proven"])
        bench.conclude(
            self.cast, one.lot, one, at=self.at, conclusion=conclusion, cause="Flask"
        )

    def release(self, assessment=None, justification=None):
        one = assessment or self.assessment
        one.refresh_from_db()
        text = signed_text.assessment_text(evaluator.evaluate(one.lot), one.pk)
        if justification is None:
            justification = self.chance.choice(["", "Its limits are tighter"])
        disposition.release(
            assessment=one, by=self.cast.chen, at=self.at,
            confirmation=self.cast.confirmation(self.cast.chen, at=self.at),
            shown=signatures.shown(text), batch_record=f"BR-{one.lot.number}",
            stated=statements.of("release"), deviations="none",
            justification=justification,
        )  # fmt: skip

    def refuse(self):
        one = self.assessment
        code = one.specification.code
        bench.refuse(self.cast, one.lot, code, at=self.at, reason="Colour")

    def issue(self):
        certificates.issue(
            assessment=self.assessment, by=self.cast.chen, at=self.at,
            stated=bench.LABEL,
        )  # fmt: skip

    def hold(self):
        disposition.hold(lot=self.lot, by=self.cast.chen, at=self.at, reason="Doubt")

    def decide(self):
        verb = self.chance.choice(["resume", "reject", "recall", "reopen", "void"])
        more = {"deviation": "DEV-7"} if verb == "reopen" else {}
        bench.decide(
            self.cast, getattr(disposition, verb), self.lot, at=self.at,
            reason="Doubt", **more,
        )  # fmt: skip

    def test_again(self):
        occasion = self.chance.choice(["retest", "stability"])
        test_orders.open_test_order(
            lot=self.lot, by=self.cast.lin, at=self.at, occasion=occasion,
            use_by=self.at.date() + self.chance.randint(5, 300) * DAY,
        )  # fmt: skip

    def add_assessment(self):
        test_orders.add_assessment(
            test_order=self.lot.test_orders.order_by("ordinal").last(),
            specification=self.chance.choice(list(Specification.objects.all())),
            by=self.chance.choice([self.cast.lin, self.cast.chen]), at=self.at,
        )  # fmt: skip

    def change_master_data(self):
        self.chance.choice(CHANGES)(self, self.lot)


# What an act finds none of yet, or several.
MISSING = (ObjectDoesNotExist, MultipleObjectsReturned, StopIteration)
CHANGES = (
    causes.suspend,
    causes.suspend_later,
    causes.resume,
    causes.withdraw,
    causes.qualify,
    causes.retire,
    causes.tighten,
    causes.ease,
    causes.unapprove,
    causes.approve_again,
    causes.end_alternative_use,
    causes.allow_alternative_use,
)
# The commoner of daily work more often, or no lot would come far.
ACTS = (
    *[Walk.log_of_either_use, Walk.change_master_data, Walk.decide] * 2,
    *[Walk.enter, Walk.review, Walk.release, Walk.conclude] * 3,
    Walk.repack,
    Walk.enter_a_fail,
    Walk.submit,
    Walk.correct,
    Walk.refuse,
    Walk.issue,
    Walk.hold,
    Walk.test_again,
    Walk.add_assessment,
)


class Undone(Exception):
    """Ends a trial that nothing refused."""


def is_refused(act):
    """Say whether the act is refused; it is undone."""
    try:
        with transaction.atomic():
            act()
            raise Undone
    except Undone:
        return False
    except Refusal:
        return True


def can_be_released(walk, lot):
    return not all(
        is_refused(lambda: walk.release(one, justification))  # noqa: B023
        for one in lot.assessments.all()
        for justification in ("", "Its limits are tighter")
    )


def can_be_reviewed(walk, lot):
    return not all(
        is_refused(lambda: bench.review(walk.cast, lot, at=walk.at, test_order=one))  # noqa: B023
        for one in lot.test_orders.all()
    )


def pages_of(lot):
    yield from ("/", "/lots/", "/dashboard/", "/investigations/")
    yield f"/lots/{lot.pk}/"
    for tab in ("attempts", "documents", "certificates", "history", "record"):
        yield f"/lots/{lot.pk}/{tab}/"
    for one in lot.test_orders.all():
        yield f"/test-orders/{one.pk}/"
        yield f"/test-orders/{one.pk}/review/"
    for one in lot.assessments.all():
        yield f"/assessments/{one.pk}/release/"
        yield f"/assessments/{one.pk}/issue/"


@pytest.mark.long
@pytest.mark.parametrize("seed", range(WALKS))
def test_what_is_kept_of_a_lot_is_what_its_verbs_say(world, at, seed, monkeypatch):
    walk = Walk(world, at, seed)
    monkeypatch.setattr(timezone, "now", lambda: walk.at)
    people = [signed_in(one) for one in (walk.cast.lin, walk.cast.chen)]
    to_review = tasks.TASKS["to_review"]
    while len(walk.done) < STEPS:
        while not walk.go_on():
            pass
        where = f"seed {seed}: {', '.join(walk.done)}"
        assert list(lot_status_rebuild.differences()) == [], where
        today = calendar.today(walk.at)
        listed = to_review.lots(at=walk.at, person=walk.cast.sofia)
        reviewable = set(listed.values_list("pk", flat=True))
        for lot in walk.lots:
            status = LotStatus.objects.filter(pk=lot.pk)
            stage = lot_stage.on_day(status, today).get().stage_on_day
            is_offered = stage == Stage.TO_RELEASE
            # A released lot may have a further assessment that can be released.
            if is_offered or stage in WAITING:
                assert is_offered == can_be_released(walk, lot), (where, lot.number)
            assert (lot.pk in reviewable) == can_be_reviewed(walk, lot), where
        if walk.chance.random() < 0.15:
            answers = {
                (page, person.get(page).status_code)
                for person in people
                for page in pages_of(walk.lot)
            }
            assert {code for _page, code in answers} <= {200, 302, 403, 404}, answers
