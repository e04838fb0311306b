"""The step table: who may take a step, from which state, independent of whom.

Verbs take from it what they check, change and sign; pages, which steps they show and
how they call them; refusals, their words; `docs/workflow.md` and the tests, every row
(architecture.md 3).
"""

from dataclasses import dataclass

from lots.rules.refusal import Refusal, Word, Words
from lots.rules.roles import Deed, Role
from lots.rules.states import (
    LIVE,
    NOT_DECIDED,
    AssessmentState,
    LotState,
    State,
)
from lots.rules.stored_codes import Coded
from lots.rules.stored_codes import gettext_noop as _


class NotAllowed(Refusal):
    """The step is closed: to this role, in this state, or to this person."""


class NoReason(Refusal):
    """The step needs a reason, and none was given."""


class Meaning(Coded):
    """What a signature says (21 CFR 11.50(a)(3)); stored as code, worded in English."""

    REVIEWED = "reviewed", _("Compared with the raw data, complete and correct")
    CONFIRMED = "confirmed", _("Correction compared with the raw data")
    PHASE_ONE = "phase_i", _("Phase I checked in the laboratory")
    CONCLUDED = "concluded", _("Investigation concluded")
    RELEASED = "released", _("Released")
    REFUSED = "refused", _("Refused")
    KEPT = "kept", _("Release kept")
    UNAFFECTED = "not_affected", _("Not affected")
    FINDING_CONCLUDED = "doubt_ended", _("Finding concluded")
    REINSTATED = "reinstated", _("Periodic testing reinstated")
    RESUMED = "resumed", _("Hold ended")
    REJECTED = "rejected", _("Rejected")
    RECALLED = "recalled", _("Recalled")
    VOIDED = "voided", _("Voided: logged by mistake")
    REOPENED = "reopened", _("Reopened")
    APPROVED = "approved", _("Approved")
    IDENTIFIED = "identified", _("Is the person of this account")
    TOLD_APART = "told_apart", _("Another person than the accounts shown")


@dataclass(frozen=True)
class Reason:
    """The reason that a step needs: where it is typed, what is said of a blank one."""

    sentence: str = _("Write the reason.")
    field: str = "reason"


@dataclass(frozen=True)
class Step:
    """A row of the table.

    `lot_states` and `assessment_states` are empty where the step does not ask;
    `leads_to` is the state that it puts the lot or the assessment into, None where it
    changes no state. `signed_as` is the meaning of its signature, None where it is not
    signed; `signed_wording` is what the signature keeps in words, with named places,
    blank where each record that is signed has words of its own. Evidence is English,
    whatever language the page has (architecture.md 6.9): it is never translated when
    it is stored. Of a decision on a lot, `effect` says what it will mean, `done` what
    it was, `told` how the history tells it.
    """

    code: str
    name: str
    roles: tuple[Role, ...]
    lot_states: tuple[LotState, ...] = ()
    assessment_states: tuple[AssessmentState, ...] = ()
    leads_to: State | None = None
    independent_of: tuple[Deed, ...] = ()
    signed_as: Meaning | None = None
    signed_wording: str = ""
    reason: Reason | None = None
    effect: str = ""
    done: str = ""
    told: str = ""

    @property
    def meaning(self) -> str:
        """Return what the signature says, in words; blank where there is none."""
        return self.signed_as.word if self.signed_as else ""


# An investigation that is open is still concluded, and what it waits for is decided.
_INVESTIGATED = (*LIVE, LotState.REJECTED, LotState.RECALLED)
_WORKED = (Deed.ENTERED, Deed.PERFORMED)
_REASON = Reason()
_KNOWN_BY = Reason(
    _("Write how you know who it is, such as the staff card that you saw.")
)
_KEPT_REASON = Reason(_("Give the reason: it stays in the record."))

