"""The step table: who may take a step, from which state, independent of whom.

One table for verbs, pages, tests and `docs/workflow.md` (architecture.md 3).
"""

from dataclasses import dataclass

from lots.rules.refusal import Refusal, Word, Words

QUARANTINE, ON_HOLD = "quarantine", "on_hold"
REJECTED, RECALLED, VOID = "rejected", "recalled", "void"
LOT_STATES = (QUARANTINE, ON_HOLD, REJECTED, RECALLED, VOID)

OPEN, COMPLETE, RELEASED = "open", "complete", "released"
REFUSED, RELEASE_WITHDRAWN = "refused", "release_withdrawn"
ASSESSMENT_STATES = (OPEN, COMPLETE, RELEASED, REFUSED, RELEASE_WITHDRAWN)

ANALYST, REVIEWER, QA = "analyst", "reviewer", "qa"
ADMINISTRATOR = "administrator"

# What a person did with a lot over its whole history, or with a draft.
ENTERED, PERFORMED, SIGNED_REVIEW, DRAFTED = (
    "entered",
    "performed",
    "reviewed",
    "drafted",
)


class NotAllowed(Refusal):
    """The step is closed: to this role, in this state, or to this person."""


@dataclass(frozen=True)
class Step:
    """A row of the table.

    `lot_states` and `assessment_states` are empty where the step does not ask;
    `leads_to` is blank where the step changes no state. `signed_as` is the code of
    the signature's meaning, blank where the step is not signed.
    """

    code: str
    name: str
    roles: tuple[str, ...]
    lot_states: tuple[str, ...] = ()
    assessment_states: tuple[str, ...] = ()
    leads_to: str = ""
    independent_of: tuple[str, ...] = ()
    signed_as: str = ""
    needs_reason: bool = False


_LIVE = (QUARANTINE, ON_HOLD)
# An investigation that is open is still concluded, and what it waits for is decided.
_INVESTIGATED = (*_LIVE, REJECTED, RECALLED)
_WORKED = (ENTERED, PERFORMED)

STEPS: dict[str, Step] = {
    step.code: step
    for step in (
        Step("log", "Log", (ANALYST,), leads_to=QUARANTINE),
        Step("sample", "Take a sample", (ANALYST,), _LIVE),
        Step("enter", "Enter results", (ANALYST,), _LIVE),
        Step("submit", "Submit results", (ANALYST,), _LIVE),
        Step("examine", "Open an examination", (ANALYST, QA), _LIVE),
        Step("assess", "Add an assessment", (ANALYST, QA), _LIVE),
        Step(
            "confirm_correction",
            "Confirm a correction",
            (REVIEWER,),
            _INVESTIGATED,
            independent_of=_WORKED,
            signed_as="confirmed",
        ),
        Step(
            "review",
            "Review results",
            (REVIEWER,),
            _LIVE,
            independent_of=_WORKED,
            signed_as="reviewed",
        ),
        Step(
            "send_back",
            "Send results back",
            (REVIEWER,),
            _INVESTIGATED,
            independent_of=_WORKED,
            needs_reason=True,
        ),
        Step("plan", "Plan an investigation", (QA,), _LIVE, independent_of=_WORKED),
        Step(
            "conclude",
            "Conclude an investigation",
            (QA,),
            _INVESTIGATED,
            independent_of=_WORKED,
            signed_as="concluded",
            needs_reason=True,
        ),
        Step(
            "release",
            "Release",
            (QA,),
            (QUARANTINE,),
            (COMPLETE,),
            leads_to=RELEASED,
            independent_of=(*_WORKED, SIGNED_REVIEW),
            signed_as="released",
        ),
        Step(
            "refuse",
            "Refuse release",
            (QA,),
            _LIVE,
            (OPEN, COMPLETE),
            leads_to=REFUSED,
            independent_of=(*_WORKED, SIGNED_REVIEW),
            signed_as="refused",
            needs_reason=True,
        ),
        Step(
            "hold",
            "Put on hold",
            (ANALYST, REVIEWER, QA),
            (QUARANTINE,),
            leads_to=ON_HOLD,
            needs_reason=True,
        ),
        Step(
            "resume",
            "End the hold",
            (QA,),
            (ON_HOLD,),
            leads_to=QUARANTINE,
            signed_as="resumed",
            needs_reason=True,
        ),
        Step(
            "reject",
            "Reject",
            (QA,),
            _LIVE,
            leads_to=REJECTED,
            signed_as="rejected",
            needs_reason=True,
        ),
        Step(
            "recall",
            "Recall",
            (QA,),
            _LIVE,
            leads_to=RECALLED,
            signed_as="recalled",
            needs_reason=True,
        ),
        Step(
            "void",
            "Void",
            (QA,),
            _LIVE,
            leads_to=VOID,
            signed_as="voided",
            needs_reason=True,
        ),
        Step(
            "reopen",
            "Reopen",
            (QA,),
            _LIVE,
            leads_to=QUARANTINE,
            signed_as="reopened",
            needs_reason=True,
        ),
        Step("draft", "Draft", (QA,)),
        Step(
            "approve",
            "Approve",
            (QA,),
            independent_of=(DRAFTED,),
            signed_as="approved",
        ),
        Step("suspend", "Suspend a qualification", (QA,), needs_reason=True),
        Step("issue", "Issue a certificate", (QA,), (QUARANTINE,), (RELEASED,)),
        Step(
            "revise",
            "Revise a certificate",
            (QA,),
            (QUARANTINE,),
            (RELEASED,),
            needs_reason=True,
        ),
        Step("duplicate", "Duplicate a certificate", (QA,), (QUARANTINE,), (RELEASED,)),
        Step("withdraw", "Withdraw a certificate", (QA,), needs_reason=True),
        Step("administer", "Keep accounts", (ADMINISTRATOR,)),
    )
}

