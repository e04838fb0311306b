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
from lots.rules.not_imported import Why
from lots.wording import RECORDS

ABSENT = "\N{EN DASH}"
BLANK: tuple[Any, ...] = (None, "", [])
_Field: TypeAlias = "models.Field[Any, Any] | None"


def in_words(
    entry: AuditEntry, known: Any = None, *, has_keys: bool = True
) -> tuple[tuple[str, str, str], ...]:
    """Return each field that the entry changed with its old and its new value.

    Without those that a new record left blank: they were nothing and still are. With
    the `known` names (lots/history/record_names.py) a key has the name of its record
    before it, or, without `has_keys`, in its place.
    """
    model = chained_names.recorded_model(entry.table)
    fields = chained_names.fields(model) if model else {}
    return tuple(
        (
            _label(fields.get(name), name),
            _said(fields.get(name), old, known, has_keys),
            _said(fields.get(name), new, known, has_keys),
        )
        for name, (old, new) in sorted(entry.changes.items())
        if not (old in BLANK and new in BLANK)
    )


def _list(field: _Field, values: list[Any], known: Any, has_keys: bool) -> str:
    """Return what a list holds: words, keys of records, or values as typed."""
    table = chained_names.listed_table(field) if field else ""
    said = [
        _record(table, one, known, has_keys) if table else _determination(one)
        for one in values
    ]
    return "; ".join(said) or ABSENT


def _determination(one: Any) -> str:
    """Return a value as typed with where it came from; a word as it is."""
    if not isinstance(one, dict):
        return one if isinstance(one, str) else chain.canonical(one)
    if "column" in one:
        return _left_out(one)
    said = [
        _("preparation %(preparation)s, injection %(injection)s") % one
        if {"preparation", "injection"} <= one.keys()
        else "",
        one.get("component", ""),
        _("specified peak") if one.get("specified") else "",
        _("“%(written)s” in the file") % one if one.get("written") else "",
    ]
    return f"{one.get('text', '')} ({', '.join(filter(None, said))})"


def _left_out(cell: dict[str, str]) -> str:
    """Return a cell of an imported row that became no result, with why."""
    return _("%(column)s: %(text)s (%(why)s)") % {
        "column": cell["column"],
        "text": cell["text"] or _("blank"),
        "why": _(Why.of(cell["why"]).word),
    }


def _record(table: str, key: object, known: Any, has_keys: bool) -> str:
    """Return the record that a key points at: Water (test 4)."""
    record = f"{RECORDS.get(table, '')} {key}".strip()
    if known is None or not known.row(table, key):
        return record
    if not has_keys:
        return known.name(table, key)
    return _("%(name)s (%(record)s)") % {
        "name": known.name(table, key),
        "record": record,
    }


def _label(field: _Field, name: str) -> str:
    return capfirst(str(field.verbose_name)) if field else name


def _said(field: _Field, value: chain.Plain, known: Any, has_keys: bool) -> str:
    if value is None:
        return ABSENT
    if field is not None and chained_names.is_digested(field):
        return _("SHA-256 %(digest)s") % {"digest": value}
    if isinstance(field, models.ForeignKey):
        return _record(chained_names.table(field.related_model), value, known, has_keys)
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(field, models.JSONField) and isinstance(value, list):
        return _list(field, value, known, has_keys)
    text = value if isinstance(value, str) else chain.canonical(value)
    if field is not None and field.choices:
        return str(dict(field.flatchoices).get(text, text))
    if isinstance(field, models.DateTimeField):
        return moment(text)
    return _shortened(value if isinstance(value, dict) else text)


def _shortened(value: str | dict[str, chain.Plain]) -> str:
    """Return a text, a long one by its beginning, as the trail may hold it itself."""
    told = chain.abridged(value)
    if isinstance(told, dict) and told.keys() == {"begin", "length", "sha256"}:
        return _("%(begin)s… (%(n)s characters, SHA-256 %(digest)s)") % {
            "begin": told["begin"],
            "n": told["length"],
            "digest": told["sha256"],
        }
    return told if isinstance(told, str) else _shortened(chain.canonical(told))


def moment(text: str) -> str:
    """Return the time in the company's zone; of an altered entry, what stands there."""
    try:
        return calendar.stamp(datetime.datetime.fromisoformat(text))
    except ValueError:
        return text
