"""What the page of a lot says: next step, gates, open and closed steps, history.

Reads an evaluation and the lot's records in a number of queries that does not depend
on how many results there are. Imports steps, evaluation and grid; `views.lots` and
the pages of single steps import it.
"""

import itertools
from dataclasses import dataclass

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lots import calendar, steps
from lots.models import (
    AssessmentState,
    Attachment,
    AuditEntry,
    Parentage,
    Sample,
    Signature,
)
from lots.rules import chain
from lots.rules.lifecycle import STEPS
from lots.views import grid
from lots.wording import sentence

SHOWN_ENTRIES = 600
SHOWN_GATES = 6
_ABSENT = "\N{EN DASH}"
ROLES = {
    "analyst": _("an analyst"),
    "reviewer": _("a reviewer"),
    "qa": _("QA"),
}
# The words of the steps for people; the table keeps the English that is evidence.
STEP_WORDS = {
    "log": _("Log the lot"),
    "sample": _("Take a sample"),
    "enter": _("Enter results"),
    "submit": _("Submit results"),
    "review": _("Review results"),
    "examine": _("Open an examination"),
    "hold": _("Put on hold"),
    "resume": _("End the hold"),
    "reject": _("Reject"),
    "recall": _("Recall"),
    "void": _("Void"),
    "reopen": _("Reopen"),
    "release": _("Release"),
    "refuse": _("Refuse release"),
}
# What the next step of a lot is, by the stage in which it stands.
NEXT = {
    "to_enter": ("enter", _("Enter the results that are missing.")),
    "to_submit": ("submit", _("Submit the results that were entered.")),
    "to_review": ("review", _("Review the results that were submitted.")),
    "investigation": ("conclude", _("Conclude the open investigation.")),
    "to_release": ("release", _("Decide on the release.")),
    "released": ("issue", _("Released; a certificate can be issued.")),
    "refused": ("", _("Release refused; add an assessment or decide on the lot.")),
    "on_hold": ("resume", _("On hold; nothing is released until the hold ends.")),
    "rejected": ("", _("Rejected; no further step.")),
    "recalled": ("", _("Recalled; no further step.")),
    "void": ("", _("Void; logged by mistake, no further step.")),
}


@dataclass(frozen=True)
class Words:
    """What a page that adds something to a lot says."""

    title: str
    lead: str
    button: str


ADDING = {
    "sample": Words(
        _("Take a sample"),
        _("Record what was taken from the lot, when, by whom and for what."),
        _("Record the sample"),
    ),
    "attach": Words(
        _("Attach raw data"),
        _("PDF, PNG, JPEG, TIFF, XLSX or plain text. A file is never changed."),
        _("Attach the file"),
    ),
    "examine": Words(
        _("Open an examination"),
        _(
            "A further occasion on which the lot is tested, with one assessment for"
            " each specification in force."
        ),
        _("Open the examination"),
    ),
    "assess": Words(
        _("Add an assessment"),
        _(
            "The results of the examination are judged against a further"
            " specification, for a use that the lot was made for or may stand in for."
        ),
        _("Add the assessment"),
    ),
}


@dataclass(frozen=True)
class StepLink:
    """A step with its page, open or with the sentence that says why it is closed."""

    code: str
    name: str
    address: str
    why: str = ""
    assessment: object = None

    @property
    def is_open(self):
        return not self.why


@dataclass(frozen=True)
class NextStep:
    """The next step, who may take it, and its page where this reader may."""

    words: str
    who: str
    address: str = ""


@dataclass(frozen=True)
class AssessmentPanel:
    """An assessment with what still stands in the way of its release."""

    evaluated: object
    assessment: object
    occasion: str
    is_ready: bool
    gates: tuple[str, ...]
    more_gates: tuple[str, ...]
    links: tuple[StepLink, ...]


@dataclass(frozen=True)
class Act:
    """One call of a verb as the history shows it."""

    at: object
    by_name: str
    action: str
    reason: str
    entries: tuple


@dataclass(frozen=True)
class Change:
    """An audit entry: a record and its fields, old and new."""

    entry: AuditEntry
    fields: tuple[tuple[str, str, str], ...]


def address(lot, anchor=""):
    """Return the address of the lot's page, or of a part of it."""
    page = reverse("lots:lot_detail", args=[lot.pk])
    return f"{page}#{anchor}" if anchor else page


