"""Whether a record can be kept as it is: its columns' own rules, said as refusals.

The rules are validators on the columns (lots/models/fields.py). The act asks here
before it writes a record; a verb that searches or judges by what was typed asks first.
"""

import functools

from django.core.exceptions import ValidationError

from lots.rules.refusal import Refusal, Refusals


def sound(record, *, changed=None):
    """Return the record if its columns can be stored and printed as they are.

    Refuses blank texts that are needed, texts that do not fit, characters that nobody
    sees or that certificates cannot print, and words outside a list of choices:
    everything that is wrong, not only the first. Of a record that changes, only what
    is `changed` is asked: one that was stored before may still be held, rejected or
    given up. Asks the database nothing: relations and uniqueness are its own to guard.
    """
    try:
        record.full_clean(
            exclude=_unasked(record, changed),
            validate_unique=False,
            validate_constraints=False,
        )
    except ValidationError as error:
        wrong = [
            _refusal(record._meta.get_field(name), faults[0])
            for name, faults in error.error_dict.items()
        ]
        raise wrong[0] if len(wrong) == 1 else Refusals(wrong) from None
    return record


def _unasked(record, changed):
    """Return the names of the columns that have nothing to be asked."""
    relations, columns = _columns(type(record))
    return relations.union(
        field.name
        for field in columns
        if (changed is not None and field.name not in changed)
        or (field.null and getattr(record, field.attname) is None)
    )


@functools.cache
def _columns(model):
    """Return the names of the model's relations, and its other columns."""
    fields = model._meta.concrete_fields
    return (
        frozenset(field.name for field in fields if field.is_relation),
        [field for field in fields if not field.is_relation],
    )


def _refusal(field, fault):
    """Return what a validator, or Django's own column, says of the field."""
    name = {"field": field.name, "name": str(field.verbose_name)}
    if fault.code in ("blank", "null"):
        return Refusal("blank", "The %(name)s is missing.", **name)
    if fault.code == "invalid_choice":
        return Refusal(
            "choice",
            "%(value)s is not a %(name)s that can be chosen.",
            value=fault.params["value"],
            **name,
        )
    if isinstance(fault.params, dict) and "name" in fault.params:
        return Refusal(fault.code, fault.message, **{**fault.params, **name})
    return Refusal(
        fault.code,
        "The %(name)s cannot be stored: %(why)s",
        why=" ".join(fault.messages),
        **name,
    )


def reason_given(reason):
    """Return the reason; refuse a blank one."""
    if not reason.strip():
        raise Refusal(
            "reason", "Give the reason: it stays in the record.", field="reason"
        )
    return reason


def once(rows, *, sentence, field):
    """Refuse with the sentence if there are such rows: what must be there once."""
    if rows.exists():
        raise Refusal("taken", sentence, field=field)
