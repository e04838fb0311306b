"""Text checks: the columns' own rules, asked before a record is written.

The rules are validators on the columns (lots/models/fields.py). The act asks for each
record that it writes; a verb that searches or decides by a text asks beforehand.
"""

import functools
from collections.abc import Collection
from typing import Any, TypeAlias, TypeVar

from django.core.exceptions import ValidationError
from django.db import models

from lots.rules.refusal import Refusal, Refusals
from lots.rules.text import look
from lots.rules.unknown import UNKNOWN, if_known

_Field: TypeAlias = "models.Field[Any, Any]"
_Record = TypeVar("_Record", bound=models.Model)


def unwritten(model: type[_Record], /, **values: Any) -> _Record:
    """Return a new record of these values, for the checks and for the act to store."""
    return given(model(), **values)


def given(record: _Record, /, **values: Any) -> _Record:
    """Return the record with these values, not stored.

    A relation that is UNKNOWN is one by its column: a record takes it nowhere else.
    """
    columns = {field.name: field.attname for field in record._meta.concrete_fields}
    for name, value in values.items():
        if value is UNKNOWN:
            # Past Django, which compares a key with the one before.
            vars(record)[columns[name]] = value
        else:
            setattr(record, name, value)
    return record


def sound(record: _Record, *, changed: Collection[str] | None = None) -> _Record:
    """Return the record if its columns can be stored and printed as they are.

    Refuses blank texts that are needed, texts that do not fit, characters that nobody
    sees or that certificates cannot print, and words outside a list of choices:
    everything that is wrong, not only the first. Of a record that changes, only what
    is `changed` is asked: one that was stored before may still be held, rejected or
    given up. What is UNKNOWN is not asked. Asks the database nothing: relations and
    uniqueness are its own to guard.
    """
    try:
        record.clean_fields(exclude=_unasked(record, changed))
    except ValidationError as error:
        columns = {field.name: field for field in record._meta.concrete_fields}
        wrong = [
            _refusal(columns[name], faults[0])
            for name, faults in error.error_dict.items()
        ]
        raise wrong[0] if len(wrong) == 1 else Refusals(wrong) from None
    return record


def _unasked(record: models.Model, changed: Collection[str] | None) -> frozenset[str]:
    """Return the names of the columns that have nothing to be asked."""
    relations, columns = _columns(type(record))
    return relations.union(
        field.name
        for field in columns
        if (changed is not None and field.name not in changed)
        or (field.null and getattr(record, field.attname) is None)
        or getattr(record, field.attname) is UNKNOWN
    )


@functools.cache
def _columns(model: type[models.Model]) -> tuple[frozenset[str], list[_Field]]:
    """Return the names of the model's relations, and its other columns."""
    fields = model._meta.concrete_fields
    return (
        frozenset(field.name for field in fields if field.is_relation),
        [field for field in fields if not field.is_relation],
    )


def _refusal(field: _Field, fault: ValidationError) -> Refusal:
    """Return what a validator, or Django's own column, says of the field."""
    name = {"field": field.name, "name": str(field.verbose_name)}
    params = fault.params or {}
    if fault.code in ("blank", "null"):
        return Refusal("blank", "The %(name)s is missing.", **name)
    if fault.code == "invalid_choice":
        return Refusal(
            "choice",
            "%(value)s is not one of the choices for the %(name)s; choose one from the"
            " list.",
            value=params["value"],
            **name,
        )
    code = fault.code or "invalid"
    if "name" in params:
        sentence = str(fault.message)
        if isinstance(field, models.JSONField):
            # Its name is that of many texts, and one of them is wrong.
            sentence = sentence.replace("The %(name)s", "One of the %(name)s", 1)
        return Refusal(code, sentence, **{**params, **name})
    return Refusal(
        code,
        "The %(name)s cannot be stored: %(why)s",
        why=" ".join(fault.messages),
        **name,
    )


def reason_given(reason: str) -> str:
    """Return the reason; refuse a blank one."""
    with if_known:
        if not reason.strip():
            raise Refusal(
                "reason", "Give the reason: it stays in the record.", field="reason"
            )
    return reason


def once(
    rows: models.QuerySet[Any], *, sentence: str, field: str, text: str = ""
) -> None:
    """Refuse with the sentence if there are such rows: what must be there once.

    With `text`, only where the field of a row reads the same (docs/decisions/0002).
    """
    with if_known:
        if text:
            is_taken = look(text) in map(look, rows.values_list(field, flat=True))
        else:
            is_taken = rows.exists()
        if is_taken:
            raise Refusal("taken", sentence, field=field)
