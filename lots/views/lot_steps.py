"""Actions on a lot as its pages show them: available, or unavailable with the reason.

The answer is the same as the verb's: the step table and the blockers are asked
together.
"""

from dataclasses import dataclass, replace

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from lots import calendar
from lots.accounts import permissions
from lots.models import AssessmentState, Conclusion, DateKind, LotState, Stage
from lots.origin import later_investigations
from lots.rules.roles import IssuerRole
from lots.rules.step_table import STEPS
from lots.wording import sentence
from lots.workflow import blockers, lot_stage

# The next step of a lot by its stage: the step whose roles take it, and the words. A
# stage without a step waits for nobody, and one without a row is `OVER`.
NEXT = {
    Stage.RETURNED: (
        "submit",
        ngettext_lazy(
            "%(n)s result was returned: correct it, or submit it again.",
            "%(n)s results were returned: correct them, or submit them again.",
            "n",
        ),
    ),
    Stage.TO_ENTER: (
        "enter",
        ngettext_lazy("%(n)s result is missing.", "%(n)s results are missing.", "n"),
    ),
    Stage.TO_SUBMIT: (
        "submit",
        ngettext_lazy("%(n)s result to submit.", "%(n)s results to submit.", "n"),
    ),
    Stage.TO_REVIEW: (
        "review",
        ngettext_lazy("%(n)s result to review.", "%(n)s results to review.", "n"),
    ),
    Stage.UNDECIDED: (
        "enter",
        _("A result is undecided: correct it, or open an investigation."),
    ),
    Stage.WAITS: (
        "review",
        _(
            "Waits for %(lots)s: if its results pass review, this lot need not have the"
            " tests that are left. You may also test it."
        ),
    ),
    Stage.INVESTIGATION: ("conclude", _("An investigation is open: conclude it.")),
    Stage.FAILING: (
        "refuse",
        _("OOS confirmed: refuse the release, or reject the lot."),
    ),
    Stage.TO_RELEASE: ("release", _("Decide on the release.")),
    Stage.RELEASED: ("", _("Released and certified. Nothing to do.")),
    Stage.REFUSED: (
        "reject",
        _("Release refused: reject the lot, or add an assessment that it may pass."),
    ),
    Stage.ON_HOLD: ("resume", _("On hold: nothing is released until the hold ends.")),
}
OVER = _("%(state)s. Nothing to do.")
# The counts of the lot's status that the words of a stage name.
COUNTED = {
    Stage.RETURNED: ("returned",),
    Stage.TO_ENTER: ("missing",),
    Stage.TO_SUBMIT: ("to_submit",),
    Stage.TO_REVIEW: ("to_review", "to_confirm"),
}
# The button of the next step, where it is not named as the step is.
ACTIONS = {
    "conclude": _("Open the investigation"),
    "conclude_finding": _("Read the finding"),
    "confirm_correction": _("Verify the correction"),
    "examine": _("Open a retest…"),
    "issue": _("Issue a certificate"),
}
# The step whose roles settle what closes a release; of all else it is QA.
_SETTLED_BY = {"periodic": "enter", "no-original": "enter"}
# A result names the sample that was tested.
TO_SAMPLE = "sample", _("The lot has no sample yet: take one, then enter the results.")
TO_CERTIFY = _("Released: a certificate can be issued.")
# A result that questions the release was found after it, and is valid.
QUESTIONED = (
    "reopen",
    _(
        "A result found after the release is valid: recall the lot, or reopen it and"
        " decide on the release again."
    ),
)
# An investigation invalidated a result that the release rests on.
UNFOUNDED = (
    "reopen",
    _(
        "A result that the release rests on was invalidated after the release: reopen"
        " the lot and test it again, or recall it."
    ),
)


@dataclass(frozen=True)
class StepLink:
    """A step with its page, open or with the sentence that says why it is closed."""

    code: str
    name: str | Promise
    address: str
    why: str = ""
    assessment: object = None

    @property
    def is_open(self):
        return not self.why


@dataclass(frozen=True)
class NextStep:
    """The next step, its roles, and its page and button where this reader may."""

    words: str | Promise
    who: str
    address: str = ""
    action: str | Promise = ""


def step_links(evaluated, person, *, closed=None):
    """Return every step on the lot with its page, open or with the reason why not.

    `closed` is what `closing` returned, where it is at hand.
    """
    closed = closing(evaluated) if closed is None else closed
    found = []
    for offer in _offers(evaluated, person):
        code, assessment = offer.step.code, offer.assessment
        why = [offer.why] if offer.why else []
        if code == "release" and not why:
            why = closed.get(assessment.pk, ())
        found.append(
            StepLink(
                code=code,
                name=gettext(offer.step.name),
                address=_address(code, evaluated, assessment),
                why=" ".join(str(sentence(one)) for one in why),
                assessment=assessment,
            )
        )
    return found


