"""Tasks of My work: what waits for whom, each a condition on the lot status.

The counters, the lists behind them and their tests read this one table.
"""

import datetime
import functools
import itertools
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q
from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from lots import calendar
from lots.models import (
    Approval,
    Assessment,
    AssessmentState,
    LotState,
    LotStatus,
    PeriodicFailure,
    ReleaseKept,
    Stage,
    User,
)
from lots.origin import later_investigations, parent_lots, questions, use_gate
from lots.rules.states import LIVE
from lots.rules.step_table import STEPS
from lots.rules.uses import USES
from lots.setup import valid_qualification
from lots.workflow import lot_stage, release_days

# From how long ago to how far ahead a retest or expiry date asks for attention.
DUE_SINCE = datetime.timedelta(days=365)
DUE_WITHIN = datetime.timedelta(days=90)

_FREE = [LotState.QUARANTINE]


def _pending(**counted):
    """Return the condition, at any time, of pending lots with these counts."""
    condition = Q(is_pending=1, **counted)
    return lambda at: condition


def _decided_next(stage):
    """Return the condition of lots in quarantine that wait for this decision alone."""
    condition = Q(stage=stage)
    return lambda at: condition


def certifiable(at):
    """Return the condition of lots with a release that no certificate was issued of.

    Without those of which none could be: their date has passed, no qualification that
    they or their parents were made under stands today, their specification was
    retired, their alternative use withdrawn, or their release is in question or falls
    short of a minimum approved after it.
    """
    today = calendar.today(at)
    waiting = import_string(settings.RELEASES_TO_CERTIFY)()
    in_force = waiting.filter(use_gate.is_allowed(), lot=OuterRef("lot")).exclude(
        specification__state=Approval.WITHDRAWN
    )
    return Q(
        valid_qualification.valid_on(today),
        ~parent_lots.is_unqualified(today),
        Exists(in_force),
        ~Exists(_kept()),
        ~in_question(at),
        ~below_minimum(at),
        ~failed_later(at),
        is_pending=1,
        state__in=_FREE,
        to_certify__gt=0,
        date_on__gte=today,
    )


def _kept():
    """Return the decisions by which a lot's last release stands below the minimum.

    Nothing further is issued by such a release (docs/decisions/0023).
    """
    released_since = Assessment.objects.filter(
        lot=OuterRef("lot"),
        use=OuterRef("use"),
        state=AssessmentState.RELEASED,
        signature__gt=OuterRef("signature"),
    )
    return ReleaseKept.objects.filter(
        ~Exists(released_since), lot=OuterRef("lot"), minimum__state=Approval.APPROVED
    )


def releasable(at):
    """Return the condition of lots with a release that QA can decide to give."""
    return Q(
        release_days.open_on(calendar.today(at)),
        is_pending=1,
        state__in=_FREE,
        to_release__gt=0,
        stage=Stage.TO_RELEASE,
    )


def blocked(at):
    """Return the condition of complete lots whose release something closes.

    Not of those that are past their date.
    """
    return lot_stage.condition(Stage.BLOCKED, calendar.today(at))


def due(at):
    """Return the condition of released lots whose date is near, or has passed.

    And of those that are complete and past their date, which nobody can release.

    A year back, no further: of a lot older than that nothing is sold any more, and a
    list that only grows is read by nobody (docs/decisions/0003).
    """
    today = calendar.today(at)
    return Q(
        lot_stage.condition(Stage.RELEASED, today)
        | lot_stage.condition(Stage.DATE_PASSED, today),
        date_on__gte=today - DUE_SINCE,
        date_on__lte=today + DUE_WITHIN,
    )


def to_confirm(at):
    """Return the condition of lots with a correction that a reviewer may verify.

    Of a lot that was rejected or recalled too, also where nothing is investigated.
    """
    return Q(to_confirm__gt=0, state__in=STEPS["confirm_correction"].lot_states)


def below_minimum(at):
    """Return the condition of lots whose release a new minimum puts in question."""
    return Q(minimum_to_decide__gt=0, state__in=list(LIVE))


