"""Template tags for lots: status chip, use badge, moment, verdict."""

import datetime
import json

from django import template
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lots import calendar
from lots.models import Assessment, AssessmentState, LotState, Stage
from lots.rules.criterion import raised
from lots.rules.laboratory_error import Answer, CauseKind, Check
from lots.rules.not_imported import Why
from lots.rules.repeated import together
from lots.rules.states import LineOutcome
from lots.rules.stored_codes import Tone
from lots.rules.uses import USES
from lots.wording import sentence
from lots.workflow import lot_stage, spared_lots

register = template.Library()

CONDITIONS = {
    True: (Tone.PASS, _("Met")),
    False: (Tone.MISSING, _("Not met")),
}


register.filter("raised", raised)
register.filter("together", together)


def word(status):
    """Return a verdict or an outcome in words."""
    return _(LineOutcome.of(status).word)


def _chip(tone, word):
    """Return a chip: shape, word and colour, never colour alone (experience.md 1)."""
    return {"tone": tone, "shape": tone.shape, "word": word}


@register.filter
def checks(record):
    """Return the checks of a phase I record in words: check, answer, remark."""
    return [
        (
            _(Check.of(one["check"]).word),
            _(Answer.of(one["answer"]).word),
            one["remark"],
        )
        for one in record.checks
    ]


@register.filter
def cause_kind(code):
    """Return the kind of a cause in words."""
    return _(CauseKind.of(code).word)


@register.inclusion_tag("lots/_status_chip.html")
def status_chip(status, *, is_alert=False):
    """Show a verdict or an outcome; a pass beyond its alert limit says Alert."""
    if is_alert and status in (LineOutcome.PASS, LineOutcome.REPORTED):
        return _chip(Tone.ALERT, _("Alert"))
    return _chip(LineOutcome.of(status).tone, word(status))


@register.inclusion_tag("lots/_status_chip.html")
def condition_chip(is_met):
    """Show whether a condition of a decision is met."""
    return _chip(*CONDITIONS[is_met])


@register.inclusion_tag("lots/_state_chip.html")
def state_chip(record):
    """Show the state of a lot or of an assessment."""
    states = AssessmentState if isinstance(record, Assessment) else LotState
    return {
        "tone": states.of(record.state).tone,
        "word": record.get_state_display(),
    }


@register.inclusion_tag("lots/_state_chip.html")
def lot_chip(lot):
    """Show the state of a lot, of one that was released what it was released for."""
    uses = lot.status.released_uses.split()
    if lot.state != LotState.QUARANTINE or not uses:
        return state_chip(lot)
    names = ", ".join(str(_(USES[code].said)) for code in uses)
    return {
        "tone": AssessmentState.RELEASED.tone,
        "word": _("Released for %(uses)s use") % {"uses": names},
    }


@register.inclusion_tag("lots/_state_chip.html")
def assessment_chip(assessment, lot):
    """Show the state of an assessment; a release counts while its lot may be used."""
    if (
        assessment.state == AssessmentState.RELEASED
        and lot.state != LotState.QUARANTINE
    ):
        return {"tone": LotState.of(lot.state).tone, "word": _("Previously released")}
    return state_chip(assessment)


@register.filter
def is_usable(lot):
    """Return whether nothing that was decided about the lot forbids its use."""
    return lot.state == LotState.QUARANTINE


@register.filter
def why_in_state(lot):
    """Return the reason of the lot's state; why a hold ended is none of quarantine."""
    return "" if lot.state == LotState.QUARANTINE else lot.state_reason


@register.inclusion_tag("lots/_waits_for.html")
def stage_beside(lot):
    """Show the stage of a lot in words, unless its chip says the same."""
    said = {lot.state, Stage.RELEASED if lot.status.released_uses else ""}
    status = lot.status
    stage = lot_stage.of(status)
    return {
        "word": "" if stage.value in said else _(stage.word),
        "tone": stage.tone,
        "earlier": spared_lots.awaited(status),
        # Where the stage does not say it, as of a lot on hold.
        "fails": _("A result fails")
        if status.failing_uses and stage.tone != Tone.OOS
        else "",
    }


@register.filter
def stage_word(status):
    """Return the word for the stage of a lot today."""
    return _(lot_stage.of(status).word)


@register.simple_tag
def signed_record(text):
    """Return what a canonical text that is signed holds."""
    return json.loads(text) if text else {}


@register.filter
def not_imported(lot):
    """Return column, text and reason of each cell of its row that is no result."""
    return [
        (cell["column"], cell["text"], _(Why.of(cell["why"]).word))
        for cell in lot.left_out or ()
    ]


@register.inclusion_tag("lots/_use_badge.html")
def use_badge(code, *, is_big=False):
    """Show the use with its mark; one that is not known is no more than its code."""
    known = USES.get(code)
    return {
        "mark": known.mark if known else "unknown",
        "is_injectable": known is not None and known.is_injectable,
        "name": known.name if known else code,
        "products": _(known.products) if known else "",
        "is_big": is_big,
    }


@register.inclusion_tag("lots/_moment.html")
def moment(at):
    """Show a time in the company's zone, with UTC on hover."""
    if at is None:
        return {}
    in_utc = at.astimezone(datetime.UTC)
    return {
        "stamp": calendar.stamp(at),
        "machine": in_utc.isoformat(timespec="seconds"),
        "utc": f"{in_utc:%Y-%m-%d %H:%M:%S} UTC",
    }


@register.inclusion_tag("lots/_moment.html")
def clock(at):
    """Show the time of day to the second; of another day than today, the moment."""
    shown = moment(at)
    local = timezone.localtime(at, timezone.get_default_timezone())
    if local.date() != calendar.today(timezone.now()):
        return shown
    return shown | {"stamp": f"{local:%H:%M:%S}", "utc": shown["stamp"]}


@register.simple_tag
def verdict_word(verdict):
    """Return the verdict of a printed record in words."""
    return word(verdict.outcome)


register.filter("sentence", sentence)


@register.inclusion_tag("lots/results/_attempt_stage.html")
def attempt_stage(stage):
    """Show what happened to an attempt after it was stored."""
    return {"stage": stage, "word": _(stage.word)}


@register.filter
def uses(codes):
    """Return the names of uses given as words joined by spaces."""
    return ", ".join(str(_(USES[code].name)) for code in codes.split() if code in USES)