def _offers(evaluated, person):
    """Return the steps as the table offers them, closed too where the records do."""
    waiting = [
        result
        for one in evaluated.test_orders
        for result in blockers.waiting(one, "review", "confirm_correction")
    ]
    return [
        offer
        if offer.why or offer.assessment
        else replace(offer, why=blockers.to_step(offer.step.code, evaluated))
        for offer in permissions.offers(
            evaluated.lot,
            person,
            assessments=[one.assessment for one in evaluated.assessments],
            waiting=waiting,
        )
    ]


def closing(evaluated):
    """Return what closes the release of each assessment that is complete."""
    return {
        one.assessment.pk: blockers.to_release(
            evaluated, one.assessment, on=calendar.today(timezone.now())
        )
        for one in evaluated.assessments
        if one.assessment.state == AssessmentState.COMPLETE
    }


def _address(code, evaluated, assessment):
    if assessment is not None:
        return reverse(f"lots:{code}", args=[assessment.pk])
    lot = evaluated.lot
    pages = {
        "sample": ("take_sample", lot.pk),
        "enter": ("test_order", _test_order(evaluated).pk),
        "submit": ("test_order", _test_order(evaluated, "submit").pk),
        "review": (
            "review",
            _test_order(evaluated, "review", "confirm_correction").pk,
        ),
        "examine": ("open_test_order", lot.pk),
    }
    name, key = pages.get(code, (code, lot.pk))
    return reverse(f"lots:{name}", args=[key])


def _test_order(evaluated, *codes):
    """Return the first test order in which results wait for the step; or the last."""
    return next(
        (
            one.test_order
            for one in evaluated.test_orders
            if codes and blockers.waiting(one, *codes)
        ),
        evaluated.test_orders[-1].test_order,
    )


def _questioned(evaluated):
    """Return the next step where what was found since puts a release in question.

    None else; an investigation that is open is the next step by itself.
    """
    if (
        evaluated.lot.state != LotState.QUARANTINE
        or not evaluated.investigations
        or evaluated.open_investigations
        or all(
            one.assessment.state != AssessmentState.RELEASED
            for one in evaluated.assessments
        )
    ):
        return None
    conclusions = later_investigations.investigations(
        evaluated.lot, lot=evaluated.lot, state=AssessmentState.RELEASED
    ).values_list("conclusion", flat=True)
    found = set(conclusions)
    if found == {Conclusion.PROVEN}:
        return UNFOUNDED
    return QUESTIONED if found else None


def _after_release(evaluated, words):
    """Return what comes after the release: a certificate, if one could be issued.

    A release that the records close today, as issue would find (its date has passed,
    its qualification was suspended), is followed by what they ask for.
    """
    lot = evaluated.lot
    on = calendar.today(timezone.now())
    released = [
        one.assessment
        for one in evaluated.assessments
        if one.assessment.state == AssessmentState.RELEASED
    ]
    closed = [blockers.to_release(evaluated, one, on=on) for one in released]
    if closed and all(closed):
        refusal = closed[0][0]
        if refusal.code == "date-passed":
            return _after_its_date(lot, refusal)
        return NextStep(sentence(refusal), _who("issue"))
    if not lot.status.to_certify:
        return NextStep(words, "")
    # Of several, the page of its certificates says which has one.
    if len(released) == 1:
        address = reverse("reports:issue", args=[released[0].pk])
    else:
        address = reverse("reports:lot_certificates", args=[lot.pk])
    return NextStep(TO_CERTIFY, _who("issue"), address, ACTIONS["issue"])


def _past(evaluated):
    """Return what comes where the date of all that could be released has passed."""
    on = calendar.today(timezone.now())
    refusals = [
        blockers.past_its_date(evaluated, one.assessment, on=on)
        for one in evaluated.assessments
        if one.assessment.state == AssessmentState.COMPLETE
    ]
    if not refusals or not all(refusals):
        return None
    return _after_its_date(evaluated.lot, refusals[0])


