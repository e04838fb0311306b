"""How a draft becomes approved, and whether a record's texts can be stored at all.

Imports models, signing, steps and rules; register, versioning, qualifying and
accounts import it.
"""

from django.db import models

from lots.accounts import permissions
from lots.evidence import printable, signatures
from lots.models import Approval, Meaning
from lots.rules.refusal import Refusal, Refusals, Word
from lots.rules.step_table import DRAFTED, STEPS
from lots.rules.text import plain_text


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
            "%(subject)s is %(state)s; only a draft can be approved.",
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


def reason_given(reason):
    """Return the reason; refuse a blank one."""
    if not reason.strip():
        raise Refusal(
            "reason", "Give the reason: it stays in the record.", field="reason"
        )
    return reason


def sound(record):
    """Return the record if its texts can be stored and printed as they are.

    Refuses blank texts that are needed, texts that do not fit, control characters
    and words outside a list of choices: everything that is wrong, not only the
    first.
    """
    wrong = []
    for field in record._meta.concrete_fields:
        if not isinstance(field, models.CharField):
            continue
        value = getattr(record, field.attname)
        name = {"field": field.name, "name": str(field.verbose_name)}
        if not value.strip():
            if not field.blank:
                wrong.append(Refusal("blank", "The %(name)s is missing.", **name))
            continue
        try:
            plain_text(value, longest=field.max_length, **name)
            if printable.is_printed(record._meta.db_table, field.name):
                printable.check(value, **name)
        except Refusal as refusal:
            wrong.append(refusal)
            continue
        if field.choices and value not in dict(field.flatchoices):
            wrong.append(
                Refusal(
                    "choice",
                    "%(value)s is not a %(name)s that can be chosen.",
                    value=value,
                    **name,
                )
            )
    if wrong:
        raise wrong[0] if len(wrong) == 1 else Refusals(wrong)
    return record


def once(rows, *, sentence, field):
    """Refuse with the sentence if there are such rows: what must be there once."""
    if rows.exists():
        raise Refusal("taken", sentence, field=field)
