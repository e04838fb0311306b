"""Whether a record's texts can be kept as they are, and printed where they are printed.

Knows models, texts and printing; audit asks it before every record that it writes.
"""

import functools

from django.db import models

from lots.evidence import printable
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
