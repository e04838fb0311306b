"""Changes: what an audit entry changed, in the words of the pages.

The trail stores columns and codes; this gives the names of fields and the words of
states. Reads no record.
"""

import datetime
from typing import Any, TypeAlias

from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from lots import calendar
from lots.evidence import chained_names
from lots.models import AuditEntry
from lots.rules import chain
from lots.wording import RECORDS

ABSENT = "\N{EN DASH}"
BLANK = (None, "")
# No text that a person types is so long; of a longer one so much begins a line.
LONGEST, BEGIN = 1000, 120
_Field: TypeAlias = "models.Field[Any, Any] | None"


def in_words(entry: AuditEntry) -> tuple[tuple[str, str, str], ...]:
    """Return each field that the entry changed with its old and its new value.

    Without those that a new record left blank: they were nothing and still are.
    """
    model = chained_names.recorded_model(entry.table)
    fields = chained_names.fields(model) if model else {}
    return tuple(
        (
            _label(fields.get(name), name),
            _said(fields.get(name), old),
            _said(fields.get(name), new),
        )
        for name, (old, new) in sorted(entry.changes.items())
        if not (old in BLANK and new in BLANK)
    )


def _label(field: _Field, name: str) -> str:
    return capfirst(str(field.verbose_name)) if field else name


def _said(field: _Field, value: chain.Plain) -> str:
    if value is None:
        return ABSENT
    if isinstance(field, models.ForeignKey):
        record = RECORDS.get(chained_names.table(field.related_model), "")
        return f"{record} {value}".strip()
    text = value if isinstance(value, str) else chain.canonical(value)
    if field is not None and field.choices:
        return str(dict(field.flatchoices).get(text, text))
    if isinstance(field, models.DateTimeField):
        return _moment(text)
    if len(text) <= LONGEST:
        return text
    return _("%(begin)s… (%(n)s characters, SHA-256 %(digest)s)") % {
        "begin": text[:BEGIN],
        "n": len(text),
        "digest": chain.digest(text),
    }


def _moment(text: str) -> str:
    """Return the time in the company's zone; of an altered entry, what stands there."""
    try:
        return calendar.stamp(datetime.datetime.fromisoformat(text))
    except ValueError:
        return text