_ROLE_NAMES = {
    ANALYST: "an analyst",
    REVIEWER: "a reviewer",
    QA: "QA",
    ADMINISTRATOR: "an administrator",
}
_DEED_WORDS = {
    ENTERED: "entered facts or results of it",
    PERFORMED: "performed tests of it",
    SIGNED_REVIEW: "reviewed it",
    DRAFTED: "drafted it",
}


def check(
    step: Step,
    *,
    subject: str,
    name: str,
    roles: frozenset[str],
    lot_state: str = "",
    assessment_state: str = "",
    deeds: frozenset[str] = frozenset(),
) -> None:
    """Raise NotAllowed unless the step is open to this person here and now.

    `subject` is what it is taken on (a lot number), `name` the person's, `deeds`
    what the person ever did with it: the person decides, whatever role was held at
    the time (architecture.md 3).
    """
    check_role(step, subject=subject, name=name, roles=roles)
    if step.lot_states and lot_state not in step.lot_states:
        raise NotAllowed(
            "lot-state",
            "“%(step)s” is not possible for %(subject)s while the lot is %(state)s;"
            " it is open only for a lot that is %(states)s.",
            step=Word(step.name),
            subject=subject,
            state=_words(lot_state),
            states=Words(map(_words, step.lot_states), between="or"),
        )
    if step.assessment_states and assessment_state not in step.assessment_states:
        raise NotAllowed(
            "assessment-state",
            "“%(step)s” is not possible for %(subject)s while its assessment is"
            " %(state)s; it is open only for one that is %(states)s.",
            step=Word(step.name),
            subject=subject,
            state=_words(assessment_state),
            states=Words(map(_words, step.assessment_states), between="or"),
        )
    own = [deed for deed in step.independent_of if deed in deeds]
    if own:
        raise NotAllowed(
            "independence",
            "“%(step)s” of %(subject)s takes another person: %(name)s %(deeds)s.",
            step=Word(step.name),
            subject=subject,
            name=name,
            deeds=Words((_DEED_WORDS[deed] for deed in own), between="and"),
        )


def check_role(step: Step, *, subject: str, name: str, roles: frozenset[str]) -> None:
    """Raise NotAllowed unless one of the roles takes the step, whatever the state."""
    if roles.isdisjoint(step.roles):
        raise NotAllowed(
            "role",
            "“%(step)s” of %(subject)s is for %(roles)s; %(name)s is not.",
            step=Word(step.name),
            subject=subject,
            roles=Words((_ROLE_NAMES[role] for role in step.roles), between="or"),
            name=name,
        )


def _words(state: str) -> Word:
    """Say the state as a record is it: on hold, released, in quarantine."""
    if state == QUARANTINE:
        return Word("in quarantine")
    return Word(state.replace("_", " ") or "none")