STEPS: dict[str, Step] = {
    step.code: step
    for step in (
        Step("log", _("Log"), (Role.ANALYST,), leads_to=LotState.QUARANTINE),
        Step("sample", _("Take a sample"), (Role.ANALYST,), LIVE),
        Step("enter", _("Enter results"), (Role.ANALYST,), LIVE),
        Step(
            "invalid_run",
            _("Record an invalid run"),
            (Role.ANALYST,),
            LIVE,
        ),
        Step("submit", _("Submit results"), (Role.ANALYST,), LIVE),
        Step("examine", _("Open a test order"), (Role.ANALYST, Role.QA), LIVE),
        Step("assess", _("Add an assessment"), (Role.ANALYST, Role.QA), LIVE),
        Step(
            "confirm_correction",
            _("Verify the correction"),
            (Role.REVIEWER,),
            _INVESTIGATED,
            independent_of=_WORKED,
            signed_as=Meaning.CONFIRMED,
            signed_wording=Meaning.CONFIRMED.word,
        ),
        Step(
            "review",
            _("Review results"),
            (Role.REVIEWER,),
            LIVE,
            independent_of=_WORKED,
            signed_as=Meaning.REVIEWED,
            signed_wording=Meaning.REVIEWED.word,
        ),
        Step(
            "send_back",
            _("Return results"),
            (Role.REVIEWER,),
            _INVESTIGATED,
            independent_of=_WORKED,
            reason=_REASON,
        ),
        Step(
            "phase_one",
            _("Sign phase I"),
            (Role.REVIEWER,),
            _INVESTIGATED,
            independent_of=_WORKED,
            signed_as=Meaning.PHASE_ONE,
            signed_wording="Phase I of investigation %(number)s checked in the"
            " laboratory",
        ),
        Step(
            "plan",
            _("Set the retest plan"),
            (Role.QA,),
            LIVE,
            independent_of=_WORKED,
        ),
        Step(
            "conclude",
            _("Conclude an investigation"),
            (Role.QA,),
            _INVESTIGATED,
            independent_of=_WORKED,
            signed_as=Meaning.CONCLUDED,
            signed_wording="Investigation %(number)s concluded: %(finding)s",
            reason=Reason(
                _("Write the cause; a probable error is not a proven one."),
                field="cause",
            ),
        ),
        Step(
            "release",
            _("Release"),
            (Role.QA,),
            (LotState.QUARANTINE,),
            (AssessmentState.COMPLETE,),
            leads_to=AssessmentState.RELEASED,
            independent_of=(*_WORKED, Deed.REVIEWED),
            signed_as=Meaning.RELEASED,
            signed_wording=_("Released for the manufacture of %(products)s"),
        ),
        Step(
            "refuse",
            _("Refuse release"),
            (Role.QA,),
            LIVE,
            NOT_DECIDED,
            leads_to=AssessmentState.REFUSED,
            independent_of=(*_WORKED, Deed.REVIEWED),
            signed_as=Meaning.REFUSED,
            signed_wording="Release against %(specification)s refused",
            reason=_REASON,
        ),
        Step(
            "keep",
            _("Keep the release"),
            (Role.QA,),
            LIVE,
            (AssessmentState.RELEASED,),
            independent_of=(*_WORKED, Deed.REVIEWED),
            signed_as=Meaning.KEPT,
            signed_wording="Release kept under the minimum specification %(minimum)s",
            reason=_REASON,
        ),
        Step(
            "unaffected",
            _("Sign that it is not affected"),
            (Role.QA,),
            LIVE,
            independent_of=(*_WORKED, Deed.REVIEWED),
            signed_as=Meaning.UNAFFECTED,
            signed_wording="Not affected by the %(cause)s: %(source)s",
            reason=Reason(_("Write why it does not touch the lot.")),
        ),
        Step(
            "conclude_finding",
            _("Conclude on the finding"),
            (Role.QA,),
            _INVESTIGATED,
            independent_of=(*_WORKED, Deed.REVIEWED),
            signed_as=Meaning.FINDING_CONCLUDED,
            signed_wording=Meaning.FINDING_CONCLUDED.word,
            reason=Reason(_("Write what you found, and why the results stand.")),
        ),
        Step(
            "reinstate",
            _("Reinstate a periodic test"),
            (Role.QA,),
            independent_of=(*_WORKED, Deed.REVIEWED),
            signed_as=Meaning.REINSTATED,
            signed_wording="Periodic testing of %(test)s reinstated",
            reason=Reason(_("Write why lots need not all be tested any more.")),
        ),
        Step(
            "hold",
            _("Put on hold"),
            (Role.ANALYST, Role.REVIEWER, Role.QA),
            (LotState.QUARANTINE,),
            leads_to=LotState.ON_HOLD,
            reason=_REASON,
            effect=_(
                "Nothing is released while the lot is on hold; its certificates are"
                " under review."
            ),
            done=_("Lot %(lot)s is on hold."),
            told=_("%(who)s put lot %(lot)s on hold"),
        ),
        Step(
            "resume",
            _("End the hold"),
            (Role.QA,),
            (LotState.ON_HOLD,),
            leads_to=LotState.QUARANTINE,
            signed_as=Meaning.RESUMED,
            signed_wording="Hold ended",
            reason=_REASON,
            effect=_("The lot is in quarantine again and can be released."),
            done=_("The hold of lot %(lot)s has ended."),
            told=_("%(who)s ended the hold of lot %(lot)s"),
        ),
        Step(
            "reject",
            _("Reject"),
            (Role.QA,),
            LIVE,
            leads_to=LotState.REJECTED,
            signed_as=Meaning.REJECTED,
            signed_wording="Lot rejected",
            reason=_REASON,
            effect=_(
                "The lot is not used. It cannot be blended away; open investigations"
                " stay open."
            ),
            done=_("Lot %(lot)s is rejected."),
            told=_("%(who)s rejected lot %(lot)s"),
        ),
        Step(
            "recall",
            _("Recall"),
            (Role.QA,),
            LIVE,
            leads_to=LotState.RECALLED,
            signed_as=Meaning.RECALLED,
            signed_wording="Lot recalled",
            reason=_REASON,
            effect=_(
                "The lot is taken back after its release; its certificates say so."
            ),
            done=_("Lot %(lot)s is recalled."),
            told=_("%(who)s recalled lot %(lot)s"),
        ),
        Step(
            "void",
            _("Void (logged in error)"),
            (Role.QA,),
            LIVE,
            leads_to=LotState.VOID,
            signed_as=Meaning.VOIDED,
            signed_wording="Lot voided: logged by mistake",
            reason=_REASON,
            effect=_("The lot was logged by mistake. Its number stays used."),
            done=_("Lot %(lot)s is void."),
            told=_("%(who)s voided lot %(lot)s, logged in error"),
        ),
        Step(
            "reopen",
            _("Reopen"),
            (Role.QA,),
            LIVE,
            leads_to=LotState.QUARANTINE,
            signed_as=Meaning.REOPENED,
            signed_wording="Lot reopened, its releases withdrawn",
            reason=_REASON,
            effect=_(
                "Every release of the lot is withdrawn, and an assessment is opened"
                " again against the same specification."
            ),
            done=_("Lot %(lot)s is reopened; its releases are withdrawn."),
            told=_("%(who)s reopened lot %(lot)s under %(deviation)s"),
        ),
        Step("draft", _("Draft"), (Role.QA,)),
        Step(
            "approve",
            _("Approve"),
            (Role.QA,),
            independent_of=(Deed.DRAFTED,),
            signed_as=Meaning.APPROVED,
        ),
        Step(
            "approve_map",
            _("Approve a column map"),
            (Role.REVIEWER, Role.QA),
            independent_of=(Deed.DRAFTED,),
            signed_as=Meaning.APPROVED,
            signed_wording="Column map approved",
        ),
        Step(
            "withdraw_map",
            _("Withdraw a column map"),
            (Role.REVIEWER, Role.QA),
            reason=_KEPT_REASON,
        ),
        Step("suspend", _("Suspend a qualification"), (Role.QA,), reason=_KEPT_REASON),
        Step(
            "issue",
            _("Issue a certificate"),
            (Role.QA,),
            (LotState.QUARANTINE,),
            (AssessmentState.RELEASED,),
        ),
        Step(
            "revise",
            _("Revise a certificate"),
            (Role.QA,),
            (LotState.QUARANTINE,),
            (AssessmentState.RELEASED,),
            reason=_KEPT_REASON,
        ),
        Step(
            "duplicate",
            _("Duplicate a certificate"),
            (Role.QA,),
            (LotState.QUARANTINE,),
            (AssessmentState.RELEASED,),
        ),
        Step("withdraw", _("Withdraw a certificate"), (Role.QA,), reason=_KEPT_REASON),
        Step("administer", _("Keep accounts"), (Role.ADMINISTRATOR,)),
        Step(
            "confirm_person",
            _("Confirm who it is"),
            (Role.QA,),
            signed_as=Meaning.IDENTIFIED,
            signed_wording=Meaning.IDENTIFIED.word,
            reason=_KNOWN_BY,
        ),
        Step(
            "confirm_at_server",
            _("Confirm at the server who it is"),
            (Role.ADMINISTRATOR,),
            reason=_KNOWN_BY,
        ),
        Step(
            "tell_apart",
            _("Tell two people apart"),
            (Role.QA, Role.ADMINISTRATOR),
            signed_as=Meaning.TOLD_APART,
            signed_wording=Meaning.TOLD_APART.word,
            reason=Reason(_("Write how you know that they are two people.")),
        ),
        Step("accept_clock", _("Accept the clock"), (Role.QA,), reason=_KEPT_REASON),
    )
}