def _closed(lot, closed):
    """Return what comes where the records close every release that QA could decide.

    The first reason, as the verb says it; None where a release is open.
    """
    if not closed or not all(closed.values()):
        return None
    refusal = next(iter(closed.values()))[0]
    if refusal.code == "data-in-doubt":
        return NextStep(
            sentence(refusal),
            _who("conclude_finding"),
            reverse("reports:lot_consistency", args=[lot.pk]),
            ACTIONS["conclude_finding"],
        )
    return NextStep(sentence(refusal), _who(_SETTLED_BY.get(refusal.code, "release")))


def _after_its_date(lot, refusal):
    """Return what comes after the last day of a lot: a retest, or nothing."""
    if lot.date_kind == DateKind.EXPIRY:
        return NextStep(sentence(refusal), "")
    address = reverse("lots:open_test_order", args=[lot.pk])
    return NextStep(sentence(refusal), _who("examine"), address, ACTIONS["examine"])


def _who(code):
    """Return the roles that a step is for, in words."""
    return " / ".join(gettext(role.said) for role in STEPS[code].roles)


def _corrections(evaluated):
    """Return the corrections of a lot that wait for a second person."""
    return [
        result
        for one in evaluated.test_orders
        for result in blockers.waiting(one, "confirm_correction")
    ]


def _stage(evaluated):
    """Return the lot's stage; of one that is over, an investigation that is open."""
    lot = evaluated.lot
    if lot.state in (LotState.REJECTED, LotState.RECALLED) and (
        evaluated.open_investigations
    ):
        return Stage.INVESTIGATION
    if lot.status.stage == Stage.TO_RELEASE and _past(evaluated):
        return lot_stage.of(lot.status)
    return lot.status.stage


def _for_earlier_lots(evaluated, words, who):
    """Return what the lot waits for: the review of earlier lots, at the first."""
    lots = {
        pk: number
        for one in evaluated.assessments
        for pk, number in one.awaited.items()
    }
    first = next(iter(lots))
    return NextStep(
        words % {"lots": ", ".join(lots.values())},
        who,
        reverse("lots:lot_detail", args=[first]),
        gettext("Open %(number)s") % {"number": lots[first]},
    )


def next_step(evaluated, links, *, has_sample, closed):
    """Return the next step of the lot, who may take it, and where.

    `closed` is what `closing` returned.
    """
    lot = evaluated.lot
    stage = _stage(evaluated)
    usual = NEXT.get(stage) or ("", OVER % {"state": gettext(Stage.of(stage).word)})
    # Values of a bought lot may be its manufacturer's, which name no sample of ours.
    is_ours = lot.issuer_role == IssuerRole.MANUFACTURER
    if stage == Stage.TO_ENTER and is_ours and not has_sample:
        usual = TO_SAMPLE
    if stage == Stage.DATE_PASSED:
        return _past(evaluated)
    code, words = _questioned(evaluated) or usual
    if stage in COUNTED and words is usual[1] and usual is not TO_SAMPLE:
        words %= {"n": sum(getattr(lot.status, name) for name in COUNTED[stage])}
    if stage == Stage.RELEASED and not code:
        return _after_release(evaluated, words)
    if not code:
        return NextStep(words, "")
    if code == "release" and (after := _closed(evaluated.lot, closed)):
        return after
    who = _who(code)
    if stage == Stage.WAITS:
        return _for_earlier_lots(evaluated, words, who)
    if code == "conclude" and _corrections(evaluated):
        # While one waits, the conclusion of its investigation is closed.
        return NextStep(
            _("A correction waits: compare it with the raw data and confirm it."),
            _who("confirm_correction"),
            next(
                (one.address for one in links if one.code == "review" and one.is_open),
                # Of a lot that is rejected, no other result is reviewed.
                ""
                if lot.state in STEPS["review"].lot_states
                else f"{reverse('lots:lot_detail', args=[lot.pk])}#results",
            ),
            ACTIONS["confirm_correction"],
        )
    if code == "conclude":
        unchecked = [
            one for one in evaluated.open_investigations if one.phase_one is None
        ]
        if unchecked:
            address = reverse("lots:investigation_detail", args=[unchecked[0].pk])
            return NextStep(
                _("An investigation is open: a reviewer signs phase I."),
                _who("phase_one"),
                address,
                ACTIONS["conclude"],
            )
        number = evaluated.open_investigations[0].pk
        address = reverse("lots:investigation_detail", args=[number])
        return NextStep(words, who, address, ACTIONS["conclude"])
    chosen = [
        link
        for link in links
        if link.code == code
        and link.is_open
        and (code != "release" or link.assessment.state == AssessmentState.COMPLETE)
    ]
    address = chosen[0].address if chosen else ""
    return NextStep(words, who, address, gettext(STEPS[code].name))
