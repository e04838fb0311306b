"""Samples of a lot: taken and recorded."""

import datetime
import re
from dataclasses import dataclass

from django.db.models import Q

from lots import calendar
from lots.accounts import permissions
from lots.evidence import audit
from lots.models import Origin, Sample
from lots.origin import lot_facts
from lots.rules import lot_number
from lots.rules.refusal import Refusal, Refusals
from lots.rules.step_table import STEPS
from lots.rules.unknown import as_far_as_known, if_known
from lots.workflow import lot_status

# How much of a sample was taken: a number that is not nought, then its unit.
_SOME = re.compile(r"(?=[0-9.]*[1-9])[0-9]+(\.[0-9]+)?( ?[x\u00d7] ?[0-9.]+)? ?[^\W\d]")


# Lots of which a sample may be older than the lot, as of what it was mixed from.
OF_OTHERS = (Origin.BLEND, Origin.REPACKING)


@dataclass(frozen=True, kw_only=True)
class SampleFacts:
    """What is known of a sample when it is recorded.

    `early_reason` says why it was taken before the lot was made: of a blend or a
    repacked lot, or in process.
    """

    number: str
    taken_on: datetime.date
    taken_by: str
    quantity: str
    purpose: str
    is_in_process: bool = False
    early_reason: str = ""


def check_sample(lot, facts, *, at):
    """Refuse a sample whose number, day or quantity cannot be, with all that is wrong.

    Its number is its own on all lots, and is not taken for another on this one.
    """
    wrong = [
        *as_far_as_known(_wrong_number(lot, facts.number)),
        *as_far_as_known(_wrong_day(lot, facts, today=calendar.today(at))),
    ]
    with if_known:
        if not _SOME.match(facts.quantity):
            wrong.append(
                Refusal(
                    "sample-quantity",
                    "%(quantity)s is not a quantity; type a number and its unit, such"
                    " as 10 g.",
                    field="quantity",
                    quantity=facts.quantity or "(blank)",
                )
            )
    if wrong:
        raise wrong[0] if len(wrong) == 1 else Refusals(wrong)


def _wrong_number(lot, number):
    try:
        lot_number.lot_number(
            number.replace(":", "-"), field="number", name="sample number"
        )
    except Refusal as refusal:
        yield refusal
        return
    yield from lot_facts.names_other_use({"number": number}, lot.use)
    if twin := _twin(lot, number):
        yield Refusal(
            "duplicate-sample",
            "Sample %(number)s is already recorded; give this one another number."
            if twin.number == number
            else "Sample %(number)s looks like %(twin)s, which is already recorded;"
            " give this one another number.",
            field="number",
            number=number,
            twin=twin.number,
        )


def _wrong_day(lot, facts, *, today):
    """Yield what is wrong with a day: it has not come, or the lot was made later."""
    said = {
        "lot": lot.number,
        "date": facts.taken_on,
        "made": lot.manufactured_on,
        "today": today,
    }
    is_early = facts.taken_on < lot.manufactured_on
    if facts.taken_on > today:
        yield Refusal(
            "sample-date",
            "A sample of lot %(lot)s cannot have been taken on %(date)s: today is"
            " %(today)s; correct the date.",
            field="taken_on",
            **said,
        )
    elif is_early and not (facts.is_in_process or lot.origin in OF_OTHERS):
        yield Refusal(
            "sample-date",
            "A sample of lot %(lot)s cannot have been taken on %(date)s: the lot was"
            " manufactured on %(made)s; correct the date, or tick “Taken in process”"
            " and give the reason.",
            field="taken_on",
            **said,
        )
    elif is_early and not facts.early_reason.strip():
        yield Refusal(
            "early-reason",
            "The sample was taken on %(date)s, before lot %(lot)s was made on"
            " %(made)s. Write under “Reason for sampling before manufacture” why it"
            " stands for the lot; the reviewer reads it.",
            field="early_reason",
            **said,
        )


def _twin(lot, number):
    """Return the sample of this number, or one of the lot that reads like it."""
    known = Sample.objects.filter(Q(number=number) | Q(lot=lot.pk)).order_by("pk")
    alike = [
        one
        for one in known
        if lot_number.skeleton(one.number) == lot_number.skeleton(number)
    ]
    same = (one for one in alike if one.number == number)
    return next(same, alike[0] if alike else None)


def take_sample(*, lot, by, at, **facts):
    """Record a sample taken from a lot and return it; `facts` are SampleFacts."""
    with audit.act(by=by, at=at, action="sample") as act:
        lot = act.lock(lot)
        permissions.check(act, STEPS["sample"], lot=lot)
        taken = recorded(act, lot, SampleFacts(**facts))
        lot_status.worked(act, lot)
        return taken


def recorded(act, lot, facts):
    """Record a sample inside an open act; return it."""
    check_sample(lot, facts, at=act.at)
    return act.create(
        Sample(lot=lot, **vars(facts), recorded_by=act.by, recorded_at=act.at)
    )
