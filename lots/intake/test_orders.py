"""Test orders: the occasions on which a lot is tested, and their assessments."""

import datetime

from django.db.models import Max

from lots import calendar
from lots.accounts import permissions
from lots.evaluation import evaluator, periodic_tests
from lots.evidence import audit
from lots.intake import admission
from lots.intake.admission import Grounds
from lots.investigations import opening
from lots.models import (
    Assessment,
    AssessmentState,
    DateKind,
    Occasion,
    TestOrder,
)
from lots.origin import use_gate
from lots.rules.refusal import Refusal
from lots.rules.step_table import STEPS
from lots.setup import specification_versions
from lots.workflow import blockers, lot_status


def open_assessment(act, test_order, specification, alternative_use, *, grounds):
    """Open an assessment of the test order; return it and its spared periodic tests.

    These by test, each with the earlier lot that spares it (`periodic_tests.found`).
    """
    found = grounds.sparing(test_order.lot, specification)
    assessment = act.create(
        Assessment(
            lot=test_order.lot,
            test_order=test_order,
            specification=specification,
            use=specification.use,
            alternative_use=alternative_use,
            state=AssessmentState.OPEN,
            due=periodic_tests.due(found),
            opened_at=act.at,
        )
    )
    spared = {key: one for key, one in found.items() if not one.is_required}
    return assessment, spared


def open_test_order(*, lot, by, at, occasion, use_by=None, specifications=None):
    """Open a further test order of a lot, with its assessments; return it.

    A retest past the lot's date needs the use-by date that a pass will give; the
    original date is never overwritten (domain.md 7).
    """
    with audit.act(by=by, at=at, action="examine") as act:
        lot = act.lock(lot)
        permissions.check(act, STEPS["examine"], lot=lot)
        today = calendar.today(at)
        if occasion == Occasion.RETEST:
            if lot.date_kind == DateKind.EXPIRY:
                raise Refusal(
                    "expiry",
                    "Lot %(lot)s has an expiry date, which no retest extends; choose"
                    " another occasion.",
                    field="occasion",
                    lot=lot.number,
                )
            if use_by is None or use_by <= today:
                raise Refusal(
                    "use-by",
                    "A retest of lot %(lot)s needs a use-by date after today,"
                    " %(today)s; type the last day of use if the lot passes.",
                    field="use_by",
                    lot=lot.number,
                    today=today,
                )
            _within_its_span(lot, use_by, today=today)
        use_by = use_by if occasion == Occasion.RETEST else None
        empty = lot.test_orders.filter(
            occasion=occasion, use_by=use_by, results=None
        ).first()
        if empty is not None:
            raise Refusal(
                "empty",
                "Test order %(ordinal)s of lot %(lot)s is open for the same occasion"
                " and has no result yet; enter the results there.",
                field="occasion",
                ordinal=empty.ordinal,
                lot=lot.number,
            )
        last = lot.test_orders.aggregate(Max("ordinal"))["ordinal__max"]
        test_order = act.create(
            TestOrder(
                lot=lot,
                ordinal=last + 1,
                occasion=occasion,
                use_by=use_by,
                opened_by=act.by,
                opened_at=at,
            ),
            lot=lot,
        )
        grounds = Grounds()
        for chosen in admission.wanted(
            grounds.specifications(
                material=lot.material, use=lot.use, on=today, occasion=occasion
            ),
            specifications,
        ):
            open_assessment(act, test_order, *chosen, grounds=grounds)
        # What was found for information may fail what is in force today.
        rows = evaluator.load(lot)
        evaluation = opening.open_for_failures(act, rows)
        lot_status.settle(act, rows, evaluation)
        return test_order


def _within_its_span(lot, use_by, *, today):
    """Refuse a use-by date that a retest today cannot give.

    A lot that passes a retest is used immediately (ICH Q1A, glossary): within the days
    that its qualification says, which a second person approved; a further full period
    takes stability data, and so another qualification.
    """
    days = admission.use_by_days(lot, on=today)
    last = today + datetime.timedelta(days)
    if use_by > last:
        raise Refusal(
            "use-by-late",
            "The use-by date %(date)s of lot %(lot)s is too late; type %(last)s or"
            " earlier: by its qualification the lot may be used for %(days)s days after"
            " a retest, which begin today.",
            field="use_by",
            lot=lot.number,
            last=last,
            days=days,
            date=use_by,
        )


def add_assessment(*, test_order, specification, by, at):
    """Judge a test order against one more specification; return the assessment.

    Refused for a use that the lot was not made for and cannot serve.
    """
    with audit.act(by=by, at=at, action="assess") as act:
        lot = act.lock(test_order.lot)
        test_order.lot = lot
        permissions.check(act, STEPS["assess"], lot=lot)
        if specification not in specification_versions.offered(
            material=lot.material,
            on=calendar.today(at),
            occasion=test_order.occasion,
        ):
            raise Refusal(
                "not-in-force",
                "Specification %(specification)s is not effective, or not for this test"
                " order; choose an effective specification of %(material)s that is.",
                field="specification",
                specification=str(specification),
                material=lot.material.name,
            )
        closed = blockers.to_assess(test_order, [specification])[specification]
        if closed:
            raise closed
        alternative_use = use_gate.allowed(lot, specification.use)
        assessment, _spared = open_assessment(
            act, test_order, specification, alternative_use, grounds=Grounds()
        )
        rows = evaluator.load(lot)
        lot_status.settle(act, rows, opening.open_for_failures(act, rows))
        return assessment