def in_question(at):
    """Return the condition of released lots that something elsewhere puts in question.

    Of those that QA can still decide about: a recalled lot is decided.
    """
    return Q(questions.released_in_question(), state__in=list(LIVE))


def in_question_since(rows):
    """Return by its key since when each of a page of lots is in question."""
    found = questions.of_lots([row.pk for row in rows])
    return {
        row.pk: min((one.since for one in found[row.pk]), default=row.stage_at)
        for row in rows
    }


def failed_later(at):
    """Return the condition of lots with a release that a later finding contradicts.

    An investigation that was concluded after the release; or a valid result that
    fails the minimum specification of the use, which may have come after it.
    """
    below = Q()
    for use in USES:
        below |= Q(
            minimum_failed__contains=f" {use} ", released_uses__contains=f" {use} "
        )
    lots = LotStatus.objects.filter(below, failing_uses__gt="").values("lot")
    return Q(lot__in=_concluded_later().values("lot").union(lots), state__in=list(LIVE))


def failed_later_since(rows):
    """Return by its key since when a finding contradicts each of a page of lots."""
    found = {row.pk: row.stage_at for row in rows}
    later = _concluded_later().filter(lot__in=list(found)).order_by("-closed_at")
    return found | dict(later.values_list("lot", "closed_at"))


def _concluded_later():
    """Return the concluded investigations that question a release of their lot."""
    return later_investigations.investigations(
        F("lot"), lot=OuterRef("lot"), state=AssessmentState.RELEASED
    ).exclude(closed_at=None)


def stopped(at):
    """Return the condition of lots on which a periodic test failed, for QA to end."""
    waiting = PeriodicFailure.objects.filter(signature=None)
    return Q(lot__in=waiting.values("lot"))


def in_doubt(at):
    """Return the condition of lots with an exception that a reviewer signed.

    Of those that QA still decides.
    """
    return Q(exceptions__gt=0, state__in=list(LIVE))


def holders(*roles):
    """Return the people who hold one of the roles and may act in it today."""
    people = User.objects.filter(is_active=True).order_by("printed_name", "pk")
    return [one for one in people if one.takes(*roles)]


def _words(person):
    return [f" {key} " for key in sorted(person.accounts)]


def _named(column, person):
    """Return the condition of rows whose column names an account of the person's."""
    named = (Q(**{f"{column}__contains": word}) for word in _words(person))
    return functools.reduce(operator.or_, named)


@dataclass(frozen=True)
class Task:
    """Something that waits in a lot, for people of these roles.

    `apart_from` names the columns of people who may not take it there, `belongs_to`
    the column of those whom it waits for; neither where any of the role may.
    `since` is the column that the oldest comes first by; `began`, where no column has
    it, returns since when the task waits in each of a page of rows.
    """

    code: str
    name: str | Promise
    roles: tuple[str, ...]
    condition: Callable[[datetime.datetime], Q]
    apart_from: tuple[str, ...] = ()
    belongs_to: str = ""
    since: str = "stage_at"
    began: Callable[[Sequence[LotStatus]], dict[int, datetime.datetime]] | None = None

    def lots(self, *, at, person=None):
        """Return the rows in which it waits; with a person, those open to them."""
        found = LotStatus.objects.filter(self.condition(at))
        return found if person is None else self.open_to(found, person)

    def open_to(self, rows, person):
        """Return those of the rows in which this person may take it.

        What belongs to people who all left, or lost the role, belongs to whoever has
        the role.
        """
        if self.belongs_to:
            left = (~_named(self.belongs_to, one) for one in holders(*self.roles))
            mine = _named(self.belongs_to, person)
            rows = rows.filter(mine | functools.reduce(operator.and_, left, Q()))
        return rows.exclude(self._closed_to(person)) if self.apart_from else rows

    def open_to_nobody(self, rows, people):
        """Return those of the rows in which none of these people may take it.

        Of a task that people share out by what they did; with nobody, all rows.
        """
        closed = (self._closed_to(person) for person in people)
        return rows.filter(functools.reduce(operator.and_, closed, Q()))

    def _closed_to(self, person):
        """Return the condition of rows in which this person did what excludes it."""
        closed = [_named(column, person) for column in self.apart_from]
        if {"sole_hands", "phase_one_hands"} & set(self.apart_from):
            # Results that wait may be each of another account of the person's.
            closed += [
                Q(hands__contains=one) & Q(hands__contains=other)
                for one, other in itertools.combinations(_words(person), 2)
            ]
        return functools.reduce(operator.or_, closed)