def context(evaluated, person):
    """Return everything that the page of a lot shows to this person."""
    lot = evaluated.lot
    latest = evaluated.examinations[-1].examination
    attachments = list(
        Attachment.objects.filter(lot=lot)
        .select_related("document", "attached_by", "result__test")
        .defer("document__content")
        .order_by("pk")
    )
    links = step_links(evaluated, person, latest)
    acts = history(lot)
    return {
        "lot": lot,
        "evaluated": evaluated,
        "latest": latest,
        "next_step": next_step(evaluated, latest, links),
        "panels": _panels(evaluated, links),
        "open_steps": [link for link in links if link.is_open and not link.assessment],
        "may": {
            **{link.code: link.is_open for link in links if not link.assessment},
            "assess": _may_assess(lot, person),
        },
        "closed_steps": [link for link in links if not link.is_open],
        "examinations": [
            {
                "evaluated": one,
                "examination": one.examination,
                "assessments": grid.live_assessments(one),
                "sections": grid.sections(one, evaluated.catalogue),
            }
            for one in evaluated.examinations
        ],
        "attempts": _attempts(evaluated),
        "samples": Sample.objects.filter(lot=lot)
        .select_related("recorded_by")
        .order_by("pk"),
        "attachments": attachments,
        "parents": Parentage.objects.filter(lot=lot)
        .select_related("parent")
        .order_by("pk"),
        "offspring": Parentage.objects.filter(parent=lot)
        .select_related("lot")
        .order_by("pk"),
        "signatures": Signature.objects.filter(lot=lot)
        .defer("text")
        .order_by("-at", "-pk"),
        "history": acts,
        "is_history_cut": sum(len(act.entries) for act in acts) == SHOWN_ENTRIES,
    }


def step_links(evaluated, person, latest):
    """Return every step on the lot with its page, open or with the reason why not."""
    found = []
    assessments = [one.assessment for one in evaluated.assessments]
    for offer in steps.offers(evaluated.lot, person, assessments=assessments):
        code = offer.step.code
        found.append(
            StepLink(
                code=code,
                name=STEP_WORDS[code],
                address=_address(code, evaluated.lot, latest, offer.assessment),
                why=sentence(offer.why) if offer.why else "",
                assessment=offer.assessment,
            )
        )
    return found


def _may_assess(lot, person):
    step = STEPS["assess"]
    return person.is_a(*step.roles) and lot.state in step.lot_states


def _address(code, lot, latest, assessment):
    if assessment is not None:
        return reverse(f"lots:{code}", args=[assessment.pk])
    pages = {
        "sample": ("take_sample", lot.pk),
        "enter": ("examination", latest.pk),
        "submit": ("examination", latest.pk),
        "review": ("review", latest.pk),
        "examine": ("open_examination", lot.pk),
    }
    name, key = pages.get(code, (code, lot.pk))
    return reverse(f"lots:{name}", args=[key])


def next_step(evaluated, latest, links):
    """Return the next step of the lot, who may take it, and where."""
    lot = evaluated.lot
    code, words = NEXT[lot.standing.stage]
    if not code:
        return NextStep(words, "")
    who = " / ".join(str(ROLES[role]) for role in STEPS[code].roles)
    if code == "conclude":
        number = evaluated.open_investigations[0].pk
        return NextStep(words, who, reverse("lots:investigation_detail", args=[number]))
    if code == "issue":
        return NextStep(words, who, address(lot, "certificates"))
    chosen = [
        link
        for link in links
        if link.code == code
        and link.is_open
        and (code != "release" or link.assessment.state == AssessmentState.COMPLETE)
    ]
    return NextStep(words, who, chosen[0].address if chosen else "")


def _panels(evaluated, links):
    """Return each assessment with its gates, in order, and the decisions open on it."""
    panels = []
    for examination in evaluated.examinations:
        for one in examination.assessments:
            decided = one.assessment.state not in (
                AssessmentState.OPEN,
                AssessmentState.COMPLETE,
            )
            gates = () if decided else tuple(sentence(gate) for gate in one.gates)
            panels.append(
                AssessmentPanel(
                    evaluated=one,
                    assessment=one.assessment,
                    occasion=examination.examination.get_occasion_display(),
                    is_ready=not decided and not gates,
                    gates=gates[:SHOWN_GATES],
                    more_gates=gates[SHOWN_GATES:],
                    links=tuple(
                        link
                        for link in links
                        if link.is_open and link.assessment == one.assessment
                    ),
                )
            )
    return panels


def _attempts(evaluated):
    """Return every attempt of every examination, in the order of the grid."""
    return [
        (one.examination, grid_row, grid.stored(attempt))
        for one in evaluated.examinations
        for grid_row in (*one.grid, *one.informational)
        for attempt in grid_row.attempts
    ]


def history(lot):
    """Return the acts on the lot, newest first, each with its entries."""
    entries = AuditEntry.objects.filter(lot=lot).order_by("-sequence")[:SHOWN_ENTRIES]
    return [
        Act(at, by_name, action_words(action), reason, tuple(map(_change, group)))
        for (at, by_name, action, reason), group in itertools.groupby(
            entries,
            key=lambda entry: (entry.at, entry.by_name, entry.action, entry.reason),
        )
    ]


def action_words(action):
    """Return what an act was, in words."""
    return STEP_WORDS.get(action) or action.replace("_", " ").capitalize()


def _change(entry):
    return Change(
        entry,
        tuple(
            (name, _text(old), _text(new))
            for name, (old, new) in sorted(entry.changes.items())
        ),
    )


def _text(value):
    if value is None:
        return _ABSENT
    return value if isinstance(value, str) else chain.canonical(value)


def today():
    """Return the company's date now."""
    return calendar.today(timezone.now())


def days_between(start, end):
    """Return whole days of the company's calendar from one moment to another."""
    return (calendar.today(end) - calendar.today(start)).days
