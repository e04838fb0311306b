"""Tracks: how far each assessment of a lot has come, and who took each step.

Logged, tested, reviewed, released; the certificate that follows is of another app.
"""

import datetime
from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from lots import calendar
from lots.evaluation.outcome import AssessmentEvaluation, Line, LotEvaluation
from lots.models import AssessmentState, LotState, MarkKind
from lots.rules.states import LineOutcome


class Progress(StrEnum):
    """Where a step of the track stands."""

    DONE = "done"
    NOW = "now"
    NEXT = "next"
    STOPPED = "stopped"


SAID = {
    Progress.DONE: _("done"),
    Progress.NOW: _("in progress"),
    Progress.NEXT: _("not yet"),
    Progress.STOPPED: _("stopped"),
}


@dataclass(frozen=True)
class Step:
    """A step with who took it and on which day of the company, or how far it is."""

    name: str | Promise
    progress: Progress
    on: datetime.date | None = None
    who: str = ""
    note: str | Promise = ""

    @property
    def said(self):
        return SAID[self.progress]


@dataclass(frozen=True)
class Track:
    """The steps of an assessment up to its release.

    `is_released` says that the certificate is the next step.
    """

    evaluated: AssessmentEvaluation
    steps: tuple[Step, ...]
    is_released: bool

    @property
    def assessment(self):
        return self.evaluated.assessment


def tracks(evaluated: LotEvaluation) -> tuple[Track, ...]:
    """Return the track of each assessment, in the order of the page."""
    return tuple(_track(evaluated, one) for one in evaluated.assessments)


def _track(evaluated, one):
    lot = evaluated.lot
    needed = [line for line in one.lines if _is_needed(line)]
    steps = [
        Step(
            _("Logged"),
            Progress.DONE,
            calendar.today(lot.logged_at),
            lot.logged_by.printed_name,
        ),
        _tested(one, needed),
        _reviewed(needed),
        _released(one, lot),
    ]
    # The first that is not done is the present one.
    for place, step in enumerate(steps):
        if step.progress is Progress.STOPPED:
            break
        if step.progress is Progress.NEXT:
            steps[place] = Step(step.name, Progress.NOW, note=step.note)
            break
    return Track(one, tuple(steps), steps[-1].progress is Progress.DONE)


def _is_needed(line: Line) -> bool:
    """Return whether the lot must have the test as things stand, or has it."""
    if line.valid:
        return True
    return line.outcome != LineOutcome.NOT_REQUIRED and not (
        line.sparing is not None and line.sparing.is_awaited
    )


def _tested(one, needed):
    name = _("Tested")
    there = [line for line in needed if line.valid]
    failing = sum(line.outcome == LineOutcome.FAIL for line in there)
    if failing:
        return Step(name, Progress.STOPPED, note=_("%(n)s OOS") % {"n": failing})
    if not needed or len(there) < len(needed):
        return Step(name, Progress.NEXT, note=_of(there, needed))
    last = max(
        (attempt.result for line in there for attempt, _verdict in line.valid),
        key=lambda result: (result.entered_at, result.pk),
    )
    return Step(
        name,
        Progress.DONE,
        calendar.today(last.entered_at),
        last.entered_by.printed_name,
    )


def _reviewed(needed):
    name = _("Reviewed")
    there = [line for line in needed if line.valid and line.reviewed]
    marks = [
        mark
        for line in there
        for attempt, _verdict in line.valid
        for mark in attempt.marks
        if mark.kind == MarkKind.REVIEWED
    ]
    if not marks or len(there) < len(needed):
        return Step(name, Progress.NEXT, note=_of(there, needed))
    last = max(marks, key=lambda mark: (mark.at, mark.pk))
    return Step(name, Progress.DONE, calendar.today(last.at), last.by.printed_name)


def _released(one, lot):
    name, assessment = _("Released"), one.assessment
    signature = assessment.signature
    on = calendar.today(signature.at) if signature else None
    who = signature.printed_name if signature else ""
    if assessment.state == AssessmentState.RELEASED:
        if lot.state != LotState.QUARANTINE:
            return Step(name, Progress.STOPPED, on, who, lot.get_state_display())
        return Step(name, Progress.DONE, on, who)
    if assessment.state in (
        AssessmentState.REFUSED,
        AssessmentState.RELEASE_WITHDRAWN,
    ):
        note = assessment.get_state_display()
        return Step(name, Progress.STOPPED, on, who, note)
    return Step(name, Progress.NEXT)


def _of(there, needed):
    """Return how many of how many, in words."""
    return ngettext("%(n)s of %(all)s test", "%(n)s of %(all)s tests", len(needed)) % {
        "n": len(there),
        "all": len(needed),
    }
