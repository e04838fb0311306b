"""Permissions: the step table asked about one person and one record.

Says what a person did with a lot, and which steps are open to them. Reads, never
writes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection

from lots.evidence import acting_person
from lots.models import (
    Attachment,
    Document,
    InvalidRun,
    Lot,
    Meaning,
    Result,
    Sample,
    Signature,
    TestOrder,
    User,
)
from lots.rules import step_table
from lots.rules.refusal import Refusal
from lots.rules.roles import Deed
from lots.rules.step_table import STEPS, NotAllowed
from lots.rules.unknown import UNKNOWN, if_known

_DEEDS = {deed.value: deed for deed in (Deed.ENTERED, Deed.PERFORMED, Deed.REVIEWED)}


def deeds(lot, person):
    """Return what the person ever did with the lot, over its whole history.

    Entered: logged it, took a sample or wrote any value, by page or import, even if
    replaced since; a use-by date and the manufacturer's certificate too, because
    certificates print them. Performed: is named as having performed a test. Reviewed:
    ever signed a review or a phase I record, or confirmed a correction (architecture.md
    3). Every account that counts as the person is asked about.
    """
    hands, own = hands_on(lot), person.accounts
    done = {deed for deed, people in hands.items() if not own.isdisjoint(people)}
    if lot.logged_by_id in own or (lot.imported_id and lot.imported.by_id in own):
        done.add(Deed.ENTERED)
    return frozenset(done)


# Asked by lot alone, and people are compared here: given a person too, a database may
# begin at everything that this person ever wrote.
_BESIDE = """
    SELECT 'entered', recorded_by_id FROM {sample} WHERE lot_id = %(lot)s
    UNION SELECT 'entered', attached_by_id FROM {attachment} WHERE lot_id = %(lot)s
    UNION SELECT 'entered', recorded_by_id FROM {invalidrun} WHERE lot_id = %(lot)s
    UNION SELECT 'entered', opened_by_id FROM {testorder}
        WHERE lot_id = %(lot)s AND use_by IS NOT NULL
    UNION SELECT 'entered', added_by_id FROM {lot} lot
        JOIN {document} document ON document.id = lot.original_certificate_id
        WHERE lot.id = %(lot)s
"""
_HANDS = f"""{_BESIDE}
    UNION SELECT 'entered', result.entered_by_id FROM {{testorder}} ordered
        JOIN {{result}} result ON result.examination_id = ordered.id
        WHERE ordered.lot_id = %(lot)s
    UNION SELECT 'performed', result.performed_by_id FROM {{testorder}} ordered
        JOIN {{result}} result ON result.examination_id = ordered.id
        WHERE ordered.lot_id = %(lot)s
    UNION SELECT 'reviewed', by_id FROM {{signature}}
        WHERE lot_id = %(lot)s AND meaning IN (%(review)s, %(confirm)s, %(phase_one)s)
