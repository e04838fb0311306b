"""Tasks of My work: what waits for whom, each a condition on the lot status.

The counters, the lists behind them and their tests read this one table.
"""

import datetime
import functools
import itertools
import operator
from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lots import calendar
from lots.models import (
    Approval,
    LotState,
    LotStatus,
    PeriodicFailure,
    Qualification,
    Stage,
)
from lots.origin import questions
from lots.rules.states import LIVE
from lots.rules.step_table import STEPS

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

    Without those of which none could be: their date has passed, or the qualification
    that they were made under is suspended.
    """
    suspended = Qualification.objects.filter(
        material=OuterRef("material"),
        site=OuterRef("site"),
        use=OuterRef("use"),
        process=OuterRef("lot__qualification__process"),
        state=Approval.SUSPENDED,
    )
    return Q(
        ~Exists(suspended),
        is_pending=1,
        state__in=_FREE,
        to_certify__gt=0,
        date_on__gte=calendar.today(at),
    )


def due(at):
    """Return the condition of released lots whose date is near, or has passed.

    A year back, no further: of a lot older than that nothing is sold any more, and a
    list that only grows is read by nobody (docs/decisions/0003).
    """
    today = calendar.today(at)
    return Q(
        stage=Stage.RELEASED,
        date_on__gte=today - DUE_SINCE,
        date_on__lte=today + DUE_WITHIN,
    )


def below_minimum(at):
    """Return the condition of lots whose release a new minimum puts in question."""
    return Q(minimum_to_decide__gt=0, state__in=list(LIVE))


def in_question(at):
    """Return the condition of released lots that something elsewhere puts in question.

    Of those that QA can still decide about: a recalled lot is decided.
    """
    return Q(questions.released_in_question(), state__in=list(LIVE))


def stopped(at):
    """Return the condition of lots on which a periodic test failed, for QA to end."""
    waiting = PeriodicFailure.objects.filter(signature=None)
    return Q(lot__in=waiting.values("lot"))


@dataclass(frozen=True)
class Task:
    """Something that waits in a lot, for people of these roles.

    `apart_from` names the columns of people who may not take it there, `belongs_to`
    the column of those whom it waits for; neither where any of the role may.
    `since` is the column that the oldest comes first by.
    """

    code: str
    name: str | Promise
    roles: tuple[str, ...]
    condition: Callable[[datetime.datetime], Q]
    apart_from: tuple[str, ...] = ()
    belongs_to: str = ""
    since: str = "stage_at"

    def lots(self, *, at, person=None):
        """Return the rows in which it waits; with a person, those open to them."""
        found = LotStatus.objects.filter(self.condition(at))
        return found if person is None else self.open_to(found, person)

    def open_to(self, rows, person):
        """Return those of the rows in which this person may take it."""
        words = [f" {key} " for key in sorted(person.accounts)]
        if self.belongs_to:
            own = (Q(**{f"{self.belongs_to}__contains": word}) for word in words)
            rows = rows.filter(functools.reduce(operator.or_, own))
        for column in self.apart_from:
            for word in words:
                rows = rows.exclude(**{f"{column}__contains": word})
            if column in ("sole_hands", "phase_one_hands"):
                # Results that wait may be each of another account of the person's.
                for one, other in itertools.combinations(words, 2):
                    rows = rows.exclude(
                        Q(hands__contains=one) & Q(hands__contains=other)
                    )
        return rows


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
            # Of a lot that is rejected too: its investigation waits for it.
            _pending(to_confirm__gt=0),
            apart_from=("sole_hands",),
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
            "to_release",
            _("To release"),
            STEPS["release"].roles,
            _pending(state__in=_FREE, to_release__gt=0),
            apart_from=("hands", "reviewers"),
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