# The decisions on a lot: what puts it into a state.
DECISIONS = tuple(step.code for step in STEPS.values() if step.told)


def check(
    step: Step,
    *,
    subject: str,
    roles: frozenset[str],
    lot_state: str = "",
    assessment_state: str = "",
    deeds: frozenset[str] = frozenset(),
) -> None:
    """Raise NotAllowed unless the step is open to this person here and now.

    `subject` is what it is taken on (a lot number), `deeds` what the person ever did
    with it: the person decides, whatever role was held at the time (architecture.md
    3). The sentence speaks to the person, who reads it on a page or at a command.
    """
    check_role(step, subject=subject, roles=roles)
    if step.lot_states and lot_state not in step.lot_states:
        raise NotAllowed(
            "lot-state",
            "“%(step)s” is not possible for %(subject)s while the lot is %(state)s;"
            " it is open only for a lot that is %(states)s.",
            step=Word(step.name),
            subject=subject,
            state=Word(LotState.of(lot_state).said if lot_state else "none"),
            states=Words((state.said for state in step.lot_states), between="or"),
        )
    if step.assessment_states and assessment_state not in step.assessment_states:
        raise NotAllowed(
            "assessment-state",
            "“%(step)s” is not possible for %(subject)s while its assessment is"
            " %(state)s; it is open only for one that is %(states)s.",
            step=Word(step.name),
            subject=subject,
            state=Word(
                AssessmentState.of(assessment_state).said
                if assessment_state
                else "none"
            ),
            states=Words(
                (state.said for state in step.assessment_states), between="or"
            ),
        )
    own = [deed for deed in step.independent_of if deed in deeds]
    if own:
        raise NotAllowed(
            "independence",
            "“%(step)s” of %(subject)s takes another person: you %(deeds)s.",
            step=Word(step.name),
            subject=subject,
            deeds=Words((deed.said for deed in own), between="and"),
        )


def check_role(step: Step, *, subject: str, roles: frozenset[str]) -> None:
    """Raise NotAllowed unless one of the roles takes the step, whatever the state."""
    if roles.isdisjoint(step.roles):
        raise NotAllowed(
            "role",
            "Your role does not allow “%(step)s” of %(subject)s; ask %(roles)s.",
            step=Word(step.name),
            subject=subject,
            roles=Words((role.said for role in step.roles), between="or"),
        )


def check_reason(step: Step, reason: str) -> None:
    """Raise NoReason where the step needs a reason and this one is blank."""
    if step.reason and not reason.strip():
        raise NoReason(step.reason.field, step.reason.sentence, field=step.reason.field)
