"""Samples of a lot: taken and recorded."""

import re

from django.db.models import Func, Q, Value
from django.db.models.functions import Lower, Replace

from lots import calendar
from lots.accounts import permissions
from lots.evidence import audit
from lots.models import (
    Sample,
)
from lots.origin import lot_facts
from lots.rules import lot_number
from lots.rules.refusal import Refusal
from lots.rules.step_table import STEPS
from lots.workflow import lot_status

# How much of a sample was taken: a number that is not nought, then its unit.
_SOME = re.compile(r"(?=[0-9.]*[1-9])[0-9]+(\.[0-9]+)?( ?[x\u00d7] ?[0-9.]+)? ?[^\W\d]")


def check_sample(lot, *, number, taken_on, quantity, at):
    """Refuse a sample whose number, day or quantity cannot be.

    Its number is its own on all lots, and is not taken for another on this one.
    """
    lot_number.lot_number(
        number.replace(":", "-"), field="number", name="sample number"
    )
    for refusal in lot_facts.names_other_use({"number": number}, lot.use):
        raise refusal
    alike = Q(lot=lot.pk, key=lot_number.skeleton(number))
    known = Sample.objects.alias(key=_skeleton("number")).order_by("pk")
    known = known.filter(Q(number=number) | alike)
    if twin := known.first():
        raise Refusal(
            "duplicate-sample",
            "Sample %(number)s is already recorded; give this one another number."
            if twin.number == number
            else "Sample %(number)s looks like %(twin)s, which is already recorded;"
            " give this one another number.",
            field="number",
            number=number,
            twin=twin.number,
        )
    if not lot.manufactured_on <= taken_on <= calendar.today(at):
        raise Refusal(
            "sample-date",
            "A sample of lot %(lot)s cannot have been taken on %(date)s: the lot was"
            " manufactured on %(made)s and today is %(today)s; correct the date.",
            field="taken_on",
            lot=lot.number,
            date=taken_on,
            made=lot.manufactured_on,
            today=calendar.today(at),
        )
    if not _SOME.match(quantity):
        raise Refusal(
            "sample-quantity",
            "%(quantity)s is not a quantity; type a number and its unit, such as 10 g.",
            field="quantity",
            quantity=quantity or "(blank)",
        )


def _skeleton(column):
    """Return in SQL what `identity.skeleton` says of the number in a column."""
    key: Func = Lower(column)
    for letter, digit in lot_number.ALIKE.items():
        key = Replace(key, Value(letter), Value(digit))
    return key


def take_sample(*, lot, by, at, number, taken_on, taken_by, quantity, purpose):
    """Record a sample taken from a lot and return it."""
    with audit.act(by=by, at=at, action="sample") as act:
        lot = act.lock(lot)
        permissions.check(act, STEPS["sample"], lot=lot)
        check_sample(lot, number=number, taken_on=taken_on, quantity=quantity, at=at)
        lot_status.worked(lot, by=act.by)
        return act.create(
            Sample(
                lot=lot,
                number=number,
                taken_on=taken_on,
                taken_by=taken_by,
                quantity=quantity,
                purpose=purpose,
                recorded_by=act.by,
                recorded_at=at,
            )
        )
