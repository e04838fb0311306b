"""How a draft becomes approved, and whether a record's texts can be stored at all.

Imports models, signing, steps and rules; register, versioning, qualifying and
accounts import it.
"""

from lots.accounts import permissions
from lots.evidence import signatures
from lots.models import Approval, Meaning
from lots.rules.refusal import Refusal, Word
from lots.rules.step_table import DRAFTED, STEPS


def approve(act, record, *, subject, confirmation, shown, text, wording):
    """Sign `text` and make the draft approved; return the record.

    `text` is a function of the record, so that what is signed is what is stored
    under the lock. Refuses whoever drafted it (EU GMP chapter 4, 4.3: independent
    approval) and what is no longer a draft.
    """
    record = act.lock(record)
    permissions.check(
        act, STEPS["approve"], subject=subject, done=deeds(record, act.by)
    )
    if record.state != Approval.DRAFT:
        raise Refusal(
            "not-a-draft",
            "%(subject)s is %(state)s; you can approve only a draft.",
            subject=subject,
            state=Word(record.state),
        )
    signature = signatures.sign(
        act,
        confirmation=confirmation,
        shown=shown,
        meaning=Meaning.APPROVED,
        wording=wording,
        text=text(record),
    )
    return act.change(record, state=Approval.APPROVED, signature=signature)


def deeds(record, person):
    """Return what the person did with something that is drafted and approved."""
    return frozenset({DRAFTED} if record.drafted_by_id == person.pk else ())
