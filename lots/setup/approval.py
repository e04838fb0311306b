"""Approval: a second person signs a draft."""

from lots.accounts import permissions
from lots.evidence import signatures
from lots.models import Approval
from lots.rules.refusal import Refusal, Refusals, Word
from lots.rules.roles import Deed
from lots.rules.step_table import STEPS


def approve(act, record, *, subject, confirmation, shown, text, wording, against=None):
    """Sign `text` and make the draft approved; return the record.

    `text` is a function of the record, so that what is signed is what is stored
    under the lock; `against`, where there is one, of what closes its approval. Refuses
    whoever drafted it (EU GMP chapter 4, 4.3: independent
    approval) and what is no longer a draft.
    """
    record = act.lock(record)
    step = STEPS["approve"]
    permissions.check(act, step, subject=subject, done=deeds(record, act.by))
    if record.state != Approval.DRAFT:
        raise Refusal(
            "not-a-draft",
            "%(subject)s is %(state)s; you can approve only a draft.",
            subject=subject,
            state=Word(Approval.of(record.state).said),
        )
    wrong = against(record) if against else ()
    if wrong:
        raise wrong[0] if len(wrong) == 1 else Refusals(wrong)
    assert step.signed_as is not None  # the table says that an approval is signed
    signature = signatures.sign(
        act,
        confirmation=confirmation,
        shown=shown,
        meaning=step.signed_as,
        wording=wording,
        text=text(record),
    )
    return act.change(record, state=Approval.APPROVED, signature=signature)


def deeds(record, person):
    """Return what the person did with something that is drafted and approved."""
    return frozenset({Deed.DRAFTED} if record.drafted_by_id in person.accounts else ())
