"""Whether a record's texts can be kept as they are, and printed where they are printed.

Knows models, texts and printing; audit asks it before every record that it writes.
"""

import functools

from django.db import models

from lots.evidence import printable
from lots.rules.refusal import Refusal, Refusals
from lots.rules.text import is_plain, plain_text

# A word or note inside a JSON column; the columns themselves have no length.
LONGEST_INSIDE = 400
# What nobody types as it is stored.
_UNTYPED = ("password",)


def check(record, *, changed=None):
    """Refuse a text that cannot be kept, or that certificates print and cannot print.

    SQLite stores what PostgreSQL refuses; neither should be the one to say so. Of a
    record that changes, printing is asked of what is `changed` alone: one that was
    stored before may still be held, rejected or given up.
    """
    for field, longest, is_printed in _texts(type(record)):
        for text in _inside(getattr(record, field.attname)):
            name = {"field": field.name, "name": str(field.verbose_name)}
            if len(text) > longest or not is_plain(text):
                plain_text(text, longest=longest, **name)
            if is_printed and (changed is None or field.name in changed):
                printable.check(text, **name)


@functools.cache
def _texts(model):
    """Return the columns that hold what people typed, their length, if printed."""
    table = model._meta.db_table
    return [
        (
            field,
            getattr(field, "max_length", None) or LONGEST_INSIDE,
            printable.is_printed(table, field.name),
        )
        for field in model._meta.concrete_fields
        if isinstance(field, models.CharField | models.JSONField)
        and field.name not in _UNTYPED
    ]


def _inside(value):
    """Yield every text in a column's value, the keys of an object included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _inside(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _inside(inner)


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
                    "%(value)s is not a choice of %(name)s; choose one from the list.",
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
