"""Approval: a second person signs a draft, or several with one signature."""

from lots.accounts import permissions
from lots.evidence import signatures
from lots.models import Approval
from lots.rules.refusal import Refusal, Refusals, Word, Words
from lots.rules.roles import Deed
from lots.rules.step_table import STEPS


def approve(act, record, *, subject, confirmation, shown, text, wording, against=None):
    """Sign `text` and make the draft approved; return the record.

    `text` is a function of the record, so that what is signed is what is stored
    under the lock; `against`, where there is one, of what closes its approval. Refuses
    whoever drafted it (EU GMP chapter 4, 4.3: independent
    approval) and what is no longer a draft.
    """
    record = locked(act, record, subject=subject)
    wrong = against(record) if against else ()
    if wrong:
        raise wrong[0] if len(wrong) == 1 else Refusals(wrong)
    signature = sign(
        act,
        confirmation=confirmation,
        shown=shown,
        wording=wording,
        text=text(record),
    )
    return act.change(record, state=Approval.APPROVED, signature=signature)


def locked(act, record, *, subject):
    """Return the draft, locked; refuse its drafter, and what is no longer a draft."""
    record = act.lock(record)
    permissions.check(
        act, STEPS["approve"], subject=subject, done=deeds(record, act.by)
    )
    if record.state != Approval.DRAFT:
        raise Refusal(
            "not-a-draft",
            "%(subject)s is %(state)s; you can approve only a draft.",
            subject=subject,
            state=Word(Approval.of(record.state).said),
        )
    return record


def in_state(act, record, *states):
    """Return the record, locked; refuse one that is in none of these states."""
    record = act.lock(record)
    if record.state not in states:
        raise Refusal(
            "state",
            "%(record)s is %(state)s; this is possible only while it is %(states)s.",
            record=str(record),
            state=Word(Approval.of(record.state).said),
            states=Words((state.said for state in states), between="or"),
        )
    return record


def to_withdraw(record, *, subject):
    """Return the refusal to withdraw what is no draft; None where it is one.

    What was in use before its kind was approved has no state.
    """
    if record.state == Approval.DRAFT:
        return None
    return Refusal(
        "not-a-draft",
        "%(subject)s is %(state)s; you can withdraw only a draft.",
        subject=subject,
        state=Word(Approval.of(record.state).said if record.state else "in use"),
    )


def sign(act, *, confirmation, shown, wording, text, statements=None):
    """Return the signature of an approval over the text."""
    step = STEPS["approve"]
    assert step.signed_as is not None  # the table says that an approval is signed
    return signatures.sign(
        act,
        confirmation=confirmation,
        shown=shown,
        meaning=step.signed_as,
        wording=wording,
        text=text,
        statements=statements,
    )


def deeds(record, person):
    """Return what the person did with something that is drafted and approved."""
    return frozenset({Deed.DRAFTED} if record.drafted_by_id in person.accounts else ())