"""
_ASKED = (Attachment, Document, InvalidRun, Lot, Result, Sample, Signature, TestOrder)


def _people(statement, lot):
    """Return the pairs of deed and person that the statement finds of the lot."""
    tables = {
        model.__name__.lower(): connection.ops.quote_name(model._meta.db_table)
        for model in _ASKED
    }
    with connection.cursor() as cursor:
        cursor.execute(
            statement.format(**tables),
            {
                "lot": lot.pk,
                "review": Meaning.REVIEWED,
                "confirm": Meaning.CONFIRMED,
                "phase_one": Meaning.PHASE_ONE,
            },
        )
        return cursor.fetchall()


def hands_on(lot):
    """Return the ids of who entered, performed and reviewed anything of the lot.

    By deed; without who logged or imported it, whom the lot itself names.
    """
    hands: dict[Deed, set[int]] = {deed: set() for deed in _DEEDS.values()}
    for deed, person in _people(_HANDS, lot):
        hands[_DEEDS[deed]].add(person)
    return hands


def wrote_beside(lot):
    """Return the ids of those who wrote facts of the lot that no result carries.

    Of samples, attached files, use-by dates and the manufacturer's certificate. With
    whoever logged or imported the lot, and whoever its results name, these are all of
    whom `deeds` says entered or performed.
    """
    return {person for _deed, person in _people(_BESIDE, lot)}


def checkers(lot, investigations):
    """Return the ids of those who signed a phase I record of the lot.

    Without a query where no result was ever investigated.
    """
    if not investigations:
        return frozenset()
    return frozenset(
        Signature.objects.filter(lot=lot, meaning=Meaning.PHASE_ONE).values_list(
            "by", flat=True
        )
    )


def deeds_with(results, person):
    """Return what the person did with these results: entered, performed or neither.

    Or with one that they replaced: who compares a correction with the raw data did
    not write what was wrong. Or with a peak of a total, which is nothing but its peaks.
    """
    done = set()
    for result in results:
        for one in behind(result):
            if one.entered_by_id in person.accounts:
                done.add(Deed.ENTERED)
            if one.performed_by_id in person.accounts:
                done.add(Deed.PERFORMED)
    return frozenset(done)


def history(result: Result) -> Iterator[Result]:
    """Yield the result and those that it replaced, the latest first."""
    earlier: Result | None = result
    while earlier is not None:
        yield earlier
        earlier = earlier.replaces


def behind(result):
    """Yield the result and those that it replaced, of a total with its parts.

    `replaces` and `parts` are at hand on results that were judged.
    """
    for one in history(result):
        yield one
        for part in one.parts:
            yield from history(part)


def check(act, step, *, lot=None, assessment=None, subject="", done=None):
    """Raise NotAllowed unless the acting person may take the step now.

    NoReason where the step needs a reason and the act has none. `done` overrides what
    counts as the person's deeds, for steps that ask about the results listed rather
    than about the whole lot.
    """
    if done is None:
        done = (
            deeds(lot, act.by)
            if lot is not None and step.independent_of
            else frozenset()
        )
    _check_table(
        step,
        act.by,
        subject=_named(subject, lot),
        lot_state=lot.state if lot is not None else "",
        assessment_state=assessment.state if assessment is not None else "",
        deeds=done,
    )
    with if_known:
        step_table.check_reason(step, act.reason)


def _named(subject, lot):
    """Return what a refusal calls what the step is about."""
    if subject is UNKNOWN or subject:
        return subject
    return lot.number if lot is not None else "(blank)"


def _check_table(step, by, **told):
    """Raise NotAllowed as the table does; say which accounts count as the person."""
    try:
        step_table.check(step, roles=frozenset(by.roles), **told)
    except NotAllowed as refusal:
        if refusal.code != "independence" or not by.one_with:
            raise
        accounts = User.objects.filter(pk__in=by.one_with).order_by("pk")
        told_before: dict[str, Any] = refusal.params
        raise NotAllowed(
            "independence",
            "“%(step)s” of %(subject)s takes another person: you, or an account that"
            " counts as yours (%(accounts)s), %(deeds)s. If that account"
            " is somebody else's, QA or a second administrator tells the two apart.",
            accounts="; ".join(
                f"{one.printed_name}, {one.title}, {one.username}" for one in accounts
            ),
            **told_before,
        ) from None


@dataclass(frozen=True)
class Offer:
    """A step on a lot or on one of its assessments, open or with the reason why not."""

    step: step_table.Step
    lot: Lot
    assessment: object = None
    why: Refusal | None = None

    @property
    def open(self):
        return self.why is None


ON_LOT = (
    "sample",
    "enter",
    "submit",
    "review",
    "examine",
    *step_table.DECISIONS,
)
ON_ASSESSMENT = ("release", "refuse")


def offers(lot, by, *, assessments=None, waiting=()):
    """Return every step on the lot and its assessments, each open or with its reason.

    Says what the step table says; `workflow.blockers` says what else the records close.
    Review asks about the results listed: it is closed to a person who worked on each
    result that waits for it.
    """
    done = deeds(lot, by)
    own = [deeds_with([result], by) for result in waiting]
    reviewing = frozenset().union(*own) if all(own) else frozenset()
    if assessments is None:
        assessments = list(lot.assessments.select_related("specification"))
    found = [
        _offer(STEPS[code], lot, by, reviewing if code == "review" else done)
        for code in ON_LOT
    ]
    found += [
        _offer(STEPS[code], lot, by, done, assessment)
        for assessment in assessments
        for code in ON_ASSESSMENT
    ]
    return tuple(found)


def offer(code, lot, by):
    """Return one step on the lot as the table offers it to this person."""
    step = STEPS[code]
    return _offer(step, lot, by, deeds(lot, by) if step.independent_of else frozenset())


def _offer(step, lot, by, done, assessment=None):
    if closed := acting_person.password_of_another(by):
        return Offer(step, lot, assessment, closed)
    try:
        _check_table(
            step,
            by,
            subject=lot.number
            if assessment is None
            else f"{lot.number} against {assessment.specification}",
            lot_state=lot.state,
            assessment_state=assessment.state if assessment is not None else "",
            deeds=done,
        )
    except NotAllowed as refusal:
        return Offer(step, lot, assessment, refusal)
    return Offer(step, lot, assessment)