TASKS = {
    task.code: task
    for task in (
        Task(
            "to_enter",
            _("Results to enter"),
            STEPS["enter"].roles,
            _pending(state__in=LIVE, missing__gt=0),
        ),
        Task(
            "returned",
            _("Returned"),
            STEPS["submit"].roles,
            _pending(state__in=LIVE, returned__gt=0),
            belongs_to="returned_to",
        ),
        Task(
            "to_submit",
            _("To submit"),
            STEPS["submit"].roles,
            _pending(state__in=LIVE, to_submit__gt=0),
        ),
        Task(
            "to_review",
            _("To review"),
            STEPS["review"].roles,
            _pending(state__in=LIVE, to_review__gt=0),
            apart_from=("sole_hands",),
        ),
        Task(
            "to_confirm",
            _("Corrections to confirm"),
            STEPS["confirm_correction"].roles,
            to_confirm,
            apart_from=("sole_hands",),
        ),
        Task(
            "earlier_lot",
            _("Waiting for an earlier lot"),
            STEPS["enter"].roles,
            _decided_next(Stage.WAITS),
        ),
        Task(
            "undecided",
            _("Undecided results"),
            STEPS["examine"].roles,
            _decided_next(Stage.UNDECIDED),
        ),
        Task(
            "phase_one",
            _("Phase I to sign"),
            STEPS["phase_one"].roles,
            _pending(phase_ones__gt=0),
            apart_from=("phase_one_hands",),
            since="investigated_at",
        ),
        Task(
            "investigation",
            _("Investigations open"),
            STEPS["conclude"].roles,
            _pending(open_investigations__gt=0),
            apart_from=("hands",),
            since="investigated_at",
        ),
        Task(
            "on_hold",
            _("Holds to decide"),
            STEPS["resume"].roles,
            _decided_next(Stage.ON_HOLD),
        ),
        Task(
            "failing",
            _("Confirmed OOS to decide"),
            STEPS["refuse"].roles,
            _decided_next(Stage.FAILING),
        ),
        Task(
            "exceptions",
            _("Exceptions of a review"),
            STEPS["refuse"].roles,
            in_doubt,
            since="exceptions_at",
        ),
        Task(
            "to_release",
            _("To release"),
            STEPS["release"].roles,
            releasable,
            apart_from=("hands", "reviewers"),
        ),
        Task(
            "release_blocked",
            _("Releases blocked"),
            STEPS["release"].roles,
            blocked,
        ),
        Task(
            "below_minimum",
            _("Releases below a new minimum specification"),
            STEPS["keep"].roles,
            below_minimum,
            apart_from=("hands", "reviewers"),
        ),
        Task(
            "in_question",
            _("Released lots in question"),
            STEPS["unaffected"].roles,
            in_question,
            began=in_question_since,
        ),
        Task(
            "failed_later",
            _("Releases that a later result contradicts"),
            STEPS["reopen"].roles,
            failed_later,
            began=failed_later_since,
        ),
        Task(
            "periodic_stopped",
            _("Periodic tests to reinstate"),
            STEPS["reinstate"].roles,
            stopped,
            apart_from=("hands", "reviewers"),
        ),
        Task(
            "to_certify",
            _("Certificates to issue"),
            STEPS["issue"].roles,
            certifiable,
        ),
        Task(
            "retest_due",
            _("Retest or expiry dates due"),
            STEPS["examine"].roles,
            due,
            since="date_on",
        ),
    )
}
